#!/usr/bin/env python3
# tests/bench/two_builds.py - is a new build slower than an old one? Both in one run, in turns, so that a machine whose
# speed drifts says the same of both.
#   tests/bench/two_builds.py OLD/hedgewitch NEW/hedgewitch [--rounds 5] [--seconds 3] [--only invite]
# Each node alone on CPU 0, the load (sip_load of this tree's release build; sipp for proxied calls) on CPU 1. The figure
# is what the node got done for each second of its own CPU time; printed are both medians, and the median and the spread
# of the ratios round by round. `cmake --preset release && cmake --build --preset release --target hedgewitch sip_load`
import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from driving import PASSWORD, SIP_LOAD, Driven

MODES = ("options", "register", "challenged", "stranger", "invite", "proxied")
CONFIG = """
[state]
dir = "{folder}/state"
[sip]
listen = ["udp:{address}:5060"]
delivery = "redirect"
strangers = "allow"
stranger_rings = 1000000
caller_rings = 1000000
source_requests = 1000000
[dht]
enabled = false
[dns]
enabled = false
[mesh]
prefixes = ["127.0.0.0/8"]
"""


class Build(Driven):
    """A node of one build, with users alice (who calls), bob (redirected) and carol (proxied; sipp answers)."""

    def __init__(self, name, binary, address, phone, folder):
        self.name, self.binary, self.address, self.phone = name, binary.resolve(), address, phone
        self.folder = folder / name
        self.folder.mkdir()
        (self.folder / "hedgewitch.toml").write_text(CONFIG.format(folder=self.folder, address=address))
        self.command("init")
        for user in ("alice", "bob", "carol"):
            self.command("user", "add", user, "--password-stdin", given=PASSWORD + "\n")
        self.command("user", "delivery", "carol", "proxy")
        self.log = open(self.folder / "log", "wb")
        self.processes = [subprocess.Popen(["taskset", "-c", "0", self.binary, "--config", self.folder / "hedgewitch.toml", "run"],
                                           stdout=self.log, stderr=self.log)]
        self.pid = self.processes[0].pid

    def ready(self):
        for _ in range(100):
            if self.command("status", "--json", ok=False) == 0:
                break
            time.sleep(0.1)
        self.register("bob", self.phone, 5070)
        self.register("carol", self.phone, 5060)
        self.processes.append(self.answer_calls())

    def command(self, *words, given=None, ok=True):
        done = subprocess.run([self.binary, "--config", self.folder / "hedgewitch.toml", *words], input=given, text=True,
                              capture_output=True, timeout=60)
        if ok and done.returncode != 0:
            raise SystemExit(f"{self.name}: {' '.join(words)}: {done.stderr or done.stdout}")
        return done.returncode

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait(10)


def main():
    parser = argparse.ArgumentParser(description="one build beside another, in one run")
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    parser.add_argument("--calls", type=int, default=1500, help="proxied calls a measurement")
    parser.add_argument("--rate", type=int, default=300, help="proxied calls a second")
    parser.add_argument("--only", choices=MODES, action="append")
    parser.add_argument("--sip-load", type=pathlib.Path, default=SIP_LOAD)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hedgewitch-two-builds-") as folder:
        builds = []
        try:
            for name, binary, address, phone in (("old", options.old, "127.0.0.2", "127.0.0.40"),
                                                 ("new", options.new, "127.0.0.4", "127.0.0.44")):
                builds.append(Build(name, binary, address, phone, pathlib.Path(folder)))
            for build in builds:
                build.ready()
            print("done for each second of the node's CPU time   (medians; ratio new/old: median, lowest to highest)")
            for mode in options.only or MODES:
                figures = {build.name: [] for build in builds}
                for turn in range(options.rounds):
                    for build in builds if turn % 2 == 0 else reversed(builds):
                        figures[build.name].append(build.calls(options.calls, options.rate) if mode == "proxied"
                                                   else build.answers(mode, options.seconds, options.sip_load))
                ratios = [new / old for old, new in zip(figures["old"], figures["new"])]
                old, new = (statistics.median(figures[name]) for name in ("old", "new"))
                print(f"{mode:<11} old {old:>9.0f}   new {new:>9.0f}   ratio {statistics.median(ratios):.2f} "
                      f"({min(ratios):.2f} to {max(ratios):.2f})", flush=True)
        finally:
            for build in builds:
                build.close()


if __name__ == "__main__":
    sys.exit(main())
