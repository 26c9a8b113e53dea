#!/usr/bin/env python3
# tests/interop/house.py - two nodes in one house, of two people, behind a router that does not lead the house back to
# itself: they find each other there, with and without the Internet, and calls between them are heard. Needs root.
# Run all: house.py; one: house.py without_the_internet
import json
import re
import socket
import time

from lab import Failure, check, main, say, wait_for
from lab.cells import ENOUGH, PLAIN, Side, Talk
from lab.homes import KINDS, Home, HomeNode, Internet
from lab.phones import PHONES
from lab.spaces import Spaces

GROUP, PORT = "239.192.72.87", 18519


class House:
    """Alice's and Anna's node at .20, Bob's and Ben's at .21; each has a baresip and a linphone."""

    def __init__(self, lab, kind, online, extra="", lines=PLAIN):
        self.internet = Internet(lab)
        self.home = Home(self.internet, "a", "11.1.0.2", KINDS[kind])
        if not online:
            self.home.router.run("ip", "link", "set", "ext", "down")
        nodes = self.home.node(extra), self.home.second_node(extra)
        self.a, self.b = self.sides = [Side(letter, self.home, node, lines) for letter, node in zip("ab", nodes)]
        for number, side in enumerate(self.sides):
            side.move_in()
            side.switch_phones_on(31 + 10 * number)
        for side in self.sides:
            for phone in side.phones.values():
                phone.registered()
        to_a, to_b = self.b.invites(), self.a.invites()
        self.a.befriend(to_a)
        self.b.befriend(to_b)

    def is_found(self, seconds=30):
        """That each finds the other, beside it."""
        began = time.monotonic()
        for here, there in ((self.a, self.b), (self.b, self.a)):
            uri = f"sip:bob@{there.node.host}" if there is self.b else f"sip:alice@{there.node.host}"
            wait_for(f"{here.letter} to find {uri} beside it",
                     lambda: "beside this one" in here.node.command("explain", uri, ok=False).stdout, seconds)
        say(f"both found, beside each other, {time.monotonic() - began:.1f} s after their phones had registered")

    def call(self, line, caller, by_name):
        callee = self.b if caller is self.a else self.a
        name = callee.people[line]
        uri = f"sip:{name}@{caller.node.address}" if by_name else f"sip:{name}@{callee.node.host}"
        talk = Talk(line, caller, callee, uri).whole(caller)
        check(talk.verdict == "sound", f"{line}: {caller.people[line]} dials {uri}: rings after {talk.rings} s, packets of sound "
                                       f"heard in 8 s: {talk.heard} {talk.why}".rstrip())


class Unconfigured(HomeNode):
    """Told where its files are, and nothing else."""

    def write_config(self, **changes):
        self.config.write_text(f'[state]\ndir = "{self.folder}/state"\n')


class Switch:
    """A network of a switch and what is plugged into it: no router, no name server, no route that leads anywhere."""

    def __init__(self, lab):
        self.lab, self.spaces = lab, Spaces(lab)
        self.space = self.spaces.new("switch")
        self.space.bridge("lan")

    def machine(self, name, host):
        space = self.spaces.new(name).plug("eth0", self.space, "lan")
        space.address("eth0", f"192.168.1.{host}/24")
        return space

    def side(self, letter, host):
        address = f"192.168.1.{host}"
        node = Unconfigured(self.lab, f"node-{letter}", self.machine(f"n{letter}", host), address).init()
        side = Side(letter, self, node, {"baresip": {}})
        for user in side.people.values():
            node.add_user(user, f"{user}-47114711")
        return side

    def phone(self, kind, user, password, host, server, **more):
        return PHONES[kind](self.lab, f"{kind}-{user}", host, user, password, server, space=self.machine(f"p{host}", host),
                            proxy=server, regint=3600, **more)


def lan_of(node):
    return {key: figure for key, figure in node.status()["overlay"].items() if key.startswith(("neighbours", "beacons"))}


