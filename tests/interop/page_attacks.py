#!/usr/bin/env python3
# tests/interop/page_attacks.py - the page, attacked: strangers without a token, with one that was used, with a stolen
# cookie; other people's pages (forms, names that lead here, frames); paths and requests with two readings; too much, too
# large, too slow, too many. A phone registers and calls meanwhile. Run all: page_attacks.py; one: page_attacks.py strangers
# The long run: REQUESTS=100000 page_attacks.py many_requests
import collections
import concurrent.futures
import json
import os
import re
import ssl
import threading
import time
import urllib.parse

import caller as sip_caller
from gate import resident
from lab import Node, check, main, stop_time, wait_for
from page_client import HOST, NODE, PORT, ask, connect, field, raw, receive
from strangers import PASSWORD, Desk, Stranger

OWNER = "127.0.0.21"
SECRET = "three words nobody guesses"
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def node(lab, files=None):
    b = Node(lab, "node-b", NODE, 31, delivery="proxy", dht_enabled=False, listen=[f"wss:{HOST}"], files=files,
             sip_lines="stranger_rings = 1000000\ncaller_rings = 1000000\nsource_requests = 60").init()
    for user in ("alice", "bob"):
        b.add_user(user, PASSWORD[user])
    return b.start()


def link_of(b):
    return re.sub(r"^https://[^/]*", "", json.loads(b.command("page", "--json").stdout)["link"])


def log_in(b, source=OWNER, password=""):
    """The cookie, and the token of the forms."""
    reply = ask("POST", link_of(b), body=f"password={password.replace(' ', '+')}".encode(), source=source)
    check(reply.status == 303 and field(reply, "location") == "/", f"a link logs in: {reply.status}")
    cookie = re.search(r"__Host-hedgewitch=([a-z2-7]{56});", field(reply, "set-cookie"))[1]
    page = ask("GET", "/", source=source, cookie=cookie)
    token = re.search(r'name="csrf"[^>]*value="([a-z2-7]+)"', page.body)
    check(page.status == 200 and token, "and the page is shown, with a token in its forms")
    return cookie, token[1]


def refused(what, replies, wanted):
    """All of them got that status, or no answer at all."""
    seen = collections.Counter(reply.status if reply else 0 for reply in replies)
    allowed = set(wanted) if isinstance(wanted, tuple) else {wanted}
    check(set(seen) <= allowed, f"{what}: {sum(seen.values())} of {sum(seen.values())} refused {dict(seen)}")


def strangers(lab):
    """No token, one that was used, a cookie of somebody who has logged out or never was; and passwords."""
    b = node(lab)
    first = re.search(r"https://\S+(/first/[a-z2-7]{32})", (lab.folder / "node-b.log").read_text())
    check(first, "the first start shows a link")
    refused("without a cookie", [ask("GET", path) for path in ("/", "/people", "/phones", "/nothing", "/logout")], 303)
    refused("forms without one", [ask("POST", path, body=b"csrf=x") for path in ("/people", "/logout", "/live")], 403)
    refused("cookies that are none", [ask("GET", "/", cookie=c) for c in ("a" * 56, "a" * 55, "'; DROP TABLE", "%00")], 303)
    refused("links that are none", [ask("POST", f"/first/{t}", body=b"x=") for t in ("a" * 32, "..", "a", "%3Cscript%3E")], (403, 400))

    link = link_of(b)
    looked = ask("GET", link)
    check(looked.status == 200, "looking at a link does not use it up")
    check(ask("POST", link, body=b"password=").status == 303, "its button does")
    refused("the same link again", [ask("POST", link, body=b"password=") for _ in range(20)], 403)

    cookie, token = log_in(b, password=SECRET)
    refused("the link of the first start, once somebody is in", [ask("POST", first[1], body=b"password=")], 403)
    form = f"csrf={token}".encode()
    check(ask("POST", "/logout", body=form, cookie=cookie, source=OWNER).status == 303, "the owner logs out")
    refused("his cookie, stolen", [ask("GET", "/", cookie=cookie) for _ in range(5)], 303)
    refused("and the token of his forms", [ask("POST", "/people", body=form, cookie=cookie) for _ in range(5)], 403)

    guesses = [ask("POST", "/login", body=f"password=wrong+{i}".encode()) for i in range(2000 if os.environ.get("LONG") else 60)]
    seen = collections.Counter(reply.status for reply in guesses)
    looked = seen[403]
    check(set(seen) == {403, 429}, f"{len(guesses)} guesses at the password: {looked} were looked at, "
          f"{seen[429]} were not ({b.status()['inbound']['passwords_unlooked']} by the gate)")
    right = f"password={SECRET.replace(' ', '+')}".encode()
    check(ask("POST", "/login", body=right).status == 429, "nor is then the right one from there")
    check(ask("POST", "/login", body=right, source=OWNER).status == 303, "it is from elsewhere")
    metrics = ask("GET", "/metrics").body
    check("hedgewitch_page_refused_total" in metrics and f'hedgewitch_users 2\n' in metrics, "/metrics counts them")
    b.stop()


