# tests/interop/lab/cells.py - two homes (homes.py) whose people have exchanged invites, and calls between them as people
# perceive them: it rings, it is answered, each phone gets what the other one says (packets of the very stream, counted on
# the phone's cable), and the one who is hung up on is told.
import time

from .homes import KINDS, Home, Internet, friend
from .processes import HERE, Failure, check, wait_for
from .wire import PhoneWire

TALK = 8        # seconds of sound that are counted
SPEAKS = 240    # packets that a phone sends meanwhile at least: of 400, where the machine is not too busy
ENOUGH = 0.9    # of them have to arrive
PATIENCE = 120  # seconds until a home that can be called is found
SETTLED = 25    # nobody calls sooner after the second start: ways through friends come up meanwhile
NAMES = {"a": ("alice", "anna", "adam", "amy"), "b": ("bob", "ben", "bill", "beth")}
PLAIN = {"baresip": {}, "linphone": {}}  # a pair of phones each, out of the box: what Home.phone() is told besides


def needs_friends(a, b):
    """Neither can come to the other by itself: somebody must stand between. (Else the other home does.)"""
    def comes_to(other, one):
        return any(other.reached_over[family] and family in one.families for family in (4, 6))
    return not comes_to(a, b) and not comes_to(b, a)


def register(node, user):
    """A phone on the node's own machine, so that its user has a record; it need not answer."""
    script = (f"import sys; sys.path.insert(0, {str(HERE)!r}); import caller; a = caller.register({node.address!r}, {user!r}, "
              f"'{user}-47114711', 'sip:{user}@{node.address}:5070', local={node.address!r}); print(a.status if a else 0)")
    done = node.space.run("python3", "-c", script, ok=False)
    check(done.stdout.strip() == "200", f"{user}'s phone registers at home {done.stderr[-300:]}".rstrip())


class Side:
    """A home, its node, and a person at each of its phones."""

    def __init__(self, letter, home, node, lines):
        self.letter, self.home, self.node, self.lines = letter, home, node, lines
        self.people = dict(zip(lines, NAMES[letter]))
        self.phones, self.wires = {}, {}

    def move_in(self):
        for user in self.people.values():
            self.node.add_user(user, f"{user}-47114711")
        self.node.start()

    def switch_phones_on(self, first_host):
        for host, (line, user) in enumerate(self.people.items(), first_host):
            more = dict(self.lines[line])
            phone = self.home.phone(more.pop("kind", line), user, f"{user}-47114711", host, server=self.node.address, **more)
            self.phones[line], self.wires[line] = phone, PhoneWire(self.home.lab, phone.space)
            phone.start()

    def invites(self):
        return {user: self.node.invite(user) for user in self.people.values()}

    def befriend(self, invites):
        for name, invite in invites.items():
            self.node.befriend(name, invite)


class Cell:
    """`a` and `b`: names of KINDS; `lines`: pairs of phones; `extra`: lines of both nodes' configuration; `timers`: of both
    routers' for UDP; `with_friends`: else only where they are needed."""

    def __init__(self, lab, a, b, lines=PLAIN, extra="", timers=None, with_friends=None, of_friends=""):
        self.lab, self.extra, self.lines = lab, extra, lines
        kinds = KINDS[a], KINDS[b]
        self.internet = Internet(lab)
        self.friends = []
        if needs_friends(*kinds) if with_friends is None else with_friends:
            self.friends = [friend(self.internet, name, number, of_friends) for name, number in (("carol", 5), ("dave", 6))]
        for each in self.friends:
            each.add_user(each.name, f"{each.name}-47114711")
            each.start()
            register(each, each.name)
        homes = [Home(self.internet, "a", "11.1.0.2", kinds[0])]
        if a == b == "same_house":
            nodes = [homes[0].node(extra), homes[0].second_node(extra)]
            homes *= 2
        else:
            homes.append(Home(self.internet, "b", "11.2.0.2", kinds[1]))
            nodes = [self._node_in(home) for home in homes]
        if timers:
            for home in homes:
                home.timers(timers, timers)
        self.a, self.b = self.sides = [Side(*each, lines) for each in zip("ab", homes, nodes)]
        for number, side in enumerate(self.sides):
            side.move_in()
            side.switch_phones_on(31 + (10 * number if a == b == "same_house" else 0))  # in both homes the same addresses
        self.began = time.monotonic()
        for side in self.sides:
            for phone in side.phones.values():
                phone.registered()
        self._exchange_invites()

    def _node_in(self, home):
        if not home.kind.second:
            return home.node(self.extra)
        first = home.node(self.extra)
        first.add_user("somebody", "somebody-47114711")
        first.start()
        wait_for("the house's first node to have its ports", first.advertised, 30)
        return home.second_node(self.extra)

    def _exchange_invites(self):
        """As people do: the friends have been there for long, the two are new."""
        for each in self.friends:
            invite = {each.name: each.invite(each.name)}
            for side in self.sides:
                side.befriend(invite)
                for name, theirs in side.invites().items():
                    each.befriend(name, theirs)
        to_a, to_b = self.b.invites(), self.a.invites()
        self.a.befriend(to_a)
        self.b.befriend(to_b)

    def wait_until_found(self):
        """Seconds from the second start until each node knows where to call the other: of B by A, of A by B; None: never."""
        found = [None, None]
        while None in found and time.monotonic() - self.began < PATIENCE:
            for i, (here, there) in enumerate(((self.a, self.b), (self.b, self.a))):
                uri = f"sip:{next(iter(there.people.values()))}@{there.node.host}"
                if found[i] is None and here.node.lookup(uri).get("contacts"):
                    found[i] = round(time.monotonic() - self.began, 1)
            time.sleep(0.5)
        time.sleep(max(0, self.began + SETTLED - time.monotonic()))
        return found

    def talk(self, line, caller, by_name=True):
        callee = self.b if caller is self.a else self.a
        name = callee.people[line]
        return Talk(line, caller, callee, f"sip:{name}@{caller.node.address}" if by_name else f"sip:{name}@{callee.node.host}")

    def sentences(self):
        """What each node says to its owner of all this."""
        said = {}
        for here, there in ((self.a, self.b), (self.b, self.a)):
            mine, name = next(iter(here.people.values())), next(iter(there.people.values()))
            explained = here.node.explain(name, mine).partition("\nWhat was asked")[0]
            said[here.letter] = {"status": here.node.says(), "explain": explained,
                                 "ping": here.node.command("ping", name, ok=False).stdout}
        return said


