#!/usr/bin/env python3
# tests/interop/connections.py - a node short of descriptors among sources that take all of them: phones log in, TLS is
# spoken, commands are answered. And a phone that hangs up its connection.
import os
import resource
import socket
import ssl
import threading
import time

import caller as sip_caller
from lab import Node, check, main, wait_for

NODE, PHONE, CALLER, NETWORK = "127.0.0.2", "127.0.0.12", "127.0.0.13", 4291
PASSWORD = "connections-4711"


def started(lab):
    node = Node(lab, "node", NODE, NETWORK, dht_enabled=False, delivery="proxy", listen=[f"tls:{NODE}:5061"]).init()
    for user in ("alice", "bob"):
        node.add_user(user, PASSWORD)
    return node.start()


def connect(source, port=5060):
    connection = socket.socket()
    connection.bind((source, 0))
    connection.settimeout(5)
    connection.connect((NODE, port))
    return connection


def register(channel, user):
    """Logs in; the status."""
    phone = sip_caller.Call(channel.local[0], NODE, user, PASSWORD)
    uri, to = f"sip:{NODE}", f"<sip:{user}@{NODE}>"
    phone.cseq = 1
    answer, _ = phone.transact("REGISTER", uri, to, channel)
    if answer.status == 401:
        more = sip_caller.authorization(answer.all("www-authenticate"), "REGISTER", uri, user, PASSWORD)
        phone.cseq = 2
        answer, _ = phone.transact("REGISTER", uri, to, channel, more)
    return answer.status


def cpu_seconds(node):
    fields = open(f"/proc/{node.process.pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle_floods(lab):
    """Sixteen sources with 40 idle connections each, half of them in a TLS handshake, and 200 descriptors."""
    node = started(lab)
    early = sip_caller.Channel(PHONE, (NODE, 5060), "tcp")
    check(register(early, "bob") == 200, "bob's phone is registered over TCP before")
    _, hard = resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE, (200, hard))
    idle = []
    for i in range(40):
        for source in range(16):
            idle.append(connect(f"127.0.3.{source + 1}", (5060, 5061)[i % 2]))
    made_room = wait_for("connections to make room",
                         lambda: node.status()["transport"]["connections_made_room"], 10)
    print(f"  {made_room} of {len(idle)} idle connections made room so far", flush=True)

    late = sip_caller.Channel(CALLER, (NODE, 5060), "tcp")
    check(register(late, "alice") == 200, "alice logs in over TCP meanwhile")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    secure = context.wrap_socket(connect(CALLER, 5061))
    check(secure.version() in ("TLSv1.2", "TLSv1.3"), f"TLS is spoken: {secure.version()}")
    check(register(early, "bob") == 200, "bob's connection was left alone")
    used, began = cpu_seconds(node), time.monotonic()
    for _ in range(5):
        node.status()
        time.sleep(0.2)
    share = (cpu_seconds(node) - used) / (time.monotonic() - began)
    check(share < 0.5, f"and nothing spins: {share:.0%} of a core")


def hung_up(lab):
    """Bob's phone is on TCP and is gone: who calls him is told at once, also when his phone was just asked."""
    node = started(lab)
    bob = sip_caller.Channel(PHONE, (NODE, 5060), "tcp")
    check(register(bob, "bob") == 200, "bob's phone is registered over TCP")

    def hang_up_when_called():
        invite = bob.receive(10)
        check(invite and invite.first.startswith("INVITE"), "bob's phone is called")
        bob.socket.shutdown(socket.SHUT_WR)

    phone = threading.Thread(target=hang_up_when_called)
    phone.start()
    for what in ("while he is called", "before he is called"):
        began = time.monotonic()
        seen = sip_caller.call(NODE, f"sip:bob@{NODE}", "alice", PASSWORD, local=CALLER)
        took = time.monotonic() - began
        check(seen["status"] == 480, f"hung up {what}: {seen['status']} {seen['reason']}")
        check(took < 2, f"after {took:.2f} s")
        phone.join(1)


def page_loads(lab):
    """Twenty times a phone comes on a new connection with another Contact, and is gone."""
    node = started(lab)
    for _ in range(20):
        phone = sip_caller.Channel(PHONE, (NODE, 5060), "tcp")
        status = register(phone, "bob")
        check(status == 200, f"registered: {status}")
        phone.socket.close()


if __name__ == "__main__":
    main({f.__name__: f for f in (idle_floods, hung_up, page_loads)})
