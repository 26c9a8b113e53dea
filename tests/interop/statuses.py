#!/usr/bin/env python3
# tests/interop/statuses.py - the status table of node/routing/README.md on the wire, and the sentence by which
# `explain` tells each.
# statuses.py NAME runs one scenario.
import concurrent.futures
import pathlib
import shutil
import signal
import subprocess

import caller
from lab import PEERS, Node, PlainDht, Skip, check, main, need, wait_for
from signed_zone import LIAR, Zone
from village import EDGE_B, HONEST, NETWORK, PASSWORD, PHONE_B, Village, binding, leads_to, refused, says, trust_of

DOMAIN = "sip:bob@example.test"


def key_names(lab):
    """302; 404 for what is no key name; 480 with Retry-After for one without a record."""
    v = Village(lab)
    leads_to(v.call(f"sip:bob@{v.b.host}"), EDGE_B, "a verified record")
    says(v.a.explain(f"sip:bob@{v.b.host}"), ["goes to " + EDGE_B[1:]], "explain")
    wrong = ("a" if v.b.host[0] != "a" else "b") + v.b.host[1:]
    for host, what in ((wrong, "one character wrong"), (v.b.host[1:], "one missing"), ("hedge.alt", "all missing")):
        refused(v.call(f"sip:bob@{host}"), 404, f"a key name with {what}", reason="Bad key name")
    says(v.a.explain(f"sip:bob@{wrong}"), ["404 Bad key name"], "explain")
    refused(v.call("sip:bob@elsewhere.alt"), 404, "another name below .alt")
    call = v.call(f"sip:nobody@{v.b.host}")
    refused(call, 480, "a good name without a record")
    check(call["retry_after"].isdigit(), f"with Retry-After: {call['retry_after']}")
    says(v.a.explain(f"sip:nobody@{v.b.host}"), ["holds nothing for this name"], "explain")
    v.check_no_alt()


def not_joined(lab):
    v = Village(lab)
    host = v.b.host
    v.b.kill9()
    v.restart(v.a, bootstrap=["127.0.0.99:4222"])
    refused(v.call(f"sip:bob@{host}"), 504, "the node knows no other")
    says(v.a.explain(f"sip:bob@{host}"), ["not in the DHT"], "explain")


def no_answer(lab):
    """The other is there, and silent; soon it counts as gone."""
    v = Village(lab)
    leads_to(v.call(f"sip:bob@{v.b.host}"), EDGE_B, "A is in the DHT")
    host = v.b.host
    v.b.process.send_signal(signal.SIGSTOP)
    try:
        with concurrent.futures.ThreadPoolExecutor() as at_once:  # a node is given up about as soon as a question is
            explained = at_once.submit(v.a.explain, f"sip:dave@{host}")
            refused(v.call(f"sip:carol@{host}"), 504, "nobody answers by the deadline")
            says(explained.result(), ["did not answer in time"], "explain")
        wait_for("A to give its only peer up", lambda: "not in the DHT" in v.a.explain(f"sip:erin@{host}"), 60)
    finally:
        v.b.process.send_signal(signal.SIGCONT)


def one_key_on_two_machines(lab):
    """A state folder was copied: the nodes say so, and the stop of one hides nobody whom the other still serves."""
    v = Village(lab)
    uri = f"sip:bob@{v.b.host}"
    v.b.stop()
    copy = Node(lab, "copy", "127.0.0.4", NETWORK, ["127.0.0.3:4222"])
    shutil.copytree(v.b.folder / "state", copy.folder / "state")
    v.b.start(), copy.start()
    v.register(v.b, "bob", PHONE_B), v.register(copy, "bob", "sip:bob@127.0.0.14:5070")
    said = wait_for("a node to see that another writes as it does",
                    lambda: next((text for text in (node.command("status").stdout for node in (v.b, copy))
                                  if "Another machine uses this identity" in text), None), 200)  # one of its records is looked at every two minutes
    check("Stop the other machine, or give each its own dht.slot." in said, "and says what to do")
    copy.stop()
    wait_for("callers to be led to the one that is left", lambda: EDGE_B in str(v.a.lookup(uri).get("contacts")), 60)
    leads_to(v.call(uri), EDGE_B, "the copy's withdrawal does not win over a living node")


