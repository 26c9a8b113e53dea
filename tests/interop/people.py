#!/usr/bin/env python3
# tests/interop/people.py - names that people give: a village's zone, contacts and short numbers, invites, and one owner
# with two nodes. people.py NAME runs one scenario.
import base64
import re
import sqlite3

import caller
from lab import Capture, Node, check, main, wait_for
from village import EDGE_B, NETWORK, PASSWORD, PHONE_B, Village, leads_to, published, refused, says, trust_of

RIVERSIDE = "sip:bob@riverside"


def zone_settings(key):
    return f'[zones]\nriverside = "{key}"'


class Riverside(Village):
    """A knows riverside's key, which is that of a node at 127.0.0.5; bob is delegated to B's key."""

    def __init__(self, lab):
        super().__init__(lab)
        self.c = self.authority("riverside", "127.0.0.5")
        self.delegate(self.b.key)
        published(self.c, "bob")
        self.restart(self.a, extra=zone_settings(self.c.key))

    def delegate(self, key):
        """To another key, which the command does only when the one before was taken back."""
        self.c.command("zone", "revoke", "bob", ok=False)
        self.c.command("zone", "delegate", "bob", key)

    def authority(self, name, address):
        return Node(self.lab, name, address, NETWORK, ["127.0.0.3:4222"]).init().start()


def delegated_name(lab):
    """sip:bob@riverside: riverside's key delegates the label, the delegate's key signs the record."""
    v = Riverside(lab)
    leads_to(v.call(RIVERSIDE), EDGE_B, "bob at riverside leads to the record of whom riverside names")
    trace = v.a.lookup(RIVERSIDE)
    check(trace["verified_by"] == v.b.key, "lookup says that B's key signed the record")
    steps = [each for step in trace["steps"] for each in step.get("delegations", [])]
    check(steps == [{"from": v.c.key, "to": v.b.key}], "and that riverside delegated to it")
    entry = trust_of(v.a, "bob@riverside")
    check(entry and entry["shown_as"] == "vouched" and entry["key"] == v.b.key, f"trust list: {entry}")
    check("bob" in v.c.command("zone", "list").stdout, "riverside's node lists whom it delegates to")
    refused(v.call("sip:nobody@riverside"), 480, "a label that riverside does not know")
    check(not v.front.asked("riverside"), "DNS was not asked for riverside")
    v.check_no_alt()


def delegate_changes(lab):
    """Another delegate: 403 until the person decides; a delegation taken back: 480."""
    v = Riverside(lab)
    leads_to(v.call(RIVERSIDE), EDGE_B, "the first delegate is believed")
    d = v.authority("node-d", "127.0.0.6")
    d.add_user("bob", PASSWORD["bob"])
    v.register(d, "bob", "sip:bob@127.0.0.16:5070")
    published(d, "bob")
    v.delegate(d.key)
    wait_for("A to see the other delegate", lambda: v.a.lookup(RIVERSIDE)["status"] == 403, 20)
    refused(v.call(RIVERSIDE), 403, "another delegate", reason="Key changed")
    says(v.a.explain(RIVERSIDE), ["has changed", "trust accept bob@riverside"], "explain says what happened and what to do")
    v.a.command("trust", "reject", "bob@riverside")
    check(v.call(RIVERSIDE)["status"] == 403, "rejected: still nobody is called at the other key")
    v.a.command("trust", "forget", "bob@riverside")
    leads_to(v.call(RIVERSIDE), "@127.0.0.6:5060", "forgotten: the delegate of today is the first")
    v.delegate(v.b.key)
    wait_for("A to see the first delegate again", lambda: v.a.lookup(RIVERSIDE)["status"] == 403, 20)
    v.a.command("trust", "accept", "bob@riverside")
    leads_to(v.call(RIVERSIDE), EDGE_B, "accepted: the new delegate is called")
    v.c.command("zone", "revoke", "bob")
    wait_for("A to see that it was taken back", lambda: v.a.lookup(RIVERSIDE)["status"] == 480, 20)
    refused(v.call(RIVERSIDE), 480, "the delegation is taken back")


def a_friend_who_moves(lab):
    """Called a moment ago, then moved to another address: the next call finds him there, not a minute later."""
    v = Village(lab)
    Node(lab, "node-c", "127.0.0.5", NETWORK, ["127.0.0.3:4222"]).init().start()
    v.restart(v.a, bootstrap=["127.0.0.3:4222", "127.0.0.5:4222"])  # knows somebody when B is away
    uri = f"sip:bob@{v.b.host}"
    leads_to(v.call(uri), EDGE_B, "called where he is")
    v.b.stop()
    v.b.address = "127.0.0.7"
    v.b.write_config(bootstrap=["127.0.0.5:4222"])
    v.b.start()
    v.register(v.b, "bob", PHONE_B)
    published(v.b, "bob")
    leads_to(v.call(uri), "@127.0.0.7:5060", "called where he is now, though a redirected phone told nobody how it went")
    leads_to(v.call(uri), "@127.0.0.7:5060", "and again")


