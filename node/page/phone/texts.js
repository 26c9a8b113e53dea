// node/page/phone/texts.js - which language is spoken, and a sentence of it.

/// The first of the wished ones ("de-AT") that is in `languages`, else English.
export function language_of(wished, languages) {
  for (const tag of wished) {
    const base = tag.toLowerCase().split("-")[0];
    if (Object.hasOwn(languages, base)) return base;
  }
  return "en";
}

/// text("ready", { user: "alice" }) of what `texts` says in a language, and of English what it lacks.
export function speaker(texts, english) {
  return (name, values = {}) => (texts[name] ?? english[name]).replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
}
