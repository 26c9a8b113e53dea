#!/usr/bin/env python3
# tests/interop/two_nodes.py - the main job: two nodes, two ordinary phones, no DNS, one verified call.
#   phone A --INVITE--> node A --DHT--> verified record of Bob --302--> phone A --INVITE--> node B --302--> phone B
# Run all: two_nodes.py; one: two_nodes.py baresip_through_a_plain_dht_node
import subprocess
import time

import caller as sip_caller
from dns_server import DnsServer
from lab import PEERS, Baresip, Capture, Node, PlainDht, Sipp, Skip, check, contacts, main, say, stop_time, wait_for

NETWORK = 4242
PASSWORD = {"alice": "alice-47114711", "bob": "bob-08150815"}
EDGE_B = ["sip:bob@127.0.0.3:5060;transport=udp", "sip:bob@127.0.0.3:5060;transport=tcp"]


def caller(node, uri, follow=False):
    """Alice calls from a phone of our own that follows 302s and counts RTP; what it saw."""
    return sip_caller.call(node.address, uri, "alice", PASSWORD["alice"], local="127.0.0.12", follow=follow)


def two_nodes(lab, plain, **settings):
    """Node A with Alice at 127.0.0.2, node B with Bob at 127.0.0.3; met through a plain DHT node or directly."""
    third = [PlainDht(lab, 4250, NETWORK).address] if plain else []
    b = Node(lab, "node-b", "127.0.0.3", NETWORK, third).init()
    b.add_user("bob", PASSWORD["bob"])
    b.start()
    a = Node(lab, "node-a", "127.0.0.2", NETWORK, third or ["127.0.0.3:4222"], **settings).init()
    a.add_user("alice", PASSWORD["alice"])
    a.start()
    return a, b


def published(node, user):
    """The record of `user`, once the node has read it back from the DHT."""
    def confirmed():
        records = {r["label"]: r for r in node.status()["overlay"]["published"]}
        record = records.get(user)
        return record if record and record["read_back"] > 0 and not record["withdrawn"] else None
    return wait_for(f"{user}'s record to be read back", confirmed, 30)


def check_the_wire(capture, a_rtp, b_rtp, b_phone):
    first = [m for m in capture.sip("SIP/2.0 302", source="127.0.0.2")]
    check(first, "node A answered 302")
    check(contacts(first[0]) and contacts(first[0])[0].startswith("<sip:bob@127.0.0.3:5060"),
          f"its Contact is node B's edge: {contacts(first[0])}")
    second = [m for m in capture.sip("SIP/2.0 302", source="127.0.0.3")]
    check(second and b_phone in contacts(second[0])[0], f"node B's Contact is Bob's phone: {contacts(second[0])}")
    rtp = [(source, destination) for source, destination, payload in capture.packets
           if len(payload) == 172 and payload[0] == 0x80]  # 20 ms of PCMU
    check(len(rtp) > 50, f"RTP flows: {len(rtp)} packets")
    check(all((s[1] in a_rtp and d[1] in b_rtp) or (s[1] in b_rtp and d[1] in a_rtp) for s, d in rtp),
          "every RTP packet goes from one phone's port to the other's")
    check(not [d for _, d in rtp if d[0] in ("127.0.0.2", "127.0.0.3")], "no RTP packet goes to a node")
    directions = {s[1] in a_rtp for s, _ in rtp}
    check(directions == {True, False}, "RTP flows both ways")


def baresip_call(lab, plain):
    capture = Capture(lab)
    a, b = two_nodes(lab, plain)
    bob = Baresip(lab, "phone-b", 1, "bob", PASSWORD["bob"], "127.0.0.3", address="127.0.0.13", answers=True).start()
    bob.registered()
    published(b, "bob")
    # Without an outbound proxy baresip would ask DNS for a .alt host; the percent form hands the name to node A.
    alice = Baresip(lab, "phone-a", 2, "alice", PASSWORD["alice"], "127.0.0.2", address="127.0.0.12")
    alice.start().dial(f"sip:bob%40{b.host}@127.0.0.2")
    alice.says("Call established")
    bob.says("Call established")
    time.sleep(2)
    check_the_wire(capture, alice.rtp, bob.rtp, "@127.0.0.13:5060")
    trace = a.lookup(f"sip:bob@{b.host}")
    check(trace["status"] == 302 and trace["verified_by"] == b.key, "lookup says which key verified it")
    for node in (a, b):
        took = node.stop()
        check(node.process.returncode == 0 and took < stop_time(), f"{node.name} stopped cleanly on SIGTERM in {took:.2f} s")


