#!/usr/bin/env python3
# tests/interop/between_homes.py - what becomes of calls between two homes (lab/cells.py) with time: routers that forget,
# public addresses that change; phones that do ICE, and phones that encrypt. matrix.py has the rest. Needs root.
import re
import time

from lab import check, main, say, wait_for
from lab.cells import ENOUGH, TALK, Cell

FORGETFUL = 30  # seconds after which the routers forget a way over UDP on which nothing went
WRITTEN_BY_A_DOOR = re.compile(r"^(?:c=|m=|a=rtcp:|a=candidate:).*\n?", re.M)


def found(cell, within):
    seconds = cell.wait_until_found()
    check(None not in seconds and max(seconds) <= within, f"each finds the other {seconds} s after the second start ({within} at most)")


def heard(talk, what):
    counts = talk.listen()
    check(min(counts) >= ENOUGH and not talk.why, f"{what}: {talk.line}: each hears the other, {counts} packets in {TALK} s {talk.why}".rstrip())


def both_forwarded_by_hand(lab):
    """No friend, no sip.advertise, a bootstrap node that has never heard of Hedgewitch: the two are each other's witness."""
    cell = Cell(lab, "by_hand", "by_hand")
    found(cell, 60)
    for line, caller in (("baresip", cell.a), ("linphone", cell.b)):
        talk = cell.talk(line, caller).begin()
        heard(talk, f"{caller.letter} calls")
        talk.end(cell.a)
        say("and the hang-up arrives")


FOUR = {"baresip": {}, "baresip too": {"kind": "baresip"}, "linphone": {}, "linphone too": {"kind": "linphone"}}


def hang_up_after(lab, seconds, a, b):
    """Four calls at once, two of each kind of phone; of each kind one is ended by the caller, one by the callee."""
    cell = Cell(lab, a, b, lines=FOUR, timers=FORGETFUL)
    found(cell, 120)
    talks = [cell.talk(line, side).begin() for line, side in zip(FOUR, (cell.a, cell.b, cell.b, cell.a))]
    time.sleep(seconds - TALK)
    for talk in talks:
        talk.listen(1)
        check(min(talk.heard) >= 40, f"{talk.line}: after {seconds} s each hears the other: {talk.heard} packets in a second")
    for talk, ends in zip(talks, (cell.a, cell.a, cell.b, cell.b)):
        talk.end(ends)
        say(f"{talk.line}: {talk.caller.letter} called, {ends.letter} hangs up, and the other one is told")


def a_hang_up_through_routers_that_forget(lab):
    hang_up_after(lab, 75, "nat_pmp", "carrier")


def a_hang_up_after_200_seconds(lab):
    hang_up_after(lab, 200, "nat_pmp", "carrier")


def a_hang_up_through_a_friend_after_200_seconds(lab):
    hang_up_after(lab, 200, "nothing", "carrier")


def rings_after(lab, seconds):
    cell = Cell(lab, "vps", "nat_pmp", timers=FORGETFUL)
    found(cell, 60)
    time.sleep(seconds)
    for line in cell.lines:
        talk = cell.talk(line, cell.b).begin()
        say(f"{line}: behind a router that forgets after {FORGETFUL} s, registered at a node far away, silent for {seconds} s, rings "
            f"{talk.rings} s after the call began")
        heard(talk, "after that")
        talk.end(cell.a)


def an_idle_phone_at_a_vps_rings(lab):
    rings_after(lab, 75)


def a_phone_at_a_vps_rings_after_ten_minutes(lab):
    rings_after(lab, 600)


def the_public_address_changes(lab):
    cell = Cell(lab, "nat_pmp", "nat_pmp")
    found(cell, 60)
    talks = [cell.talk(line, cell.a).begin() for line in cell.lines]
    for talk in talks:
        heard(talk, "before")
    cell.b.home.new_public_address("11.2.0.99")
    began = time.monotonic()
    for talk in talks:
        silent = wait_for(f"{talk.line} to hear again", lambda: talk.silence(began), 30)
        check(silent <= 5, f"{talk.line}: sound both ways {silent} s after home B's public address has changed (5 at most)")
    for talk, ends in zip(talks, (cell.a, cell.b)):
        talk.end(ends)
        say(f"{talk.line}: {ends.letter} hangs up, and the other one is told")


# --- phones that need no door, and phones that encrypt

STUN = "11.5.0.20:3478"  # Carol's node


def ice_phones(lab):
    """A contact's node is their STUN server: their SDP is left alone, and they find the way themselves."""
    lines = {kind: {"media": "ice", "stun": STUN} for kind in ("baresip", "linphone")}
    cell = Cell(lab, "nat_pmp", "nothing", lines=lines, with_friends=True)
    found(cell, 60)
    for line in lines:
        talk = cell.talk(line, cell.a).begin()
        time.sleep(3)  # ICE
        heard(talk, "ICE")
        offered, changed = talk.called.sdp() & talk.calling.sdp(), talk.called.sdp() ^ talk.calling.sdp()
        check(len(offered) >= 2 and not changed, f"{line}: offer and answer arrive byte for byte")
        check(any("srflx" in body for body in offered), f"{line}: with the address that Carol's node showed them")
        talk.end(cell.b)


ENCRYPTED = {"srtp": {"kind": "baresip", "media": "srtp"}, "dtls_srtp": {"kind": "baresip", "media": "dtls_srtp"},
             "srtp of linphone": {"kind": "linphone", "media": "srtp"}, "zrtp": {"kind": "linphone", "media": "zrtp"}}


def encrypted(lab, a, b, of_friends=""):
    cell = Cell(lab, a, b, lines=ENCRYPTED, of_friends=of_friends)
    found(cell, 120)
    for line in ENCRYPTED:
        talk = cell.talk(line, cell.a).begin()
        talk.calling.says(talk.calling.cipher_says), talk.called.says(talk.called.cipher_says)
        heard(talk, "encrypted")
        mine, theirs = ({WRITTEN_BY_A_DOOR.sub("", body) for body in phone.sdp()} for phone in (talk.calling, talk.called))
        check(len(mine & theirs) >= 2 and not mine ^ theirs, f"{line}: all but the lines that a door may write arrives as it was sent")
        if line == "zrtp":
            codes = talk.calling.code(), talk.called.code()
            check(codes[0] == codes[1], f"both show the code {codes[0]}")
        talk.end(cell.b)


def encrypted_through_doors(lab):
    encrypted(lab, "nat_pmp", "carrier")


if __name__ == "__main__":
    main({f.__name__: f for f in (both_forwarded_by_hand, a_hang_up_through_routers_that_forget, an_idle_phone_at_a_vps_rings,
                                  the_public_address_changes, ice_phones, encrypted_through_doors,
                                  a_hang_up_after_200_seconds, a_hang_up_through_a_friend_after_200_seconds,
                                  a_phone_at_a_vps_rings_after_ten_minutes)},
         by_name_only=("a_hang_up_after_200_seconds", "a_hang_up_through_a_friend_after_200_seconds",
                       "a_phone_at_a_vps_rings_after_ten_minutes"), seconds=420)
