#!/usr/bin/env python3
# tests/interop/restart.py - kill -9 while phones register: what was answered with 200 is there after the restart, and
# the record is in the DHT again within 10 s.
import threading
import time

from caller import NoAnswer, register
from lab import Node, PlainDht, check, main, wait_for

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
        b.add_user(user, "secret-" + user)
    b.start()
    a = Node(lab, "node-a", "127.0.0.2", NETWORK, [third]).init().start()
    acknowledged, stop = {}, threading.Event()

    def keep_registering(user):
        number = 0
        while not stop.is_set():
            number += 1
            contact = f"sip:{user}@127.0.0.14:{20000 + number % 8}"  # new ones first, refreshes then
            try:
                answer = register(b.address, user, "secret-" + user, contact)
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
        listed = register(b.address, user, "secret-" + user, None).contacts()
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


if __name__ == "__main__":
    main({f.__name__: f for f in (kill_9_during_registrations,)})
