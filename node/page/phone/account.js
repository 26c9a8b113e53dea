// node/page/phone/account.js - what makes this browser a phone: fetched once by a one-time link, kept as its owner said.

/// What a person pasted or opened: {token, host}; host is empty for a bare token. Null: no link. Links over plain HTTP are
/// for phones that know no other; their token is as good here.
export function link_in(text) {
  const found = /^\s*(?:https?:\/\/([^/\s]+))?(?:\/p\/|\/phone\/?#|#)?([A-Za-z0-9_-]{20,128})(?:[?#]\S*)?\s*$/.exec(text);
  return found ? { host: found[1] ?? "", token: found[2] } : null;
}

const is_text = value => typeof value === "string" && value.length > 0 && value.length < 1024;

/// The node's answer, or null where it is none: `user`, `domain`, `ha1` (RFC 7616 §3.4.2, MD5) or `password`; `stun` a list
/// of URLs; `name`, `server` and `phonebook` may be missing.
export function account_of(answer) {
  if (!answer || !is_text(answer.user) || !is_text(answer.domain)) return null;
  if (!is_text(answer.ha1) && !is_text(answer.password)) return null;
  const stun = Array.isArray(answer.stun) ? answer.stun.filter(is_text).slice(0, 4) : [];
  const account = { user: answer.user, domain: answer.domain, stun, instance: crypto.randomUUID() };
  for (const key of ["ha1", "password", "name", "server", "phonebook"]) if (is_text(answer[key])) account[key] = answer[key];
  return account;
}

const name_of = host => host.replace(/:\d+$/, "").toLowerCase();

/// Uses the link up. {account}, or {fault}: the name of a sentence.
export async function use_link(link, here) {
  let answer;
  try {
    answer = await fetch(`/p/${link.token}?for=browser`, {
      method: "POST", body: new URLSearchParams({ for: "browser" }), cache: "no-store", redirect: "error",
    });
  } catch {
    return { fault: "no_node" };
  }
  if (answer.status === 429) return { fault: "link_too_often" };
  if (!answer.ok) return { fault: link.host && name_of(link.host) !== name_of(here) ? "link_of_another" : "link_used" };
  const account = account_of(await answer.json().catch(() => null));
  return account ? { account } : { fault: "link_used" };
}

const key = "hedgewitch.phone", calls_key = "hedgewitch.calls", most_calls = 50;

/// What this browser keeps: in the tab, or on the device where its owner said so; never in both.
export class Store {
  constructor(tab, device) {
    this.tab = tab;
    this.device = device;
  }
  read(name) {
    for (const place of [this.tab, this.device]) {
      try {
        const value = JSON.parse(place.getItem(name));
        if (value) return value;
      } catch {
        // Not ours, or not readable: as if it were not there.
      }
    }
    return null;
  }
  account() {
    return this.read(key);
  }
  is_remembered() {
    return this.device.getItem(key) !== null;
  }
  keep(account, remember) {
    this.forget();
    (remember ? this.device : this.tab).setItem(key, JSON.stringify(account));
  }
  forget() {
    for (const place of [this.tab, this.device]) for (const name of [key, calls_key]) place.removeItem(name);
  }

  /// The newest first: {how: missed|answered|declined|called, name, address, at (milliseconds)}.
  calls() {
    const calls = this.read(calls_key);
    return Array.isArray(calls) ? calls : [];
  }
  add_call(call) {
    this.write_calls([call, ...this.calls()].slice(0, most_calls));
  }
  write_calls(calls) {
    (this.is_remembered() ? this.device : this.tab).setItem(calls_key, JSON.stringify(calls));
  }
}