def other_pages(lab):
    """What other people's pages can have the owner's browser do."""
    b = node(lab)
    cookie, token = log_in(b)
    form = f"csrf={token}&name=eve".encode()
    mine = {"source": OWNER, "cookie": cookie}

    refused("forms without the token", [ask("POST", path, body=body, **mine) for path in ("/people", "/phones", "/logout")
                                        for body in (b"", b"csrf=", b"csrf=" + b"a" * 48, b"csrf=" + cookie.encode())], 403)
    origins = ["https://evil.example", f"http://{HOST}", "https://127.0.0.3", "null", f"https://{HOST}.evil.example"]
    refused("forms of other origins, with the token",
            [ask("POST", "/people", [("Origin", origin)], form, **mine) for origin in origins], 403)
    refused("and of other sites", [ask("POST", "/people", [("Sec-Fetch-Site", site)], form, **mine)
                                   for site in ("cross-site", "same-site")], 403)
    refused("a login for somebody else", [ask("POST", "/login", [("Origin", "https://evil.example")], b"password=x")], 403)
    names = ["evil.example", f"evil.example:{PORT}", "node.evil.example", f"{NODE}.evil.example", "2130706435", "", "a" * 4000]
    refused("names that others lead here, with a good cookie",
            [ask("GET", path, host=name, **mine) for name in names for path in ("/", "/metrics", "/live", "/i")]
            + [ask("GET", "/", host=None, **mine), ask("GET", "/", [("Host", "evil.example")], **mine)], (421, 400))

    pages = {path: ask("GET", path, **mine) for path in ("/", "/login", "/i", "/metrics", "/static/live.js", "/nothing-here")}
    pages["refused"] = ask("GET", "/", host="evil.example")
    for path, reply in pages.items():
        policy = field(reply, "content-security-policy")
        good = "frame-ancestors 'none'" in policy and "default-src 'none'" in policy and "unsafe" not in policy \
            and field(reply, "x-frame-options") == "DENY" and field(reply, "x-content-type-options") == "nosniff"
        if not good:
            check(False, f"{path}: {reply.fields}")
    check(True, f"{len(pages)} kinds of answers can be shown in no frame, and run no script but the node's own")
    check(ask("GET", "/", **mine).status == 200, "the owner's own session has stood all of it")

    tricks = ["/../etc/passwd", "/static/../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/..%2f..%2fetc/passwd",
              "/%2e%2e/", "//evil.example/", "/\\evil.example", "/a%00.css", "/a%0d%0aSet-Cookie:%20x=y", "http://evil.example/",
              "*", "/" + "a" * 3000, "/?" + "&".join(f"n{i}" for i in range(200)), "/%ff", "/%c0%ae%c0%ae/", "/x?a=%00",
              "/static/./page.css", "/first/../metrics", "/p//x"]
    refused("paths with two readings", [ask("GET", path, **mine) for path in tricks], (400, 414))
    refused("other methods", [ask(method, "/", **mine) for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW")],
            (405, 400, 501))
    b.stop()


class Named(Desk):
    """Its program has a name that runs, where names run."""

    def _send(self, text, peer):
        super()._send(text.replace("\r\nExpires:", f"\r\nUser-Agent: {SCRIPT}\r\nExpires:"), peer)


def names_of_others(lab):
    """Script and elements of HTML in what somebody else chooses: how a caller calls himself and his user, how a phone's program
    calls itself, whom a login was for; and what an address asks for. The pages show it, and it is text."""
    b = node(lab)
    b.command("user", "strangers", "bob", "ask")
    cookie, token = log_in(b)
    Named(b, "bob", "127.0.0.13").stop()
    stranger = Stranger("127.0.0.17", NODE)
    waits = stranger.ask(f"sip:bob@{NODE}", sender=f'"{SCRIPT}" <sip:%3Cscript%3Ealert(1)%3C%2Fscript%3E@elsewhere.test>')
    check(waits and waits.status == 480, "he waits for a decision")
    for label in ("%3Cscript%3Ealert(1)%3C%2Fscript%3E", "alice"):
        stranger.ask(f"sip:{NODE}", "REGISTER", to=f"<sip:{label}@{NODE}>", more=f"User-Agent: {SCRIPT}\r\n")
    form = {"name": SCRIPT, "invite": SCRIPT, "note": SCRIPT, "user": SCRIPT, "csrf": token}
    tried = [ask("POST", path, body=urllib.parse.urlencode(form).encode(), source=OWNER, cookie=cookie)
             for path in ("/people/add", "/people/invite", "/phones/add", "/trust/pin", "/settings/strangers")]
    for how in ("ping", "explain"):
        reach = ask("POST", "/people/reach", body=urllib.parse.urlencode(form | {"whom": SCRIPT, "how": how}).encode(), source=OWNER,
                    cookie=cookie)
        told = ask("GET", field(reach, "location"), source=OWNER, cookie=cookie)
        check("&lt;script&gt;alert(1)" in told.body, f"{how} of such a name is told in text")
        tried.append(told)
    pages = [ask("GET", path + asked, [("Accept-Language", language)], source=OWNER, cookie=cookie)
             for path in ("/", "/phones", "/people", "/trust", "/refused", "/settings", "/login", "/i", "/metrics", "/nothing")
             for asked in ("", "?" + urllib.parse.urlencode({"name": SCRIPT})) for language in ("en", "de")]
    for reply in pages + tried:
        if re.search(r"<script>|<img src=x|onerror=alert\(1\)[^&]*>", reply.body):
            check(False, f"it is an element of the page: {reply.body}")
    shown = sum("&lt;script&gt;alert(1)" in page.body for page in pages)
    check(shown >= 8, f"{len(pages)} pages: in {shown} the names stand, as text")
    b.stop()


class Owner:
    """Bob's phone rings whenever alice calls; she registers before."""

    def __init__(self, b):
        self.b, self.desk, self.rounds, self.slowest = b, Desk(b, "bob", "127.0.0.13"), 0, 0.0
        self.largest = self.before = resident(b.process)

    def round(self):
        began = time.monotonic()
        registered = sip_caller.register(NODE, "alice", PASSWORD["alice"], "sip:a@127.0.0.14:5999")
        if not registered or registered.status != 200:
            check(False, f"alice registers: {registered and registered.first}")
        seen = sip_caller.call(NODE, f"sip:bob@{NODE}", "alice", PASSWORD["alice"], local="127.0.0.14")
        if seen["status"] != 486:
            check(False, f"alice calls bob: {seen}")
        self.rounds += 1
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.largest = max(self.largest, resident(self.b.process))

    def told(self, most=96):
        check(self.rounds > 0, f"{self.rounds} times alice registered and called bob meanwhile, the slowest took {self.slowest:.2f} s")
        check(self.largest - self.before < most, f"resident: {self.before:.0f} MiB at first, at most {self.largest:.0f}")
        self.desk.stop()


def many_requests(lab):
    """From sixteen addresses over kept connections, with and without a cookie: each is refused."""
    count, sources = int(os.environ.get("REQUESTS", 4000)), 16
    b = node(lab)
    owner = Owner(b)
    seen, lock = collections.Counter(), threading.Lock()
    kinds = (b"GET / HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\n\r\n",
             b"GET /people HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nCookie: __Host-hedgewitch=" + b"a" * 56 + b"\r\n\r\n",
             b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
             b"POST /people HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nContent-Type: application/x-www-form-urlencoded\r\n"
             b"Content-Length: 6\r\n\r\ncsrf=x")

    def flood(number):
        mine, connection = collections.Counter(), None
        for i in range(count // sources):
            try:
                if connection is None:
                    connection = connect(f"127.0.4.{number + 1}")
                connection.sendall(kinds[i % len(kinds)])
                reply = receive(connection)
                mine[reply.status if reply else "closed"] += 1
                if reply is None or "close" in field(reply, "connection").lower():
                    connection.close()
                    connection = None
            except OSError:
                mine["closed"] += 1
                connection = None
        with lock:
            seen.update(mine)

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(sources) as pool:
        floods = [pool.submit(flood, number) for number in range(sources)]
        while not all(each.done() for each in floods) or owner.rounds == 0:
            owner.round()
        for each in floods:
            each.result()
    took = time.monotonic() - began
    check(set(seen) <= {303, 403, 421, 429, "closed"}, f"{sum(seen.values())} requests in {took:.1f} s, none let in: {dict(seen)}")
    check(ask("GET", "/login", source=OWNER).status == 200, "the page answers others afterwards")
    owner.told()
    b.stop()


def slow_and_large(lab):
    """Who writes a byte a second, who reads nothing, and who sends more than anybody takes."""
    b = node(lab)
    owner = Owner(b)
    cookie, token = log_in(b)

    large = [ask("GET", "/", [("X", "x" * 20_000)]), ask("GET", "/", [(f"X{i}", "x" * 200) for i in range(200)])]
    with connect() as kept:  # a second request of a connection is the HTTP library's
        kept.sendall(f"GET /login HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        check(receive(kept).status == 200, "a small request first")
        try:
            kept.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n{'X: ' + 'x' * 100_000}\r\n\r\n".encode())
            large.append(receive(kept))
        except OSError:
            large.append(None)
    refused("headers of 20,000 bytes and more", large, (0, 400, 413, 431))
    bare = [reply for reply in large if reply and not field(reply, "content-security-policy")]
    check(all("x" * 20 not in reply.body and not field(reply, "location") and not field(reply, "set-cookie") for reply in bare),
          f"{len(bare)} of these answers come from below the page, and hold nothing of what was sent")
    bodies = [ask("POST", "/login", [("Content-Length", str(size))], b"x" * 10, length=False) for size in (16385, 10**9, 10**18)]
    bodies.append(ask("POST", "/people", [("Content-Length", str(9 << 20))], b"x" * 10, source=OWNER, cookie=cookie, length=False))
    bodies.append(ask("POST", "/login", [("Transfer-Encoding", "chunked")], b"5\r\nhello\r\n", length=False))
    refused("bodies that are too large or do not say how large", bodies, (411, 413))

    writers, readers = [], []
    for i in range(24):
        writer = connect(f"127.0.5.{i % 8 + 1}")
        writer.sendall(f"POST /login HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 100\r\n"
                       "Content-Type: application/x-www-form-urlencoded\r\n\r\npass".encode()
                       if i % 2 else b"GET /login HTTP/1.1\r\nHost: ")
        writers.append(writer)
        reader = connect(f"127.0.6.{i % 8 + 1}")
        reader.sendall(f"GET /login HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode() * 200)
        readers.append(reader)
    began = time.monotonic()
    owner.round()
    check(ask("GET", "/login", source=OWNER).status == 200, f"with {len(writers)} slow writers and {len(readers)} that read nothing "
          "the page answers others")

    def ended(connection):
        try:
            connection.settimeout(0.01)
            return connection.recv(1 << 16) == b""
        except (TimeoutError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True

    def all_ended():
        for writer in list(writers):
            try:
                if time.monotonic() - began < 20:
                    writer.settimeout(0.01)
                    writer.sendall(b"x")  # a byte now and then
            except OSError:
                pass
            while writer in writers and ended(writer):
                writers.remove(writer)
        return not writers
    wait_for("slow writers to be closed", all_ended, 75)
    check(True, f"all slow writers were closed after {time.monotonic() - began:.0f} s")
    wait_for("those who read nothing to be closed", lambda: b.status()["transport"]["connections_open"] <= 2, 75)
    check(True, f"and all who read nothing after {time.monotonic() - began:.0f} s")
    owner.round()
    check(ask("GET", "/", source=OWNER, cookie=cookie).status == 200, "the owner is still logged in")
    owner.told()
    b.stop()


def two_readings(lab):
    """Requests of which two readers make two things: each is refused, and its connection ends; so nobody's bytes become
    another request. And what else a page's connection is not good for."""
    b = node(lab)
    cookie, _ = log_in(b)
    host, form = f"Host: {HOST}\r\n", "Content-Type: application/x-www-form-urlencoded\r\n"
    inner = f"GET /people HTTP/1.1\r\n{host}Cookie: __Host-hedgewitch={cookie}\r\n\r\n"
    inside = f"Content-Length: {len(inner)}\r\n"
    chunked = "Transfer-Encoding: chunked\r\n"
    post, get, end = f"POST /login HTTP/1.1\r\n{host}{form}", f"GET /login HTTP/1.1\r\n{host}", "Connection: close\r\n\r\n"
    tricks = [f"{post}Content-Length: 5\r\n{chunked}\r\n0\r\n\r\n{inner}", f"{post}{chunked}\r\n0\r\n\r\n{inner}",
              f"{post}Content-Length: 6\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{inner}", f"{post}\r\n{inner}",
              f"{post}Content-Length: 0\r\n{inside}\r\n{inner}", f"{post}{inside}{inside}\r\n{inner}",
              *(f"{post}Content-Length{length}\r\n\r\n{inner}" for length in (" : 0", ": +0", ": 0x0", ": -1", ": 0, 0", ": 18446744073709551616")),
              f"{get}{inside}\r\n{inner}", f"{get}{chunked}\r\n0\r\n\r\n{inner}",
              f"PUT /login HTTP/1.1\r\n{host}{inside}\r\n{inner}"]
    # Of a connection we read the first request, the HTTP library alone the later ones, and that is not so strict.
    later = [f"{get}\r\n{trick}" for trick in tricks]
    tricks += [f"GET /login HTTP/1.1\n{host}\r\n\r\n{inner}", f"GET /login HTTP/2.0\r\n{host}\r\n{inner}",
               f"{get}X: y\r\n z\r\n\r\n{inner}", f"{get}X : y\r\n\r\n{inner}", f"GET /lo gin HTTP/1.1\r\n{host}\r\n{inner}"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(raw, tricks + later, (f"127.0.9.{i + 1}" for i in range(len(tricks + later)))))
    for trick, (statuses, came) in zip(tricks + later, answers):
        mine = statuses[1:] if trick in later else statuses
        if "<nav" in came or not set(mine) <= {400, 405, 411, 413, 505}:
            check(False, f"{trick!r}: {statuses}")
    check(True, f"{len(answers)} requests with two readings were refused, and what stood behind them was not read")

    upgrade = (f"GET / HTTP/1.1\r\n{host}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: sip\r\n")
    check(raw(f"{get}\r\n{upgrade}\r\n")[0] == [200, 303], "a page's connection becomes no WebSocket")
    check(raw(f"{upgrade}Origin: https://evil.example\r\n\r\n")[0] == [403], "nor does another site's page open one")
    head = raw(f"HEAD /login HTTP/1.1\r\n{host}{end}")
    check(head[0] == [200] and head[1].endswith("\r\n\r\n"), "HEAD is answered by a head")
    expect = raw(f"{post}Content-Length: 10\r\nExpect: 100-continue\r\n{end}password=x")[0]
    large = raw(f"{post}Content-Length: 100000\r\nExpect: 100-continue\r\n{end}")[0]
    check(expect == [100, 403] and large == [413], "who asks first whether a form is wanted, hears it")
    planted = "b" * 56
    twice = ask("POST", link_of(b), [("Cookie", f"__Host-hedgewitch={planted}")], b"password=", source=OWNER)
    check(planted not in field(twice, "set-cookie"), "a login makes a new cookie, whatever was planted before")
    refused("and the planted one is nobody's", [ask("GET", "/", cookie=planted)], 303)
    names = ["[evil.example]", "[::1]evil", "x@127.0.0.3", "127.0.0.3, evil", "localhost.", "127.0.0.3.nip.io", "0x7f000003", "127.3"]
    refused("names that only look like addresses", [ask("GET", "/", host=name, cookie=cookie) for name in names], 421)
    b.stop()


def crowded(lab):
    """A thousand connections of fifty addresses, half of them at the page, at a node that may have 256 files open: who is
    logged in gets in, a phone registers and calls."""
    b = node(lab, files=256)
    owner = Owner(b)
    cookie, _ = log_in(b)
    held, seen, lock = [], collections.Counter(), threading.Lock()

    def one(i):
        try:
            connection = connect(f"127.0.{20 + i % 50}.1")
            said = "nothing"
            if i % 2:
                connection.sendall(f"GET /login HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
                reply = receive(connection)
                said = reply.status if reply else "closed"
        except OSError:
            connection, said = None, "closed"
        with lock:
            held.append(connection)
            seen[said] += 1

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        crowd = [pool.submit(one, i) for i in range(1000)]
        while not all(each.done() for each in crowd) or owner.rounds == 0:
            owner.round()
            if ask("GET", "/", source=OWNER, cookie=cookie).status != 200:
                check(False, "the owner is shown the page")
    transport = b.status()["transport"]
    check(transport["accept_errors"] == 0, f"1000 came {dict(seen)}: {transport['connections_open']} are open, "
          f"{transport['connections_made_room']} made room, {len(os.listdir(f'/proc/{b.process.pid}/fd'))} of 256 files")
    check(ask("GET", "/", source=OWNER, cookie=cookie).status == 200, "the owner is shown the page before, meanwhile and after")
    owner.told()
    b.stop()


def live(lab):
    """Who listens is told of a change within seconds, and no more than sixteen may."""
    b = node(lab)
    cookie, _ = log_in(b)
    first = ask("GET", "/live", source=OWNER, cookie=cookie)
    check(field(first, "content-type") == "text/event-stream", "events come as such")
    pool = concurrent.futures.ThreadPoolExecutor(1)

    def quiet(event):
        """Who listens now that nothing changes: what others can reach is found out just after the start."""
        for _ in range(6):
            number = re.search(r"id: (\d+)", event.body)[1]
            waiting = pool.submit(ask, "GET", "/live", [("Last-Event-ID", number)], b"", OWNER, HOST, cookie)
            if not concurrent.futures.wait([waiting], 5).done:
                return waiting, number
            event = waiting.result()
        check(False, "without a change there is no event")

    waiting, began = quiet(first)[0], time.monotonic()
    b.add_user("carol", SECRET)
    event = waiting.result(20)
    check("event: changed" in event.body, f"a new user is told after {time.monotonic() - began:.1f} s")
    waiting, number = quiet(event)
    listeners = []
    for i in range(20):
        listener = connect(f"127.0.7.{i % 4 + 1}", 3)
        listener.sendall(f"GET /live HTTP/1.1\r\nHost: {HOST}\r\nCookie: __Host-hedgewitch={cookie}\r\n"
                         f"Last-Event-ID: {number}\r\n\r\n".encode())
        listeners.append(listener)
    check("nothing new" in waiting.result(10).body, "who has listened for longest makes room")
    sent_on = []

    def made_room():
        for listener in [each for each in listeners if each not in sent_on]:
            listener.settimeout(0.01)
            try:
                if "nothing new" in receive(listener).body:
                    sent_on.append(listener)
            except (TimeoutError, ssl.SSLWantReadError):
                pass
        return len(sent_on) >= 4
    wait_for("four listeners to make room", made_room, 10)
    made_room()
    check(len(sent_on) == 4, f"of {len(listeners)} more {len(sent_on)} do, who come again by themselves")
    began = time.monotonic()
    check(b.stop() < stop_time(), f"a node with listeners stops in {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main({f.__name__: f for f in (strangers, other_pages, names_of_others, two_readings, many_requests, crowded, live, slow_and_large)},
         by_name_only=("slow_and_large",), seconds=150 + int(os.environ.get("REQUESTS", 0)) // 50)