def baresip_through_a_plain_dht_node(lab):
    baresip_call(lab, plain=True)


def baresip_directly(lab):
    baresip_call(lab, plain=False)


def sipp_pair(lab):
    """The same call with sipp at both ends: it follows both redirects and talks RTP."""
    capture = Capture(lab)
    a, b = two_nodes(lab, plain=True)
    phone = Sipp(lab, "127.0.0.13", "bob", 5070).register("127.0.0.3", PASSWORD["bob"])
    published(b, "bob")
    (lab.folder / "tone.ul").write_bytes(b"\xff" * 8000 * 3)  # PCMU silence, for rtp_stream in the scenario
    once = ("-m", 1, "-timeout", 40)
    bob = phone.start("uas", None, *once, "-mp", 21000, "-rtp_echo")
    alice = Sipp(lab, "127.0.0.12", f"bob@{b.host}", 5070).start(
        "uac_follow_302", "127.0.0.2", *once, "-mp", 22000, "-key", "caller", "alice", "-au", "alice", "-ap", PASSWORD["alice"],
        "-auth_uri", f"bob@{b.host}")
    check(alice.wait(60) == 0, "sipp calls, follows node A's and node B's 302, talks and hangs up")
    check(bob.wait(60) == 0, "sipp is called, answers and is hung up on")
    asked = capture.sip("INVITE", to="127.0.0.2")
    check(asked[0].startswith(f"INVITE sip:bob@{b.host} "), "the call was for the key name itself")
    check_the_wire(capture, range(22000, 22010), range(21000, 21010), "@127.0.0.13:5070")


def advertised_by_name(lab):
    """sip.advertise with a host name, as of DynDNS: published is what DNS says, and what it says next; what it denies is
    told. 5 minutes pass between two looks, half a minute where there is none."""
    dns = DnsServer(lab, "dyn.test", ["home A 198.51.100.7"])
    node = Node(lab, "node-a", "127.0.0.2", NETWORK, dns=[dns.server], sip_lines='advertise = ["udp:home.dyn.test:5060"]').init()
    node.start()
    advertised = lambda: node.status()["advertised"]
    says = lambda: node.status()["reach"]["says"]
    wait_for("the name to be looked up", lambda: advertised() == ["udp:198.51.100.7:5060"], 10)
    check("as sip.advertise says" in says(), says())
    node.stop()
    dns.serve([])
    node.start()
    wait_for("the name to be told", lambda: "home.dyn.test (DNS knows no such name)" in says(), 10)
    check(advertised() == [], says())
    dns.serve(["home A 198.51.100.9"])
    wait_for("the name to be found", lambda: advertised() == ["udp:198.51.100.9:5060"], 40)
    say("found when it is there")


