#!/usr/bin/env python3
# tests/interop/media.py - the sound of calls between two homes (lab/homes.py), phones as they come out of the box: heard
# both ways at the phones themselves, encrypted or not, ended with the call; and what others can do to the ports that
# carry it: nothing. And the echo, *43. Needs root.
# Run all: media.py; one: media.py both_are_heard
import os
import socket
import time

from lab import check, main, say, wait_for
from lab.cells import PLAIN, Cell
from lab.homes import KINDS, Home, Internet
from lab.wire import PhoneWire

SRTP = {"baresip": {"media": "srtp"}, "linphone": {"media": "srtp"}}


def cell(lab, lines=PLAIN):
    """One home whose router knows NAT-PMP, one whose router knows UPnP; both people are found."""
    homes = Cell(lab, "nat_pmp", "upnp", lines)
    found = homes.wait_until_found()
    check(None not in found, f"both are found, {found} s after the second start")
    for side in homes.sides:
        wait_for("the router to send doors' ports on", lambda: "the router sends on" in media(side)["says"], 20)
    return homes


def media(side):
    return side.node.status()["media"]


def closed(side):
    return media(side)["doors_open"] == 0


def heard_both_ways(talk):
    """As far as it went: it is not hung up yet."""
    return talk.verdict in ("sound", "unclean") and not talk.why


def whole_calls(homes, lines):
    """Each phone calls its like in the other home, from both homes; whoever was called hangs up, then who called."""
    for line in lines:
        for caller, callee in (homes.sides, homes.sides[::-1]):
            talk = homes.talk(line, caller)
            talk.begin()
            time.sleep(1)
            talk.listen()
            streams = [s for side in homes.sides for s in media(side)["streams"] if s["kind"] == "audio"]
            check(heard_both_ways(talk), f"{line}: rings after {talk.rings} s; in 8 s the caller's phone and the callee's "
                  f"heard {talk.heard} packets of each other {talk.why}".rstrip())
            check([s["step"] for s in streams] == ["door", "door"], f"by a door in each home: {[s['how'] for s in streams]}")
            talk.end(callee if line == "baresip" else caller)
            wait_for("the doors to close with the call", lambda: closed(homes.a) and closed(homes.b), 5)
            say("and with the BYE the doors are closed")


def both_are_heard(lab):
    homes = cell(lab)
    before = media(homes.a)
    check(before["doors_ahead"] == 4 and "the router sends on" in before["says"], before["says"])
    name = homes.b.people["baresip"]
    explained = homes.a.node.explain(f"sip:{name}@{homes.b.node.host}", homes.a.people["baresip"])
    check("The sound goes through ports of this machine (a port that the router sends on): nobody in the Internet reaches "
          "192.168.1.31." in explained, "explain says by which way the sound will go, and why")
    whole_calls(homes, PLAIN)
    for side in homes.sides:
        counts = media(side)
        check(counts["by_door"] == 4 and counts["silent"] == 0, f"four calls by a door each: {counts['packets']} packets were "
              f"forwarded, {counts['strangers']} came from elsewhere, {counts['astray']} for nobody; by_door "
              f"{counts['by_door']}, silent {counts['silent']}")


def encrypted_sound_passes(lab):
    homes = cell(lab, SRTP)
    whole_calls(homes, SRTP)
    for line in SRTP:
        for side in homes.sides:
            side.phones[line].skip()
        talk = homes.talk(line, homes.a).begin()
        time.sleep(2)
        for phone in (talk.calling, talk.called):
            phone.says(phone.cipher_says)
        talk.end(homes.a)
        say(f"{line}: both say that it is encrypted, from phone to phone")


def nobody_else_gets_in(lab):
    """From elsewhere in the Internet: at the door's ports, and at those that wait for the next call."""
    homes = cell(lab, {"linphone": {}})
    stranger = homes.internet.join("stranger", ipv4="11.66.0.2")
    talk = homes.talk("linphone", homes.a)
    talk.begin()
    time.sleep(2)
    before = media(homes.b)
    stream = before["streams"][0]
    outer = next(part.split(",")[0] for part in stream["how"].split("; ") if part.startswith("11."))
    host, port = outer.rsplit(":", 1)
    rtp = b"\x80\x00" + os.urandom(10) + b"stranger" * 20

    def knock():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knocking:
            knocking.settimeout(0.5)
            for _ in range(200):
                knocking.sendto(rtp, (host, int(port)))
            try:
                return knocking.recv(2000)
            except TimeoutError:
                return None
    answer = stranger.inside(knock)
    talk.listen()
    after = media(homes.b)
    check(after["strangers"] - before["strangers"] >= 190, f"{after['strangers'] - before['strangers']} packets from elsewhere "
          f"came to the door at {outer}, and went nowhere")
    check(answer is None, "nor did anything come back to whoever sent them")
    check(heard_both_ways(talk), f"the call is heard as before: {talk.heard}")
    talk.end(homes.b)
    wait_for("the doors to close", lambda: closed(homes.b), 5)
    packets = media(homes.b)["packets"]
    stranger.inside(knock)
    check(media(homes.b)["packets"] == packets, "and after the call nothing is forwarded at all")


def echo(lab):
    """*43 on each kind of phone: it is answered by the node, and the phone hears what it says."""
    home = Home(Internet(lab), "a", "11.1.0.2", KINDS["nothing"])
    node = home.node()
    phones = {}
    for host, kind in enumerate(PLAIN, 31):
        node.add_user(kind, f"{kind}-47114711")
    node.start()
    for host, kind in enumerate(PLAIN, 31):
        phone = phones[kind] = home.phone(kind, kind, f"{kind}-47114711", host)
        wire = PhoneWire(lab, phone.space)
        phone.start()
        phone.registered()
        phone.skip()
        phone.dial(f"sip:*43@{node.address}")
        phone.expect("established")
        time.sleep(1)
        since = time.monotonic()
        time.sleep(4)
        said = wire.said(since, since + 4) if hasattr(wire, "said") else sum(since <= at for at, _, _ in list(wire.sent))
        heard, sources = wire.heard(wire, since, since + 4)
        check(said >= 120 and heard >= 0.9 * said, f"{kind}: of {said} packets that it said it heard {heard} again, from {sources}")
        phone.hang_up()
        phone.says(r"SIP/2\.0 200 [^\n]*\n(?:[^\n]+\n)*?CSeq: *\d+ BYE")


if __name__ == "__main__":
    main({f.__name__: f for f in (both_are_heard, encrypted_sound_passes, nobody_else_gets_in, echo)})
