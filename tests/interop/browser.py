#!/usr/bin/env python3
# tests/interop/browser.py - a phone in a browser: headless Chromium with SIP.js registers over secure WebSocket,
# calls a real phone and is called by it. The browser accepts no certificate but one with the very key that the
# node publishes.
import base64
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time
import urllib.parse

from lab import HERE, ROOT, UNLIMITED, Baresip, Failure, Node, Skip, check, main, need, say, wait_for
from lab.chromium import memory_folder

CACHE = pathlib.Path(os.environ.get("HEDGEWITCH_NPM_CACHE", ROOT / "build/npm"))
NODE, PHONE, PAGE = "127.0.0.2", "127.0.0.13", "127.0.0.1"
PASSWORD = "browser-4711"


def npm_file(path):
    """Of a library, at the version and hash that package-lock.json pins."""
    if not (CACHE / "node_modules" / path).exists():
        need("npm")
        CACHE.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "browser" / name, CACHE / name)
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=CACHE,
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise Skip(f"npm could not fetch {path}: {done.stderr.strip()[-300:]}")
    return CACHE / "node_modules" / path


def sip_js():
    return npm_file("sip.js/lib/index.js").parents[1]


class Page:
    """Serves the page and the library on loopback (of a machine of its own, `space`), and hears from the page."""

    def __init__(self, library, port=0, space=None):
        self.happened = []
        self.spoke = threading.Event()
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = urllib.parse.urlparse(self.path).path
                if path == "/phone.html":
                    file, kind = HERE / "browser/phone.html", "text/html; charset=utf-8"
                elif path.startswith("/sip.js/") and ".." not in path:
                    file, kind = library / path.removeprefix("/sip.js/"), "text/javascript"
                else:
                    return self.send_error(404)
                try:
                    body = file.read_bytes()
                except OSError:
                    return self.send_error(404)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                page.spoke.set()
                page.happened.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128  # the library is a hundred modules; with 5 waiting some were dropped and asked for again
        def listen():
            return Server((PAGE, port), Handler)
        self.server = space.inside(listen) if space else listen()
        self.prefix = space.prefix if space else []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def says(self, what, seconds=60):
        def seen():
            for event in self.happened:
                if event["what"] == what:
                    return event
                if event["what"] == "failed":
                    raise Failure(f"the page failed: {event}")
            return None
        try:
            return wait_for(f"the page to say '{what}'", seen, seconds)
        except Failure:
            print("the page said:", *self.happened, sep="\n    ", flush=True)
            raise


def chromium(lab, page, key_hash, **wish):
    """Starts it until its page says anything: one in many starts on a busy machine it hangs, and is no test of ours."""
    need("chromium")
    address = f"http://{PAGE}:{page.server.server_port}/phone.html?" + urllib.parse.urlencode(wish)
    for turn in range(3):
        # A fresh machine's Chromium calls home at every start; nothing here may leave the machine.
        browser = lab.start(f"chromium-{turn}", [
            *page.prefix, "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
            "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
            # WebRTC would hide addresses behind mDNS names, which no phone can look up. Loopback is left out of its
            # candidates, for baresip has only those of the other interfaces: the two would not choose the same pair.
            "--disable-features=WebRtcHideLocalIpsWithMdns",
            f"--ignore-certificate-errors-spki-list={base64.b64encode(key_hash).decode()}",
            f"--user-data-dir={memory_folder(lab)}", address])
        if page.spoke.wait(20):
            return browser
        browser.kill()
    raise Failure("Chromium was started three times, and its page never said anything")


def start(lab, media=True):
    library = sip_js()
    page = Page(library)
    node = Node(lab, "node", NODE, 4251, listen=[f"wss:{NODE}:8443"],
                sip_lines=f'{UNLIMITED}\nweb_origins = ["http://{PAGE}:{page.server.server_port}"]').init()
    for user in ("alice", "bob"):
        node.add_user(user, PASSWORD)
    node.start()
    phone = Baresip(lab, "bob", 1, "bob", PASSWORD, NODE, address=PHONE, answers=True, media="webrtc" if media else None)
    return node, phone, page


def browser(lab, node, page, **wish):
    return chromium(lab, page, bytes.fromhex(node.status()["tls"]["key_hash"]), server=f"wss://{NODE}:8443",
                    aor=f"sip:alice@{NODE}", user="alice", password=PASSWORD, **wish)


def calls_a_phone(lab):
    """Registers, calls, is answered, talks, hangs up."""
    node, phone, page = start(lab)
    phone.start().says("200 OK")
    browser(lab, node, page, call=f"sip:bob@{NODE}", hangup=4000)
    page.says("registered")
    check(node.status()["tls"]["accepted"] > 0, "the browser took the certificate with the key that is published")
    page.says("accepted 200")
    page.says("established")
    phone.says("Call established")
    say("200 OK came to the browser, and its ACK to the phone")
    # Not ours to promise: a machine with no interface but lo gives the two no way to each other.
    heard = wait_for("the browser to judge the media",
                     lambda: [e for e in page.happened if e["what"] in ("media", "no media")], 25)
    print(f"  media (ICE, DTLS-SRTP, phone to browser): {heard[0]}", flush=True)
    page.says("session Terminated")
    phone.says("session closed", 10)
    say("the browser hung up, and the phone knows")


def is_called_by_a_phone(lab):
    """The way to a browser is the connection that it opened."""
    node, phone, page = start(lab)
    browser(lab, node, page)
    page.says("registered")
    status = node.status()
    check([u["phones"] for u in status["users"] if u["user"] == "alice"] == [1], "the browser is a phone of alice's")
    phone.start().dial(f"sip:alice@{NODE}")
    event = page.says("called")
    check("bob" in event["from"], f"the browser rings: {event['from']}")
    page.says("established")
    phone.says("Call established")
    phone.stop()
    page.says("session Terminated")
    say("the phone hung up, and the browser knows")


def library(lab):
    """Fetched before the others, who have no way to the Internet."""
    print(f"  axe-core is in {npm_file('axe-core/axe.min.js')}, SIP.js in {sip_js()}", flush=True)


def another_key_is_refused(lab):
    """What the browser tests above prove: with another key in its list Chromium does not connect."""
    node, _, page = start(lab, media=False)
    chromium(lab, page, bytes(32), server=f"wss://{NODE}:8443", aor=f"sip:alice@{NODE}", user="alice",
             password=PASSWORD)
    wait_for("the page to fail", lambda: [e for e in page.happened if e["what"] == "failed"], 20)
    time.sleep(0.2)
    check([u["phones"] for u in node.status()["users"] if u["user"] == "alice"] == [0], "and it did not register")


if __name__ == "__main__":
    main({f.__name__: f for f in (library, calls_a_phone, is_called_by_a_phone, another_key_is_refused)})
