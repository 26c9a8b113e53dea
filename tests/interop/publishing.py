#!/usr/bin/env python3
# tests/interop/publishing.py - the records of many users of one node, over real sockets, in a DHT of nine: the node answers
# meanwhile and stops when it is told to. a_thousand_users is run by name: ten minutes at most.
import time

from caller import register
from lab import Node, check, main, say

PASSWORD = "many-47114711"
NETWORK = 4263
STORERS = 8


def village(lab):
    first = Node(lab, "storer-0", "127.0.1.1", NETWORK).init().start()
    for i in range(1, STORERS):
        Node(lab, f"storer-{i}", f"127.0.1.{i + 1}", NETWORK, bootstrap=["127.0.1.1:4222"]).init().start()
    return Node(lab, "busy", "127.0.0.2", NETWORK, bootstrap=[f"127.0.1.{i + 1}:4222" for i in range(2)]).init()


def users_at_once(lab, users, minutes):
    node = village(lab)
    for i in range(users):
        node.add_user(f"user{i}", PASSWORD)
    node.start()
    began = time.monotonic()
    for i in range(users):
        answer = register(node.address, f"user{i}", PASSWORD, f"sip:user{i}@127.0.0.12:5070", expires="3600")
        check(answer and answer.status == 200, f"user{i} registers") if not answer or answer.status != 200 else None
    say(f"{users} phones have registered within {time.monotonic() - began:.1f} s")
    slowest, found = 0.0, 0
    while found < users and time.monotonic() - began < 60 * minutes:
        asked = time.monotonic()
        status = node.status()
        slowest = max(slowest, time.monotonic() - asked)
        found = sum(1 for record in status["overlay"]["published"] if record["read_back"] > 0)
        time.sleep(0.5)
    took = time.monotonic() - began
    check(found == users, f"{found} of {users} records are read back after {took:.0f} s")
    check(slowest <= 2, f"meanwhile `hedgewitch status` answered within {slowest:.2f} s (2 at most, the command's own start too)")
    resident = next(int(line.split()[1]) for line in open(f"/proc/{node.process.pid}/status") if line.startswith("VmRSS"))
    check(resident <= 120_000, f"resident: {resident // 1024} MiB")
    stopped = node.stop()
    check(stopped <= 4, f"stopped, with its records withdrawn, {stopped:.1f} s after SIGTERM")


def forty_users(lab):
    users_at_once(lab, 40, 1)


def a_thousand_users(lab):
    users_at_once(lab, 1000, 10)


if __name__ == "__main__":
    main({f.__name__: f for f in (forty_users, a_thousand_users)}, by_name_only=("a_thousand_users",))
