// node/page/phone/caller.js - who calls, as the node has marked it (node/inbound/README.md), and what a person dialled.
// The node writes From and P-Asserted-Identity of calls from outside, and takes out what callers wrote there. So only what
// it asserts is proved; what is neither asserted nor of our own node is a claim, with its mark or without.

/// `mark`: contact, home, new or unverified. `name` is without the mark; `address` is what can be called back, or empty.
export function caller_of({ display, user, host, asserted }, own_domain) {
  const address = host.endsWith(".invalid") ? "" : `sip:${user}@${host}`;
  const name_without = mark => display.slice(mark.length).trim() || user;
  if (asserted && display.startsWith("(new) ")) return { mark: "new", name: name_without("(new) "), address };
  if (asserted) return { mark: "contact", name: display || user, address };
  if (display.startsWith("? ")) return { mark: "unverified", name: name_without("? "), address };
  const mark = host.toLowerCase() === own_domain.replace(/:\d+$/, "").toLowerCase() ? "home" : "unverified";
  return { mark, name: display || user, address };
}

/// A URI as text; null: it can be none. `domain`: that of names and numbers.
export function dialled(text, domain) {
  const plain = text.trim().replace(/^<|>$/g, "").replace(/^sips?:/i, "");
  if (!plain || /[\s<>"]/.test(plain.replace(/^\+?[\d\s()./-]+$/, "1"))) return null;
  const at = plain.lastIndexOf("@");
  if (at === 0 || at === plain.length - 1) return null;
  if (at > 0) return `sip:${plain}`;
  // As people write numbers: +49 (30) 123-45. RFC 3261 §25.1: what may stand in a user part stays as it is.
  const number = /^\+?[\d\s()./*#-]+$/.test(plain) ? plain.replace(/[\s()./-]/g, "") : plain;
  return number ? `sip:${encodeURIComponent(number).replace(/%2B/g, "+")}@${domain}` : null;
}
