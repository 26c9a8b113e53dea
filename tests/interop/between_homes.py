#!/usr/bin/env python3
# tests/interop/between_homes.py - what becomes of calls between two homes (lab/cells.py) with time: routers that forget,
# public addresses that change; phones that do ICE, and phones that encrypt. matrix.py has the rest. Needs root.
import re
import time

import browser
from lab import PhoneWire, check, main, say, wait_for
from lab.cells import TALK, Cell
from lab.homes import NODE

FORGETFUL = 30  # seconds after which the routers forget a way over UDP on which nothing went
WRITTEN_BY_A_DOOR = re.compile(r"^(?:c=|m=|a=rtcp:|a=candidate:).*\n?", re.M)


def found(cell, within):
    seconds = cell.wait_until_found()
    check(None not in seconds and max(seconds) <= within, f"each finds the other {seconds} s after the second start ({within} at most)")


def heard(talk, what):
    talk.listen()
    check(all(talk.is_heard) and not talk.why,
          f"{what}: {talk.line}: each hears the other, {talk.heard} of {talk.said} packets in {TALK} s {talk.why}".rstrip())


def both_forwarded_by_hand(lab):
    """No friend, no sip.advertise, a bootstrap node that has never heard of Hedgewitch: the two are each other's witness."""
    cell = Cell(lab, "by_hand", "by_hand")
    found(cell, 60)
    for side in cell.sides:
        side.node.advertises([f"{transport}:{side.home.public}:{port}"
                              for transport, port in (("udp", 5060), ("tcp", 5060), ("tls", 5061))], 30)
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
    time.sleep(seconds)
    for talk in talks:
        heard(talk, f"after {seconds} s")
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
    media = cell.a.node.status()["media"]["says"]
    check("outside by this machine's own address." in media, f"at a provider nothing translates: {media}")
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
    """In two calls under way home B, which was called, gets another public address; then home A, which has called. Nobody
    does anything, and the sound is back; then one hangs up at each side."""
    cell = Cell(lab, "nat_pmp", "nat_pmp")
    found(cell, 60)
    moves(cell, [cell.talk(line, cell.a).begin() for line in cell.lines], ((cell.b, "11.2.0.99"), (cell.a, "11.1.0.99")))


def one_moves_who_cannot_call_the_other(lab):
    """Each has called the other through a friend's node, and that is the only way."""
    cell = Cell(lab, "nothing", "carrier")
    found(cell, 120)
    moves(cell, [cell.talk(line, side).begin() for line, side in zip(cell.lines, cell.sides)], ((cell.a, "11.1.0.99"),))


def moves(cell, talks, to):
    for talk in talks:
        heard(talk, "before")
    for side, address in to:
        side.home.new_public_address(address)
        began = time.monotonic()
        time.sleep(1)  # of silence: none is taken for sound that is back
        for talk in talks:
            silent = wait_for(f"{talk.line} to hear again",
                              lambda: 1 + after if (after := talk.silence(began + 1)) is not None else None, 30)
            check(silent <= 15, f"{talk.line}: sound both ways {silent:.1f} s after home {side.letter.upper()}'s public address has "
                  "changed (15 at most, 5 where the machine has nothing else to do)")
        moved = [each.node.status()["media"] for each in cell.sides]
        say(f"doors that moved, moves that were heard of, at A and B: {[(m['doors_moved'], m['moves_heard']) for m in moved]}")
        talks[0].listen(3)
        check(talks[0].heard[0] >= 100 and talks[0].heard[1] >= 100 and not talks[0].why, f"and it stays: {talks[0].heard} packets in 3 s")
    for talk, ends in zip(talks, (cell.a, cell.b)):
        talk.end(ends)
        say(f"{talk.line}: {ends.letter} hangs up, and the other one is told")
    wait_for("all doors to be closed", lambda: all(each.node.status()["media"]["doors_open"] == 0 for each in cell.sides), 5)


# --- phones that need no door, and phones that encrypt

STUN = "11.5.0.20:3478"  # Carol's node; Chromium asks nobody at 5060


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


PAGE_PORT = 8080
FOR_BROWSERS = f"""[sip]
listen = ["udp:0.0.0.0:5060", "tcp:0.0.0.0:5060", "tls:0.0.0.0:5061", "wss:0.0.0.0:8443"]
web_origins = ["http://127.0.0.1:{PAGE_PORT}"]
"""


def a_browser(lab):
    """Chromium with SIP.js on a machine in home A calls baresip in home B: ICE and DTLS-SRTP, end to end."""
    library = browser.sip_js()
    cell = Cell(lab, "nat_pmp", "nothing", lines={"baresip": {"media": "webrtc", "stun": STUN}}, extra=FOR_BROWSERS,
                with_friends=True)
    found(cell, 60)
    machine, bob, to_bob = cell.a.home.machine("wa", 36), cell.b.phones["baresip"], cell.b.wires["baresip"]
    to_browser = PhoneWire(lab, machine)
    page = browser.Page(library, PAGE_PORT, machine)
    browser.chromium(lab, page, bytes.fromhex(cell.a.node.status()["tls"]["key_hash"]), server=f"wss://{NODE}:8443",
                     aor=f"sip:alice@{NODE}", user="alice", password=cell.a.phones["baresip"].password,
                     call=f"sip:bob@{NODE}", stun=f"stun:{STUN}", hangup=5000 + 1000 * TALK)
    bob.expect("incoming", 60)
    bob.answer()
    answer = page.says("accepted 200")["sdp"].replace("\r", "").strip()
    page.says("established")
    time.sleep(4)  # ICE, DTLS
    since = time.monotonic()
    time.sleep(TALK)
    for mine, other, who in ((to_browser, to_bob, "the browser"), (to_bob, to_browser, "bob")):
        count, _ = mine.heard(other, since, since + TALK)
        check(count >= 300, f"{who} hears the other, {count} packets in {TALK} s")
    check(answer in bob.sdp(), "the answer came as it was sent")
    bob.expect("closed")
    say("the browser hung up, and the phone knows")


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
                                  the_public_address_changes,
                                  one_moves_who_cannot_call_the_other, ice_phones, a_browser, encrypted_through_doors,
                                  a_hang_up_after_200_seconds, a_hang_up_through_a_friend_after_200_seconds,
                                  a_phone_at_a_vps_rings_after_ten_minutes)},
         by_name_only=("a_hang_up_after_200_seconds", "a_hang_up_through_a_friend_after_200_seconds",
                       "a_phone_at_a_vps_rings_after_ten_minutes"), seconds=420)