def calls(house):
    house.call("baresip", house.a, by_name=True)
    house.call("linphone", house.b, by_name=True)
    house.call("baresip", house.b, by_name=False)
    house.call("linphone", house.a, by_name=False)


def without_the_internet(lab):
    """From the first start on: no DHT node outside, no name server, no route that leads anywhere."""
    house = House(lab, "nothing", online=False)
    house.is_found()
    for side in house.sides:
        check(lan_of(side.node)["neighbours"] == 1, f"{side.node.name} has one neighbour")
        check(side.node.advertised() == [], "and no address that others may call")
        check("calls to it stay here" in side.node.command("status").stdout, "as its status says")
    calls(house)
    ping = house.a.node.command("ping", "bob").stdout
    check(re.search(r"^bob's node answers on your own network, at 192\.168\.1\.21:5061, .*\nThere will be sound", ping), ping)


def fresh_on_a_switch(lab):
    """No configuration, no Internet, nobody's address: the first call rings within five seconds of the second start."""
    switch = Switch(lab)
    a, b = switch.side("a", 20), switch.side("b", 21)
    a.node.start()
    a.switch_phones_on(31)
    a.phones["baresip"].registered()
    began = time.monotonic()
    b.node.start()
    b.switch_phones_on(41)
    b.phones["baresip"].registered()
    ready = time.monotonic() - began  # a slow machine's seconds are not the node's
    talk = Talk("baresip", a, b, f"sip:bob@{b.node.host}").begin()
    took = time.monotonic() - began
    check(took <= 5 + max(0, ready - 2), f"{took:.1f} s after the second node was started bob's phone rang and answered; "
                                         f"{ready:.1f} s of it until that phone had registered")
    time.sleep(1)
    talk.listen().end(a)
    check(talk.verdict == "sound", f"alice calls bob: packets heard in 8 s: {talk.heard} {talk.why}".rstrip())
    talk = Talk("baresip", b, a, f"sip:alice@{a.node.host}").whole(b)
    check(talk.verdict == "sound", f"bob calls alice: rings after {talk.rings} s, packets heard: {talk.heard} {talk.why}".rstrip())
    for side in (a, b):
        overlay = side.node.status()["overlay"]
        check(overlay["village_blocks"] >= 2, f"{side.node.name} holds both records, and told {overlay['village_answers']} "
                                              f"of its {overlay['lookups']} questions by them")
        check("not in the DHT" in side.node.command("status").stdout, "and is in no DHT")


def behind_one_router(lab):
    """Its public address is both nodes'; the house cannot reach itself by it."""
    house = House(lab, "same_house", online=True)
    for side in house.sides:
        wait_for(f"{side.node.name} to be published", side.node.advertised, 40)
    house.is_found()
    calls(house)


def switched_off(lab):
    """dht.lan = false: nothing is said, and nobody found."""
    house = House(lab, "nothing", online=False, lines={"baresip": {}})
    check(lan_of(house.a.node)["beacons_said"] > 0, "by default it is said")
    for side in house.sides:
        side.node.stop()
        text = side.node.config.read_text().replace("[dht]\n", "[dht]\nlan = false\n")
        side.node.config.write_text(text)
        side.node.start()
    time.sleep(5)
    for side in house.sides:
        lan = lan_of(side.node)
        check(lan["neighbours"] == lan["beacons_said"] == lan["beacons_heard"] == 0, f"switched off: {json.dumps(lan)}")
    check(house.a.node.lookup(f"sip:bob@{house.b.node.host}")["status"] != 302, "and without the Internet nobody is found")


