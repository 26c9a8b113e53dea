#!/usr/bin/env python3
# tests/interop/hostile.py - two nodes on the wire, a hostile callee and a hostile caller beside honest ones: mutated
# messages by the thousand, and each that reaches a phone is compared with what was sent. No message of another call is
# lost, changed or invented, and no reader of a connection loses his place. (tests/sip/edge/hostile_parties_test is the
# same without sockets.) The long run: HEDGEWITCH_MUTATIONS=1000000 LAB_SECONDS=7200 hostile.py udp
import os
import random
import re
import select
import socket
import ssl
import time

from caller import authorization, credentials
from lab import Failure, Node, check, main, say, wait_for

A, B = "127.0.0.2", "127.0.0.3"
PASSWORD = "correct-horse-battery"
MUTATIONS = int(os.environ.get("HEDGEWITCH_MUTATIONS", "0")) or 1500
BATCH = 25  # mutated messages before a good one shows that all is well
SMUGGLED = (b"INVITE sip:alice@a.test SIP/2.0\r\nVia: SIP/2.0/TLS 203.0.113.1;branch=z9hG4bKevil\r\n"
            b'Max-Forwards: 70\r\nFrom: "mum" <sip:mum@a.test>;tag=x\r\nTo: <sip:alice@a.test>\r\n'
            b"Call-ID: invented\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n")


class Parsed:
    """A message as a reader who forgives nothing sees it."""

    def __init__(self, wire):
        self.wire = wire
        wire = re.sub(rb"^(\r\n)+", b"", wire)  # RFC 3261 §7.5
        head, empty, self.body = wire.partition(b"\r\n\r\n")
        lines = re.sub(rb"\r\n[ \t]+", b" ", head).split(b"\r\n")
        self.first = lines[0].decode("latin-1")
        self.fields = [(name.strip().lower().decode("latin-1"), value.strip()) for name, _, value in
                       (line.partition(b":") for line in lines[1:])]
        self.status = int(self.first[8:11]) if re.match(r"(?i)SIP/2\.0 \d{3}", self.first) else 0
        self.whole = bool(empty)

    def all(self, *names):
        return [value.decode("latin-1") for name, value in self.fields if name in names]

    def one(self, *names):
        return next(iter(self.all(*names)), "")

    def kept(self):
        """What must arrive as it was sent: each proxy has its own Via, and From may be restored."""
        gone = ("via", "v", "content-length", "l", "from", "f", "max-forwards", "record-route", "p-asserted-identity",
                "p-preferred-identity", "remote-party-id")
        length = re.fullmatch(r"\s*(\d+)\s*", self.one("content-length", "l") or "x")
        body = self.body[:int(length[1])] if length else self.body
        return (self.first.split(" ")[1 if self.status else 0],
                tuple((n, self._kept_of(n, re.sub(rb"[\s\0]+", b"", v))) for n, v in self.fields if n not in gone), body)

    def _kept_of(self, name, value):
        """Of To in a response its tag: the name is the caller's own (RFC 3261 §8.2.6.2), whatever was said."""
        if not self.status or name not in ("to", "t"):
            return value
        tag = re.search(rb"(?i);tag=[^;>]*", value)
        return tag[0].lower() if tag else b""


def check_form(wire):
    """Of a message that a node wrote."""
    message = Parsed(wire)
    if not re.match(r"SIP/2\.0 \d{3} |[A-Z]+ sips?:\S+ SIP/2\.0$", message.first) or not message.whole:
        raise Failure(f"a reader has lost his place: {wire[:400]!r}")
    lengths = message.all("content-length", "l")
    if len(lengths) != 1 or int(lengths[0]) != len(message.body):
        raise Failure(f"its length is not that of its body: {wire[:2000]!r}")
    if message.status in (400, 505):
        return message  # what was at fault in a request comes back with its refusal
    for names in (("from", "f"), ("to", "t"), ("call-id", "i"), ("cseq",)):
        if len(message.all(*names)) != 1:
            raise Failure(f"not one {names[0]}: {wire[:2000]!r}")
    return message