def delegation_depth(lab):
    """Three delegations are followed, a fourth is not, and a circle is seen."""
    v = Riverside(lab)
    d, e, f = (v.authority(f"node-{name}", f"127.0.0.{host}") for name, host in (("d", 6), ("e", 7), ("f", 8)))

    def chain(label, *nodes):
        """Each delegates to the next."""
        for here, there in zip(nodes, nodes[1:]):
            here.command("zone", "delegate", label, there.key)
        for here in nodes[:-1]:
            published(here, label)

    v.c.command("zone", "revoke", "bob")
    chain("bob", v.c, d, e, v.b)
    leads_to(v.call(RIVERSIDE), EDGE_B, "three delegations are followed")
    v.b.add_user("carol", PASSWORD["carol"])
    v.register(v.b, "carol", "sip:carol@127.0.0.13:5071")
    chain("carol", v.c, d, e, f, v.b)
    refused(v.call("sip:carol@riverside"), 483, "a fourth is not")
    says(v.a.explain("sip:carol@riverside"), ["delegated", "more than 3"], "explain says why")
    chain("dave", v.c, d, v.c)
    refused(v.call("sip:dave@riverside"), 483, "a circle is not followed")
    says(v.a.explain("sip:dave@riverside"), ["delegations", "back"], "explain says why")


def contacts(lab):
    """`mum`, `12` and the URI reach the same phone, from a phone that only knows its own node."""
    v = Village(lab)
    v.a.command("contact", "add", "mum", f"sip:bob@{v.b.host}", "--number", "12")
    for dialled in (f"sip:mum@{v.a.address}", f"sip:12@{v.a.address}", f"sip:MUM@{v.a.address}", f"sip:bob@{v.b.host}",
                    f"sip:bob%40{v.b.host}@{v.a.address}"):
        leads_to(v.call(dialled), EDGE_B, f"{dialled[:40]} is dialled")
    stranger = caller.call("127.0.0.3", f"sip:mum@{v.b.address}", "alice", PASSWORD["alice"])
    check(stranger["status"] in (407, 480), f"another node knows no mum: {stranger['status']}")
    check("mum" in v.a.command("contact", "list").stdout, "contact list shows her")
    v.a.command("contact", "rename", "mum", "mother")
    refused(v.call(f"sip:mum@{v.a.address}"), 404, "renamed: the old name is nobody's")
    leads_to(v.call(f"sip:mother@{v.a.address}"), EDGE_B, "the new name leads to her")
    kept = v.a.command("contact", "export").stdout
    v.a.command("contact", "remove", "mother")
    refused(v.call(f"sip:12@{v.a.address}"), 404, "removed: the number is nobody's")
    (lab.folder / "contacts").write_text(kept)
    v.a.command("contact", "import", "--file", str(lab.folder / "contacts"))
    leads_to(v.call(f"sip:12@{v.a.address}"), EDGE_B, "imported again: the number leads to her")
    v.a.command("contact", "add", "work", "sip:bob@example.test")
    leads_to(v.call(f"sip:work@{v.a.address}"), EDGE_B, "a contact at a domain is asked for in DNS")
    v.check_no_alt()


def ambiguous_contact(lab):
    """A name that is a user and a contact: 485, not a guess. The commands refuse it; a file that was brought back
    from elsewhere may hold it."""
    v = Village(lab)
    v.a.command("contact", "add", "mum", f"sip:bob@{v.b.host}")
    leads_to(v.call(f"sip:mum@{v.a.address}"), EDGE_B, "mum is a contact")
    taken = v.a.command("user", "add", "mum", "--password-stdin", stdin="mum-471147114711\n", ok=False)
    check(taken.returncode and "contact" in taken.stderr, f"user add refuses: {taken.stderr.strip()}")
    v.a.add_user("aunt", "aunt-47114711")
    taken = v.a.command("contact", "add", "aunt", f"sip:bob@{v.b.host}", ok=False)
    check(taken.returncode and "user" in taken.stderr, f"contact add refuses: {taken.stderr.strip()}")
    with sqlite3.connect(v.a.folder / "state" / "state.db") as database:
        database.execute("UPDATE user SET label = 'mum' WHERE label = 'aunt'")
    v.a.command("reload")
    refused(v.call(f"sip:mum@{v.a.address}"), 485, "mum is a contact and a user")
    says(v.a.explain(f"sip:mum@{v.a.address}"), ["mum", "user", "contact"], "explain says why")
    v.a.command("contact", "rename", "mum", "mother")
    check(v.call(f"sip:mum@{v.a.address}")["status"] == 480, "renamed: mum is the user, without a phone now")


