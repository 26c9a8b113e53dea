#!/usr/bin/env python3
# tests/bench/proxied_calls.py - proxied calls a second on one core, beside Kamailio (tm, record_route) in the same run.
#   cmake --preset release && cmake --build --preset release --target hedgewitch
#   HEDGEWITCH=build/release/hedgewitch tests/bench/proxied_calls.py [--rate 300] [--calls 6000] [--rounds 3]
# Each server alone on CPU 0, sipp's two ends on CPU 1; the same sipp scenarios, the same rate, in turns. A call is
# INVITE, 100, 180, 200, ACK, BYE, 200, all of it through the recorded route. The figure is calls divided by the CPU
# time that the server's processes used, so that sipp, which is slower than both, does not decide it.
import argparse
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time

INTEROP = pathlib.Path(__file__).resolve().parents[1] / "interop"
sys.path.insert(0, str(INTEROP))
import proxying  # noqa: E402
from kamailio import Kamailio  # noqa: E402
from lab import Lab, Node, need  # noqa: E402

KAMAILIO, PHONE = "127.0.0.50", "127.0.0.40"


def children(pid):
    found = [pid]
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found += children(int(entry.parent.name))
    return found


def cpu_seconds(pid):
    ticks = 0
    for one in children(pid):
        fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def register_without_password(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.settimeout(3)
        phone.bind((PHONE, 0))
        phone.sendto((f"REGISTER sip:{address} SIP/2.0\r\nVia: SIP/2.0/UDP {PHONE}:{phone.getsockname()[1]};branch=z9hG4bKr\r\n"
                      f"From: <sip:bob@{address}>;tag=1\r\nTo: <sip:bob@{address}>\r\nCall-ID: r\r\nCSeq: 1 REGISTER\r\n"
                      f"Contact: <sip:bob@{PHONE}:5060;transport=UDP>\r\nExpires: 3600\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
                      ).encode(), (address, 5060))
        answer = phone.recv(2048)
        assert answer.startswith(b"SIP/2.0 200 "), answer


def measure(lab, name, pid, address, options):
    before = cpu_seconds(pid)
    seen = proxying.calls(lab, options.calls, options.rate, to=address, hold_ms=0)
    used = cpu_seconds(pid) - before
    lost = options.calls - seen["ok"]
    print(f"  {name:<22} {options.calls / used:>8.0f} calls/s a core   {1000 * used / options.calls:.3f} ms a call   "
          f"{lost} lost, {seen['repeated']} messages repeated by the caller", flush=True)
    return options.calls / used, lost


def main():
    parser = argparse.ArgumentParser(description="proxied calls a second on one core, beside Kamailio")
    parser.add_argument("--rate", type=int, default=300, help="calls a second offered")
    parser.add_argument("--calls", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1, help="Kamailio's UDP processes, all on the one core")
    options = parser.parse_args()
    need("sipp", "kamailio", "taskset")
    lab = Lab("proxied_calls", 3600)
    proxying.SIPP[:0] = ["taskset", "-c", "1"]
    try:
        node = proxying.node(lab, "proxy")
        subprocess.run(["taskset", "-a", "-c", "-p", "0", str(node.process.pid)], check=True, capture_output=True)
        proxying.sipp_phone(lab, "bob", PHONE)
        kamailio = Kamailio(lab, KAMAILIO, workers=options.workers, prefix=("taskset", "-c", "0"))
        register_without_password(KAMAILIO)
        figures = {"Hedgewitch": [], "Kamailio": []}
        lost = 0
        for number in range(options.rounds):
            print(f"round {number + 1}: {options.calls} calls at {options.rate}/s", flush=True)
            for name, pid, address in (("Hedgewitch", node.process.pid, proxying.NODE),
                                       ("Kamailio", kamailio.process.pid, KAMAILIO)):
                figure, missed = measure(lab, name, pid, address, options)
                figures[name].append(figure)
                lost += missed
                time.sleep(2)
        ours, theirs = (statistics.median(figures[name]) for name in ("Hedgewitch", "Kamailio"))
        print(f"median: Hedgewitch {ours:.0f}, Kamailio {theirs:.0f} calls/s a core; ratio {ours / theirs:.2f}")
        return 1 if lost else 0
    finally:
        lab.close()


if __name__ == "__main__":
    sys.exit(main())
