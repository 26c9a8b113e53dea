#!/usr/bin/env python3
# tests/interop/gate.py - who gets an answer, on the wire: guesses at passwords, floods in the name of a home and from many
# addresses, and how many bytes come back for those that were sent. Run all: gate.py; one: gate.py guesses
# The long run: SECONDS=60 SOURCES=100000 RATE=3000 with a release build, each flood by its name.
import multiprocessing
import os
import re
import select
import socket
import struct
import time

import caller as sip_caller
from lab import Node, check, main, wait_for
from strangers import OFFER, PASSWORD, Desk

NODE = "127.0.0.3"
LIMITED = "stranger_rings = 4\nsource_requests = 60"


def node(lab, sip_lines=LIMITED, listen=(), dht_enabled=False):
    b = Node(lab, "node-b", NODE, 31, delivery="proxy", dht_enabled=dht_enabled, sip_lines=sip_lines, listen=listen).init()
    for user in ("alice", "bob"):
        b.add_user(user, PASSWORD[user])
    return b.start()


def message(method, uri, source, more="", body="", call_id=None, branch=None, sender="<sip:x@elsewhere.test>"):
    return (f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {source}:5060;branch={branch or 'z9hG4bK' + os.urandom(6).hex()}"
            f";rport\r\nMax-Forwards: 70\r\nFrom: {sender};tag={os.urandom(4).hex()}\r\nTo: <{uri}>\r\n"
            f"Call-ID: {call_id or os.urandom(8).hex()}\r\nCSeq: 1 {method}\r\n"
            f"Contact: <sip:x@{source}:5060>\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}").encode()


