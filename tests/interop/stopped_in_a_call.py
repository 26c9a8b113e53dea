#!/usr/bin/env python3
# tests/interop/stopped_in_a_call.py - a node that carries the sound of calls ends in them, by an order or by kill -9, and is
# started again: all phones in those calls are told, with a Reason, and none goes on speaking into nothing. Needs root.
import time

from lab import check, main, say, wait_for
from lab.cells import Cell

REASON = r"BYE sip:[\s\S]*?Reason: SIP;cause=503;text=\"The node that carried the sound was stopped\""
FOUR = {"baresip": {}, "linphone": {}, "tcp": {"kind": "baresip", "transport": "tcp"}}
LATER = {"tcp": 75}  # a phone hears of it over its connection, once it has registered again
AT_ONCE = 10


def calls(lab, a, b, lines=FOUR):
    cell = Cell(lab, a, b, lines=lines)
    found = cell.wait_until_found()
    check(None not in found, f"each finds the other {found} s after the second start")
    talks = [cell.talk(line, side).begin() for line, side in zip(lines, (cell.a, cell.b, cell.a))]
    for talk in talks:
        talk.listen(3)
        check(min(talk.heard) >= 100, f"{talk.line}: {talk.caller.letter} has called, and both are heard: {talk.heard} packets in 3 s")
    for talk in talks:
        talk.calling.skip(), talk.called.skip()
    return cell, talks


def told(cell, talks, within, reason=REASON):
    """All phones, so many seconds after now at most; those of the node's that ended only later where they have to come back."""
    began, after = time.monotonic(), {}
    phones = [(talk, side, side.phones[talk.line]) for talk in talks for side in (talk.caller, talk.callee)]

    def all_told():
        for talk, side, phone in phones:
            if phone not in after and phone.said("closed"):
                after[phone] = time.monotonic() - began
        return len(after) == len(phones)
    wait_for("all phones to be told", all_told, max(within, *LATER.values()) if any(t.line in LATER for t in talks) else within)
    for talk, side, phone in phones:
        limit = LATER.get(talk.line, within) if side is cell.a else within
        check(after[phone] <= limit, f"{phone.name} of {side.letter} is told {after[phone]:.1f} s after ({limit} at most)")
        if reason:
            phone.says(reason)
    say("each by a BYE with a Reason")


def quiet(cell, talks):
    time.sleep(1)
    for side in cell.sides:
        check(side.node.status()["media"]["doors_open"] == 0, f"{side.letter}'s doors are closed")
    for talk in talks:
        wires = talk._wires()
        since = time.monotonic() - 0.5
        check(not any(wire.said(since, since + 0.5) for wire in wires), f"{talk.line}: nobody speaks any more")


def is_stopped(lab, a="nat_pmp", b="nat_pmp"):
    """By SIGTERM, as a package that is upgraded does: said before it goes."""
    cell, talks = calls(lab, a, b, {line: FOUR[line] for line in ("baresip", "linphone")})
    began = time.monotonic()
    cell.a.node.stop()
    took = time.monotonic() - began
    told(cell, talks, 3)
    say(f"the node needed {took:.1f} s to stop")
    cell.a.node.start()
    quiet(cell, talks)


def is_killed(lab, a="nat_pmp", b="nat_pmp", lines=FOUR):
    """By kill -9, and started again: of its run before it knows what has to be said."""
    cell, talks = calls(lab, a, b, lines)
    cell.a.node.kill9()
    cell.a.node.start()
    told(cell, talks, AT_ONCE)
    quiet(cell, talks)
    again = cell.talk("linphone", cell.a).whole(hangs_up=cell.b)
    check(again.verdict == "sound", f"and a new call has sound: {again.verdict} {again.why}")


def is_killed_and_is_called_through_a_friend(lab):
    """Neither can be called directly: the other node is reached again through the friend's."""
    is_killed(lab, "nothing", "carrier", {line: FOUR[line] for line in ("baresip", "linphone")})


if __name__ == "__main__":
    main({f.__name__: f for f in (is_stopped, is_killed, is_killed_and_is_called_through_a_friend)},
         by_name_only=("is_killed_and_is_called_through_a_friend",), seconds=200)