def liars(lab):
    """A machine in the house that says beacons: those of Bob's node again from its own address, and thousands made up. It
    gets no call, and no answer; Bob is found all the same."""
    house = House(lab, "nothing", online=False, lines={"baresip": {}})
    house.is_found()
    space = house.home.machine("liar", 66)

    def make():
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.bind((GROUP, PORT))
        ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton("192.168.1.66"))
        ear.settimeout(5)
        mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        mouth.bind(("192.168.1.66", 0))
        mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.168.1.66"))
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.bind(("192.168.1.66", 5061))
        server.listen(8)
        server.settimeout(0.1)
        dht = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        dht.bind(("192.168.1.66", 4222))
        dht.settimeout(0.1)
        return ear, mouth, server, dht

    ear, mouth, server, dht = space.inside(make)
    house.b.node.stop()
    house.b.node.start()  # it is new, and says so
    bobs = None
    end = time.monotonic() + 15
    while bobs is None and time.monotonic() < end:
        datagram, peer = ear.recvfrom(2000)
        if peer[0] == "192.168.1.21" and datagram.startswith(b"HWn"):
            bobs = datagram
    check(bobs and len(bobs) == 96, "Bob's beacon is heard, 96 bytes")
    check(bytes.fromhex(house.b.node.status()["tls"]["key_hash"]) not in bobs, "nothing of its TLS key is in it")
    sent = 0
    for i in range(3000):
        said = bytearray(bobs)
        if i % 3:  # another tag, as if of somebody new
            said[8:16] = i.to_bytes(8, "big")
        mouth.sendto(bytes(said), (GROUP, PORT))
        sent += len(said)
    time.sleep(3)
    lan = lan_of(house.a.node)
    check(lan["neighbours"] <= 10, f"of 3,000 that one address said, few are kept: {json.dumps(lan)}")
    came = 0
    while True:
        try:
            came += len(dht.recv(2000))
        except TimeoutError:
            break
    check(came <= 3 * sent, f"{came} bytes came to the liar's DHT port for the {sent} that it said")
    house.is_found()
    house.call("baresip", house.a, by_name=True)
    try:
        server.accept()
        raise Failure("a call went to who only said a beacon again")
    except TimeoutError:
        say("no connection came to the liar")


def pinged(lab):
    """What `hedgewitch ping` tells of a node in another home: over which way it answers, that it does not, that there is no
    such name; beside each other it is in the scenarios above."""
    internet = Internet(lab)
    homes = [Home(internet, letter, f"11.{number}.0.2", KINDS["nat_pmp"]) for number, letter in ((1, "a"), (2, "b"))]
    a, b = (Side(letter, home, home.node(), {"baresip": {}}) for letter, home in zip("ab", homes))
    for side in (a, b):
        side.move_in()
        side.switch_phones_on(31)
        side.phones["baresip"].registered()
        wait_for(f"{side.node.name} to be published", side.node.advertised, 60)
    a.befriend(b.invites())
    wait_for("Bob's record to give TLS", lambda: any(":5061" in str(contact) for contact in
             a.node.lookup(f"sip:bob@{b.node.host}").get("contacts", ())), 60)
    done = a.node.command("ping", "bob")
    check(re.match(r"bob's node answers over TLS, at 11\.2\.0\.2:5061, (in \d+ ms|within a millisecond); it has the key of the "
                   r"record\.\nThere will be sound: ", done.stdout), done.stdout)
    report = json.loads(a.node.command("ping", "bob", "--json").stdout)
    check(report["answers"] and report["media"] == "yes" and report["ways"][0]["way"] == "direct", json.dumps(report))
    check(a.node.command("ping", "alice").stdout.startswith("alice is a user of this node, and the phone at 192.168.1.31:"),
          "a phone of our own is asked itself")
    b.node.kill9()
    done = a.node.command("ping", "bob", ok=False)
    check(done.returncode == 1 and done.stdout.startswith("bob's node does not answer (tls:11.2.0.2:5061: "), done.stdout)
    done = a.node.command("ping", f"nobody@{b.node.host}", ok=False)
    check(done.returncode == 1 and " cannot be found: " in done.stdout, done.stdout)


if __name__ == "__main__":
    main({f.__name__: f for f in (fresh_on_a_switch, without_the_internet, behind_one_router, switched_off, liars, pinged)})
