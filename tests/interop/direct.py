#!/usr/bin/env python3
# tests/interop/direct.py - record.contacts: in a mesh, callers are sent to the phone itself, past its node.
import caller
from lab import check, main, wait_for
from village import EDGE_B, Village

DIRECT = {"extra": '[record]\ncontacts = "direct"\n'}
BOTH = {"extra": '[record]\ncontacts = "both"\n'}


def contacts_of(village):
    return village.call(f"sip:bob@{village.b.host}")["contacts"]


def called_at(village, here):
    """The contacts of a call, once the network holds them: `lookup` asks it, and not a memory of a minute."""
    uri = f"sip:bob@{village.b.host}"
    wait_for("the phone to be found", lambda: (c := village.a.lookup(uri)["contacts"]) and here in c[0]["uri"], 20)
    return contacts_of(village)


def the_phone_alone(lab):
    """Bob's phone sends from the address that it registers, in the mesh: its own contact is what callers get."""
    village = Village(lab, b_settings=DIRECT)
    # The village's phone registers a contact where it does not stand: that one needs its edge.
    check(all(EDGE_B in c for c in contacts_of(village)), "a phone behind something is called at its edge")
    here = "127.0.0.14:5074"
    answer = caller.register("127.0.0.3", "bob", "bob-08150815", f"sip:bob-x7f@{here}", local="127.0.0.14", port=5074)
    check(answer and answer.status == 200, "Bob registers a phone at the very address it sends from")
    found = called_at(village, here)
    check(found[0].startswith(f"sip:bob-x7f@{here};transport=udp"), f"callers are sent to the phone itself: {found}")
    return village


def both(lab):
    village = Village(lab, b_settings=BOTH)
    here = "127.0.0.14:5074"
    caller.register("127.0.0.3", "bob", "bob-08150815", f"sip:bob-x7f@{here}", local="127.0.0.14", port=5074)
    found = called_at(village, here)
    check(any(EDGE_B in c for c in found[1:]), f"the phone first, then its edge: {found}")


def the_node_sleeps(lab):
    """Bob's node is killed; his phone is called all the same, from its record."""
    village = the_phone_alone(lab)
    village.b.kill9()
    found = contacts_of(village)
    check("127.0.0.14:5074" in found[0], f"with Bob's node dead, callers still find his phone: {found}")


if __name__ == "__main__":
    main({f.__name__: f for f in (the_phone_alone, both, the_node_sleeps)})
