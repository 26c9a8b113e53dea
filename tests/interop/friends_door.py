#!/usr/bin/env python3
# tests/interop/friends_door.py - two homes whose routers give each destination another port, and friends whose nodes lend
# them doors (reach.relay_media): real phones are heard both ways, in clear and encrypted, and the friends' nodes pass on
# what the two sent and nothing else. Without that setting matrix.py has the same homes, silent. Needs root.
import re
import time

from lab import check, main, say, wait_for
from lab.cells import TALK, Cell, register
from lab.homes import BOOTSTRAP, KINDS, Home, Kind
from lab.wire import Capture

LENDS = '[reach]\nrelay_media = "contacts"\n'
LINES = {"baresip": {}, "linphone": {}, "srtp": {"kind": "baresip", "media": "srtp"},
         "zrtp": {"kind": "linphone", "media": "zrtp"}}
HOMES = {"11.1.0.2", "11.2.0.2"}
FRIENDS = {"11.5.0.20": "carol", "11.6.0.20": "dave"}


def is_sound(payload):
    """RTP, RTCP, ZRTP (RFC 6189 5), or STUN, by which ways are opened and proved."""
    return payload[0] >> 6 == 2 or payload[:2] in (b"\x00\x01", b"\x01\x01", b"\x00\x11") or payload[4:8] == b"ZRTP"


def lenders(node):
    """Of the doors that calls have: {(address, port of RTP): whose}."""
    streams = node.status()["media"]["streams"]
    found = [re.search(r"([\d.]+):(\d+), (\w+)'s door", stream["how"]) for stream in streams]
    check(streams and all(found), f"each stream has a friend's door: {[s['how'] for s in streams]}")
    return {(one[1], int(one[2])): one[3] for one in found}


def heard_through_a_friend(lab):
    cell = Cell(lab, "symmetric", "symmetric", lines=LINES, of_friends=LENDS)
    found = cell.wait_until_found()
    check(None not in found, f"each finds the other {found} s after the second start")
    for side in cell.sides:
        wait_for(f"{side.letter} to know who lends", lambda: side.node.status()["media"]["friends"]["borrowed"]["lender"], 90)
    wires = {each.address: Capture(lab, "ext", each.space) for each in cell.friends}
    talks = [cell.talk(line, side).begin() for line, side in zip(LINES, (cell.a, cell.b, cell.a, cell.b))]
    time.sleep(1)
    since = time.monotonic()
    time.sleep(TALK)
    for talk in talks:
        talk.count(since, since + TALK)
        heard = all(talk.is_heard) and not talk.why
        streams = "" if heard else [side.node.status()["media"] for side in cell.sides]
        check(heard, f"{talk.line}: each hears the other, {talk.heard} of {talk.said} packets in {TALK} s {talk.why} {streams}".rstrip())
    for talk in talks[2:]:
        for phone in (talk.calling, talk.called):
            phone.says(phone.cipher_says)
    codes = talks[3].calling.code(), talks[3].called.code()
    check(codes[0] == codes[1], f"SRTP and ZRTP: encrypted from phone to phone, both show the code {codes[0]}")
    doors = {**lenders(cell.a.node), **lenders(cell.b.node)}
    for side in cell.sides:
        media = side.node.status()["media"]
        check(media["friends"]["streams"] == len(LINES), f"{side.letter} has used friends' doors: {media['friends']['borrowed']}")
        explained = side.node.explain(next(iter((cell.b if side is cell.a else cell.a).people.values())),
                                      next(iter(side.people.values())))
        check("'s door: " in explained, next(line for line in explained.splitlines() if "door" in line))
        pinged = side.node.command("ping", next(iter((cell.b if side is cell.a else cell.a).people.values())), ok=False).stdout
        check("There will be sound, through" in pinged, pinged.strip().splitlines()[-1])
    nobody_else_is_passed_on(cell, wires, doors)

    def lent(each):
        return each.status()["media"]["friends"]["lending"]["open"]
    # Not those that were asked for ahead: they lie ready for as long as a call may ring.
    ahead = {each.name: lent(each) - list(doors.values()).count(each.name) for each in cell.friends}
    for talk in talks:
        talk.end(cell.b)
    for each in cell.friends:
        wait_for(f"{each.name} to have the doors of calls back", lambda: lent(each) <= ahead[each.name], 60)
    say("all are hung up, and the friends have their doors back")


