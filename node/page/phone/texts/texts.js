// node/page/phone/texts/texts.js - which language is spoken, and a sentence of it.
import de from "./de.js";
import en from "./en.js";

export const languages = { en, de };

/// The first of the wished ones ("de-AT") that there is.
export function language_of(wished) {
  for (const tag of wished) {
    const base = tag.toLowerCase().split("-")[0];
    if (Object.hasOwn(languages, base)) return base;
  }
  return "en";
}

/// text("ready", { user: "alice" }) in that language.
export function speaker(language) {
  return (name, values = {}) => languages[language][name].replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
}
