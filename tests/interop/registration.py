#!/usr/bin/env python3
# tests/interop/registration.py - the registrar against sipsak, sipp and the very same bytes twice.
import subprocess
import sys

from lab import HERE, Node, Sipp, check, main, need

PASSWORD = "alice-47114711"


def sipp(node, scenario, *more):
    done = Sipp(node.lab, "127.0.0.12", "alice", 5070).run(scenario, node.address, "-m", 1, "-au", "alice", "-ap", PASSWORD, *more)
    check(done.returncode == 0, f"sipp {scenario} {' '.join(more)}: {done.returncode}")


def node_with_alice(lab):
    node = Node(lab, "node", "127.0.0.2", 4244).init()
    node.add_user("alice", PASSWORD)
    return node.start()


def by_sipp(lab):
    """401, 200 with credentials, refresh, fetch, de-register, nothing told of an unknown user; UDP and TCP."""
    node = node_with_alice(lab)
    for transport in ("u1", "t1"):
        for scenario in ("register_401_200", "refresh", "fetch", "deregister", "unknown_user"):
            sipp(node, scenario, "-t", transport)


def by_sipsak(lab):
    need("sipsak")
    node = node_with_alice(lab)

    def sipsak(*arguments):
        return subprocess.run(["sipsak", "-vv", "-s", f"sip:alice@{node.address}", *arguments], capture_output=True,
                              text=True, timeout=30, stdin=subprocess.DEVNULL)
    done = sipsak("-U", "-C", "sip:alice@127.0.0.12:5070", "-x", "300", "-u", "alice", "-a", PASSWORD)
    check(done.returncode == 0, f"sipsak registers ({done.returncode})")
    done = sipsak("-U", "-C", "sip:alice@127.0.0.12:5070", "-x", "300", "-u", "alice", "-a", "wrong")
    check(done.returncode != 0, "sipsak with a wrong password does not")
    check(node.status()["sip"]["credentials_refused"] > 0, "and the refusal is counted")
    check(sipsak().returncode == 0, "OPTIONS of a user is answered")
    check(subprocess.run(["sipsak", "-s", f"sip:{node.address}"], timeout=30, stdout=subprocess.DEVNULL).returncode == 0,
          "OPTIONS of the node is answered")


def the_same_bytes_twice(lab):
    """A replayed Authorization is refused, a retransmitted INVITE gets the identical answer."""
    node = node_with_alice(lab)
    subprocess.run([sys.executable, HERE / "edge_on_the_wire.py", "--server", node.address, "--user", "alice",
                    "--password", PASSWORD], check=True, timeout=60)


if __name__ == "__main__":
    main({f.__name__: f for f in (by_sipp, by_sipsak, the_same_bytes_twice)})