def one_that_is_called_directly_borrows_too(lab):
    """Its owner has forwarded SIP's ports; the router gives each destination another port all the same. The other home is
    behind a carrier's NAT, which lets in only who was sent to."""
    KINDS["by_hand_symmetric"] = Kind("by_hand_symmetric", "", by_hand=True, symmetric=True)
    cell = Cell(lab, "by_hand_symmetric", "carrier", with_friends=True, of_friends=LENDS)
    cell.wait_until_found()
    media = wait_for("the node to know who lends", lambda: (m := cell.a.node.status()["media"])["friends"]["borrowed"]["lender"] and m, 90)
    say(media["says"])
    check(cell.a.node.status()["reach"]["says"].startswith("Others can reach you"), f"it is called as it is: {cell.a.node.says()}")
    for line, caller in zip(cell.lines, cell.sides):
        talk = cell.talk(line, caller).whole(hangs_up=cell.b)
        check(talk.verdict == "sound", f"{line}, {caller.letter} calls: {talk.verdict}, heard {talk.heard} of {talk.said} {talk.why}")
    check(cell.a.node.status()["media"]["friends"]["streams"] == 2, f"by friends' doors: {cell.a.node.status()['media']['friends']['borrowed']}")


def one_common_friend_at_home(lab):
    """Frank's node stands behind a router that opens ports, and sends nothing back in that comes from there. He alone shows
    both homes what their routers do, and both borrow of him."""
    cell = Cell(lab, "symmetric", "symmetric", with_friends=False)
    home = Home(cell.internet, "f", "11.7.0.2", KINDS["nat_pmp"])
    frank = home.node(LENDS)
    frank.add_user("frank", "frank-47114711")
    frank.start()
    register(frank, "frank")
    wait_for("Frank's node to be reached", frank.advertised, 40)
    invite = frank.invite("frank")
    for side in cell.sides:
        side.befriend({"frank": invite})
        for name, theirs in side.invites().items():
            frank.befriend(name, theirs)
    for side in cell.sides:
        wait_for(f"{side.letter} to know that Frank lends", lambda: side.node.status()["media"]["friends"]["borrowed"]["lender"] == "frank", 90)
    found = cell.wait_until_found()
    check(None not in found, f"each finds the other {found}")
    for line, caller in zip(cell.lines, cell.sides):
        talk = cell.talk(line, caller).whole(hangs_up=cell.b)
        check(talk.verdict == "sound", f"{line}, {caller.letter} calls: {talk.verdict}, heard {talk.heard} of {talk.said} {talk.why}")
    lending = frank.status()["media"]["friends"]["lending"]
    check(lending["packets"] > 3000, f"Frank's node: {lending}")


def a_friend_who_dies_ends_the_call(lab):
    """Both friends' nodes are killed in a call: the phones are told, and why."""
    cell = Cell(lab, "symmetric", "symmetric", lines={"baresip": {}}, of_friends=LENDS)
    cell.wait_until_found()
    talk = cell.talk("baresip", cell.a).begin().listen(3)
    check(all(talk.is_heard) or min(talk.heard) > 100, f"heard {talk.heard}")
    for each in cell.friends:
        each.kill9()
    began = time.monotonic()
    wait_for("both phones to be told", lambda: talk.calling.said("closed") and talk.called.said("closed"), 100)
    say(f"both phones are told after {time.monotonic() - began:.0f} s")


def nobody_else_is_passed_on(cell, wires, doors):
    """A stranger speaks to each door; then what has passed at the friends' is looked at."""
    before = sum(each.status()["media"]["friends"]["lending"]["strangers"] for each in cell.friends)
    for address, port in doors:
        cell.internet.space.run("python3", "-c", "import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                                "for _ in range(3): s.sendto(b'\\x80' + b'stranger' * 20, (sys.argv[1], int(sys.argv[2])))",
                                address, port)
    wait_for("the stranger's packets to be counted", lambda: sum(
        each.status()["media"]["friends"]["lending"]["strangers"] for each in cell.friends) >= before + 3 * len(doors), 10)
    time.sleep(0.5)
    passed = {"in": 0, "out": 0}
    for here, wire in wires.items():
        for source, destination, payload in list(wire.packets):
            ours, other = (destination, source) if destination[0] == here else (source, destination)
            ports = {(address, port + more) for address, port in doors for more in (0, 1)}
            if ours not in ports:
                continue
            check_quietly(b"stranger" not in payload or source[0] == BOOTSTRAP, f"the stranger's came out to {destination}")
            check_quietly(b"stranger" in payload or is_sound(payload), f"no sound: {payload[:24]!r}")
            check_quietly(b"stranger" in payload or other[0] in HOMES | set(FRIENDS), f"to or from {other}")
            passed["in" if destination == ours else "out"] += 1
    check(passed["in"] > 1000, f"at the friends' doors {passed} datagrams, RTP, ZRTP and STUN of the two homes alone; nothing of "
          "the stranger's came out")


def check_quietly(good, what):
    if not good:
        check(good, what)


if __name__ == "__main__":
    main({f.__name__: f for f in (heard_through_a_friend, one_that_is_called_directly_borrows_too,
                                  one_common_friend_at_home, a_friend_who_dies_ends_the_call)},
         by_name_only=("one_that_is_called_directly_borrows_too", "one_common_friend_at_home",
                       "a_friend_who_dies_ends_the_call"), seconds=300)
