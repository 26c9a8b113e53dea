#!/usr/bin/env python3
# tests/interop/endings.py - calls that end when they end, with real phones: phones behind a NAT that forgets, nodes that
# die in a call, the first call after a start, who answered elsewhere, and a call that is handed on to another home.
# Run all: endings.py; one: endings.py a_dead_node_ends_the_call
import json
import re
import signal
import subprocess
import time

from lab import HERE, Baresip, Capture, Linphone, Node, check, main, say, wait_for
from lab.homes import BOOTSTRAP, KINDS, Home, Internet
from tls import A, B, PASSWORD, pair
from two_nodes import published

NAT_FORGETS = 30  # seconds, after which nothing of UDP is left in the router


def behind_a_nat(lab, kind, idle=90):
    """A phone at home, its node at a provider. For `idle` seconds nobody says a word, three times as long as the router
    remembers; then it rings, is heard, and is hung up from outside after as long again."""
    home = Home(Internet(lab), "a", "11.1.0.2", kind=KINDS["vps"])
    home.timers(NAT_FORGETS, NAT_FORGETS)
    node = home.node()
    for user in ("bob", "carol"):
        node.add_user(user, PASSWORD)
    node.start()
    bob = home.phone(kind, "bob", PASSWORD)
    if kind == "linphone":
        settings = bob.folder / "rc"
        settings.write_text(settings.read_text() + "[rtp]\nnortp_timeout=300\n")
    bob.start().registered()
    end = time.monotonic() + idle
    bob.skip()
    time.sleep(max(0, end - time.monotonic()))
    asked = bob.news().count("OPTIONS sip:")
    check(asked >= idle // 25 - 1, f"{kind} was asked for {asked} signs of life in {idle} s")
    call = home.internet.space.start("carol", [
        "python3", HERE / "caller.py", "--server", node.address, "--local", BOOTSTRAP, "--user", "carol", "--password",
        PASSWORD, "--talk", str(2 * NAT_FORGETS + 10), f"sip:bob@{node.address}"])
    bob.expect("incoming", 10)
    say(f"after {idle} s of silence {kind} rings")
    bob.answer()
    bob.expect("established")
    bob.expect("closed", 2 * NAT_FORGETS + 30)
    call.wait(20)
    seen = json.loads(lab.log("carol"))
    check(seen["established"] and seen["bye"] == 200,
          f"and the hang-up arrives after {2 * NAT_FORGETS + 10} s of talk: {seen['status']}, BYE {seen['bye']}")


def baresip_behind_a_nat(lab):
    behind_a_nat(lab, "baresip")


def linphone_behind_a_nat(lab):
    behind_a_nat(lab, "linphone")


def in_a_call(lab):
    capture, a, b, alice, bob = pair(lab)
    alice.start().registered()
    alice.dial(f"sip:bob@{b.host}")
    alice.expect("established"), bob.expect("established")
    return a, b, alice, bob


def a_dead_node_ends_the_call(lab):
    """Bob's node is killed in a call: Alice's phone does not hold its microphone open for ever."""
    a, b, alice, bob = in_a_call(lab)
    killed_in_a_call(a, b, alice, dead=b)


def the_callers_node_dies(lab):
    a, b, alice, bob = in_a_call(lab)
    killed_in_a_call(a, b, bob, dead=a)


def killed_in_a_call(a, b, phone, dead):
    left = a if dead is b else b
    phone.skip()
    began = time.monotonic()
    dead.kill9()
    phone.expect("closed", 60)
    took = time.monotonic() - began
    phone.says(r"Reason: SIP;cause=408;text=\"The connection to the other side is lost\"")
    check(25 <= took <= 45, f"{phone.user}'s phone hears a BYE with its Reason {took:.0f} s after the other node died")
    check(left.status()["sip"]["hung_up"] == 1, "and its node counts it")


def a_node_that_stops_for_a_while(lab):
    """Nothing is lost when the other node does not answer for 20 s: the call goes on, and ends when it is hung up."""
    a, b, alice, bob = in_a_call(lab)
    alice.skip(), bob.skip()
    b.process.send_signal(signal.SIGSTOP)
    time.sleep(20)
    b.process.send_signal(signal.SIGCONT)
    time.sleep(5)
    check(not alice.said("closed") and not bob.said("closed"), "the call has outlived it")
    bob.hang_up()
    alice.expect("closed")
    check(a.status()["sip"]["hung_up"] == 0, "and ended by its own hang-up")


def the_first_call_after_a_start(lab):
    """The phone dials in the moment in which its node is there: the node joins the DHT meanwhile, by the one address that it
    was given to begin from."""
    capture, a, b, alice, bob = pair(lab)
    bob.stop()
    alice = Baresip(lab, "alice-2", 3, "alice", PASSWORD, A, address="127.0.0.15", answers=True).start().registered()
    wait_for("Alice's record to be read back",
             lambda: any(r["label"] == "alice" and r["read_back"] > 0 for r in a.status()["overlay"]["published"]), 30)
    for _ in range(3):
        b.stop()
        for saved in b.folder.glob("state/*nodes*"):
            saved.unlink()
        b.start()
        seen = json.loads(lab_caller(B, "bob", f"sip:alice@{a.host}"))
        check(seen["established"], f"the first call after a start: {seen['status']} {seen['reason']}")
        alice.expect("closed")


def lab_caller(server, user, uri):
    done = subprocess.run(["python3", HERE / "caller.py", "--server", server, "--local", "127.0.0.14", "--user", user,
                           "--password", PASSWORD, uri], capture_output=True, text=True, timeout=60)
    return done.stdout


def answered_elsewhere(lab):
    """Two phones of bob's ring; the one that is not taken up is told that the call was answered, and shows none missed."""
    capture, a, b, alice, bob = pair(lab)
    other = Linphone(lab, "other", 3, "bob", PASSWORD, B).start().registered()
    alice.start().registered()
    bob.stop()
    bob = Baresip(lab, "bob-2", 4, "bob", PASSWORD, B, address="127.0.0.15").start().registered()
    for phone in (bob, other):
        phone.skip()
    alice.dial(f"sip:bob@{b.host}")
    bob.expect("incoming"), other.expect("incoming")
    bob.answer()
    alice.expect("established")
    other.says(r"CANCEL sip:[\s\S]*?Reason: SIP;cause=200;text=\"Call completed elsewhere\"")
    say("the phone that was not taken up knows that the call was answered elsewhere")


def nobody_answers(lab):
    """The callee's node says how long it rings."""
    capture, a, b, alice, bob = pair(lab)
    bob.stop()
    b.stop()
    b.write_config(sip_lines="ring_s = 10")
    b.start()
    bob = Baresip(lab, "bob-2", 4, "bob", PASSWORD, B, address="127.0.0.15").start().registered()
    published(b, "bob")
    alice.start().registered()
    alice.dial(f"sip:bob@{b.host}")
    bob.expect("incoming")
    began = time.monotonic()
    alice.expect("closed", 20), bob.expect("closed")
    took = time.monotonic() - began
    alice.says(r"SIP/2\.0 480 ")
    check(9 <= took <= 12, f"it has rung for {took:.0f} s, and the caller hears 480")


def transfer(lab, kind):
    """Alice calls Bob, at another node, who knows her (of a stranger no phone takes orders), and hands him on to Carol at
    hers, whom she names as her phone does."""
    capture, a, b, alice, bob = pair(lab)
    b.command("contact", "add", "alice", f"sip:alice@{a.host}")
    for user in ("carol", "dora"):
        a.add_user(user, PASSWORD)
    a.command("reload")
    carol = Baresip(lab, "carol", 5, "carol", PASSWORD, A, address="127.0.0.16").start().registered()
    if kind == "linphone":
        bob.stop()
        bob = Linphone(lab, "bob-linphone", 4, "bob", PASSWORD, B)
        settings = bob.folder / "rc"  # it holds the first call while it makes the second
        settings.write_text(settings.read_text().replace("max_calls=1", "max_calls=2"))
        bob.start().registered()
    alice.start().registered()
    alice.dial(f"sip:bob@{b.host}")
    if kind == "linphone":
        bob.expect("incoming")
        bob.answer()
    alice.expect("established"), bob.expect("established")
    bob.skip()
    alice.command("transfer", f"sip:carol@{A}")
    carol.expect("incoming", 20)
    referred = re.search(r"(?mi)^Refer-To: *(\S+)", bob.news())
    dialled = f"carol@{B}:5060;hw-at={a.host}" if kind == "baresip" else f"carol%40{a.host}@{B}:5060"
    check(referred and dialled in referred[1], f"Bob's phone was told to dial {referred and referred[1]}")
    carol.answer()
    carol.expect("established")
    say(f"{kind}, handed on by a phone of another home, talks with Carol")


def three_homes(lab):
    """Alice, Bob and Carol, each with linphone at a node of their own; who is handed on and the one he is handed to know each
    other, and Bob: of strangers no phone takes orders."""
    nodes, phones = {}, {}
    for number, user in enumerate(("alice", "bob", "carol"), 2):
        bootstrap = [f"{A}:4222"] if nodes else []
        node = Node(lab, user[0], f"127.0.0.{number}", 4252, bootstrap=bootstrap, listen=[f"tls:127.0.0.{number}:5061"],
                    delivery="proxy").init()
        node.add_user(user, PASSWORD)
        nodes[user] = node.start()
        phone = phones[user] = Linphone(lab, f"{user}-phone", number, user, PASSWORD, node.address)
        settings = phone.folder / "rc"  # a second call beside the one on hold
        settings.write_text(settings.read_text().replace("max_calls=1", "max_calls=2"))
    for user, phone in phones.items():
        phone.start().registered()
    for user, node in nodes.items():
        published(node, user)
    for user, node in nodes.items():
        for other in nodes.keys() - {user}:
            node.command("contact", "add", other, f"sip:{other}@{nodes[other].host}")
        node.command("reload")
    return nodes, phones


def an_attended_transfer(lab):
    """Alice calls Bob; he holds her, asks Carol in a third home, and hands the two to each other: REFER with Replaces."""
    capture = Capture(lab)
    nodes, phones = three_homes(lab)
    alice, bob, carol = phones.values()
    alice.dial(f"sip:bob@{nodes['alice'].address}")
    bob.expect("incoming", 20)
    bob.answer()
    alice.expect("established"), bob.expect("established")
    bob.hold()
    bob.expect("paused"), alice.expect("held")
    bob.dial(f"sip:carol@{nodes['bob'].address}")
    carol.expect("incoming", 20)
    carol.answer()
    bob.expect("established"), carol.expect("established")
    for phone in phones.values():
        phone.skip()
    bob.command("transfer 1 --to-call 2")
    alice.says(r"REFER sip:")
    say(f"Alice's phone was told to call {re.search(r'(?mi)^Refer-To: *(.+)', alice.news())[1]}")
    carol.says(r"(?mi)^Replaces: *\S+")
    bob.says(r"BYE sip:[\s\S]*?BYE sip:", 20)
    since = len(capture.packets)

    def heard():
        ports = [(source[1], destination[1]) for source, destination, _ in capture.packets[since:]]
        return [sum(a in here.rtp and b in there.rtp for a, b in ports) for here, there in ((alice, carol), (carol, alice))]
    wait_for("both to hear each other", lambda: min(heard()) >= 50, 20)
    say(f"Alice and Carol talk: {heard()} packets went from phone to phone")
    carol.skip()
    alice.hang_up()
    carol.expect("closed")


def a_transfer_to_baresip(lab):
    transfer(lab, "baresip")


def a_transfer_to_linphone(lab):
    transfer(lab, "linphone")


if __name__ == "__main__":
    main({f.__name__: f for f in (baresip_behind_a_nat, linphone_behind_a_nat, a_dead_node_ends_the_call,
                                  the_callers_node_dies, a_node_that_stops_for_a_while, the_first_call_after_a_start,
                                  answered_elsewhere, nobody_answers, a_transfer_to_baresip, a_transfer_to_linphone,
                                  an_attended_transfer)},
         by_name_only=("baresip_behind_a_nat", "linphone_behind_a_nat"))
