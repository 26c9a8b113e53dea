#!/usr/bin/env python3
# tests/interop/advice.py - phones set up as `hedgewitch user add` says, the node being their server and their outbound
# proxy: a whole address can be dialled, who called can be called back at what the phone shows, and no dialled key gets
# to DNS. And what becomes of it without the outbound proxy.
# Run all: advice.py; one: advice.py baresip_as_advised
import re
import subprocess
import time

from lab import PHONES, Baresip, Capture, Failure, Node, Skip, check, main, say
from two_nodes import PASSWORD, published

NETWORK = 4251
A, B = "127.0.0.2", "127.0.0.3"


def name_servers(lab):
    """Whom phones ask, by the system's resolv.conf: here, silent, and to be seen."""
    with open("/etc/resolv.conf") as file:
        servers = re.findall(r"^nameserver\s+(\d+\.\d+\.\d+\.\d+)", file.read(), re.M)
    if not servers:
        raise Skip("no IPv4 name server in /etc/resolv.conf", anywhere=True)
    for server in servers:
        if not server.startswith("127."):
            done = subprocess.run(["ip", "address", "add", f"{server}/32", "dev", "lo"], capture_output=True, text=True)
            if done.returncode != 0 and "exists" not in done.stderr:
                raise Skip(f"no network of its own: {done.stderr.strip()}", anywhere=True)
        lab.silent_socket(server, 53)


def asked_of_dns(capture):
    """The questions for names under .alt."""
    return [payload for _, to, payload in list(capture.packets) if to[1] == 53 and b"\x03alt\x00" in payload.lower()]


def advised(node, user):
    """The server and the outbound proxy that a person reads."""
    text = node.command("user", "passwd", user, "--password-stdin", stdin=PASSWORD[user] + "\n").stdout
    found = [re.search(rf"^  {what} +(\S+)", text, re.M) for what in ("server", "outbound proxy")]
    check(all(found) and found[0][1] == found[1][1] == node.address, f"`user passwd` says: server and outbound proxy are "
                                                                     f"{found[0] and found[0][1]}")
    return found[0][1], found[1][1]


def homes(lab, kind):
    name_servers(lab)
    capture = Capture(lab)
    b = Node(lab, "node-b", B, NETWORK, delivery="auto").init()
    a = Node(lab, "node-a", A, NETWORK, [f"{B}:4222"], delivery="auto").init()
    phones = {}
    for number, (node, user) in enumerate(((b, "bob"), (a, "alice")), 1):
        node.add_user(user, PASSWORD[user])
        node.start()
        server, proxy = advised(node, user)
        welcome = lab.log(node.name)
        check(f"server          {server}" in welcome and f"outbound proxy  {proxy}" in welcome, "and so does the start")
        phones[user] = PHONES[kind](lab, f"phone-{user}", number, user, PASSWORD[user], server, proxy=proxy).start().registered()
    published(b, "bob"), published(a, "alice")
    return capture, a, b, phones["alice"], phones["bob"]


def call(caller, callee, uri):
    """Rings, is answered and hung up; the address that the callee's phone shows."""
    caller.skip(), callee.skip()
    caller.dial(uri)
    callee.expect("incoming", 20)
    shown = re.search(r"INVITE sip:[\s\S]*?\nFrom:[^\n]*?<(sip:[^;>]+)", callee.news())
    callee.answer()
    callee.expect("established"), caller.expect("established")
    time.sleep(1)
    caller.skip(), callee.skip()
    caller.hang_up()
    callee.expect("closed")
    time.sleep(0.5)
    if not shown:
        raise Failure(f"{callee.name} shows nobody")
    return shown[1]


def as_advised(lab, kind):
    capture, a, b, alice, bob = homes(lab, kind)
    whole = f"sip:bob@{b.host}"
    shown = call(alice, bob, whole)
    say(f"{whole} was dialled, rang and was answered")
    check(shown == f"sip:alice@{a.host}", f"Bob's phone shows {shown}")
    call(bob, alice, shown)
    say("and what it shows can be called back")
    time.sleep(1)
    check(not asked_of_dns(capture), "no question for a name under .alt was seen")


def baresip_as_advised(lab):
    as_advised(lab, "baresip")


def linphone_as_advised(lab):
    as_advised(lab, "linphone")


def without_the_outbound_proxy(lab):
    """What the advice is against; and that the look at the wire sees it."""
    name_servers(lab)
    capture = Capture(lab)
    a = Node(lab, "node-a", A, NETWORK, delivery="auto").init()
    a.add_user("alice", PASSWORD["alice"])
    a.start()
    alice = Baresip(lab, "phone-alice", 2, "alice", PASSWORD["alice"], A).start().registered()
    alice.dial(f"sip:bob@{a.host}")
    end = time.monotonic() + 10
    while time.monotonic() < end and not asked_of_dns(capture):
        time.sleep(0.1)
    check(asked_of_dns(capture), "a phone without the outbound proxy asks DNS for the whole key")


if __name__ == "__main__":
    main({f.__name__: f for f in (baresip_as_advised, linphone_as_advised, without_the_outbound_proxy)})
