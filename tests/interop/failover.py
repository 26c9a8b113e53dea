#!/usr/bin/env python3
# tests/interop/failover.py - RFC 3263 §4.3 seen from a phone: DNS names two edges, the first one is down.
#   _sip._udp.example.test SRV 10 -> 127.0.0.9 (down), SRV 20 -> 127.0.0.3 (node B, with Bob)
# Node A redirects to both, in order; a caller that takes the Contacts in order gets through to Bob.
# Run all: failover.py; one: failover.py first_target_refuses_over_udp
import socket

import caller as sip_caller
from dns_server import DnsServer
from lab import Baresip, Node, check, main

NETWORK = 4243
PASSWORD = {"alice": "alice-47114711", "bob": "bob-08150815"}
DOMAIN = "example.test"
DOWN, EDGE = "127.0.0.9", "127.0.0.3"


def two_edges(lab, transport):
    """Node A with Alice, node B with Bob at example.test, and DNS that names B second; A, and Bob's phone."""
    dns = DnsServer(lab, DOMAIN, [f"_sip._{transport} SRV 10 0 5060 down", f"_sip._{transport} SRV 20 0 5060 edge",
                                  f"down A {DOWN}", f"edge A {EDGE}"])
    b = Node(lab, "node-b", EDGE, NETWORK, domains=[DOMAIN]).init()
    b.add_user("bob", PASSWORD["bob"])
    b.start()
    a = Node(lab, "node-a", "127.0.0.2", NETWORK, [f"{EDGE}:4222"], dns=[dns.server]).init()
    a.add_user("alice", PASSWORD["alice"])
    a.start()
    bob = Baresip(lab, "phone-b", 1, "bob", PASSWORD["bob"], EDGE, address="127.0.0.13", answers=True).start()
    bob.registered()
    return a


def call(node, **how):
    return sip_caller.call(node.address, f"sip:bob@{DOMAIN}", "alice", PASSWORD["alice"], follow=True, **how)


def contacts(transport):
    return [f"sip:bob@{address}:5060;transport={transport}" for address in (DOWN, EDGE)]


def check_that_bob_was_reached(seen, transport):
    hops = seen["hops"]
    check(hops[0]["contacts"] == contacts(transport), f"the 302 carries both, in order: {hops[0]['contacts']}")
    check(hops[1]["to"].startswith(DOWN) and "failed" in hops[1], f"the first is down: {hops[1].get('failed')}")
    check(hops[2]["to"].startswith(EDGE) and hops[2]["status"] == 302, "the second one, node B, redirects to Bob's phone")
    check(seen["established"] and seen["rtp_received"] > 0 and seen["bye"] == 200, "and the call is made, with RTP")


def first_target_refuses(lab, transport):
    a = two_edges(lab, transport)
    seen = call(a)  # tries the first Contact alone, as phones do
    check(seen["hops"][0]["contacts"] == contacts(transport)[::-1],
          f"asked beforehand, the one that is down comes last: {seen['hops'][0]['contacts']}")
    check(seen["established"] and len(seen["hops"]) == 3, "so a phone that tries no second Contact gets through")
    told = a.command("explain", f"sip:bob@{DOMAIN}").stdout
    check("down.example.test did not answer lately and comes last; edge.example.test comes first." in told, "and explain says so")

    a.stop()
    a.write_config(dns_lines="probe = false")
    a.command("trust", "forget", DOMAIN)  # B proved its key, so from then on an unproven DNS would not do
    a.start()
    check_that_bob_was_reached(call(a, failover=True), transport)
    seen = call(a)
    check(not seen["established"] and len(seen["hops"]) == 2,
          "unasked, a phone that tries no second Contact does not get through")


def first_target_refuses_over_udp(lab):
    first_target_refuses(lab, "udp")


def first_target_refuses_over_tcp(lab):
    first_target_refuses(lab, "tcp")


def first_target_is_silent_to_a_phone(lab):
    """A machine that is there and says nothing: the phone finds out by timer B only, here 10 s."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole:
        hole.bind((DOWN, 5060))
        a = two_edges(lab, "udp")
        seen = call(a)
        check(seen["established"] and seen["hops"][0]["contacts"] == contacts("udp")[::-1],
              "the node has found that out before, in under a second")
        a.stop()
        a.write_config(dns_lines="probe = false")
        a.command("trust", "forget", DOMAIN)  # B proved its key, so from then on an unproven DNS would not do
        a.start()
        check_that_bob_was_reached(call(a, failover=True), "udp")


if __name__ == "__main__":
    main({f.__name__: f for f in (first_target_refuses_over_udp, first_target_refuses_over_tcp,
                                  first_target_is_silent_to_a_phone)})
