// node/page/phone/bundle.mjs OUTPUT - run by bundle.cmake where npm has fetched SIP.js and esbuild: one script out of the
// modules beside this and the texts of ../texts, and a .cpp with the bytes of page, style and script.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const output = process.argv[2], folder = dirname(output), here = dirname(fileURLToPath(import.meta.url));
const { buildSync } = createRequire(join(folder, "/"))("esbuild");

// What ../texts says of the phone, by language.
const texts = Object.fromEntries(readdirSync(join(here, "../texts")).filter(name => name.endsWith(".json")).sort().map(name => {
  const { code, phone } = JSON.parse(readFileSync(join(here, "../texts", name), "utf8"));
  return [code, phone];
}));
const licence = readFileSync(join(folder, "node_modules/sip.js/LICENSE.md"), "utf8").replaceAll("*/", "* /");
const script = buildSync({
  absWorkingDir: here, entryPoints: ["main.js"], nodePaths: [join(folder, "node_modules")], bundle: true, minify: true,
  define: { TEXTS: JSON.stringify(texts) },
  write: false, format: "iife", target: "es2022", legalComments: "inline", logLevel: "warning",
  banner: { js: `/* Hedgewitch's phone, with SIP.js:\n${licence}*/` },
}).outputFiles[0].contents;
const hash = bytes => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

const style = readFileSync(join(here, "phone.css"));
const script_path = `/phone/phone-${hash(script).slice(0, 8)}.js`, style_path = `/phone/phone-${hash(style).slice(0, 8)}.css`;
const page = Buffer.from(readFileSync(join(here, "phone.html"), "utf8")
  .replace("/phone/phone.js", script_path).replace("/phone/phone.css", style_path));

const files = [["/phone", "text/html; charset=utf-8", page], [style_path, "text/css; charset=utf-8", style],
               [script_path, "text/javascript; charset=utf-8", script]];
// Not as one string: the standard promises no more than 65,536 characters of one, and clang says so.
const array = bytes => Array.from(bytes, b => (b < 128 ? String(b) : `'\\x${b.toString(16)}'`)).join(",").replace(/.{1,110},/g, "$&\n");
writeFileSync(output, `// Made by node/page/phone/bundle.mjs.
#include <array>

#include "node/page/phone/phone_files.hpp"

namespace node {

namespace {
${files.map(([, , bytes], i) => `const char file_${i}[] = {\n${array(bytes)}};\n`).join("")}
const std::array<PhoneFile, ${files.length}> all = {{
${files.map(([path, type, bytes], i) => `    {"${path}", "${type}", "${hash(bytes)}", {file_${i}, sizeof(file_${i})}},\n`).join("")}}};
}  // namespace

std::span<const PhoneFile> phone_files() {
    return all;
}

}  // namespace node
`);