class Talk:
    """A call, and what was seen of it: `rings` after so many seconds, packets `heard` by the caller and by the callee,
    `told` who was hung up on; `why` not."""

    def __init__(self, line, caller, callee, uri):
        self.line, self.caller, self.callee, self.uri = line, caller, callee, uri
        self.calling, self.called = caller.phones[line], callee.phones[line]
        self.rings, self.heard, self.said, self.told, self.why = None, (0, 0), (0, 0), False, ""

    def begin(self):
        self.calling.skip(), self.called.skip()
        began = time.monotonic()
        self.calling.dial(self.uri)
        wait_for(f"{self.called.name} to ring", lambda: self.calling.said("closed") or
                 self.called.said("incoming") and self.calling.said("ringing"), 15)
        if self.calling.said("closed"):
            raise Failure(f"{self.calling.name} was told that the call cannot be")
        self.rings = round(time.monotonic() - began, 2)
        self.called.answer()
        wait_for("it to be answered", lambda: self.called.said("established") and self.calling.said("established"), 10)
        return self

    def listen(self, seconds=TALK):
        """Counts the sound from now on."""
        since = time.monotonic()
        time.sleep(seconds)
        return self.count(since, since + seconds)

    def count(self, since, until):
        """Of what went by between these moments."""
        self.heard = tuple(count for count, _ in self._heard(since, until))
        self.said = tuple(wire.said(since, until) for wire in self._wires()[::-1])  # to the caller, to the callee
        return self

    @property
    def is_heard(self):
        return [heard >= ENOUGH * max(said, SPEAKS) for heard, said in zip(self.heard, self.said)]

    def _wires(self):
        return self.caller.wires[self.line], self.callee.wires[self.line]

    def _heard(self, since, until):
        wires = self._wires()
        for mine, other in (wires, wires[::-1]):
            count, sources = mine.heard(other, since, until)
            if sources - mine.speaks_to(since, until):
                self.why = f"sound comes from {sorted(sources)}, to which the phone does not speak"
            yield count, sources

    def silence(self, since):
        """Seconds after `since` until both phones hear a second without a gap; None: not yet."""
        now, at = time.monotonic(), since
        while at + 1 <= now:
            if all(count >= ENOUGH * SPEAKS / TALK for count, _ in self._heard(at, at + 1)):
                return round(at - since, 1)
            at += 0.1
        return None

    def end(self, who, seconds=5):
        """`who`, a side, hangs up, and the other's phone is told."""
        phone, other = (self.calling, self.called) if who is self.caller else (self.called, self.calling)
        phone.hang_up()
        wait_for(f"{other.name} to be told that {phone.name} hung up", lambda: other.said("closed"), seconds)
        self.told = True

    def clean_up(self):
        """Leaves no call behind, whatever became of it."""
        for phone in (self.calling, self.called):
            if (phone.said("incoming") or phone.said("ringing")) and not phone.said("closed"):
                phone.hang_up()
        time.sleep(0.5)

    def whole(self, hangs_up):
        """All of it; failures are kept in `why`."""
        try:
            self.begin()
            time.sleep(1)
            self.listen()
            self.end(hangs_up)
        except Failure as why:
            self.why = str(why)
        finally:
            self.clean_up()
        if any(b"hedge" in question for question in self.caller.wires[self.line].asked):
            self.why = "the phone asked DNS for a name of ours"
        return self

    @property
    def verdict(self):
        if self.rings is None:
            return "no"
        if all(self.is_heard):
            return "sound" if self.told and not self.why else "unclean"
        return "half" if any(self.is_heard) else "silent"

    def as_json(self):
        return {"line": self.line, "caller": self.caller.letter, "rings": self.rings, "heard": self.heard, "said": self.said, "told": self.told,
                "why": self.why, "verdict": self.verdict}