class Many:
    """One socket that sends from whatever loopback address it likes, and counts what comes back to any of them."""

    def __init__(self, port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind(("0.0.0.0", port))
        self.sent = self.bytes_out = self.bytes_in = 0

    def send(self, source, data, port=5060):
        info = struct.pack("=I4s4s", 0, socket.inet_aton(source), b"\0\0\0\0")
        try:
            self.socket.sendmsg([data], [(socket.IPPROTO_IP, 8, info)], 0, (NODE, port))  # IP_PKTINFO
        except BlockingIOError:
            return
        self.sent += 1
        self.bytes_out += len(data)

    def drain(self, seconds=0.0):
        end = time.monotonic() + seconds
        while select.select([self.socket], [], [], max(0.0, end - time.monotonic()))[0]:
            self.bytes_in += len(self.socket.recv(65535))

    def close(self):
        self.socket.close()


def source_of(i):
    return f"127.{16 + i // 62500 % 200}.{i // 250 % 250}.{1 + i % 250}"


def resident(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) / 1024


def guesses(lab):
    """Of many wrong passwords of one address few are looked at, then the right one is not either; elsewhere it is."""
    b = node(lab)

    def register(user, password, local):
        return sip_caller.register(b.address, user, password, f"sip:{user}@{local}:5999", local=local)

    answers = [register("alice", f"guess number {i}", "127.0.0.66") for i in range(13)]
    told = [answer.status if answer else 0 for answer in answers]
    check(set(told[:12]) == {401} and told[12] == 0, f"twelve wrong ones are told so, then there is silence: {told}")
    check(register("alice", PASSWORD["alice"], "127.0.0.66") is None, "to the right one too")
    check(register("alice", PASSWORD["alice"], "127.0.0.67").status == 200, "elsewhere it logs in")
    check(register("bob", PASSWORD["bob"], "127.0.0.66").status == 200, "and so does the other phone of that address")
    failures = b.status()["sip"]["login_failures"]
    check(failures[0]["user"] == "alice" and failures[0]["from"] == "127.0.0.66" and "wrong password" in failures[0]["says"],
          f"status says who and from where: {failures}")
    check("127.0.0.66 tries alice with a wrong password" in b.command("status").stdout, "in words too")
    check(lab.log("node-b").count("wrong password") == 1, "and the log once")
    check(register("Bob", PASSWORD["bob"], "127.0.0.68").status == 401, "a name written otherwise")
    wait_for("its explanation", lambda: 'must be written "bob"' in b.command("status").stdout, 5)
    b.stop()


def a_home_after_a_restart(lab):
    """Whatever is sent in the name of a phone's address, before and after a restart: the phone registers."""
    b = node(lab)
    phone = ("127.0.0.14", "alice")
    check(sip_caller.register(b.address, "alice", PASSWORD["alice"], "sip:a@127.0.0.14:5999").status == 200, "registered")
    for again in range(2):
        many = Many()
        forged = ('Authorization: Digest username="alice", realm="hedgewitch", nonce="x", uri="sip:127.0.0.3", '
                  'response="00", cnonce="c", qop=auth, nc=00000001\r\n')
        for _ in range(200):
            many.send(phone[0], message("OPTIONS", f"sip:{NODE}", phone[0]))
            many.send(phone[0], message("REGISTER", f"sip:{NODE}", phone[0], forged))
            many.send(phone[0], message("INVITE", f"sip:nobody@{NODE}", phone[0], body=OFFER))
        many.drain(0.5)
        answer = sip_caller.register(b.address, "alice", PASSWORD["alice"], "sip:a@127.0.0.14:5999")
        check(answer and answer.status == 200, f"its phone registers, {'after' if again else 'before'} the restart")
        many.close()
        if not again:
            b.stop()
            b.start()
    b.stop()


def amplification(lab):
    """Bytes back for each kind of packet to port 5060, the shortest that are answered and those of phones."""
    b = node(lab, "stranger_rings = 1000000\ncaller_rings = 1000000\nsource_requests = 1000000")
    desk = Desk(b, "bob", "127.0.0.13")
    stun = bytes.fromhex("000100002112a442") + os.urandom(12)
    short = "{0} {1} SIP/2.0\r\nv:SIP/2.0/UDP a;branch=z9hG4bK{2};rport\r\nf:<sip:b@c>;tag=1\r\nt:<sip:b@c>\r\ni:1\r\nCSeq:1 {0}\r\n\r\n"
    worst = 0.0
    kinds = [("STUN", [stun]), ("STUN of 65,000 attributes", [stun[:2] + struct.pack("!H", 4096) + stun[4:] + b"\0\x01\0\0" * 1024])]
    for method in ("REGISTER", "INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE", "BYE", "CANCEL", "FROB", "PRACK"):
        for uri in (f"sip:{NODE}", f"sip:bob@{NODE}", f"sip:nobody@{NODE}", "sip:a@b.test", "tel:1", "bad:"):
            kinds.append((f"{method} {uri}", [message(method, uri, "127.0.0.66", body=OFFER if method == "INVITE" else "")]))
            kinds.append((f"short {method} {uri}", [short.format(method, uri, os.urandom(5).hex()).encode()]))
            again = short.format(method, uri, os.urandom(5).hex())
            long_first = again.replace("i:1", "i:" + "1" * 200)
            kinds.append((f"{method} {uri} again", [long_first.encode()] + 9 * [again.encode()]))
    for kind, datagrams in kinds:
        many = Many()
        for data in datagrams:
            many.send("127.0.0.66", data)
        many.drain(0.05)
        factor = many.bytes_in / many.bytes_out
        worst = max(worst, factor)
        if factor > 2:
            print(f"  {factor:4.2f}  {kind}", flush=True)
        check(factor <= 3, f"{kind}: {many.bytes_in} bytes for {many.bytes_out}") if factor > 3 else None
        many.close()
    check(worst <= 3, f"of {len(kinds)} kinds of packets the worst brings {worst:.2f} times its bytes")
    desk.stop()
    b.stop()


def sip_packets(i, source):
    """Five kinds by turns."""
    long_id, kind = "c" * 240, i % 5
    if kind == 0:
        return message("REGISTER", f"sip:{NODE}", source, call_id=f"{i}{long_id}")
    if kind == 1:
        return message("INVITE", f"sip:bob@{NODE}", source, f"Subject: {'s' * 2000}\r\n", OFFER, call_id=f"{i}{long_id}",
                       sender=f'"{"n" * 500}" <sip:x{i}@elsewhere.test>')
    if kind == 2:
        return message("INVITE", f"sip:bob@{NODE};tk={'A' * 160}", source, body=OFFER)
    if kind == 3:
        return message("MESSAGE", f"sip:bob@{NODE}", source, call_id="c" * 30_000)
    return binding_request()


def binding_request():
    return bytes.fromhex("000100002112a442") + os.urandom(12)


def dht_packets(i, _source):
    """OpenDHT's questions in msgpack: each from a node never seen before, by turns find, get, put and listen."""
    def text(word):
        return bytes([0xa0 + len(word)]) + word.encode()

    def blob(data):
        return bytes([0xc4, len(data)]) + data
    method = ("find", "get", "put", "listen")[i % 4]
    more = {"find": [("target", blob(os.urandom(20)))], "get": [("h", blob(os.urandom(20)))],
            "put": [("h", blob(os.urandom(20))), ("token", blob(os.urandom(32))),
                    ("values", b"\x91\x82" + text("id") + b"\x05" + text("dat") + b"\x81" + text("body") + b"\x82"
                     + text("type") + b"\x03" + text("data") + b"\xc5\x01\x9b" + os.urandom(411))],
            "listen": [("h", blob(os.urandom(20))), ("token", blob(os.urandom(32))), ("sid", b"\x09")]}[method]
    arguments = bytes([0x81 + len(more)]) + text("id") + blob(os.urandom(20)) + b"".join(text(k) + v for k, v in more)
    return (b"\x86" + text("a") + arguments + text("q") + text(method) + text("t") + b"\xce" + os.urandom(4) + text("y")
            + text("q") + text("v") + text("RNG1") + text("n") + b"\x1f")  # network 31


FLOODS = {"sip": (5060, sip_packets), "stun": (3478, lambda _i, _source: binding_request()), "dht": (4222, dht_packets)}


def send_flood(kind, sources, rate, stop, sent):
    """`rate` packets a second, each from another address."""
    port, packet = FLOODS[kind]
    many, i, began = Many(), 0, time.monotonic()
    while not stop.is_set():
        i += 1
        source = source_of(i % sources)
        many.send(source, packet(i, source), port)
        if i % 16 == 0:
            many.drain(max(0.0, began + i / rate - time.monotonic()))
    sent.value = many.sent if many.bytes_in > 0 else 0  # what nobody understands floods nobody


def send_connections(sources, rate, stop, sent):
    """As many connections a second, each from another address, to the ports of TCP, TLS and WebSocket by turns; a third says
    nothing, a third begins a request, a third sends a long one. The last 400 stay open."""
    kept, i, began = [], 0, time.monotonic()
    while not stop.is_set():
        i += 1
        source, connection = source_of(i % sources), socket.socket()
        connection.setblocking(False)
        try:
            connection.bind((source, 0))
            connection.connect_ex((NODE, (5060, 5061, 5062)[i % 3]))
            kept.append((connection, i, source))
        except OSError:
            continue
        if len(kept) > 400:
            old, _, _ = kept.pop(0)
            old.close()
        if len(kept) > 16:
            writable, number, its = kept[-16]
            try:
                if number // 3 % 3 == 1:
                    writable.send(b"INVITE sip:bob@")
                elif number // 3 % 3 == 2:
                    writable.send(message("MESSAGE", f"sip:bob@{NODE}", its, call_id="c" * 30_000))
            except OSError:
                pass
        sent.value += 1
        time.sleep(max(0.0, began + i / rate - time.monotonic()))


def flooded(lab, kind):
    """From many addresses: the resident size stays bounded, a phone registers and is called throughout."""
    seconds, sources = float(os.environ.get("SECONDS", 6)), int(os.environ.get("SOURCES", 20_000))
    rate = float(os.environ.get("RATE", 500))  # what a debug build can read beside three other tests
    b = node(lab, LIMITED + '\nstrangers = "ask"', listen=[f"tls:{NODE}:5061", f"ws:{NODE}:5062"], dht_enabled=True)
    desk = Desk(b, "bob", "127.0.0.13")

    def register():
        return sip_caller.register(b.address, "alice", PASSWORD["alice"], "sip:a@127.0.0.14:5999")

    check(register().status == 200, "alice registers")
    before = resident(b.process)
    stop, sent = multiprocessing.Event(), multiprocessing.Value("q", 0)
    how = (send_connections, (sources, rate, stop, sent)) if kind == "connections" else \
        (send_flood, (kind, sources, rate, stop, sent))
    flooding = multiprocessing.Process(target=how[0], args=how[1], daemon=True)
    flooding.start()
    end, largest, rounds, slowest = time.monotonic() + seconds, 0.0, 0, 0.0
    while time.monotonic() < end or rounds == 0:
        began = time.monotonic()
        registered = register()
        if not registered or registered.status != 200:
            check(False, f"alice registers: {registered and registered.first}")
        seen = sip_caller.call(b.address, f"sip:bob@{NODE}", "alice", PASSWORD["alice"], local="127.0.0.14")
        if seen["status"] != 486:
            check(False, f"alice calls bob: {seen}")
        slowest = max(slowest, time.monotonic() - began)
        largest = max(largest, resident(b.process))
        rounds += 1
    stop.set()
    flooding.join(10)
    check(rounds > 0, f"{rounds} times alice registered and called bob, the slowest took {slowest:.2f} s")
    check(sent.value > 0 and largest - before < 192, f"{kind}: {sent.value} of {sources} addresses in {seconds:.0f} s: "
          f"{before:.0f} MiB at first, at most {largest:.0f}")
    check(len(desk.invites()) >= rounds, "each call of hers has come to bob's phone")
    desk.stop(), b.stop()


def flood(lab):
    flooded(lab, "sip")


def flood_of_stun(lab):
    flooded(lab, "stun")


def flood_of_the_dht(lab):
    flooded(lab, "dht")


def flood_of_connections(lab):
    flooded(lab, "connections")


if __name__ == "__main__":
    main({f.__name__: f for f in (guesses, a_home_after_a_restart, amplification, flood, flood_of_stun,
                                  flood_of_the_dht, flood_of_connections)},
         by_name_only=("flood_of_stun", "flood_of_the_dht", "flood_of_connections"))