class Phone:
    honest = set()  # Call-IDs of Alice's

    def __init__(self, user, local, node, transport):
        self.user, self.node, self.transport = user, node, transport
        self.home = "evil.test" if user == "mallory" else node.address
        self.local, self.cseq, self.buffer = (local, 5070), 0, b""
        self.connect()

    def connect(self):
        kind = socket.SOCK_DGRAM if self.transport == "udp" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET, kind)
        if self.transport == "udp":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind((self.local[0], self.local[1] if self.transport == "udp" else 0))
        self.socket.settimeout(10)
        if self.transport != "udp":
            self.socket.connect((self.node.address, 5061 if self.transport == "tls" else 5060))
        if self.transport == "tls":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        self.local, self.buffer = self.socket.getsockname()[:2], b""

    def say(self, wire):
        wire = wire if isinstance(wire, bytes) else wire.encode("latin-1")
        if self.transport != "udp":
            return self.socket.sendall(wire)
        # The first on the route; without one, our node.
        route = re.search(rb"\r\nRoute: <sip:[^@>]*@([\d.]+):(\d+)", wire)
        self.socket.sendto(wire, (route[1].decode(), int(route[2])) if route else (self.node.address, 5060))

    def checked(self, wire):
        message = check_form(wire)
        # Carol may be called by the stranger himself, in whatever name.
        strange = "invented" in message.one("call-id", "i") or "mum" in message.one("from", "f")
        if strange and (self.user == "alice" or self.user == "bob" and message.status == 0):  # he may answer for himself
            raise Failure(f"invented: {wire[:2000]!r}")
        return message

    def hear(self, seconds=0.0):
        """The next message, or None."""
        end = time.monotonic() + seconds
        while True:
            head, empty, rest = self.buffer.partition(b"\r\n\r\n")
            if self.transport != "udp" and empty:
                length = re.search(rb"(?im)^content-length: (\d+)\r?$", head)
                if not length:
                    raise Failure(f"a reader has lost his place: {self.buffer[:400]!r}")
                size = len(head) + 4 + int(length[1])
                if len(self.buffer) >= size:
                    wire, self.buffer = self.buffer[:size], self.buffer[size:]
                    return self.checked(wire)
            pending = self.transport == "tls" and self.socket.pending()
            if not pending and not select.select([self.socket], [], [], max(0.0, end - time.monotonic()))[0]:
                return None
            data = self.socket.recv(65535)
            if self.transport == "udp":
                return self.checked(data)
            if not data:
                raise Failure(f"the node has closed the connection of {self.user}")
            self.buffer += data

    def wait(self, what, wanted, others=lambda message: False, again=None, seconds=20):
        """The message that is wanted; `others` may come before it. Over UDP `again` is said again meanwhile."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            message = self.hear(0.5)
            if message is None:
                if again and again[0].transport == "udp":
                    again[0].say(again[1])
            elif wanted(message):
                return message
            elif not others(message):
                raise Failure(f"{self.user} waits for {what}, and hears {message.wire[:2000]!r}")
        raise Failure(f"lost: {self.user} waited in vain for {what}")

    def request(self, method, uri, call, more="", body=""):
        self.cseq += 1
        to = f"sip:{self.user}@{self.home}" if method == "REGISTER" else uri
        over = "tcp" if self.transport == "tls" else self.transport
        return (f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{self.transport.upper()} {self.local[0]}:{self.local[1]};"
                f"branch=z9hG4bK{call}{method}{self.cseq};rport\r\nMax-Forwards: 70\r\n"
                f"From: <sip:{self.user}@{self.home}>;tag={call}\r\n"
                f"To: <{to}>\r\nCall-ID: {call}\r\n"
                f"CSeq: {self.cseq} {method}\r\n"
                f"Contact: <sip:{self.user}@{self.local[0]}:{self.local[1]};transport={over}>\r\n"
                f"{more}Content-Length: {len(body)}\r\n\r\n{body}")

    def register(self):
        uri = f"sip:{self.node.address}"
        for more in ("", None):
            if more is None:
                more = authorization(refusal.all("www-authenticate"), "REGISTER", uri, self.user, PASSWORD)
            text = self.request("REGISTER", uri, f"reg{self.user}{os.getpid()}", more)
            self.say(text)
            refusal = self.wait("an answer to REGISTER", lambda m: m.status in (200, 401), again=(self, text))
        if refusal.status != 200:
            raise Failure(f"{self.user} cannot register: {refusal.first}")
        return self

    def call(self, uri, callee):
        """The INVITE as it went out, and as it came to the callee."""
        name = f"{callee.user}{random.getrandbits(48):x}"
        Phone.honest.add(name)
        body = f"offer of {name}".ljust(450, ".")  # as long as a phone's: three times that is what answers may have
        text = self.request("INVITE", uri, name, body=body)
        self.say(text)
        refusal = self.wait("407", lambda m: m.status == 407 and m.one("call-id") == name,
                            lambda m: m.status == 100 or Liar.any_may_be_heard(m), (self, text))
        self.say(re.sub(r"(?m)^(CSeq: \d+) INVITE", r"\1 ACK", text.replace("INVITE", "ACK", 1).replace(body, "")
                        .replace(f"Content-Length: {len(body)}", "Content-Length: 0")))
        more = credentials(refusal, "INVITE", uri, self.user, PASSWORD)
        text = self.request("INVITE", uri, name, more, body)
        self.say(text)
        try:
            came = callee.wait("the call", lambda m: m.first.startswith("INVITE ") and m.body == body.encode("latin-1"),
                               lambda m: not m.first.startswith("INVITE ") or m.one("call-id") != name, (self, text))
        except Failure as failure:
            raise Failure(f"{failure}; {self.user} heard {[(m.first, m.one('warning')) for m in self.drain()]}")
        return text, came

    def drain(self):
        heard = []
        while (message := self.hear()) is not None:
            heard.append(message)
        return heard


serial = 0


def response(request, status, reason="Said"):
    """As a phone says it, with a mark of its own."""
    global serial
    serial += 1
    body = f"answer {serial}"
    copied = "".join(f"{name}: {value.decode('latin-1')}\r\n" for name, value in request.fields
                     if name in ("via", "from", "call-id", "cseq", "record-route"))
    to = request.one("to")
    return (f"SIP/2.0 {status} {reason}\r\n{copied}To: {to}{'' if ';tag=' in to else ';tag=callee'}\r\n"
            f"Contact: <sip:callee@127.0.0.99:5070>\r\nX-Serial: {serial}\r\nContent-Length: {len(body)}\r\n\r\n{body}")


LENGTHS = [b"0", b"5000", b"500", b"00", b"-1", b"", b"many", b"4294967296", b"5 5", b"300", b"99999999999999999999"]
LINES = [b"From: <sip:x@y>;tag=a", b"To: <sip:x@y>", b"i: another", b"CSeq: 1 BYE", b"l: 0", b"v: SIP/2.0/TLS x",
         b"Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKevil", b"Contact: <sip:x@y?a=b>, : <sip:z@y>", b"", b" folded",
         b"P-Asserted-Identity: <sip:mum@a.test>", b"X-Unknown: \"open", b"Record-Route: <sip:192.0.2.66;lr>"]
WORDS = [(b"branch=", b"branch=z9hG4bK"), (b"tag=", b"tag=;tag="), (b"CSeq: ", b"CSeq: 9"), (b"SIP/2.0", b"SIP/3.0"),
         (b"\r\n", b"\n"), (b"\r\n", b"\r"), (b"\r\n", b"\r\n "), (b"\r\n", b"\r\n\r\n"), (b";", b";;"), (b"sip:", b"")]


def mutated(wire):
    """One change, sometimes more; may leave the message as good as it was."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        at, what = random.randrange(len(wire) + 1), random.randrange(11)
        lines = [m.end() for m in re.finditer(rb"\r\n", wire.partition(b"\r\n\r\n")[0])] or [0]
        if what == 0:
            wire = wire[:at] + bytes([random.randrange(256)]) + wire[at + 1:]
        elif what == 1:
            wire = wire[:at] + wire[at + random.randrange(40):]
        elif what in (2, 3):
            wire = re.sub(rb"Content-Length: \d+", lambda _: b"Content-Length: " + random.choice(LENGTHS), wire)
            wire += SMUGGLED if what == 3 else b""
        elif what == 4:
            wire += SMUGGLED
        elif what == 5:
            where = random.choice(lines)
            wire = wire[:where] + random.choice(LINES) + b"\r\n" + wire[where:]
        elif what == 6:
            where = random.choice(lines)
            wire = wire[:where] + wire[wire.find(b"\r\n", where) + 2:]
        elif what == 7:
            old, new = random.choice(WORDS)
            places = [m.start() for m in re.finditer(re.escape(old), wire)]
            if places:
                where = random.choice(places)
                wire = wire[:where] + new + wire[where + len(old):]
        elif what == 8:
            wire = wire[:at]
        elif what == 9:
            where = random.choice(lines)
            lines = random.choice((random.randrange(100, 160), random.randrange(200, 300)))
            wire = wire[:where] + b"X: y\r\n" * lines + wire[where:]
        else:
            wire = wire[:at] + random.choice((b"\0", b'"', b",", b"\r\n", b"\r\n\r\n")) + wire[at:]
    return wire


