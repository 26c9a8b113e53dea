#!/usr/bin/env python3
# tests/interop/edge_on_the_wire.py - what sipp cannot ask of an edge, since it recounts nc and hides retransmissions:
# the very same bytes twice. Against a running node:
#   edge_on_the_wire.py --server 127.0.0.2 --user alice --password P [--local 127.0.0.12]
# Exits 0 when all holds, else 1 with what was seen.
import argparse
import os
import re
import sys

from caller import Call, Channel, credentials


class Wrong(Exception):
    pass


def check(condition, text, seen=None):
    if not condition:
        raise Wrong(f"{text}; seen: {getattr(seen, 'first', seen)}")
    print(f"  ok: {text}", flush=True)


class Phone(Call):
    def __init__(self, given, transport):
        super().__init__(given.local, given.server, given.user, given.password)
        self.channel = Channel(given.local, (given.server, given.port), transport)
        self.domain = f"sip:{given.server}:{given.port}"

    def text(self, method, uri, more="", branch=None):
        self.cseq += 1
        to = f"<sip:{self.user}@{self.server}>" if method == "REGISTER" else f"<{uri}>"
        text = self.request(method, uri, to, self.channel, branch or "z9hG4bK" + os.urandom(8).hex(), more)
        if self.channel.transport == "udp":
            return text
        # As a phone that listens; to one that is met on its own connection alone no call is redirected.
        return re.sub(r"(Contact: <sip:[^:>]+):\d+;", r"\1:5099;", text)

    def ask(self, text, what):
        self.channel.send(text)
        answer = self.channel.receive(5)
        check(answer is not None, f"{what}: an answer comes")
        return answer

    def credentials(self, refusal, method, uri):
        return credentials(refusal, method, uri, self.user, self.password)


def registration(phone):
    refusal = phone.ask(phone.text("REGISTER", phone.domain), "REGISTER")
    offered = refusal.all("www-authenticate")
    check(refusal.status == 401 and len(offered) == 2 and "SHA-256" in offered[0] and "MD5" in offered[1],
          "without credentials it is 401 with SHA-256 and MD5 on offer", refusal)
    more = phone.credentials(refusal, "REGISTER", phone.domain)
    good = phone.text("REGISTER", phone.domain, more)
    first = phone.ask(good, "with credentials")
    check(first.status == 200 and any("expires=" in c for c in first.all("contact")), "they are 200", first)
    if phone.channel.transport == "udp":
        check(phone.ask(good, "retransmitted").fields == first.fields, "a retransmission gets the identical answer")
    replay = phone.ask(phone.text("REGISTER", phone.domain, more), "replayed Authorization")
    check(replay.status == 401 and "stale=true" in replay.one("www-authenticate"), "a replay is 401, stale", replay)
    check(refusal.one("www-authenticate") != replay.one("www-authenticate"), "with a new nonce")
    fresh = phone.ask(phone.text("REGISTER", phone.domain, phone.credentials(replay, "REGISTER", phone.domain)), "then")
    check(fresh.status == 200, "which serves", fresh)


def invites(phone):
    uri = "sip:somebody@elsewhere.invalid"
    text = phone.text("INVITE", uri)
    first = phone.ask(text, "INVITE without credentials")
    check(first.status == 407, "nobody relays through us: 407", first)
    again = phone.ask(text, "the same INVITE again")
    check(again.first == first.first and again.fields == first.fields, "gets the identical answer", again)
    uri = f"sip:{phone.user}@{phone.server}"
    stranger = phone.text("INVITE", uri).replace(f"From: <sip:{phone.user}@{phone.server}>", "From: <sip:x@y.invalid>")
    first = phone.ask(stranger, "a stranger's INVITE to our user")
    if first.status == 100:
        first = phone.channel.receive(8)
    check(first.status == 302, "is redirected to the phone", first)
    again = phone.ask(stranger, "retransmitted")
    check(again.first == first.first and again.fields == first.fields, "gets the identical 302", again)
    cancelled = phone.ask(phone.text("CANCEL", uri), "CANCEL of nothing")
    check(cancelled.status == 481, "is 481", cancelled)


def deregistration(phone):
    text = phone.text("REGISTER", phone.domain).replace("Contact: <", "Expires: 0\r\nContact: *\r\nX-Contact: <")
    refusal = phone.ask(text, "Contact: *")
    more = phone.credentials(refusal, "REGISTER", phone.domain)
    text = phone.text("REGISTER", phone.domain, more).replace("Contact: <", "Expires: 0\r\nContact: *\r\nX-Contact: <")
    answer = phone.ask(text, "with credentials")
    check(answer.status == 200 and not answer.all("contact"), "removes every binding", answer)


def main():
    arguments = argparse.ArgumentParser(description="the same bytes twice, against a running node")
    arguments.add_argument("--server", required=True)
    arguments.add_argument("--port", type=int, default=5060)
    arguments.add_argument("--local", default="127.0.0.12")
    arguments.add_argument("--user", required=True)
    arguments.add_argument("--password", required=True)
    given = arguments.parse_args()
    try:
        for transport in ("udp", "tcp"):
            print(f"== over {transport}")
            phone = Phone(given, transport)
            registration(phone)
            invites(phone)
            deregistration(phone)
    except Wrong as wrong:
        sys.exit(f"FAILED: {wrong}")


if __name__ == "__main__":
    main()
