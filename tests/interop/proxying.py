#!/usr/bin/env python3
# tests/interop/proxying.py - calls of sipp through the proxy: many at a steady rate with none lost and memory flat,
# failover when the first contact is dead, and a call that forks to four phones.
# Run all: proxying.py; one: proxying.py four_way_fork; the long one, which ctest does not run: ten_thousand_calls
import re
import time

from dns_server import DnsServer
from lab import Node, Sipp, check, main

NODE, EDGE, DOWN = "127.0.0.2", "127.0.0.3", "127.0.0.9"
PASSWORD = "correct-horse-battery"
CALLER = "127.0.0.41"


def node(lab, mode, users=("bob",), **settings):
    a = Node(lab, "A", NODE, 99, delivery=mode, dht_enabled=False, **settings).init()
    for user in users:
        a.add_user(user, PASSWORD)
    return a.start()


def sipp_phone(lab, user, address, scenario="uas_proxied", more=()):
    """A phone of `user`, registered, that does with every call what the scenario says."""
    return Sipp(lab, address, user).register(NODE, PASSWORD).start(scenario, None, *more)


def calls(lab, count, rate, to=NODE, scenario="uac_proxied", service="bob", more=(), hold_ms=500):
    """sipp calls; how many calls failed, how many messages were repeated, and how long it took."""
    began = time.monotonic()
    done = Sipp(lab, CALLER, service).run(scenario, to, *more, "-d", hold_ms, "-m", count, "-r", rate, "-l", 3000,
                                          "-trace_stat", "-stf", lab.folder / "uac.csv", "-fd", 10, seconds=800)
    names, *rows = [line.split(";") for line in (lab.folder / "uac.csv").read_text().splitlines()]
    seen = dict(zip(names, rows[-1]))
    (lab.folder / "uac.csv").unlink()
    return {"ok": int(seen["SuccessfulCall(C)"]), "failed": int(seen["FailedCall(C)"]),
            "repeated": int(seen["Retransmissions(C)"]), "returned": done.returncode,
            "seconds": round(time.monotonic() - began, 1)}


def resident_kib(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def cpu_seconds(process):
    with open(f"/proc/{process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def steady_calls(lab, warm, count, rate):
    """The INVITEs are strangers', and the dialogs stay on the recorded route. A call is INVITE, ACK and BYE."""
    # AddressSanitizer keeps what was freed, 256 MB of it by default; nothing else reads this.
    a = node(lab, "proxy", env={"ASAN_OPTIONS": "quarantine_size_mb=1:thread_local_quarantine_size_kb=64"})
    sipp_phone(lab, "bob", "127.0.0.40")
    first = calls(lab, warm, rate)  # every table and buffer has had its size once
    check(first["ok"] == warm and first["failed"] == 0, f"{warm} calls at {rate}/s to warm up: {first}")
    time.sleep(35)  # until no transaction of these is left: 64*T1 (RFC 6026 §7.1)
    idle, used = resident_kib(a.process), cpu_seconds(a.process)
    seen = calls(lab, count, rate)
    busy, used = resident_kib(a.process), cpu_seconds(a.process) - used
    check(seen["ok"] == count and seen["failed"] == 0, f"{count} calls at {rate}/s, none lost: {seen}")
    time.sleep(35)
    after = resident_kib(a.process)
    sip = a.status()["sip"]
    check(sip["answers"].get("503", 0) == 0 and sip["proxied"] >= 2 * (warm + count), f"all went through the proxy: {sip}")
    check(after <= idle + 2048, f"memory stays flat: {idle} KiB before, {busy} KiB under way, {after} KiB 35 s after; "
                                f"{1000 * used / count:.2f} ms CPU a call")


def some_hundred_calls(lab):
    steady_calls(lab, 300, 300, 50)


def ten_thousand_calls(lab):
    steady_calls(lab, 3000, 10000, 100)


def four_way_fork(lab):
    a = node(lab, "auto")
    answering = sipp_phone(lab, "bob", "127.0.0.42", more=("-d", "500"))
    losers = [sipp_phone(lab, "bob", f"127.0.0.{43 + i}", "uas_cancelled", ("-m", "1")) for i in range(3)]
    seen = calls(lab, 1, 1)
    check(seen["ok"] == 1, f"a call that goes to four phones is answered, and ended by BYE: {seen}")
    for phone in losers:
        check(phone.wait(10) == 0, "a phone that rang was cancelled: CANCEL, 487, ACK")
    sip = a.status()["sip"]
    check(sip["proxy_branches"] == 5, "four branches for the INVITE, one for the BYE")
    check(answering.poll() is None, "the fourth has the call")


def dead_first_contact(lab):
    """DNS names two edges. The first is silent, and the node was told not to ask beforehand (dns.probe)."""
    domain = "example.test"
    dns = DnsServer(lab, domain, ["_sip._udp SRV 10 0 5060 down", "_sip._udp SRV 20 0 5060 edge", f"down A {DOWN}",
                                  f"edge A {EDGE}"])
    a = node(lab, "auto", ["alice"], dns=[dns.server], dns_lines="probe = false")
    Sipp(lab, EDGE, "bob").start("uas_proxied")
    hole = lab.silent_socket(DOWN, 5060)
    own = ("-key", "caller", "alice", "-au", "alice", "-ap", PASSWORD, "-auth_uri", f"bob@{domain}")
    seen = calls(lab, 20, 10, scenario="uac_own_user", service=f"bob@{domain}", more=own)
    check(seen["ok"] == 20 and seen["failed"] == 0, f"20 calls get through to the second contact: {seen}")
    sip = a.status()["sip"]
    check(sip["proxy_failovers"] == 20, "each after the first one had been silent for 4 s")
    hole.close()
    seen = calls(lab, 20, 10, scenario="uac_own_user", service=f"bob@{domain}", more=own)
    check(seen["ok"] == 20 and seen["failed"] == 0, f"and when nobody listens at the first: {seen}")


if __name__ == "__main__":
    main({f.__name__: f for f in (some_hundred_calls, four_way_fork, dead_first_contact, ten_thousand_calls)},
         by_name_only=("ten_thousand_calls",))