def domain_by_dns_then_by_dht(lab):
    """example.test: DNS while it has records; without them the DHT, but only for a pinned key."""
    records = ["_sip._tcp SRV 10 10 5060 b", "b A 127.0.0.3"]
    dns = DnsServer(lab, "example.test", records)
    # Without the question which key answers there: it would bind the domain on the first call (names.py).
    a, b = two_nodes(lab, plain=False, dns=[dns.server], dns_lines="probe = false")
    b.stop()
    b.write_config(domains=["example.test"])
    b.start()
    bob = Baresip(lab, "phone-b", 1, "bob", PASSWORD["bob"], "127.0.0.3", address="127.0.0.13", answers=True).start()
    bob.registered()
    published(b, "bob")
    uri = "sip:bob@example.test"

    call = caller(a, uri, follow=True)
    check(call["hops"][0]["contacts"] == ["sip:bob@127.0.0.3:5060;transport=tcp"],
          f"with SRV records the DNS answer is used: {call['hops'][0]['contacts']}")
    check(call["established"], "and the call is established")

    dns.serve([])
    call = caller(a, uri)
    check(call["status"] == 480 and "no key known for example.test" in call["warning"],
          f"without records and without a pin: {call['status']}, Warning {call['warning']}")

    a.stop()
    a.write_config(pins={"example.test": b.key})
    a.start()
    call = caller(a, uri, follow=True)
    check(call["hops"][0]["contacts"] == EDGE_B,
          f"without records and with a pin the DHT answer is used: {call['hops'][0]['contacts']}")
    check(call["established"] and call["rtp_received"] > 0, "and the call is established, with RTP")

    dns.serve(["_sip._udp SRV 10 10 5060 liar", "liar A 127.0.0.66"])
    call = caller(a, uri)
    check(call["status"] == 302 and "127.0.0.66" not in str(call["hops"]),
          "an unauthenticated DNS answer does not override the pin")


def forgery(lab):
    """A hostile node puts junk at Bob's location: never a wrong 302, and every refusal is counted by its reason."""
    if not (PEERS / "hostile_node").exists():
        raise Skip("tests/peers is not built")
    third = PlainDht(lab, 4250, NETWORK).address  # keeps everything, checks nothing: the attacker's friend
    b = Node(lab, "node-b", "127.0.0.3", NETWORK, [third]).init()
    b.add_user("bob", PASSWORD["bob"])
    b.start()
    a = Node(lab, "node-a", "127.0.0.2", NETWORK, [third]).init()
    a.add_user("alice", PASSWORD["alice"])
    a.start()
    bob = Baresip(lab, "phone-b", 1, "bob", PASSWORD["bob"], "127.0.0.3", address="127.0.0.13", answers=True).start()
    bob.registered()
    published(b, "bob")
    seed = b.command("backup", "--yes").stdout.split()[0]

    def attack():
        return subprocess.run([PEERS / "hostile_node", "--network", str(NETWORK), "--seed", seed,
                               "--bootstrap", third, "--bootstrap", "127.0.0.2:4222", "--bootstrap", "127.0.0.3:4222",
                               "other-types", "junk", "other-key", "expired", "older-seq", "truncated", "forged"],
                              check=True, capture_output=True, text=True, timeout=30).stdout

    uri = f"sip:bob@{b.host}"
    check(attack().count('"act"') == 7, "seven kinds of hostile values were put")
    call = caller(a, uri, follow=True)
    check(call["hops"][0]["contacts"] == EDGE_B, f"the 302 is right: {call['hops'][0]['contacts']}")
    check(call["established"], "the call is established")
    refused = a.status()["overlay"]["refused_as_caller"]
    for reason in ("wrong_key|wrong_location", "expired", "rolled_back", "not_canonical", "bad_signature"):
        check(any(refused.get(r, 0) > 0 for r in reason.split("|")), f"node A counts {reason}: {seen(refused)}")
    stored = {reason: sum(n.status()["overlay"]["refused_as_storer"].get(reason, 0) for n in (a, b))
              for reason in ("wrong_location", "expired", "rolled_back", "not_canonical", "bad_signature")}
    check(all(stored.values()), f"the storers refused and counted each: {stored}")

    bob.stop()  # baresip de-registers when it quits
    wait_for("the record to be withdrawn",
             lambda: [r for r in b.status()["overlay"]["published"] if r["withdrawn"] and r["read_back"] > 0], 30)
    attack()
    call = wait_for("the cached record to be old", lambda: gone(caller(a, uri)), 70)
    check(not call["hops"][0]["contacts"], "with Bob's own record withdrawn: 480, never a wrong 302")


def seen(refusals):
    return {reason: count for reason, count in refusals.items() if count}


def gone(call):
    return call if call["status"] == 480 else None


if __name__ == "__main__":
    main({f.__name__: f for f in (baresip_through_a_plain_dht_node, baresip_directly, sipp_pair, domain_by_dns_then_by_dht, advertised_by_name, forgery)})