class Liar:
    """Bob's phone: what it says of a call, and what Alice may therefore hear of it."""

    calls = {}  # by Call-ID
    # Over UDP a node answers another with no more than three times the bytes of the INVITE, so what is good may be
    # held back too, but for the final response.
    strict = True

    def __init__(self, alice, bob, invite, came):
        self.alice, self.bob, self.invite, self.came, self.said, self.over = alice, bob, invite, came, {}, False
        own = Parsed(invite.encode("latin-1"))
        Liar.calls[own.one("call-id")] = self
        self.own = {"call-id": own.one("call-id"), "cseq": own.one("cseq")}
        self.tag = re.search(r";tag=[^;]+", own.one("from"))[0].lower()
        self.branch = re.search(r"branch=[^;]+", own.one("via"))[0].lower()
        self.to = own.one("to")

    def lie(self):
        for _ in range(BATCH):
            final = random.random() < (0.0015 if MUTATIONS > 100_000 else 0.02)  # one that passes ends the call
            status = random.choice((200, 302, 404, 486, 503) if final else (180, 183, 199))
            wire = mutated(response(self.came, status).encode("latin-1"))
            self.said[Parsed(wire).kept()] = wire
            self.bob.say(wire)
        return BATCH

    def proves_well(self):
        """A good 180 is heard after all that, unless a final response came through; how many were heard."""
        good, heard, end = response(self.came, 180), 0, time.monotonic() + (20 if self.strict else 0.1)
        said = Parsed(good.encode("latin-1"))
        self.said[said.kept()] = said.wire
        self.bob.say(good)
        while not self.over:
            message = self.alice.hear(0.2)
            if message is None:
                # His final response was taken when it is acknowledged; what a 3xx names may be tried for long.
                acknowledged = [m for m in self.bob.drain() if m.first.startswith("ACK")]
                self.over = any(m.one("call-id") == self.own["call-id"] for m in acknowledged)
                if time.monotonic() > end and not self.strict:
                    break
                if time.monotonic() > end:
                    raise Failure("lost: alice waited in vain for Bob's 180")
                self.bob.say(good)
            elif self.may_be_heard(message):
                heard += 1
                if message.one("x-serial") == said.one("x-serial"):
                    break
            elif message.status != 100 and not Liar.any_may_be_heard(message):
                raise Failure(f"nobody said {message.wire[:2000]!r}")
        return heard

    @staticmethod
    def any_may_be_heard(message):
        liar = Liar.calls.get(message.one("call-id"))
        return liar is not None and liar.may_be_heard(message)

    def may_be_heard(self, message):
        if message.status == 0 or message.one("call-id") != self.own["call-id"]:
            return False
        for name, value in self.own.items():
            if message.one(name) != value:
                raise Failure(f"changed: {name} is {message.one(name)!r} and was {value!r}")
        if self.tag not in message.one("from", "f").lower():  # by which alone a phone knows its dialog
            raise Failure(f"changed: {message.wire[:2000]!r}")
        if not message.one("to", "t").startswith(self.to):  # no name that the liar has written instead
            raise Failure(f"changed: {message.wire[:2000]!r}")
        if len(message.all("via")) != 1 or self.branch not in message.one("via").lower():
            raise Failure(f"changed: {message.wire[:2000]!r}")
        own_word = message.status in (100, 408, 480, 487, 500)
        if message.kept() not in self.said and not (own_word and not message.one("x-serial")):
            mark = message.one("x-serial").encode("latin-1")
            near = [wire for wire in self.said.values() if mark and b"X-Serial: " + mark in wire]
            raise Failure(f"nobody said {message.wire[:2000]!r}, but {near}")
        self.over = self.over or message.status >= 200
        if message.status >= 300:
            text = self.invite.replace("INVITE", "ACK", 1).partition("\r\n\r\n")[0] + "\r\n\r\n"
            text = re.sub(r"(?m)^(CSeq: \d+) INVITE", r"\1 ACK", text)
            text = re.sub(r"(?m)^Content-Length: \d+", "Content-Length: 0", text)
            self.alice.say(re.sub(r"(?m)^To: .*\r$", lambda _: f"To: {message.one('to')}\r", text))
        return True


