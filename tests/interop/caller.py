#!/usr/bin/env python3
# tests/interop/caller.py - a phone that only calls, and follows redirects itself, as sipp cannot (its peer is fixed).
#   caller.py --server 127.0.0.2 --local 127.0.0.12 --user alice --password P --follow sip:bob@example.test
# Each INVITE is ACKed, 401 and 407 are answered once (SHA-256 when offered), a 302 is followed to its first Contact (with
# --failover to the others too, in their order, when one cannot be reached or says 503), at most three times; then RTP (PCMU, 20 ms) both ways for a while, and BYE. Prints what was seen as JSON. No dependencies.
import argparse
import hashlib
import json
import os
import re
import select
import socket
import struct
import time

T1 = 0.5  # RFC 3261 §17.1.1.1


class NoAnswer(Exception):
    pass


class Message:
    """A received message: first line, header fields in order, body."""

    def __init__(self, wire):
        head, _, self.body = wire.decode(errors="replace").partition("\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        self.first = lines[0]
        self.fields = [(name.strip().lower(), value.strip()) for name, _, value in
                       (line.partition(":") for line in lines[1:])]
        self.status = int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0

    def all(self, name):
        compact = {"contact": "m", "via": "v", "from": "f", "to": "t", "call-id": "i"}.get(name)
        return [value for field, value in self.fields if field in (name, compact)]

    def one(self, name):
        return next(iter(self.all(name)), "")

    def contacts(self):
        """URIs of the Contact fields, in their order."""
        return [uri for value in self.all("contact") for uri in re.findall(r"<([^>]*)>", value) or [value]]


class Channel:
    """UDP, or one TCP connection, to one peer."""

    def __init__(self, local, peer, transport, port=0):
        self.transport, self.peer = transport, peer
        kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
        self.socket = socket.socket(socket.AF_INET6 if ":" in peer[0] else socket.AF_INET, kind)
        self.socket.settimeout(3)
        self.socket.bind((local, port))
        self.socket.connect(peer)  # UDP too: only this peer is heard, as an ordinary phone would not insist on
        self.local = self.socket.getsockname()[:2]
        self.buffer = b""

    def send(self, text):
        self.socket.sendall(text.encode())

    def receive(self, seconds):
        """The next message, or None."""
        end = time.monotonic() + seconds
        while True:
            if self.transport == "tcp" and (message := self._framed()):
                return message
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            try:
                data = self.socket.recv(65535)
            except ConnectionError:
                raise NoAnswer(f"nobody listens at {self.peer}")
            if self.transport == "udp":
                return Message(data)
            if not data:
                raise NoAnswer(f"{self.peer} closed the connection")
            self.buffer += data

    def _framed(self):
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return None
        length = int((re.search(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)", head) or [b"", b"0"])[1])
        if len(rest) < length:
            return None
        self.buffer = rest[length:]
        return Message(head + end + rest[:length])


def authorization(challenges, method, uri, user, password):
    """RFC 7616 §3.4 with qop=auth, for the strongest algorithm offered."""
    known = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}
    offers = [dict((k.lower(), q or t) for k, q, t in re.findall(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))', challenge))
              for challenge in challenges]
    offers = [offer for offer in offers if offer.get("algorithm", "MD5").upper() in known]
    offer = min(offers, key=lambda o: list(known).index(o.get("algorithm", "MD5").upper()))
    algorithm = offer.get("algorithm", "MD5").upper()

    def digest(text):
        return known[algorithm](text.encode()).hexdigest()

    ha1 = digest(f"{user}:{offer['realm']}:{password}")
    cnonce = os.urandom(8).hex()
    response = digest(f"{ha1}:{offer['nonce']}:00000001:{cnonce}:auth:" + digest(f"{method}:{uri}"))
    return (f'Authorization: Digest username="{user}", realm="{offer["realm"]}", nonce="{offer["nonce"]}", uri="{uri}", '
            f'response="{response}", algorithm={algorithm}, cnonce="{cnonce}", qop=auth, nc=00000001\r\n')


def credentials(refusal, method, uri, user, password):
    """The field that answers a 401 or a 407 (RFC 3261 §22.2, §22.3)."""
    if refusal.status == 407:
        return "Proxy-" + authorization(refusal.all("proxy-authenticate"), method, uri, user, password)
    return authorization(refusal.all("www-authenticate"), method, uri, user, password)


class Call:
    def __init__(self, local, server, user, password):
        self.local, self.server, self.user, self.password = local, server, user, password
        self.sender = f"sip:{user}@{server}"
        self.call_id = os.urandom(8).hex()
        self.from_tag = os.urandom(4).hex()
        self.cseq = 0
        self.rtp = socket.socket(socket.AF_INET6 if ":" in local else socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.bind((local, 0))

    def request(self, method, uri, to, channel, branch, more="", body=""):
        host = f"[{channel.local[0]}]" if ":" in channel.local[0] else channel.local[0]
        here = f"{host}:{channel.local[1]}"
        return (f"{method} {uri} SIP/2.0\r\n"
                f"Via: SIP/2.0/{channel.transport.upper()} {here};branch={branch};rport\r\nMax-Forwards: 70\r\n"
                f"From: <{self.sender}>;tag={self.from_tag}\r\nTo: {to}\r\nCall-ID: {self.call_id}\r\n"
                f"CSeq: {self.cseq} {method}\r\nContact: <sip:{self.user}@{here};transport={channel.transport}>\r\n"
                f"User-Agent: hedgewitch-caller\r\n{more}"
                + ("Content-Type: application/sdp\r\n" if body else "")
                + f"Content-Length: {len(body)}\r\n\r\n{body}")

    def sdp(self):
        address, port = self.rtp.getsockname()[:2]
        family = "IP6" if ":" in address else "IP4"
        return (f"v=0\r\no=caller 1 1 IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n"
                f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n")

    def transact(self, method, uri, to, channel, more="", body="", seconds=10):
        """Sends a request, repeats it over UDP, ACKs what is not a 2xx; the final response, and the provisionals."""
        branch = "z9hG4bK" + os.urandom(8).hex()
        text = self.request(method, uri, to, channel, branch, more, body)
        channel.send(text)
        end, wait, provisional = time.monotonic() + seconds, T1, []
        again = time.monotonic() + wait
        while time.monotonic() < end:
            message = channel.receive(min(again, end) - time.monotonic())
            if message and branch in message.one("via") and message.one("cseq").split()[-1:] == [method]:
                if message.status < 200:
                    provisional.append(message.status)
                    again = end
                    continue
                if method == "INVITE" and message.status >= 300:
                    channel.send(self.request("ACK", uri, message.one("to"), channel, branch))
                return message, provisional
            if time.monotonic() >= again and channel.transport == "udp":
                channel.send(text)
                wait *= 2
                again = time.monotonic() + wait
        raise NoAnswer(f"no final response to {method} {uri} from {channel.peer}")

    def invite(self, uri, to, channel, hop):
        """One hop: INVITE, and once more with credentials when asked."""
        self.cseq += 1
        answer, hop["provisional"] = self.transact("INVITE", uri, to, channel, body=self.sdp())
        hop["challenged"] = answer.status in (401, 407)
        if hop["challenged"]:
            more = credentials(answer, "INVITE", uri, self.user, self.password)
            self.cseq += 1
            answer, hop["provisional"] = self.transact("INVITE", uri, to, channel, more, self.sdp())
        hop.update(status=answer.status, reason=answer.first.split(" ", 2)[2], contacts=[], marked=[])
        if 300 <= answer.status < 400 or answer.status == 485:
            hop["marked"] = answer.contacts()  # followed as they are, marks of the node included (sip/edge/redirect_tokens.hpp, crypto/ticket.hpp)
            hop["contacts"] = [re.sub(r";(?:hw|tk)=[\w-]+(?=;|$)", "", uri) for uri in hop["marked"]]
            hop["q"] = [value.partition(";q=")[2] for value in answer.all("contact")]
        return answer

    def talk(self, answer, seconds):
        """RTP both ways; the numbers of packets sent and received."""
        address = re.search(r"(?m)^c=IN IP[46] ([^\s/]+)", answer.body)
        port = re.search(r"(?m)^m=audio (\d+)", answer.body)
        if not address or not port:
            return 0, 0
        peer = (address[1], int(port[1]))
        sent = received = 0
        end, due = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < end:
            if time.monotonic() >= due:
                header = struct.pack("!BBHII", 0x80, 0, sent & 0xffff, sent * 160, 0x48656467)
                try:
                    self.rtp.sendto(header + b"\xff" * 160, peer)
                except OSError:
                    pass  # the peer's port opens a moment later, or its address is of a network that we cannot reach
                sent += 1
                due += 0.02
            if select.select([self.rtp], [], [], max(0.0, min(due, end) - time.monotonic()))[0]:
                try:
                    data = self.rtp.recv(2048)
                except ConnectionError:
                    continue
                received += len(data) > 12 and data[0] >> 6 == 2 and data[1] & 0x7f == 0
        return sent, received

    @staticmethod
    def dialog(answer, uri):
        """Remote target and Route fields, for ACK and BYE (RFC 3261 §12.1.2)."""
        target = (answer.contacts() or [uri])[0]
        routes = [route for value in answer.all("record-route") for route in re.findall(r"<[^>]*>[^,]*", value)]
        more = "".join(f"Route: {route.strip()}\r\n" for route in reversed(routes))
        return target, more


def endpoint(uri, default_transport="udp"):
    """(host, port), transport of a SIP URI with an address literal."""
    found = re.match(r"sips?:(?:[^@]*@)?(\[[^\]]+\]|[^:;?]+)(?::(\d+))?([^?]*)", uri)
    transport = re.search(r";transport=(\w+)", found[3], re.I)
    return (found[1].strip("[]"), int(found[2] or 5060)), (transport[1].lower() if transport else default_transport)


def call(server, uri, user, password, local="127.0.0.12", transport="udp", follow=False, talk_seconds=1.0, port=5060,
         failover=False):
    """Calls `uri` through `server`; what was seen, as a dict ready for JSON."""
    phone = Call(local, server, user, password)
    seen = {"uri": uri, "status": 0, "reason": "", "warning": "", "retry_after": "", "hops": [], "established": False,
            "rtp_sent": 0, "rtp_received": 0, "bye": 0}
    to, redirects = f"<{uri}>", 0
    ways = [(uri, (server, port), transport)]  # still to be tried, best first
    try:
        while ways:
            target, peer, via = ways.pop(0)
            hop = {"to": f"{peer[0]}:{peer[1]}", "transport": via, "uri": target}
            seen["hops"].append(hop)
            try:
                channel = Channel(local, peer, via)
                answer = phone.invite(target, to, channel, hop)
            except (NoAnswer, OSError) as why:
                hop["failed"] = str(why)
                if not ways:
                    raise
                continue
            seen.update(status=answer.status, reason=hop["reason"], warning=answer.one("warning"),
                        retry_after=answer.one("retry-after"))
            if answer.status == 503 and ways:
                continue
            if not follow or not 300 <= answer.status < 400 or redirects == 3:
                break
            redirects += 1
            # Without failover: phones try no second one (sip/README.md).
            ways = [(contact, *endpoint(contact)) for contact in hop["marked"][:None if failover else 1]]
        if 200 <= seen["status"] < 300:
            remote, routes = phone.dialog(answer, target)
            channel.send(phone.request("ACK", remote, answer.one("to"), channel, "z9hG4bK" + os.urandom(8).hex(), routes))
            seen["established"] = True
            seen["rtp_sent"], seen["rtp_received"] = phone.talk(answer, talk_seconds)
            phone.cseq += 1
            seen["bye"] = phone.transact("BYE", remote, answer.one("to"), channel, routes)[0].status
    except (NoAnswer, OSError) as why:
        seen["reason"] = str(why)
    return seen


def register(server, user, password, contact, expires="600", local="127.0.0.14", port=0):
    """REGISTER with credentials; the final response. No contact: a fetch."""
    phone = Call(local, server, user, password)
    channel = Channel(local, (server, 5060), "udp", port)
    uri, to = f"sip:{server}", f"<sip:{user}@{server}>"

    def ask(more):
        phone.cseq += 1
        branch = "z9hG4bK" + os.urandom(8).hex()
        text = phone.request("REGISTER", uri, to, channel, branch, more)
        # The request() of a caller has a Contact of its own; a registration names its own, a fetch none.
        own = [line for line in text.split("\r\n") if line.startswith("Contact:")][0]
        replacement = f"Contact: <{contact}>\r\nExpires: {expires}" if contact else "X-Fetch: yes"
        for wait in (T1, 2 * T1, 3 * T1):
            channel.send(text.replace(own, replacement))
            end = time.monotonic() + wait
            while answer := channel.receive(max(0, end - time.monotonic())):
                if branch in answer.one("via"):  # and not what was said twice
                    return answer
        return None

    answer = ask("")
    if answer and answer.status == 401:
        answer = ask(authorization(answer.all("www-authenticate"), "REGISTER", uri, phone.user, phone.password))
    return answer


def main():
    arguments = argparse.ArgumentParser(description="calls a SIP URI, follows redirects, sends and counts RTP")
    arguments.add_argument("uri")
    arguments.add_argument("--server", required=True)
    arguments.add_argument("--port", type=int, default=5060)
    arguments.add_argument("--local", default="127.0.0.12")
    arguments.add_argument("--transport", choices=("udp", "tcp"), default="udp")
    arguments.add_argument("--user", required=True)
    arguments.add_argument("--password", required=True)
    arguments.add_argument("--follow", action="store_true")
    arguments.add_argument("--failover", action="store_true", help="try the further Contacts of a 302")
    arguments.add_argument("--talk", type=float, default=1.0, help="seconds of RTP")
    given = arguments.parse_args()
    seen = call(given.server, given.uri, given.user, given.password, given.local, given.transport, given.follow,
                given.talk, given.port, given.failover)
    print(json.dumps(seen, indent=1))


if __name__ == "__main__":
    main()
