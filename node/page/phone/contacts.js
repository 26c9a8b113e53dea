// node/page/phone/contacts.js - the people whom the node knows, from the phone book that this phone may read.

const is_text = value => typeof value === "string" && value.length > 0 && value.length < 1024;

/// [{name, number, uri}]; of the node's list what can be called. Null: it gave none.
export function contacts_of(answer) {
  if (!Array.isArray(answer)) return null;
  return answer.filter(row => row && is_text(row.name) && is_text(row.uri) && /^sips?:/i.test(row.uri))
    .map(row => ({ name: row.name, number: is_text(row.number) ? row.number : "", uri: row.uri }));
}

export async function read_contacts(address) {
  try {
    const at = new URL(address, location.href);
    if (at.origin !== location.origin) return null;
    const answer = await fetch(at, { cache: "no-store", redirect: "error" });
    return answer.ok ? contacts_of(await answer.json()) : null;
  } catch {
    return null;
  }
}