def honest_call(alice, carol, invite, came, others):
    """180 and 200 of Carol, ACK, BYE: each once, as it was said."""
    name = Parsed(invite.encode("latin-1")).one("call-id")
    for status in (180, 200):
        said = response(came, status)
        carol.say(said)
        heard = alice.wait(f"Carol's {status}", lambda m: m.one("call-id") == name and m.status == status,
                           lambda m: others(m) or m.one("call-id") == name and m.status in (100, 180),
                           (carol, said))
        own = Parsed(invite.encode("latin-1"))
        if heard.kept() != Parsed(said.encode("latin-1")).kept() or heard.one("from") != own.one("from"):
            raise Failure(f"changed: {said!r} became {heard.wire!r}")
    routes = [f"Route: {route}\r\n" for value in heard.all("record-route") for route in value.split(",")]
    more = "".join(reversed(routes))
    to = heard.one("to")
    for method in ("ACK", "BYE"):
        text = alice.request(method, "sip:callee@127.0.0.99:5070", name, more)
        if method == "ACK":
            text = re.sub(r"(?m)^CSeq: \d+ ", f"CSeq: {heard.one('cseq').split()[0]} ", text)
        text = re.sub(r"(?m)^To: .*\r$", lambda _: f"To: {to}\r", text)
        alice.say(text)
        asked = carol.wait(method, lambda m: m.first.startswith(method) and m.one("call-id") == name,
                           lambda m: m.one("call-id") in Phone.honest or b"mallory" in m.wire or "invented" in m.one("call-id"),
                           (alice, text))
    said = response(asked, 200)
    carol.say(said)
    alice.wait("the 200 to BYE", lambda m: m.one("call-id") == name and m.one("cseq").endswith("BYE"),
               lambda m: others(m) or m.one("call-id") == name, (carol, said))


