#!/usr/bin/env python3
# tests/interop/newcomers.py - two people who have read "First call in two minutes" (README), in two homes behind routers as
# they come: the node's first start, its link, its page, a phone by a link, an invite from page to page, a call that is
# heard. Each step's time is said. Needs root. Run all: newcomers.py; one: newcomers.py first_call
import concurrent.futures
import re
import time

from lab import PhoneWire, check, main, say, wait_for
from lab.homes import KINDS, Home, Internet
from page import Person
from provisioning import LinkedLinphone, heard


class Newcomer:
    def __init__(self, internet, letter, user, public, kind):
        self.user, self.steps = user, []
        self.home = Home(internet, letter, public, KINDS[kind])
        self.lab = internet.lab
        self.node = self.home.node()  # `hedgewitch init`, as run.sh and the package do

    def step(self, what, do):
        """One line of the README."""
        began = time.monotonic()
        done = do()
        self.steps.append((what, time.monotonic() - began))
        return done

    def begin(self):
        self.step("user add", lambda: self.node.command("user", "add", self.user))
        self.step("first start", self.node.start)
        self.person = self.step("a browser starts", lambda: Person(self.lab, self.node, space=self.home.phone_space))
        self.step("the link, a password, the page", self.person.first_start)
        self.phone = self.step("a phone by a link", self.set_up)
        self.step("*43: one hears oneself", self.dial_oneself)

    def set_up(self):
        self.person.go("/phones")
        self.person.submit("form[action='/phones/link'] button")
        link = self.person.run("document.querySelector('#link-made').value")
        check(self.person.run("document.querySelector('#notice svg.qr') !== null"), f"{self.user} is shown a picture to scan")
        phone = LinkedLinphone(self.lab, f"phone-{self.user}", 30, self.home.phone_space, link)
        self.wire = PhoneWire(self.lab, self.home.phone_space)
        return phone.start().registered()

    def invite(self):
        self.person.go("/people")
        self.person.submit("form[action='/people/invite'] button")
        return self.person.run("document.querySelector('#invite-made').value")

    def accept(self, name, invite):
        self.person.go("/people")
        self.person.write("#add-name", name)
        self.person.write("#add-invite", invite)
        self.person.submit("#add button")
        check(f"{name} is sip:" in self.person.told(), f"{self.user}'s page has taken {name}'s invite")

    def dial_oneself(self):
        since = time.monotonic()
        self.phone.dial("*43")
        self.phone.expect("established")
        wait_for(f"{self.user} to hear himself", lambda: self.wire.heard(self.wire, since, time.monotonic())[0] >= 50, 15)
        self.phone.hang_up()
        self.phone.expect("closed")


def first_call(lab):
    internet = Internet(lab)
    a = Newcomer(internet, "a", "alice", "11.1.0.2", "nat_pmp")
    b = Newcomer(internet, "b", "bob", "11.2.0.2", "upnp")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(Newcomer.begin, (a, b)))
    began = time.monotonic()
    invites = a.step("an invite", a.invite), b.step("an invite", b.invite)
    a.step("the friend's invite", lambda: a.accept("bob", invites[1]))
    b.step("the friend's invite", lambda: b.accept("alice", invites[0]))
    for one in (a, b):
        one.step("others can reach me", lambda: one.person.open(one.person.page).wait(
            "/can reach you/i.test(document.querySelector('#reach').innerText)", 60))
        say(f"{one.user}'s page says: {re.sub(chr(10), ' ', one.person.text('#reach'))[:200]}")
    # Both are found: their records are in the DHT.
    for one, friend in ((a, "bob"), (b, "alice")):
        one.step("the friend is found", lambda: wait_for(f"{friend} to be found", lambda: one.node.lookup(
            f"sip:{friend}@{one.node.address}")["status"] == 302, 60))
    a.step("a call that is heard", lambda: heard(a.phone, b.phone, (a.wire, b.wire), "bob"))
    b.step("and one back", lambda: heard(b.phone, a.phone, (b.wire, a.wire), "alice"))
    for one in (a, b):
        for what, seconds in one.steps:
            say(f"{one.user}: {what}: {seconds:.1f} s")
    say(f"from the invites to both calls: {time.monotonic() - began:.1f} s")
    for one in (a, b):
        took = sum(seconds for _, seconds in one.steps)
        check(took < 120, f"{one.user}'s part took {took:.0f} s of the two minutes")


if __name__ == "__main__":
    main({"first_call": first_call})
