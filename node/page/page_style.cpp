// node/page/page_style.cpp - from 360 pixels on; light and dark; every pair of colours with the contrast of
// WCAG 2 AA.
#include "node/page/page_style.hpp"

#include "node/page/plain_page.hpp"

namespace node {
namespace {

constexpr const char* style_sheet = R"css(:root {
  color-scheme: light dark;
  --ground: #fbfbf9; --paper: #ffffff; --ink: #1c1d20; --faint: #55585f; --line: #c9cbd1;
  --accent: #0b5345; --on-accent: #ffffff; --bad: #9c1c14; --on-bad: #ffffff; --bad-ground: #fdeeec; --good-ground: #e8f3ef;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15171a; --paper: #1e2125; --ink: #ecedf0; --faint: #b3b7bf; --line: #454a52;
    --accent: #8fd3c1; --on-accent: #06231c; --bad: #ffb4aa; --on-bad: #3b0a06; --bad-ground: #3a1d1a; --good-ground: #17302a;
  }
}
* { box-sizing: border-box; }
html { font: 100%/1.5 system-ui, sans-serif; background: var(--ground); color: var(--ink); }
body { margin: 0; }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: .75rem; border-bottom: 1px solid var(--line); }
.brand { font-weight: 700; letter-spacing: .02em; color: var(--accent); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0 .25rem; margin: .25rem 0 0; padding: 0; }
nav a { display: block; padding: .6rem .7rem; text-decoration: none; border-bottom: 3px solid transparent; }
nav a:hover { text-decoration: underline; }
nav a[aria-current] { border-bottom-color: var(--accent); font-weight: 700; color: var(--ink); }
a { color: var(--accent); }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1.25rem 0 .75rem; }
h2 { font-size: 1.2rem; line-height: 1.25; margin: 0 0 .5rem; }
h3 { font-size: 1.05rem; margin: 0 0 .25rem; }
p, ul, dl { margin: .5rem 0; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 0 0 1rem; }
article { border-top: 1px solid var(--line); padding: .75rem 0; margin-top: .75rem; }
article:first-of-type { border-top: 0; margin-top: 0; }
p, li, dd, h3, code, bdi { overflow-wrap: anywhere; }
code { font: .92em/1.4 ui-monospace, monospace; background: var(--ground); border: 1px solid var(--line); border-radius: .25rem; padding: 0 .25rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .25rem 1rem; }
dt { color: var(--faint); } dd { margin: 0; }
.hint { color: var(--faint); font-size: .92rem; }
.number { border: 1px solid var(--line); border-radius: .25rem; padding: 0 .35rem; font-weight: 400; }
.rows { list-style: none; padding: 0; } .rows li { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; }
form { margin: .5rem 0; }
.field { display: grid; gap: .2rem; max-width: 34rem; }
label, .label { font-weight: 600; }
input, select, textarea { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--faint); border-radius: .35rem; padding: .55rem .6rem; width: 100%; min-height: 2.75rem; }
input[type=checkbox] { width: 1.4rem; min-height: 1.4rem; height: 1.4rem; accent-color: var(--accent); }
.check { display: flex; gap: .6rem; align-items: center; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1rem; border: 2px solid var(--accent); border-radius: .35rem; background: var(--accent); color: var(--on-accent); cursor: pointer; }
button.plain { background: transparent; color: var(--accent); }
button.danger { background: var(--bad); border-color: var(--bad); color: var(--on-bad); }
button[aria-pressed=true] { background: var(--good-ground); }
details { margin: .25rem 0; } summary { cursor: pointer; padding: .5rem 0; color: var(--accent); }
details[open] { border-left: 3px solid var(--line); padding-left: .75rem; }
.notice { background: var(--good-ground); border-left: .35rem solid var(--accent); border-radius: .35rem; padding: .6rem 1rem; margin: 0 0 1rem; }
.notice.refused { background: var(--bad-ground); border-left-color: var(--bad); }
.qr { display: block; width: min(100%, 20rem); height: auto; background: #fff; border-radius: .35rem; }
footer { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem; padding: .5rem 1rem 2rem; }
footer p { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin: 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; display: inline-block; padding: .6rem 1rem; background: var(--accent); color: var(--on-accent); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 30rem) {
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  form > button { width: 100%; }
}
@media (prefers-reduced-motion: no-preference) { :focus-visible { transition: outline-offset .1s; } }
)css";

// A hat: two lines that everybody can draw.
constexpr const char* icon =
    R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#0b5345"/><path d="M4 25h24l-6-3L18 5l-8 17z" fill="#fff"/></svg>)svg";

}  // namespace

PageAnswer StylePages::answer(const PageRequest& request, sip::Now /*now*/) {
    PageAnswer answer;
    if (request.path == "/static/page.css") {
        answer.type = "text/css; charset=utf-8";
        answer.body = style_sheet;
    } else if (request.path == "/static/icon.svg") {
        answer.type = "image/svg+xml";
        answer.body = icon;
    } else {
        return says(404, request.language, "server.not_found");
    }
    answer.headers.emplace_back("Cache-Control", "no-cache");
    return answer;
}

}  // namespace node
