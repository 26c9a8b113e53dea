#!/usr/bin/env python3
# tests/interop/inbound.py - who rings and how he is shown, on the wire of the callee's phone: tickets right, forged,
# replayed, stale and for another; strangers by policy and by the thousand; scanners; nobody as an open relay.
# Run all: inbound.py; one: inbound.py tickets
import json
import re
import select
import shutil
import socket
import statistics
import time

import caller as sip_caller
from lab import Baresip, Capture, Node, check, main, wait_for
from strangers import PASSWORD, Desk, Stranger
from two_nodes import NETWORK, published


def two_nodes(lab, a_delivery="redirect", b_lines="", users=("bob",)):
    """Node A with Alice at 127.0.0.2; node B with Bob, and a phone that keeps what it gets, at 127.0.0.3."""
    b = Node(lab, "node-b", "127.0.0.3", NETWORK, delivery="auto", sip_lines=b_lines).init()
    for user in users:
        b.add_user(user, PASSWORD[user])
    b.start()
    a = Node(lab, "node-a", "127.0.0.2", NETWORK, ["127.0.0.3:4222"], delivery=a_delivery).init()
    a.add_user("alice", PASSWORD["alice"])
    a.start()
    desks = [Desk(b, user, f"127.0.0.{13 + i}") for i, user in enumerate(users)]
    for user in users:
        published(b, user)
    return a, b, desks


def given(a, b, user="bob"):
    """The Contact that node A gives Alice for a user of node B."""
    seen = sip_caller.call(a.address, f"sip:{user}@{b.host}", "alice", PASSWORD["alice"], local="127.0.0.12")
    check(seen["status"] == 302 and seen["hops"][0]["marked"], f"node A redirects: {seen['status']} {seen['reason']}")
    return seen["hops"][0]["marked"][0]


def shown(desk, before=0):
    """From and P-Asserted-Identity of the newest call."""
    invites = wait_for("a call at the phone", lambda: len(desk.invites()) > before and desk.invites(), 5)
    return invites[-1].one("from"), invites[-1].one("p-asserted-identity")


def unverified(desk, before, name):
    sender, asserted = shown(desk, before)
    check(sender.startswith(f'"? {name}" <') and not asserted, f"shown as unverified: {sender}")
    return sender


def right_ticket(lab):
    """Alice calls Bob: his phone shows her address, which the ticket proved; as a contact, his own name for her."""
    for delivery in ("redirect", "proxy"):
        a, b, (desk,) = two_nodes(lab, a_delivery=delivery)
        address = f"sip:alice@{a.host}"
        forged = 'P-Asserted-Identity: "Mum" <sip:mum@evil.test>\r\nRemote-Party-ID: <sip:mum@evil.test>\r\n'
        seen = sip_caller.call(a.address, f"sip:bob@{b.host}", "alice", PASSWORD["alice"], local="127.0.0.12", follow=True)
        check(seen["status"] == 486, f"{delivery}: Bob's phone said what it says: {seen['status']} {seen['reason']}")
        sender, asserted = shown(desk)
        check(sender.startswith(f'"(new) alice" <{address}>;tag='), f"{delivery}: From is {sender}")
        check(asserted == f'"(new) alice" <{address}>', f"{delivery}: P-Asserted-Identity is {asserted}")
        if delivery == "redirect":
            contact = given(a, b)
            check(re.search(r";tk=[A-Za-z0-9_-]{160}", contact) and len(contact) < 300,
                  f"the Contact has a ticket, and {len(contact)} characters")
        b.command("contact", "add", "mum", address)
        sip_caller.call(a.address, f"sip:bob@{b.host}", "alice", PASSWORD["alice"], local="127.0.0.12", follow=True)
        sender, asserted = shown(desk, 1)
        check(sender.startswith(f'"mum" <{address}>;tag=') and asserted == f'"mum" <{address}>',
              f"{delivery}: a contact has the name that Bob gave her: {sender}")
        other = Stranger("127.0.0.77", b.address)
        answer = other.ask("sip:bob@127.0.0.3", sender=f'"mum" <{address}>', more=forged)
        check(answer and answer.status == 486 and answer.one("from").startswith(f'"mum" <{address}>;tag='),
              "a forged From of mum rings, and gets its own From back")
        sender = unverified(desk, 2, "mum")
        check("<sip:alice@unverified.invalid>" in sender, "under an address that leads nowhere")
        wire = desk.invites()[-1].wire
        check("Identity" not in wire and "Remote-Party" not in wire and "evil" not in wire, "and asserts nothing")
        check(all("tk=" not in text for text in (lab.log("node-a"), lab.log("node-b"))), "no log has a ticket")
        desk.stop(), other.close(), a.stop(), b.stop()
        for node in (a, b):
            shutil.rmtree(node.folder / "state")


