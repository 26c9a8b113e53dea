#!/usr/bin/env python3
# tests/interop/foreign.py - Kamailio as a foreign SIP domain, found through DNS (nsd), and finding us through it.
#   home.test -> 127.0.0.2 (our node, Alice)      kamailio.test -> 127.0.0.50 (Kamailio, Carol)
# Run all: foreign.py; one: foreign.py calls_to_kamailio_proxied
from calls import hang_up, talk
from dns_server import DnsServer
from kamailio import Kamailio
from lab import Baresip, Capture, Node, check, main, need

NODE, KAMAILIO, DNS = "127.0.0.2", "127.0.0.50", "127.0.0.53"
PASSWORD = "correct-horse-battery"


def two_domains(lab, mode, alices_proxy=None):
    need("baresip")
    DnsServer(lab, "test", [f"_sip._udp.home SRV 10 0 5060 node.home", f"node.home A {NODE}",
                            f"_sip._udp.kamailio SRV 10 0 5060 sip.kamailio", f"sip.kamailio A {KAMAILIO}"],
              address=DNS, port=53)
    capture = Capture(lab)
    Kamailio(lab, KAMAILIO, resolver=DNS)
    a = Node(lab, "A", NODE, 99, domains=["home.test"], dns=[f"{DNS}:53"], delivery=mode, dht_enabled=False).init()
    a.add_user("alice", PASSWORD)
    a.start()
    alice = Baresip(lab, "alice", 0, "alice", PASSWORD, NODE, proxy=alices_proxy).start().registered()
    carol = Baresip(lab, "carol", 1, "carol", "none", "kamailio.test", proxy=KAMAILIO).start().registered()
    return a, capture, alice, carol


def both_hang_up(caller, callee, uri):
    """Called, answered, hung up by the callee; and again, hung up by the caller."""
    for last, other in ((callee, caller), (caller, callee)):
        talk(caller, callee, uri)
        hang_up(last, other)


def calls_to_kamailio_proxied(lab):
    """Alice's phone has the node as its outbound proxy, as phones have that look nothing up themselves."""
    a, capture, alice, carol = two_domains(lab, "auto", alices_proxy=NODE)
    both_hang_up(alice, carol, "sip:carol@kamailio.test")
    sip = a.status()["sip"]
    check(sip["proxied"] >= 2 and sip["sent_302"] == 0, "calls to Carol went through the node")
    seen = [invite.split("\r\n")[0] for invite in capture.sip("INVITE", to=KAMAILIO)]
    check(seen and all(line.startswith("INVITE sip:carol@kamailio.test ") for line in seen),
          f"and kept her domain in the Request-URI: {seen}")


def calls_to_kamailio_redirected(lab):
    a, _, alice, carol = two_domains(lab, "auto")
    both_hang_up(alice, carol, f"sip:carol%40kamailio.test@{NODE}")
    check(a.status()["sip"]["sent_302"] >= 2, "Alice's baresip was redirected to Kamailio, and followed")


def calls_from_kamailio(lab):
    a, _, alice, carol = two_domains(lab, "auto")
    both_hang_up(carol, alice, "sip:alice@home.test")
    check(a.status()["sip"]["proxied"] >= 2, "Carol's calls came through Kamailio, which need not follow: proxied")


if __name__ == "__main__":
    main({f.__name__: f for f in (calls_to_kamailio_proxied, calls_to_kamailio_redirected, calls_from_kamailio)})
