#!/usr/bin/env python3
# tests/interop/restart.py - kill -9 while phones register: what was answered with 200 is there after the restart, and
# the record is in the DHT again within 10 s. And phones that stay where they are while the node restarts: calls under
# way end as they should, and new ones reach them.
import threading
import time

import calls
import proxying
from caller import NoAnswer, register
from lab import PHONES, Baresip, Node, PlainDht, check, main, need, say, wait_for

NETWORK = 4243
USERS = [f"user{i}" for i in range(12)]


def resolved(node, uri):
    """What a lookup finds now, with the seq of the newest verified block."""
    trace = node.lookup(uri)
    return trace if trace["status"] == 302 else None


def kill_9_during_registrations(lab):
    third = PlainDht(lab, 4251, NETWORK).address
    b = Node(lab, "node-b", "127.0.0.3", NETWORK, [third]).init()
    for user in USERS:
        b.add_user(user, "long-secret-" + user)
    b.start()
    a = Node(lab, "node-a", "127.0.0.2", NETWORK, [third]).init().start()
    acknowledged, stop = {}, threading.Event()

    def keep_registering(user):
        number = 0
        while not stop.is_set():
            number += 1
            contact = f"sip:{user}@127.0.0.14:{20000 + number % 8}"  # new ones first, refreshes then
            try:
                answer = register(b.address, user, "long-secret-" + user, contact)
            except (NoAnswer, OSError):
                return  # the node is gone
            if answer and answer.status == 200:
                acknowledged.setdefault(user, set()).add(contact)

    threads = [threading.Thread(target=keep_registering, args=(user,)) for user in USERS]
    for thread in threads:
        thread.start()
    wait_for("some registrations", lambda: sum(map(len, acknowledged.values())) > 30, 20)
    check(any(thread.is_alive() for thread in threads), "registrations are going on")
    b.kill9()
    stop.set()
    for thread in threads:
        thread.join(10)
    total = sum(map(len, acknowledged.values()))

    began = time.monotonic()
    b.start()
    missing = []
    for user, contacts in acknowledged.items():
        listed = register(b.address, user, "long-secret-" + user, None).contacts()
        missing += [contact for contact in contacts if contact not in listed]
    check(not missing, f"all {total} bindings that were answered with 200 are there after kill -9")
    user = USERS[0]

    def back():
        published = {r["label"]: r for r in b.status()["overlay"]["published"]}
        return published.get(user) if published.get(user, {}).get("read_back") else None
    record = wait_for("the record to be read back", back, 30)
    took = time.monotonic() - began
    check(took < 10, f"the record (seq {record['seq']}) was published again and read back {took:.1f} s after the start")
    trace = wait_for("a caller to find it", lambda: resolved(a, f"sip:{user}@{b.host}"), 10)
    check(trace["verified_by"] == b.key, "another node resolves and verifies it")


def calls_over_a_restart(lab, end):
    """Ten calls between UDP phones are under way while the node ends and starts again; then each is hung up."""
    a = proxying.node(lab, "proxy")
    proxying.sipp_phone(lab, "bob", "127.0.0.40")
    result = {}
    calling = threading.Thread(target=lambda: result.update(proxying.calls(lab, 10, 20, hold_ms=6000)))
    calling.start()
    wait_for("the calls", lambda: a.status()["sip"]["answers"].get("200", 0) >= 10, 20)
    time.sleep(1)  # and their ACKs
    end(a)
    a.start()
    calling.join(60)
    check(result["ok"] == 10 and result["failed"] == 0, f"all ten BYEs found their way after the restart: {result}")
    sip = a.status()["sip"]
    check(sip["proxied"] == 10 and sip["registered"] == 0, "through the new process, which saw no REGISTER")
    seen = proxying.calls(lab, 3, 10)
    check(seen["ok"] == 3, f"and the phone is called as before: its binding was kept: {seen}")


def UDP_dialogs_outlive_a_restart(lab):
    calls_over_a_restart(lab, lambda node: node.stop())


def UDP_dialogs_outlive_kill_9(lab):
    calls_over_a_restart(lab, lambda node: node.kill9())


def TCP_phones_come_back(lab, kinds=("baresip", "linphone")):
    """Their connection ends with the node; with their next REGISTER (linphone's at once) they are called as before."""
    need("baresip", "linphonec")
    node = proxying.node(lab, "proxy", ["alice", *kinds])
    alice = Baresip(lab, "alice", 0, "alice", proxying.PASSWORD, proxying.NODE).start().registered()
    phones = {kind: PHONES[kind](lab, kind, 1 + number, kind, proxying.PASSWORD, proxying.NODE, "tcp", regint=60)
              .start().registered() for number, kind in enumerate(kinds)}

    def talk(kind):
        calls.talk(alice, phones[kind], f"sip:{kind}@{proxying.NODE}")
        calls.hang_up(phones[kind], alice)
        say(f"a call to {kind} on TCP, hung up by it")

    for kind in kinds:
        talk(kind)
    node.stop()
    node.start()
    began = time.monotonic()
    wait_for("both to register again", lambda: node.status()["sip"]["registered"] >= len(kinds), 100)
    check(node.status()["transport"]["connections_accepted"] >= len(kinds),
          f"over new connections, all within {time.monotonic() - began:.0f} s of the start")
    for kind in kinds:
        talk(kind)


if __name__ == "__main__":
    main({f.__name__: f for f in (kill_9_during_registrations, UDP_dialogs_outlive_a_restart, UDP_dialogs_outlive_kill_9,
                                  TCP_phones_come_back)})
