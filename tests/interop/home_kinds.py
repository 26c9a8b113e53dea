#!/usr/bin/env python3
# tests/interop/home_kinds.py - the homes of the lab (lab/homes.py) are what they say they are: which port their routers
# show to whom, whom they let in, and what they forget. No Hedgewitch takes part. Needs root.
import ipaddress
import os
import socket
import struct
import time

from lab import check, main, wait_for
from lab.homes import KINDS, NODE, Home, Internet

OUT = "11.1.0.2"


def udp(space, address="", port=0):
    def make():
        one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        one.bind((address, port))
        one.settimeout(0.3)
        return one
    return space.inside(make)


def hears(one):
    """(payload, (address, port)) of the next datagram; None: nothing came."""
    try:
        data, peer = one.recvfrom(100)
        return data, peer[:2]
    except TimeoutError:
        return None


class Street:
    """A home, and two machines at providers."""

    def __init__(self, lab, kind):
        self.internet = Internet(lab)
        self.home = Home(self.internet, "a", OUT, KINDS[kind])
        self.far = [udp(self.internet.join(name, number, f"11.{number}.0.20", ipv6=True), f"11.{number}.0.20", 7000)
                    for name, number in (("x", 5), ("y", 6))]

    def shown(self, port=5060):
        """From where each of the two sees a datagram of the node's; the node's socket."""
        node = udp(self.home.node_space, NODE, port)
        seen = []
        for one, address in zip(self.far, ("11.5.0.20", "11.6.0.20")):
            node.sendto(b"hello", (address, 7000))
            seen.append(hears(one)[1])
        return seen, node

    def comes_in(self, node, address, sender=None):
        (sender or udp(self.internet.space, "11.9.0.1")).sendto(b"knock", address)
        return hears(node) is not None


def kept_port(lab):
    """`nothing`, `by_hand` and those with miniupnpd: the same port for everybody, and only who was spoken to gets in."""
    street = Street(lab, "nothing")
    seen, node = street.shown()
    check(seen == [(OUT, 5060)] * 2, f"both see it at {seen}")
    check(not street.comes_in(node, (OUT, 5060)), "a third one is not let in there")
    street.far[0].sendto(b"answer", (OUT, 5060))
    check(hears(node) == (b"answer", ("11.5.0.20", 7000)), "who was spoken to is")
    quiet = udp(street.home.node_space, NODE, 5062)
    check(not street.comes_in(quiet, (OUT, 5062)), "nor is anybody at a port that has sent nothing")
    quiet.sendto(b"hello", ("11.9.0.1", 9))
    quiet.sendto(b"hello", ("11.5.0.20", 7000))
    check(hears(street.far[0])[1] == (OUT, 5062), "and who knocked in vain did not make it another port")
    quiet.sendto(b"hairpin", (OUT, 5060))
    check(hears(node) is None, "the house cannot reach itself by its public address")


def by_hand(lab):
    street = Street(lab, "by_hand")
    for port, wanted in ((5060, True), (4222, True), (5061, False), (7000, False)):
        node = udp(street.home.node_space, NODE, port)
        check(street.comes_in(node, (OUT, port)) == wanted, f"UDP {port} is {'' if wanted else 'not '}sent on")


def carrier(lab):
    street = Street(lab, "carrier")
    seen, node = street.shown()
    check(seen[0] == seen[1] and seen[0][0] == OUT and seen[0][1] != 5060, f"both see it at {seen}")
    other, _ = street.shown(5064)
    check(other[0] == other[1] != seen[0], f"another port of the node's at {other}")
    check(not street.comes_in(node, seen[0]), "a third one is not let in there")
    street.far[0].sendto(b"answer", seen[0])
    check(hears(node) is not None, "who was spoken to is")


def symmetric(lab):
    street = Street(lab, "symmetric")
    seen, node = street.shown()
    check(len({port for _, port in seen} | {5060}) == 3, f"each sees it at another port: {seen}")
    street.far[0].sendto(b"answer", seen[0])
    check(hears(node) is not None, "and can answer there")
    street.far[1].sendto(b"answer", seen[0])
    check(hears(node) is None, "where the other one cannot")


