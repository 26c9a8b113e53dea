# tests/interop/strangers.py - both ends of a call from outside, bare on the wire: a desk whose phones keep each request,
# and a stranger who sends what it likes.
import os
import select
import socket
import threading
import time

import caller as sip_caller
from lab import check, wait_for
from two_nodes import PASSWORD as OTHERS

# What a phone offers: an unproven address gets no more than three times what came from it.
OFFER = ("v=0\r\no=- 2890844526 2890844526 IN IP4 192.0.2.66\r\ns=-\r\nc=IN IP4 192.0.2.66\r\nt=0 0\r\n"
         "m=audio 7078 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
         "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n")
PASSWORD = {**OTHERS, "carol": "carol-12341234", "king": "king-47114711"}


class Desk:
    """Phones of one address that show nothing but what is on their wire: each request is kept. They answer INVITE
    with `status` at once."""

    def __init__(self, node, user, address, status=486):
        self.node, self.user, self.status, self.requests = node, user, status, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 5070))
        self.socket.settimeout(0.2)
        self.address, self.running, self.answers = address, True, []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        check(self._register().status == 200, f"{user}'s phone is registered")

    def _register(self):
        more = ""
        for cseq in (1, 2):
            self.answers.clear()
            uri = f"sip:{self.node.address}"
            self._send(f"REGISTER {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {self.address}:5070;branch=z9hG4bK{os.urandom(6).hex()}\r\n"
                       f"Max-Forwards: 70\r\nFrom: <sip:{self.user}@{self.node.address}>;tag=r\r\n"
                       f"To: <sip:{self.user}@{self.node.address}>\r\nCall-ID: reg-{self.user}\r\nCSeq: {cseq} REGISTER\r\n"
                       f"Contact: <sip:{self.user}@{self.address}:5070>\r\nExpires: 600\r\n{more}Content-Length: 0\r\n\r\n",
                       (self.node.address, 5060))
            answer = wait_for("an answer to REGISTER", lambda: self.answers and self.answers[0], 5)
            if answer.status != 401:
                break
            more = sip_caller.authorization(answer.all("www-authenticate"), "REGISTER", uri, self.user,
                                            PASSWORD[self.user])
        return answer

    def _send(self, text, peer):
        self.socket.sendto(text.encode(), peer)

    def _read(self):
        while self.running:
            try:
                data, peer = self.socket.recvfrom(65535)
            except (TimeoutError, OSError):
                continue
            message = sip_caller.Message(data)
            if message.status:
                self.answers.append(message)
                continue
            message.wire = data.decode(errors="replace")
            self.requests.append(message)
            method = message.first.split()[0]
            if method != "ACK":
                self._send(self.response(message, self.status if method == "INVITE" else 200), peer)

    @staticmethod
    def response(request, status, more="", body=""):
        lines = [f"SIP/2.0 {status} Said"]
        for name in ("via", "record-route"):
            lines += [f"{name}: {value}" for value in request.all(name)]
        to = request.one("to")
        lines += [f"From: {request.one('from')}", f"To: {to if ';tag=' in to else to + ';tag=desk'}",
                  f"Call-ID: {request.one('call-id')}", f"CSeq: {request.one('cseq')}",
                  f"Content-Length: {len(body)}"]
        return "\r\n".join(lines) + "\r\n" + more + "\r\n" + body

    def invites(self):
        """One for each call, retransmissions aside."""
        return list({m.one("call-id"): m for m in self.requests if m.first.startswith("INVITE")}.values())

    def stop(self):
        self.running = False
        self.thread.join(1)
        self.socket.close()


class Stranger:
    """Sends what it likes from an address of its own, and keeps what comes back."""

    def __init__(self, address, server):
        self.address, self.server = address, server
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.port = self.socket.getsockname()[1]

    def ask(self, uri, method="INVITE", sender="<sip:stranger@elsewhere.test>", more="", to=None, seconds=3.0):
        """The final response, ACKed; None: silence."""
        self.send(uri, method, sender, more, to)
        return self.final(uri, method, seconds)

    def send(self, uri, method="INVITE", sender="<sip:stranger@elsewhere.test>", more="", to=None):
        self.branch = "z9hG4bK" + os.urandom(8).hex()
        self.to = to or f"<{uri.split(';')[0]}>"
        self.head = (f"Via: SIP/2.0/UDP {self.address}:{self.port};branch={self.branch};rport\r\nMax-Forwards: 70\r\n"
                     f"From: {sender};tag={os.urandom(4).hex()}\r\nCall-ID: {os.urandom(8).hex()}\r\n")
        body = OFFER if method == "INVITE" else ""
        self.socket.sendto((f"{method} {uri} SIP/2.0\r\n{self.head}To: {self.to}\r\nCSeq: 1 {method}\r\n"
                            f"Contact: <sip:x@{self.address}:{self.port}>\r\n{more}Content-Length: {len(body)}\r\n\r\n"
                            f"{body}").encode(), (self.server, 5060))

    def inside(self, answer, method, more="", seconds=1.0):
        """As if `answer` had made a dialog."""
        uri = self.to.strip("<>")
        self.branch = "z9hG4bK" + os.urandom(8).hex()
        self.head = (f"Via: SIP/2.0/UDP {self.address}:{self.port};branch={self.branch};rport\r\nMax-Forwards: 70\r\n"
                     f"From: {answer.one('from')}\r\nCall-ID: {answer.one('call-id')}\r\n")
        self.socket.sendto((f"{method} {uri} SIP/2.0\r\n{self.head}To: {answer.one('to')}\r\nCSeq: 9 {method}\r\n"
                            f"Contact: <sip:x@{self.address}:{self.port}>\r\n{more}Content-Length: 0\r\n\r\n").encode(),
                           (self.server, 5060))
        return self.final(uri, method, seconds)

    def final(self, uri, method, seconds):
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            data, peer = self.socket.recvfrom(65535)
            message = sip_caller.Message(data)
            if message.status < 200 or self.branch not in message.one("via"):
                continue
            if method == "INVITE":
                self.socket.sendto((f"ACK {uri} SIP/2.0\r\n{self.head}To: {message.one('to')}\r\nCSeq: 1 ACK\r\n"
                                    f"Content-Length: 0\r\n\r\n").encode(), peer)
            return message

    def close(self):
        self.socket.close()