def tickets(lab):
    """Forged, replayed, for another callee: unverified where strangers ring, refused where they do not."""
    a, b, (bob, carol) = two_nodes(lab, users=("bob", "carol"))
    address = f"sip:alice@{a.host}"
    stranger = Stranger("127.0.0.77", b.address)

    def call(contact):  # a bearer's ticket is good under the From of the phone that was redirected
        return stranger.ask(contact, sender=f"<sip:alice@{a.address}>")

    contact = given(a, b)
    before = len(bob.invites())
    check(call(contact).status == 486 and shown(bob, before)[1] == f'"(new) alice" <{address}>', "the right one verifies")
    check(call(contact).status == 486, "the same once more")
    unverified(bob, before + 1, "alice")
    contact = given(a, b)
    at = contact.index(";tk=") + 100
    check(call(contact[:at] + ("A" if contact[at] != "A" else "B") + contact[at + 1:]).status == 486, "one changed")
    unverified(bob, before + 2, "alice")
    for_bob = given(a, b)
    check(call(for_bob.replace("sip:bob@", "sip:carol@")).status == 486, "Bob's ticket, shown to Carol")
    unverified(carol, 0, "alice")
    before = len(bob.invites())
    check(stranger.ask(given(a, b), sender="<sip:king@evil.test>").status == 486, "under another From")
    unverified(bob, before, "king")

    b.command("contact", "add", "mum", address)
    for user in ("bob", "carol"):
        b.command("user", "strangers", user, "ask")
    rang = len(bob.invites()), len(carol.invites())
    for_bob = given(a, b)
    check(call(for_bob.replace("sip:bob@", "sip:carol@")).status == 480, "under ask: for another callee: 480")
    for_bob = given(a, b)
    check(call(for_bob[:at] + ("A" if for_bob[at] != "A" else "B") + for_bob[at + 1:]).status == 480, "forged: 480")
    check(stranger.ask("sip:bob@127.0.0.3", sender=f'"mum" <{address}>').status == 480, "claimed: 480")
    for_bob = given(a, b)
    check(call(for_bob).status == 486 and len(bob.invites()) == rang[0] + 1, "right, of a contact: it rings")
    check(call(for_bob).status == 480, "replayed: 480")
    check((len(bob.invites()), len(carol.invites())) == (rang[0] + 1, rang[1]), "and no phone rang for the others")
    counted = b.status()["inbound"]
    check(counted["tickets_replayed"] == 2 and counted["tickets_forged"] == 5, f"counted: {counted}")
    bob.stop(), carol.stop(), stranger.close()


def what_a_refused_stranger_holds(lab):
    """He was called off once: by nothing that he saw does anything of his reach the phone again."""
    b = Node(lab, "node-b", "127.0.0.3", NETWORK, dht_enabled=False, delivery="auto").init()
    b.add_user("bob", PASSWORD["bob"])
    b.start()
    desk = Desk(b, "bob", "127.0.0.13")
    stranger = Stranger("127.0.0.77", b.address)
    answer = stranger.ask("sip:bob@127.0.0.3")
    check(answer.status == 486 and not answer.all("record-route"), f"refused, without a route: {answer.first}")
    at_phone = desk.invites()[-1]
    check(at_phone.all("record-route"), "though the node stays in calls from outside")
    heard = len([m for m in desk.requests if not m.first.startswith("ACK")])
    routes = "".join(f"Route: {value}\r\n" for value in at_phone.all("record-route"))
    for method in ("MESSAGE", "REFER", "NOTIFY", "INVITE", "INFO", "BYE", "FANCY"):
        for route in ("", routes):  # and if somebody had told him what the phone was given
            said = stranger.inside(answer, method, route)
            check(said is None or said.status in (481, 501), f"{method}: {said and said.first}")
    check(len([m for m in desk.requests if not m.first.startswith("ACK")]) == heard, "the phone heard nothing of it")
    for method in ("NOTIFY", "REFER", "SUBSCRIBE", "PUBLISH"):
        said = stranger.ask("sip:bob@127.0.0.3", method)
        refused = 405 if method == "PUBLISH" else 480
        check(said is None or said.status == refused, f"a stranger's {method}: {said and said.first}")
    commands = "Call-Info: <http://x>;answer-after=0\r\nAlert-Info: <http://x>\r\nReplaces: a;to-tag=b;from-tag=c\r\n"
    check(stranger.ask("sip:bob@127.0.0.3", more=commands).status == 486, "he may call")
    wire = desk.invites()[-1].wire
    check(not any(name in wire for name in ("Call-Info", "Alert-Info", "Replaces")), "and command nothing")
    desk.stop(), stranger.close()