def strange_calls(mallory, carol, count):
    """Mutated requests of a stranger to Carol; what reaches her must be well formed, and his."""
    for _ in range(count):
        method = random.choice(("INVITE", "MESSAGE", "BYE", "ACK", "CANCEL", "OPTIONS"))
        mallory.say(mutated(mallory.request(method, f"sip:carol@{B}", f"mallory{random.getrandbits(48):x}",
                                            body="mallory's").encode("latin-1")))
    time.sleep(0.05)
    for heard in carol.drain():
        his = "mallory" in heard.one("call-id", "i") or "invented" in heard.one("call-id", "i")
        if heard.status == 0 and his and not heard.first.startswith("ACK"):
            carol.say(response(heard, 486))
        elif heard.status == 0 and not his and b"mallory" not in heard.wire and \
                heard.one("call-id") not in Phone.honest:
            raise Failure(f"nobody said {heard.wire[:2000]!r}")  # Alice's own may be repeated
    return count


def evening(lab, transport, callee):
    """`transport`: of Alice, Carol and Mallory; the nodes speak TLS when she does, else UDP. `callee`: of Bob."""
    Liar.strict = transport != "udp"
    listen = {node: [f"tls:{node}:5061"] if transport == "tls" else [] for node in (A, B)}
    a = Node(lab, "a", A, 4260, listen=listen[A], delivery="proxy").init()
    b = Node(lab, "b", B, 4260, bootstrap=[f"{A}:4222"], listen=listen[B], delivery="proxy").init()
    a.add_user("alice", PASSWORD)
    for user in ("bob", "carol"):
        b.add_user(user, PASSWORD)
    a.start(), b.start()
    bob = Phone("bob", "127.0.0.13", b, callee).register()
    carol = Phone("carol", "127.0.0.14", b, transport).register()
    alice = Phone("alice", "127.0.0.12", a, transport)
    mallory = Phone("mallory", "127.0.0.66", b, "udp")

    def read_back(user):
        return any(r["label"] == user and r["read_back"] > 0 for r in b.status()["overlay"]["published"])
    wait_for("the records to be read back", lambda: read_back("bob") and read_back("carol"), 30)
    random.seed(4475)
    said = calls = heard = 0
    began = due = time.monotonic()
    while said < MUTATIONS:
        # To one address a node lets 300 a minute through, of whatever makes it go there (node/routing/target_cap.hpp).
        time.sleep(max(0.0, due - time.monotonic()))
        due = time.monotonic() + 1
        to_carol = alice.call(f"sip:carol@{b.host}", carol)
        carol.say(response(to_carol[1], 100))  # or she would be given up after 32 s, which a busy machine needs
        liar = Liar(alice, bob, *alice.call(f"sip:bob@{b.host}", bob))
        calls += 1
        for _ in range(40):
            said += liar.lie()
            heard += liar.proves_well()
            if liar.over:
                break
        if not liar.over:
            final = response(liar.came, 486)
            liar.said[Parsed(final.encode("latin-1")).kept()] = final.encode("latin-1")
            bob.say(final)
        said += strange_calls(mallory, carol, BATCH)
        honest_call(alice, carol, *to_carol, Liar.any_may_be_heard)
        bob.drain(), mallory.drain()
    refused = b.status()["sip"]["responses_refused"] + b.status()["sip"]["unreadable"]
    took = time.monotonic() - began
    check(refused > said // 8, f"what breaks a rule was dropped: {refused}")
    say(f"{said} mutated messages in {calls} calls of each, {heard} of Bob's heard, {said / took:.0f} a second")


def udp(lab):
    evening(lab, "udp", "udp")


def tcp(lab):
    evening(lab, "tcp", "udp")


def tls(lab):
    evening(lab, "tls", "udp")


if __name__ == "__main__":
    main({f.__name__: f for f in (udp, tcp, tls)}, ("udp", "tcp", "tls") if MUTATIONS > 100_000 else ())