def key_changed(lab):
    """DNSSEC names another key than before: 403 until the person accepts it; rejected, the old one stays."""
    v = Village(lab)
    other = Node(lab, "node-c", "127.0.0.5", NETWORK, ["127.0.0.3:4222"], domains=["example.test"]).init()
    other.add_user("bob", PASSWORD["bob"])
    other.start()
    v.register(other, "bob", "sip:bob@127.0.0.15:5070")
    third = Node(lab, "node-d", "127.0.0.6", NETWORK).init()
    v.zones.serve(Zone("example.test", HONEST + [binding(v.b)]))
    leads_to(v.call(DOMAIN), EDGE_B, "DNSSEC names B's key")
    v.zones.serve(Zone("example.test", HONEST + [binding(third)]))
    refused(v.call(DOMAIN), 403, "DNSSEC names another", reason="Key changed")
    refused(v.call(DOMAIN), 403, "and again", reason="Key changed")
    says(v.a.explain(DOMAIN), ["example.test has changed", "trust accept example.test"], "explain")
    entry = trust_of(v.a, "example.test")
    check(entry["key"] == v.b.key and entry["waiting"]["key"] == third.key, "trust list shows the key that waits")
    v.a.command("trust", "reject", "example.test")
    leads_to(v.call(DOMAIN), EDGE_B, "rejected: the old key stays")
    leads_to(v.call(DOMAIN), EDGE_B, "though DNSSEC goes on naming the other")
    v.zones.serve(Zone("example.test", HONEST + [binding(other)]))
    refused(v.call(DOMAIN), 403, "DNSSEC names a third", reason="Key changed")
    v.restart(v.a)
    refused(v.call(DOMAIN), 403, "also after a restart", reason="Key changed")
    v.a.command("trust", "accept", "example.test")
    leads_to(v.call(DOMAIN), "@127.0.0.5:5060", "accepted: the record of the new key is given")
    v.check_no_alt()


def revoked(lab):
    """`revoke`: 410 at callers, also when the revoked node is gone and the caller was restarted."""
    v = Village(lab)
    third = Node(lab, "node-c", "127.0.0.5", NETWORK, ["127.0.0.3:4222"]).init()
    third.start()
    uri = f"sip:bob@{v.b.host}"
    v.b.command("revoke", "--yes")
    wait_for("A to see it", lambda: v.a.lookup(uri)["status"] == 410, 30)
    refused(v.call(uri), 410, "the key is revoked")
    says(v.a.explain(uri), ["410 Gone", "revoked"], "explain")
    check(v.a.lookup(uri)["revoked"] is True, "lookup says so")
    v.b.kill9()
    third.kill9()
    v.restart(v.a)
    refused(v.call(f"sip:carol@{v.b.host}"), 410, "for ever, for all its names, with nobody left to ask")


def revoked_from_the_backup(lab):
    """The node is lost; a friend who was given the revocation, and no key, ends it."""
    v = Village(lab)
    uri = f"sip:bob@{v.b.host}"
    revocation = lab.folder / "revocation"
    v.b.command("backup", "--revocation", revocation)
    seed = v.b.command("backup", "--yes").stdout.split()[0]
    check(seed.encode() not in revocation.read_bytes(), "the revocation holds no key")
    friend = Node(lab, "friend", "127.0.0.5", NETWORK, ["127.0.0.3:4222"]).init().start()
    leads_to(v.call(uri), EDGE_B, "not revoked yet")
    v.b.kill9()
    friend.command("revoke", "--from", revocation, "--yes")
    v.restart(v.a, bootstrap=["127.0.0.5:4222"])  # what it knows to be good it believes for 6 h
    wait_for("A to see it", lambda: v.a.lookup(uri)["status"] == 410, 30)
    refused(v.call(uri), 410, "the key is revoked")


def moved(lab):
    """Revoked, with a word of where the owner is now: told, and not followed."""
    v = Village(lab)
    new = Node(lab, "new", "127.0.0.5", NETWORK).init()
    uri = f"sip:bob@{v.b.host}"
    v.b.command("revoke", "--moved-to", new.key, "--yes")
    wait_for("A to see it", lambda: v.a.lookup(uri)["status"] == 410, 30)
    refused(v.call(uri), 410, "the key is revoked")
    wait_for("A to see where it moved", lambda: f"bob@{new.host}" in v.a.lookup(uri).get("warning", ""), 20)
    says(v.a.explain(uri), ["has revoked it", f"moved to bob@{new.host}"], "explain")


