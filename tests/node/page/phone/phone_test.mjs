// tests/node/page/phone/phone_test.mjs - the phone for browsers, as far as it needs no browser: run by node --test.
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { Store, account_of, link_in, use_link } from "../../../../node/page/phone/account.js";
import { caller_of, dialled } from "../../../../node/page/phone/caller.js";
import { contacts_of } from "../../../../node/page/phone/contacts.js";
import { language_of, speaker } from "../../../../node/page/phone/texts.js";

globalThis.crypto ??= webcrypto;  // Node.js 18 has none of its own

const token = "abcdefghijklmnopqrstuvwxyz234567";
const key = "a".repeat(56);

test("a link is known as it is opened and as it is pasted, and nothing else is one", () => {
  assert.deepEqual(link_in(`https://192.168.1.20:8443/p/${token}`), { host: "192.168.1.20:8443", token });
  assert.deepEqual(link_in(`  https://[fd00::1]:8443/p/${token}?for=linphone \n`), { host: "[fd00::1]:8443", token });
  assert.deepEqual(link_in(`https://box.local:8443/phone#${token}`), { host: "box.local:8443", token });
  assert.deepEqual(link_in(`http://192.168.1.20:5070/p/${token}`), { host: "192.168.1.20:5070", token });
  assert.deepEqual(link_in(`#${token}`), { host: "", token });
  assert.deepEqual(link_in(token), { host: "", token });
  for (const none of ["", "hello", "https://192.168.1.20:8443/", "ftp://192.168.1.20/p/" + token, `#${token}/../x`,
                      "javascript:alert(1)", `#${"a".repeat(129)}`, `https://h/q/${token}`]) assert.equal(link_in(none), null, none);
});

test("an answer of the node is an account only with all that a phone needs", () => {
  const whole = { user: "alice", domain: "192.168.1.20", ha1: "0".repeat(32), stun: ["stun:a:3478", 7], more: "x" };
  const account = account_of(whole);
  assert.equal(account.user, "alice");
  assert.deepEqual(account.stun, ["stun:a:3478"]);
  assert.match(account.instance, /^[0-9a-f-]{36}$/);
  assert.ok(!("more" in account));
  for (const lacking of ["user", "domain", "ha1"]) assert.equal(account_of({ ...whole, [lacking]: undefined }), null, lacking);
  for (const none of [null, 7, "x", [], { ...whole, user: "a".repeat(2000) }]) assert.equal(account_of(none), null);
});

test("a link that does not work says what is so", async () => {
  const link = { host: "here", token };
  const answered = answer => { globalThis.fetch = async () => answer; };
  answered({ ok: false, status: 410 });
  assert.deepEqual(await use_link(link, "here"), { fault: "link_used" });
  assert.deepEqual(await use_link(link, "here:8443"), { fault: "link_used" });
  assert.deepEqual(await use_link(link, "elsewhere"), { fault: "link_of_another" });
  answered({ ok: false, status: 429 });
  assert.deepEqual(await use_link(link, "here"), { fault: "link_too_often" });
  answered({ ok: true, json: async () => { throw new SyntaxError(); } });
  assert.deepEqual(await use_link(link, "here"), { fault: "link_used" });
  globalThis.fetch = async () => { throw new TypeError(); };
  assert.deepEqual(await use_link(link, "here"), { fault: "no_node" });
  let asked;
  globalThis.fetch = async (address, how) => {
    asked = [address, how.method];
    return { ok: true, json: async () => ({ user: "alice", domain: "h", ha1: "1" }) };
  };
  assert.equal((await use_link(link, "here")).account.user, "alice");
  assert.deepEqual(asked, [`/p/${token}?for=browser`, "POST"]);
});

class Place {
  constructor() { this.kept = new Map(); }
  getItem(name) { return this.kept.get(name) ?? null; }
  setItem(name, value) { this.kept.set(name, value); }
  removeItem(name) { this.kept.delete(name); }
}

test("a password is on the device only when its owner said so, and gone when the phone is taken away", () => {
  const tab = new Place(), device = new Place(), store = new Store(tab, device);
  store.keep({ user: "alice", password: "secret" }, false);
  store.add_call({ how: "missed", name: "bob", address: "", at: 1 });
  assert.equal(device.kept.size, 0);
  assert.equal(store.account().user, "alice");
  assert.equal(store.is_remembered(), false);
  store.keep({ user: "alice", password: "secret" }, true);
  assert.equal(tab.kept.size, 0);
  assert.equal(new Store(new Place(), device).account().user, "alice");
  store.add_call({ how: "called", name: "bob", address: "sip:b@c", at: 2 });
  store.forget();
  assert.equal(tab.kept.size + device.kept.size, 0);
  assert.equal(store.account(), null);
  tab.setItem("hedgewitch.phone", "{broken");
  assert.equal(store.account(), null);
});

