// node/page/page_scripts.cpp - two small scripts.
#include "node/page/page_scripts.hpp"

#include "node/page/plain_page.hpp"

namespace node {
namespace {

// The stream ends after each event, and the browser asks anew: so nothing is held for who has gone.
constexpr const char* live_script = R"js("use strict";
(() => {
  const busy = (part) =>
    part.contains(document.activeElement) && document.activeElement !== document.body ||
    [...part.querySelectorAll("input, textarea, select")].some((field) =>
      field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked :
      field.tagName === "SELECT" ? ![...field.options].every((o) => o.selected === o.defaultSelected ||
        ![...field.options].some((other) => other.defaultSelected)) :
      field.type !== "hidden" && field.type !== "file" && field.value !== field.defaultValue) ||
    part.querySelector("details[open], dialog[open]") !== null;
  const refresh = async () => {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live][id]")) {
      const now = fresh.getElementById(part.id);
      if (now && !busy(part) && now.innerHTML !== part.innerHTML) part.replaceWith(document.adoptNode(now));
    }
  };
  const source = new EventSource("/live");
  for (const event of ["begins", "changed"])
    source.addEventListener(event, () => refresh().catch(() => {}));
})();
)js";

// What stands behind the # never leaves the browser. It is written as text, so that it is nothing but text.
constexpr const char* invite_script = R"js("use strict";
(() => {
  const show = () => {
    let text = location.hash.slice(1);
    try { text = decodeURIComponent(text); } catch (wrong) { /* as it stands */ }
    text = text.replace(/^hedgewitch:(\/\/)?/i, "");
    const good = /^[A-Za-z0-9._~:@+%\/?=&,;-]{20,2000}$/.test(text);
    document.getElementById("invite").hidden = !good;
    document.getElementById("none").hidden = good;
    if (!good) return;
    const link = "hedgewitch:" + text;
    document.getElementById("text").textContent = link;
    document.getElementById("open").href = link;
    document.getElementById("open").textContent = "hedgewitch:\u2026";
    document.getElementById("command").textContent = "hedgewitch contact add NAME '" + link + "'";
  };
  addEventListener("hashchange", show);
  show();
})();
)js";

}  // namespace

PageAnswer ScriptPages::answer(const PageRequest& request, sip::Now) {
    PageAnswer answer;
    answer.type = "text/javascript; charset=utf-8";
    if (request.path == "/static/live.js")
        answer.body = live_script;
    else if (request.path == "/static/invite.js")
        answer.body = invite_script;
    else
        return says(404, request.language, "server.not_found");
    answer.headers.emplace_back("Cache-Control", "no-cache");
    return answer;
}

}  // namespace node