def implausible_clock(lab):
    """A clock before the program was built: 500, nothing is published, and status tells."""
    need("faketime")
    library = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if not library:
        raise Skip("libfaketime is not where it is expected")
    v = Village(lab)
    v.a.env = {"LD_PRELOAD": str(library), "FAKETIME": "-3650d", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
               "ASAN_OPTIONS": "verify_asan_link_order=0"}  # in a build with AddressSanitizer it comes second then
    v.restart(v.a)
    v.register(v.a, "alice", "sip:alice@127.0.0.12:5070")
    refused(v.call(f"sip:bob@{v.b.host}"), 500, "the clock is ten years slow")
    says(v.a.explain(f"sip:bob@{v.b.host}"), ["clock"], "explain")
    says(v.a.command("status").stdout, ["clock"], "status")
    check(not [r for r in v.a.status()["overlay"]["published"] if r["read_back"]], "nothing is published")
    v.a.env = None
    v.restart(v.a)
    leads_to(v.call(f"sip:bob@{v.b.host}"), EDGE_B, "with the right time the call is answered")


def attack(seed, label, *acts, dht):
    """hostile_node puts these at the locations of a name, through nodes that keep everything."""
    if not (PEERS / "hostile_node").exists():
        raise Skip("tests/peers is not built")
    done = subprocess.run([PEERS / "hostile_node", "--network", str(NETWORK), "--seed", seed, "--label", label,
                           "--address", LIAR, "--copies", "1", "--seconds", "2", "--bootstrap", dht, *acts],
                          check=True, capture_output=True, text=True, timeout=30).stdout
    check(done.count('"act"') == len(acts), f"put at {label}'s locations: {' '.join(acts)}")


def refuses(lab, faults):
    """Each fault counts as none at A, which says why; A, the victim, its seed, and a node that keeps anything."""
    dht = PlainDht(lab, 4252, NETWORK).address
    victim = Node(lab, "victim", "127.0.0.3", NETWORK).init()
    seed = victim.command("backup", "--yes").stdout.split()[0]
    a = Node(lab, "node-a", "127.0.0.2", NETWORK, [dht]).init()
    a.add_user("alice", PASSWORD["alice"])
    a.start()
    for act, reason in faults.items():
        attack(seed, act, act, dht=dht)
        check_none(a, f"sip:{act}@{victim.host}", reason)
    return a, victim, seed, dht


def refused_records(lab):
    """A record with a fault counts as none: 480, and explain says in one sentence what was refused, and why."""
    a, victim, seed, dht = refuses(lab, {
        "other-slot": "writer's certificate does not verify", "old-certificate": "writer's certificate does not verify",
        "slot-16": "slot above 15", "expired": "expired", "forged": "signature does not verify",
        "other-key": "signed by a key that is not this name's key of the day"})
    attack(seed, "certified", "certified", dht=dht)
    leads_to(call(a, f"sip:certified@{victim.host}"), LIAR, "who is certified for the slot and the day is believed")
    attack(seed, "revoked", "other-tombstone", dht=dht)
    check_none(a, f"sip:revoked@{victim.host}", "")


def stolen_node(lab):
    """Who has stolen a certified node can neither give the name away (403, 302) nor end it (410)."""
    refuses(lab, {"stolen-delegation": "more than a certified node may say",
                  "stolen-tombstone": "more than a certified node may say",
                  "stolen-ahead": "dated later than it can be"})


def call(node, uri):
    seen = caller.call(node.address, uri, "alice", PASSWORD["alice"])
    return {**seen, "contacts": seen["hops"][0].get("contacts", [])}


def check_none(node, uri, reason):
    refused(call(node, uri), 480, f"{uri[4:24]} has no usable record")
    if reason:
        says(node.explain(uri), ["refused: " + reason], "explain")


def rolled_back_record(lab):
    """Who has seen a newer record takes no older one, not even after a restart and with the newer one gone."""
    dht = PlainDht(lab, 4252, NETWORK)
    victim = Node(lab, "victim", "127.0.0.3", NETWORK).init()
    seed = victim.command("backup", "--yes").stdout.split()[0]
    a = Node(lab, "node-a", "127.0.0.2", NETWORK, [dht.address]).init()
    a.add_user("alice", PASSWORD["alice"])
    a.start()
    uri = f"sip:bob@{victim.host}"
    attack(seed, "bob", "newest", dht=dht.address)
    leads_to(call(a, uri), LIAR, "the newest record is given")
    a.stop()
    dht.process.terminate()
    dht.process.wait(30)
    PlainDht(lab, 4252, NETWORK)  # knows nothing
    a.start()
    attack(seed, "bob", "older-seq", dht=dht.address)
    check_none(a, uri, "older than one seen before")


SCENARIOS = (key_names, not_joined, no_answer, key_changed, revoked, revoked_from_the_backup, moved, implausible_clock,
             refused_records, stolen_node, rolled_back_record,
             one_key_on_two_machines)

if __name__ == "__main__":
    main({f.__name__: f for f in SCENARIOS}, by_name_only=("one_key_on_two_machines",))
