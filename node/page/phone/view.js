// node/page/phone/view.js - what is on the screen, and nothing else: names that others chose only ever become text.
const $ = id => document.getElementById(id);

export class View {
  constructor(say, language) {
    this.say = say;
    this.language = language;
    document.documentElement.lang = language;
    document.title = say("title");
    for (const [attribute, put] of [["data-text", (e, t) => { e.textContent = t; }],
                                    ["data-label", (e, t) => e.setAttribute("aria-label", t)],
                                    ["data-hint", (e, t) => { e.placeholder = t; }]]) {
      for (const element of document.querySelectorAll(`[${attribute}]`)) put(element, say(element.getAttribute(attribute)));
    }
    for (const key of "123456789*0#") {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = key;
      button.value = key;
      button.setAttribute("aria-label", say("key", { key }));
      $("keypad").append(button);
    }
  }

  login(fault) {
    this.only("login");
    $("line").textContent = "";
    $("login-fault").textContent = fault;
    $("link").focus();
  }

  phone(kept) {
    this.only("dial", "missed", "people", "leave");
    $("kept").textContent = kept;
  }

  only(...shown) {
    for (const section of document.querySelectorAll("main > section")) section.hidden = !shown.includes(section.id);
  }

  line(sentence, ready) {
    if ($("line").textContent !== sentence) $("line").textContent = sentence;
    document.body.dataset.ready = String(ready);
  }

  dial_fault(sentence) {
    $("dial-fault").textContent = sentence;
  }

  call(call, sentence) {
    const { say } = this;
    const incoming = call.state === "is_calling", talks = call.answered_at !== null && !call.is_over;
    if ($("call").hidden) {
      $("call").hidden = false;
      $("call").scrollIntoView();
    }
    $("dial").hidden = !call.is_over;
    document.body.dataset.call = call.state;
    $("call-who").textContent = call.caller.name;
    $("call-mark").textContent = call.caller.mark ? say(`mark_${call.caller.mark}`) : "";
    $("call-mark").className = ["contact", "home"].includes(call.caller.mark) ? "proven" : call.caller.mark ? "strange" : "";
    $("call-address").textContent = call.caller.address.replace(/^sip:/, "");
    if ($("call-state").textContent !== sentence) $("call-state").textContent = sentence;
    document.title = incoming ? `☎ ${sentence}` : say("title");
    $("answer").hidden = !incoming;
    $("answer-video").hidden = !incoming || !call.offers_video;
    $("hang-up").hidden = call.is_over;
    $("hang-up").textContent = say(incoming ? "decline" : "hang_up");
    for (const id of ["mute", "hold", "camera", "keys"]) $(id).hidden = !talks;
    $("mute").setAttribute("aria-pressed", String(call.muted));
    $("hold").setAttribute("aria-pressed", String(call.held_here));
    $("camera").setAttribute("aria-pressed", String(call.camera));
    if (!talks) this.keypad(false);
    $("sent-keys").textContent = call.sent_keys ? say("sent_keys", { keys: call.sent_keys }) : "";
    this.pictures(call);
    this.clock(call);
  }

  pictures(call) {
    const show = (element, stream) => {
      if (element.srcObject !== (stream ?? null)) element.srcObject = stream ?? null;
    };
    show($("remote"), call.is_over ? null : call.remote);  // its sound too
    show($("own"), call.is_over || !call.camera ? null : call.own);
    $("own").hidden = !call.camera;
    // The element must be there to be heard, and need not be seen.
    $("pictures").hidden = call.is_over || !(call.camera || call.shows_video);
  }

  clock(call) {
    const seconds = call.answered_at ? Math.floor(((call.ended_at ?? Date.now()) - call.answered_at) / 1000) : 0;
    const two = n => String(n).padStart(2, "0");
    $("call-time").textContent = call.answered_at ? `${Math.floor(seconds / 60)}:${two(seconds % 60)}` : "";
  }

  keypad(open) {
    $("keypad").hidden = !open;
    $("keys").setAttribute("aria-expanded", String(open));
  }

  contacts(rows, on_call) {
    $("no-contacts").hidden = rows.length > 0;
    $("contacts").replaceChildren(...rows.map(row => this.row(row.name, [row.number, row.uri?.replace(/^sip:/, "")].filter(Boolean).join(" · "),
                                                             row.uri, on_call)));
  }

  recent(rows, on_call) {
    const when = at => new Date(at).toLocaleString(this.language, { dateStyle: "short", timeStyle: "short" });
    $("no-recent").hidden = rows.length > 0;
    $("forget-recent").hidden = rows.length === 0;
    $("recent").replaceChildren(...rows.map(row => {
      const item = this.row(row.name, this.say(row.how, { when: when(row.at) }), row.address, on_call);
      item.className = row.how;
      return item;
    }));
  }

  row(name, below, uri, on_call) {
    const item = document.createElement("li"), words = document.createElement("div");
    const who = document.createElement("strong"), more = document.createElement("span");
    who.textContent = name;
    more.className = "hint";
    more.textContent = below;
    words.append(who, more);
    item.append(words);
    if (uri) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = this.say("call");
      button.setAttribute("aria-label", this.say("call_back", { who: name }));
      button.addEventListener("click", () => on_call(uri, name));
      item.append(button);
    }
    return item;
  }
}
