// node/page/phone/main.js - puts account, line and view together; what each button and key does.
import { Store, link_in, use_link } from "./account.js";
import { read_contacts } from "./contacts.js";
import { dialled } from "./caller.js";
import { Line } from "./line.js";
import { key_sound, ring, wake_sound } from "./ring.js";
import { language_of, speaker } from "./texts.js";
import { View } from "./view.js";

const $ = id => document.getElementById(id);
const languages = TEXTS;  // bundle.mjs puts them in: { en: { title: "Phone", ... }, ... }
const language = language_of(navigator.languages, languages);
const say = speaker(languages[language], languages.en);
const view = new View(say, language);
const store = new Store(sessionStorage, localStorage);
let line = null;
let release = () => {};  // the line for another tab

const contacts_every = 300_000;  // ms

const listener = {
  line_changed(state, details) {
    view.line(say(state, { user: line.account.user, ...details }), state === "ready");
  },
  called_by(call) {
    this.changed(call);
    call.session.progress().catch(() => {});  // 180
    $("answer").focus();
  },
  missed(caller) {
    store.add_call({ how: "missed", name: caller.name, address: caller.address, at: Date.now() });
    show_recent();
  },
  changed(call) {
    if (line?.call !== call) return;
    ring(call.state === "is_calling" ? "here" : call.state === "ringing" ? "there" : null);
    view.call(call, sentence_of(call));
    if (!call.is_over || call.is_listed) return;
    call.is_listed = true;
    store.add_call({ how: call.how, name: call.caller.name, address: call.caller.address, at: call.began });
    show_recent();
    show_contacts();
    $("number").focus();
  },
};

function sentence_of(call) {
  if (call.state === "is_calling") return say("is_calling", { who: call.caller.name });
  if (!call.is_over) return say(call.state);
  if (call.why?.sentence) return say(call.why.sentence);
  if (call.answered_at !== null || call.cancelled || call.declined) return say("ended");
  if (!call.why) return say(call.outgoing ? "ended" : "gone");
  const { code, reason } = call.why;
  const known = { 484: 404, 604: 404, 606: 488, 415: 488 }[code] ?? code;
  const name = `ended_${known}`;
  return [403, 404, 408, 410, 480, 485, 486, 488, 504, 600, 603].includes(known) ? say(name)
                                                                                : say("failed", { why: `${code} ${reason}` });
}

function show_recent() {
  view.recent(store.calls(), begin_call);
}

async function show_contacts() {
  const account = line?.account;
  if (!account?.phonebook) return view.contacts([], begin_call);
  const rows = await read_contacts(account.phonebook);
  if (rows && line?.account === account) view.contacts(rows, begin_call);
}

function begin_call(uri, name, video = false) {
  if (line?.call && !line.call.is_over) return;
  if (!line?.is_ready) return view.dial_fault(say("not_now"));
  const call = line.dial(uri, name, video);
  view.dial_fault(call ? "" : say("cannot_be_dialled", { text: name }));
  if (!call) return;
  listener.changed(call);
  $("hang-up").focus();
}

function dial(video) {
  const text = $("number").value.trim();
  const uri = dialled(text, store.account()?.domain ?? "");
  if (!uri) return view.dial_fault(say("cannot_be_dialled", { text }));
  begin_call(uri, text, video);
}

/// One tab at a time is the phone; another waits, and takes over when this one is closed.
function open_line(account) {
  view.phone(say(store.is_remembered() ? "kept_here" : "kept_for_the_tab"));
  show_recent();
  $("number").focus();
  const waits = setTimeout(() => view.line(say("other_tab"), false), 1000);
  const leaving = new AbortController();
  const ended = new Promise(done => {
    release = () => {
      clearTimeout(waits);
      leaving.abort();
      done();
    };
  });
  navigator.locks.request(`hedgewitch ${account.instance}`, { signal: leaving.signal }, () => {
    clearTimeout(waits);
    line = new Line(account, listener);
    line.start();
    show_contacts();
    return ended;
  }).catch(() => {});  // left while it waited
}

function on(id, event, what) {
  $(id).addEventListener(event, what);
}

on("login-form", "submit", async event => {
  event.preventDefault();
  const link = link_in($("link").value);
  if (!link) return view.login(say("link_is_none"));
  const { account, fault } = await use_link(link, location.host);
  if (fault) return view.login(say(fault, { host: link.host }));
  $("link").value = "";
  store.keep(account, $("remember").checked);
  open_line(account);
});
on("dial-form", "submit", event => {
  event.preventDefault();
  dial(false);
});
on("call-video", "click", () => dial(true));
on("answer", "click", () => line.call.answer(false));
on("answer-video", "click", () => line.call.answer(true));
on("hang-up", "click", () => line.call.hang_up());
on("mute", "click", () => line.call.mute(!line.call.muted));
on("hold", "click", () => line.call.hold(!line.call.held_here));
on("camera", "click", () => line.call.show_camera(!line.call.camera));
on("keys", "click", () => view.keypad($("keypad").hidden));
on("keypad", "click", event => event.target.value && press(event.target.value));
on("forget-recent", "click", () => {
  store.write_calls([]);
  show_recent();
  $("number").focus();
});
on("logout", "click", async () => {
  const ending = line;
  line = null;
  ring(null);
  store.forget();
  view.login("");
  await ending?.end();
  release();
});

function press(key) {
  if (!line?.call?.send_key(key)) return;
  key_sound(key);
  listener.changed(line.call);
}

for (const event of ["pointerdown", "keydown"]) document.addEventListener(event, wake_sound);
// Digits go to the other end of the call, wherever the cursor is not in a field.
document.addEventListener("keydown", event => {
  const typing = event.target instanceof HTMLInputElement && !event.target.closest("[hidden]");
  if (!typing && !event.ctrlKey && !event.altKey && !event.metaKey && /^[0-9*#]$/.test(event.key)) press(event.key);
});
setInterval(() => line?.call?.answered_at && !line.call.is_over && view.clock(line.call), 1000);
setInterval(show_contacts, contacts_every);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && show_contacts());
addEventListener("beforeunload", event => line?.call?.answered_at && !line.call.is_over && event.preventDefault());
addEventListener("pagehide", () => line?.call && !line.call.is_over && line.call.hang_up());

/// A link that was opened: its token stands behind the #, which no server sees; nor shall the history keep it.
function opened() {
  const link = location.hash ? link_in(location.hash) : null;
  if (location.hash) history.replaceState(null, "", location.pathname);
  return link;
}

/// The button is pressed by a person, who may want to be remembered.
function offer(link) {
  view.login("");
  if (!link) return;
  $("link").value = link.token;
  $("login-form").querySelector("button").focus();
}

addEventListener("hashchange", () => {
  const link = opened();
  if (link && !line) offer(link);
});
const link = opened(), account = store.account();
if (account && !link) open_line(account);
else offer(link);