def stale_ticket(lab):
    """A ticket that is used a minute after it was made."""
    a, b, (desk,) = two_nodes(lab)
    stranger = Stranger("127.0.0.77", b.address)
    b.command("contact", "add", "mum", f"sip:alice@{a.host}")
    first, second = given(a, b), given(a, b)
    time.sleep(62)
    as_she_called = f"<sip:alice@{a.address}>"  # a ticket is good with that From alone
    check(stranger.ask(first, sender=as_she_called).status == 486, "strangers ring")
    unverified(desk, 0, "alice")
    b.command("user", "strangers", "bob", "reject")
    check(stranger.ask(second, sender=as_she_called).status == 480, "and are refused by policy")
    check(len(desk.invites()) == 1 and b.status()["inbound"]["tickets_stale"] == 2, f"both counted as stale: {b.status()['inbound']}")
    check(stranger.ask(given(a, b), sender=as_she_called).status == 486, "a fresh one rings, as mum's")
    desk.stop(), stranger.close()


def thousand_strangers(lab):
    """1,000 INVITEs from 250 addresses ring Bob's phone no more often than configured; a contact still gets through."""
    a, b, (desk,) = two_nodes(lab, b_lines="stranger_rings = 4\nsource_requests = 60")
    b.command("contact", "add", "mum", f"sip:alice@{a.host}")
    first = Stranger("127.9.0.1", b.address)
    check(first.ask("sip:bob@127.0.0.3").status == 486, "a newcomer's first call rings")
    began, answers = time.monotonic(), {}
    strangers = [Stranger(f"127.{10 + i % 100}.{i}.{1 + i % 200}", b.address) for i in range(250)]
    for _ in range(4):
        for stranger in strangers:
            stranger.send("sip:bob@127.0.0.3")
        for stranger in strangers:
            answer = stranger.final("sip:bob@127.0.0.3", "INVITE", 3)
            status = answer.status if answer else 0
            answers[status] = answers.get(status, 0) + 1
    took = time.monotonic() - began
    check(sum(answers.values()) == 1000, f"1,000 were sent and answered in {took:.1f} s: {answers}")
    allowed = 4 + int((took + 5) / 15)
    rang = len(desk.invites())
    check(4 <= rang <= allowed, f"the phone rang {rang} times; 4 a minute make {allowed} at most in that time")
    check(answers.get(486) == rang - 1, "whoever did not ring was told 480")
    check(stranger_is_told_nothing(answers), "and nothing else")
    check(first.ask(given(a, b), sender=f"<sip:alice@{a.address}>").status == 486 and len(desk.invites()) == rang + 1,
          "a verified contact rings all the same")
    one = Stranger("127.9.0.2", b.address)
    for _ in range(200):
        one.send("sip:bob@127.0.0.3")
    answered = 0
    while one.socket and select.select([one.socket], [], [], 1)[0]:
        answered += sip_caller.Message(one.socket.recv(65535)).status >= 200
    check(25 <= answered <= 70, f"one address that calls 200 times at once is soon left without an answer: {answered}")
    for stranger in strangers + [first, one]:
        stranger.close()
    desk.stop()


def stranger_is_told_nothing(answers):
    return set(answers) <= {480, 486}


def ask(lab):
    """A stranger who proves who she is waits for Bob's decision: accepted, she rings; rejected, she does not."""
    a, b, (desk,) = two_nodes(lab, a_delivery="proxy", b_lines='strangers = "ask"')
    uri = f"sip:bob@{b.host}"

    def call():
        return sip_caller.call(a.address, uri, "alice", PASSWORD["alice"], local="127.0.0.12")["status"]

    def waiting():
        return json.loads(b.command("callers", "--json").stdout)["waiting"]

    check(call() == 480 and not desk.invites(), "her first call: 480, and the phone is silent")
    entry = wait_for("her entry in `hedgewitch callers`", waiting, 5)[0]
    check(entry["caller"] == f"sip:alice@{a.host}" and entry["verified"] and entry["user"] == "bob", f"it is there: {entry}")
    check("`hedgewitch callers`" in b.command("status").stdout, "status tells that somebody waits")
    out = b.command("callers", "accept", entry["number"], "mum").stdout
    check("mum is sip:alice@" in out, out.strip())
    check(call() == 486 and shown(desk)[0].startswith('"mum" <sip:alice@'), "the next call rings, as mum's")
    check(not waiting(), "and she waits no more")
    b.command("contact", "remove", "mum")
    check(call() == 480, "no contact any more: 480")
    entry = wait_for("her entry again", waiting, 5)[0]
    b.command("callers", "reject", entry["number"])
    check(call() == 480 and len(desk.invites()) == 1, "rejected: 480")
    time.sleep(1)
    check(not waiting(), "and not shown again")
    stranger = Stranger("127.0.0.77", b.address)
    check(stranger.ask("sip:bob@127.0.0.3", sender='"Mallory" <sip:mallory@elsewhere.test>').status == 480, "unproven: 480")
    entry = wait_for("an unverified entry", waiting, 5)[0]
    check(not entry["verified"], "shown as unverified")
    refused = b.command("callers", "accept", entry["number"], ok=False)
    check(refused.returncode != 0 and "only what this caller says" in refused.stderr, "and cannot be made a contact")
    desk.stop(), stranger.close()