def unlisted(lab):
    """The name alone finds nothing; the invite does; its secret is in no SIP message, no log and no JSON."""
    capture = Capture(lab)
    debug = {"extra": '[log]\nlevel = "debug"'}
    v = Village(lab, a_settings=debug, b_settings=debug)
    invite = re.search(r"hedgewitch:\S+", v.b.command("invite", "bob", "--unlisted").stdout)[0]
    v.b.command("user", "unlist", "bob")
    name = f"sip:bob@{v.b.host}"
    wait_for("the listed record to be withdrawn", lambda: v.a.lookup(name)["status"] == 480, 30)
    refused(v.call(name), 480, "the name alone finds nothing")
    v.a.command("contact", "add", "mum", invite)
    wait_for("the invite to lead to the unlisted record", lambda: v.a.lookup(f"sip:mum@{v.a.address}")["status"] == 302, 20)
    leads_to(v.call(f"sip:mum@{v.a.address}"), EDGE_B, "the contact that was made from the invite")
    leads_to(v.call(name), EDGE_B, "and so the name, for who holds the invite")
    secret = re.search(r"[?&]s=([^&\s]+)", invite)[1]
    raw = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))[:16]
    shapes = [secret.lower().encode(), raw.hex().encode(), base64.b64encode(raw).rstrip(b"="), raw]
    check(shapes[0] in v.a.command("contact", "export").stdout.encode(), "contact export alone hands the secret on")
    shown = {"A's log": lab.log("node-a"), "B's log": lab.log("node-b")}
    for node in (v.a, v.b):
        for command in (("status",), ("status", "--json"), ("user", "list", "--json"), ("trust", "list", "--json"),
                        ("contact", "list"), ("contact", "list", "--json")):
            shown[f"{node.name} {' '.join(command)}"] = node.command(*command).stdout
    for uri in (name, f"sip:mum@{v.a.address}"):
        shown[f"lookup {uri}"] = v.a.command("lookup", uri, "--json").stdout
        shown[f"explain {uri}"] = v.a.explain(uri)
    told = [what for what, text in shown.items() if any(shape in text.lower().encode() for shape in shapes[:2])]
    check(f"{name}: " in shown["A's log"], "the debug log tells of each call")
    check(len(shown) == 18 and not told, f"the secret is told nowhere: {told}")
    packets = [payload for _, _, payload in list(capture.packets)]
    check(len(packets) > 100 and not [p for p in packets if any(shape in p.lower() for shape in shapes[:2])
                                      or raw in p or shapes[2] in p],
          f"and is in none of {len(packets)} packets")


def two_nodes_of_one_owner(lab):
    """B certifies a second node, which publishes slot 1 in B's name without B's seed; callers get both contacts."""
    v = Village(lab)
    second = Node(lab, "node-b2", "127.0.0.4", NETWORK, ["127.0.0.3:4222"]).init()
    second.add_user("bob", PASSWORD["bob"])
    bundle = lab.folder / "for-b2"
    v.b.command("device", "certify", second.key, "--out", bundle)
    seed = v.b.command("backup", "--yes").stdout.split()[0]
    raw = base64.b32decode(seed.upper() + "=" * (-len(seed) % 8))[:32]
    check(seed.encode() not in bundle.read_bytes() and raw not in bundle.read_bytes(), "what B hands over holds no seed")
    second.command("device", "install", bundle)
    second.start()
    v.register(second, "bob", "sip:bob@127.0.0.14:5070")
    check(second.key != v.b.key, "the second node has a seed of its own")

    def both():
        trace = v.a.lookup(f"sip:bob@{v.b.host}")
        return trace if {contact["uri"].split("@")[1].split(":")[0] for contact in trace["contacts"]} == \
            {"127.0.0.3", "127.0.0.4"} else None
    trace = wait_for("A to see both nodes", both, 30)
    check(trace["verified_by"] == v.b.key, "lookup says that it is B's record")
    slots = {value["slot"] for step in trace["steps"] for value in step.get("values", []) if value.get("verified")}
    check(slots == {0, 1}, f"the values are of slots 0 and 1: {slots}")
    call = v.call(f"sip:bob@{v.b.host}")
    check(call["status"] == 302 and {contact.split("@")[1].split(":")[0] for contact in call["contacts"]} ==
          {"127.0.0.3", "127.0.0.4"}, f"the caller gets both: {call['contacts']}")
    name = f"sip:bob@{v.b.host}"
    v.b.kill9()
    v.restart(v.a, bootstrap=["127.0.0.4:4222"])  # remembers no record, and asks whom the first node left
    check("127.0.0.4" in str(v.call(name)["contacts"]), "with the first node dead a new caller finds the second")


SCENARIOS = (delegated_name, delegate_changes, delegation_depth, contacts, ambiguous_contact, unlisted,
             two_nodes_of_one_owner, a_friend_who_moves)

if __name__ == "__main__":
    main({f.__name__: f for f in SCENARIOS})