test("of calls the newest fifty are kept", () => {
  const store = new Store(new Place(), new Place());
  for (let at = 0; at < 60; ++at) store.add_call({ how: "missed", name: "bob", address: "", at });
  assert.equal(store.calls().length, 50);
  assert.equal(store.calls()[0].at, 59);
});

test("what the node has marked is shown as it is marked (node/inbound/README.md)", () => {
  const who = (display, user, host, asserted) => caller_of({ display, user, host, asserted }, "192.168.1.20");
  assert.deepEqual(who("mum", "alice", `${key}.hedge.alt`, true), { mark: "contact", name: "mum", address: `sip:alice@${key}.hedge.alt` });
  assert.deepEqual(who("(new) alice", "alice", `${key}.hedge.alt`, true), { mark: "new", name: "alice", address: `sip:alice@${key}.hedge.alt` });
  assert.deepEqual(who("? Alice", "alice", "example.org", false), { mark: "unverified", name: "Alice", address: "sip:alice@example.org" });
  assert.deepEqual(who("? Alice", "alice", "unverified.invalid", false), { mark: "unverified", name: "Alice", address: "" });
  assert.equal(caller_of({ display: "", user: "bob", host: "box", asserted: false }, "box:5070").mark, "home");
  assert.deepEqual(who("Bob", "bob", "192.168.1.20", false), { mark: "home", name: "Bob", address: "sip:bob@192.168.1.20" });
});

test("nobody is proved by what he writes himself", () => {
  for (const display of ["mum", "(new) mum", ""])
    assert.equal(caller_of({ display, user: "mum", host: "example.org", asserted: false }, "192.168.1.20").mark, "unverified", display);
  assert.equal(caller_of({ display: "? ", user: "eve", host: "example.org", asserted: false }, "h").name, "eve");
});

test("names, numbers and addresses can be dialled", () => {
  const uri = text => dialled(text, "192.168.1.20");
  assert.equal(uri("anna"), "sip:anna@192.168.1.20");
  assert.equal(uri(" 12 "), "sip:12@192.168.1.20");
  assert.equal(uri("*43"), "sip:*43@192.168.1.20");
  assert.equal(uri("#31"), "sip:%2331@192.168.1.20");
  assert.equal(uri("+49 (30) 123-45"), "sip:+493012345@192.168.1.20");
  assert.equal(uri("bob@example.org"), "sip:bob@example.org");
  assert.equal(uri(`<sip:bob@${key}.hedge.alt>`), `sip:bob@${key}.hedge.alt`);
  assert.equal(uri("sips:bob@example.org"), "sip:bob@example.org");
  assert.equal(uri("jürgen"), "sip:j%C3%BCrgen@192.168.1.20");
  for (const none of ["", "   ", "two words", "@example.org", "bob@", "a\"b", "-()"]) assert.equal(uri(none), null, none);
});

test("of the phone book what can be called is shown", () => {
  assert.deepEqual(contacts_of([{ name: "mum", number: "12", uri: "sip:a@b" }, { name: "x", uri: "javascript:1" }, null, { uri: "sip:a@b" }]),
                   [{ name: "mum", number: "12", uri: "sip:a@b" }]);
  for (const none of [null, {}, "x"]) assert.equal(contacts_of(none), null);
});

const texts_folder = new URL("../../../../node/page/texts/", import.meta.url);
const languages = Object.fromEntries(readdirSync(texts_folder).filter(name => name.endsWith(".json"))
  .map(name => JSON.parse(readFileSync(new URL(name, texts_folder), "utf8"))).map(({ code, phone }) => [code, phone]));

test("the phone says nothing that has no text", () => {
  const folder = new URL("../../../../node/page/phone/", import.meta.url), said = new Set();
  for (const name of readdirSync(folder).filter(name => /\.(js|html)$/.test(name)))
    for (const [, word] of readFileSync(new URL(name, folder), "utf8").matchAll(/(?:say\(|data-(?:text|label|hint)=)"(\w+)"/g)) said.add(word);
  assert.ok(said.size > 30, `${said.size}`);
  for (const word of said) assert.ok(Object.hasOwn(languages.en, word), word);
});

test("a language is the first that is wished and there, and lacks nothing that English has", () => {
  assert.equal(language_of(["fr-FR", "de-AT", "en"], languages), "de");
  assert.equal(language_of(["fr"], languages), "en");
  assert.equal(language_of(["constructor", "__proto__"], languages), "en");
  assert.equal(speaker(languages.de, languages.en)("ready", { user: "anna {x}" }), "Bereit, als anna {x}");
  assert.equal(speaker({}, languages.en)("ready", { user: "anna" }), "Ready, as anna");
});