def without_what_differs(message):
    """Everything but what every answer has of its own: Via, tags, Call-ID."""
    fields = [(name, re.sub(r";tag=\w+", "", value)) for name, value in message.fields
              if name not in ("via", "call-id", "from", "to")]
    return message.first, fields, bool(message.one("to").count(";tag="))


def nobody_learns_which_labels_exist(lab):
    """Nobody's label, a user without a phone, a refused stranger: the same answer, in about the same time."""
    b = Node(lab, "node-b", "127.0.0.3", NETWORK, delivery="auto",
             sip_lines='strangers = "reject"\nsource_requests = 1000000').init()
    for user in ("bob", "carol"):
        b.add_user(user, PASSWORD[user])
    b.start()
    desk = Desk(b, "bob", "127.0.0.13")
    stranger = Stranger("127.0.0.77", b.address)
    kinds = {"a refused stranger": "bob", "a user without a phone": "carol", "nobody's label": "nobody"}
    for method in ("INVITE", "MESSAGE", "SUBSCRIBE", "OPTIONS", "PUBLISH", "REFER"):
        answers = {kind: without_what_differs(stranger.ask(f"sip:{label}@127.0.0.3", method))
                   for kind, label in kinds.items()}
        check(len(set(map(str, answers.values()))) == 1, f"{method}: the same for all: {answers['nobody' + chr(39) + 's label'][0]}")
    guesses = {label: without_what_differs(stranger.ask("sip:127.0.0.3", "REGISTER", to=f"<sip:{label}@127.0.0.3>"))
               for label in ("bob", "nobody")}
    check(re.sub(r'nonce="[^"]*"', "", str(guesses["bob"])) == re.sub(r'nonce="[^"]*"', "", str(guesses["nobody"])),
          "REGISTER: the same challenge for all")
    times = {kind: [] for kind in kinds}
    for _ in range(200):
        for kind, label in kinds.items():
            began = time.perf_counter()
            stranger.ask(f"sip:{label}@127.0.0.3")
            times[kind].append(time.perf_counter() - began)
    medians = {kind: round(statistics.median(values) * 1e6) for kind, values in times.items()}
    spread = max(medians.values()) - min(medians.values())
    check(spread < 500, f"medians of 200 answers differ by {spread} us: {medians}")
    check(not desk.invites(), "Bob's phone never rang")
    desk.stop(), stranger.close()


def scanners(lab):
    """Those who say so get nothing; those who guess get uniform errors, then nothing; and no log fills."""
    a, b, (desk,) = two_nodes(lab)
    scanner = Stranger("127.0.0.66", b.address)
    for method in ("OPTIONS", "REGISTER", "INVITE"):
        check(scanner.ask("sip:100@127.0.0.3", method, more="User-Agent: friendly-scanner\r\n", seconds=0.5) is None,
              f"{method} of a scanner: silence")
    scanner.close()
    guesser, answers = Stranger("127.0.0.67", b.address), []
    for i in range(80):
        answer = guesser.ask(f"sip:{100 + i}@127.0.0.3", seconds=0.3)
        answers.append(answer.status if answer else 0)
        if answers[-3:] == [0, 0, 0]:
            break
    told = [status for status in answers if status]
    check(set(told) == {480} and 25 <= len(told) <= 40, f"wrong labels: {len(told)} times 480, then silence")
    for i in range(4):  # one a second is answered again: not the right one
        guesser.ask(f"sip:{200 + i}@127.0.0.3", seconds=0.01)
    check(guesser.ask("sip:bob@127.0.0.3", seconds=0.3) is None and not desk.invites(), "a right one is no sign either")
    guesser.close()
    rude, answers = Stranger("127.0.0.68", b.address), []
    bad = ('Authorization: Digest username="100", realm="hedgewitch", nonce="x", uri="sip:127.0.0.3", '
           'response="00000000000000000000000000000000"\r\n')
    for _ in range(150):
        answer = rude.ask("sip:127.0.0.3", "REGISTER", to="<sip:100@127.0.0.3>", more=bad, seconds=0.3)
        answers.append(answer.status if answer else 0)
        if answers[-3:] == [0, 0, 0]:
            break
    check(set(answers) == {401, 0}, f"guesses of passwords: {answers.count(401)} times 401, then silence")
    rude.close()
    log = lab.log("node-b")
    check(len(log.splitlines()) < 40, f"the log has {len(log.splitlines())} lines")
    counted = b.status()["inbound"]
    check(counted["scanners"] >= 3 and counted["silent"] >= 6, f"but all was counted: {counted}")
    desk.stop()