def ipv6(lab, kind, comes_in):
    street = Street(lab, kind)
    inside = "2a0f:0:0:1::20"
    node = udp(street.home.node_space, inside, 5060)
    outside = udp(street.internet.space, "2a0f::1", 7000)
    first, ready = udp(street.home.node_space, inside, 5070), udp(street.internet.space, "2a0f::1", 7001)
    wait_for("the cables to be ready for IPv6", lambda: first.sendto(b"hello", ("2a0f::1", 7001)) and hears(ready), 10)
    check(street.comes_in(node, (inside, 5060), outside) == comes_in, f"{kind}: others come in over IPv6: {comes_in}")
    node.sendto(b"hello", ("2a0f::1", 7000))
    check(hears(outside)[1] == (inside, 5060), "its own address is what others see")
    check(street.comes_in(node, (inside, 5060), outside), "and who was spoken to gets in")
    seen, _ = street.shown()
    check(seen[0] == seen[1] != (OUT, 5060), f"over IPv4 it is behind a carrier: {seen}")


def ipv6_firewall(lab):
    ipv6(lab, "ipv6_firewall", False)


def ipv6_open(lab):
    ipv6(lab, "ipv6_open", True)


def asks_for(space, router, mine, port, protocol):
    """PCP's MAP (RFC 6887 §11.1): the result code of the answer; None: no answer."""
    client = ipaddress.ip_address(mine)
    wide = client.packed if client.version == 6 else bytes(10) + b"\xff\xff" + client.packed
    wish = struct.pack("!BBHI", 2, 1, 0, 600) + wide + os.urandom(12) + struct.pack("!B3xHH", protocol, port, port) + bytes(16)
    asking = udp(space, mine)
    asking.sendto(wish, (router, 5351))
    answer = hears(asking)
    return answer and answer[0][3]


def ipv6_pinhole(lab):
    """miniupnpd opens the firewall for a node that asks by PCP, over IPv6 alone: the carrier's address is of no use."""
    street = Street(lab, "ipv6_pinhole")
    inside, router = "2a0f:0:0:1::20", "2a0f:0:0:1::1"
    node, outside = udp(street.home.node_space, inside, 5060), udp(street.internet.space, "2a0f::1", 7000)
    wait_for("the router to open it", lambda: asks_for(street.home.node_space, router, inside, 5060, socket.IPPROTO_UDP) == 0, 20)
    check(street.comes_in(node, (inside, 5060), outside), "others come in at the port that was asked for")
    other = udp(street.home.node_space, inside, 5062)
    check(not street.comes_in(other, (inside, 5062), outside), "and at no other")


def forgets(lab):
    """What a router has translated is forgotten after the time that the test sets."""
    street = Street(lab, "nothing")
    street.home.timers(udp=2, stream=3)
    _, node = street.shown()
    street.far[0].sendto(b"answer", (OUT, 5060))
    check(hears(node) is not None, "at first an answer gets in")
    time.sleep(5)
    street.far[0].sendto(b"answer", (OUT, 5060))
    check(hears(node) is None, "5 s later, with timers of 2 and 3 s, none does")


def vps(lab):
    street = Street(lab, "vps")
    node = udp(street.home.node_space, "11.1.0.20", 5060)
    check(street.comes_in(node, ("11.1.0.20", 5060)), "the node is reached at its own address")
    phone = udp(street.home.phone_space, "192.168.1.30", 5060)
    phone.sendto(b"hello", ("11.1.0.20", 5060))
    check(hears(node) == (b"hello", (OUT, 5060)), "its phones are behind a router at home")


if __name__ == "__main__":
    main({f.__name__: f for f in (kept_port, by_hand, carrier, symmetric, ipv6_firewall, ipv6_pinhole, ipv6_open, forgets, vps)})