def no_open_relay(lab):
    """Whatever the policy, nobody is sent on through us to somebody else."""
    b = Node(lab, "node-b", "127.0.0.3", NETWORK, delivery="auto").init()
    b.add_user("bob", PASSWORD["bob"])
    b.start()
    victim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    victim.bind(("127.0.0.88", 5060))
    victim.settimeout(0.5)
    stranger = Stranger("127.0.0.77", b.address)
    for mode in ("allow", "ask", "reject"):
        b.command("user", "strangers", "bob", mode)
        for uri, more in (("sip:x@127.0.0.88", ""), ("sip:x@127.0.0.88;tk=" + "A" * 160, ""),
                          ("sip:x%40127.0.0.88@127.0.0.3", ""), ("sip:x@127.0.0.88", "Route: <sip:127.0.0.3;lr>\r\n"),
                          ("sip:bob@127.0.0.3", "Route: <sip:127.0.0.88;lr>\r\n"),
                          ("sip:bob@127.0.0.3", "Route: <sip:127.0.0.3;lr>, <sip:127.0.0.88;lr>\r\n")):
            answer = stranger.ask(uri, more=more, seconds=2)
            check(answer is None or answer.status in (407, 403, 404, 480), f"{mode}: {uri[:40]} {more[:40].strip()}: {answer and answer.first}")
    try:
        got = victim.recv(65535)
    except TimeoutError:
        got = b""
    check(not got, f"nothing arrived at the third party {got[:60]}")
    victim.close(), stranger.close()


def real_phones(lab):
    """baresip at both ends, with From written anew: they talk, and each end's hang-up reaches the other."""
    b = Node(lab, "node-b", "127.0.0.3", NETWORK, delivery="auto", sip_lines="").init()
    b.add_user("bob", PASSWORD["bob"])
    b.start()
    a = Node(lab, "node-a", "127.0.0.2", NETWORK, ["127.0.0.3:4222"], delivery="proxy").init()
    a.add_user("alice", PASSWORD["alice"])
    a.start()
    b.command("contact", "add", "mum", f"sip:alice@{a.host}")
    capture = Capture(lab)
    bob = Baresip(lab, "phone-b", 1, "bob", PASSWORD["bob"], "127.0.0.3", address="127.0.0.13", answers=True).start()
    bob.registered()
    published(b, "bob")
    for who in ("alice", "bob"):
        alice = Baresip(lab, f"phone-a-{who}", 2, "alice", PASSWORD["alice"], "127.0.0.2", address="127.0.0.12")
        alice.start().dial(f"sip:bob%40{b.host}@127.0.0.2")
        alice.says("Call established")
        check(f'From: "mum" <sip:alice@{a.host}>;tag=' in capture.sip("INVITE", to="127.0.0.13")[-1], "Bob's phone sees mum")
        time.sleep(1)
        (alice if who == "alice" else bob).stop()
        other = "127.0.0.13" if who == "alice" else "127.0.0.12"
        bye = wait_for("the BYE at the other phone", lambda: capture.sip("BYE", to=other), 10)[-1]
        names = {line.split(":")[0]: line for line in bye.split("\r\n")}
        known = names["From"] if who == "alice" else names["To"]
        check(("mum" in known and a.host in known) == (who == "alice"), f"{who} hangs up; the other end is told so of {known}")
        wait_for("200 to it", lambda: [m for m in capture.sip("SIP/2.0 200", source=other) if " BYE\r\n" in m], 10)


if __name__ == "__main__":
    main({f.__name__: f for f in (right_ticket, tickets, what_a_refused_stranger_holds, stale_ticket, thousand_strangers, ask,
                                  nobody_learns_which_labels_exist, scanners, no_open_relay, real_phones)})
