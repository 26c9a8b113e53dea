#!/usr/bin/env python3
# tests/bench/two_builds.py - is a new build slower than an old one? Both in one run, in turns, so that a machine whose
# speed drifts says the same of both.
#   tests/bench/two_builds.py OLD/hedgewitch NEW/hedgewitch [--rounds 5] [--seconds 3] [--only invite]
# Each node alone on CPU 0, the load (sip_load of this tree's release build; sipp for proxied calls) on CPU 1. The figure
# is what the node got done for each second of its own CPU time; printed are both medians, and the median and the spread
# of the ratios round by round. `cmake --preset release && cmake --build --preset release --target hedgewitch sip_load`
import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIPP = ROOT / "tests" / "interop" / "sipp"
PASSWORD = "correct-horse-battery"
MODES = ("options", "register", "challenged", "invite", "proxied")
CONFIG = """
[state]
dir = "{folder}/state"
[sip]
listen = ["udp:{address}:5060"]
delivery = "redirect"
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


class Build:
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
        for _ in range(100):
            if self.command("status", "--json", ok=False) == 0:
                break
            time.sleep(0.1)
        self.register("bob", self.phone, 5070)
        self.register("carol", self.phone, 5060)
        self.processes.append(subprocess.Popen(
            ["taskset", "-c", "1", "sipp", "-nostdin", "-sf", SIPP / "uas_proxied.xml", "-i", self.phone, "-p", "5060", "-s", "carol"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=self.folder))

    def command(self, *words, given=None, ok=True):
        done = subprocess.run([self.binary, "--config", self.folder / "hedgewitch.toml", *words], input=given, text=True,
                              capture_output=True, timeout=60)
        if ok and done.returncode != 0:
            raise SystemExit(f"{self.name}: {' '.join(words)}: {done.stderr or done.stdout}")
        return done.returncode

    def register(self, user, address, port):
        subprocess.run(["sipp", "-nostdin", f"{self.address}:5060", "-m", "1", "-timeout", "20", "-sf",
                        SIPP / "register_401_200.xml", "-i", address, "-p", str(port), "-s", user, "-au", user, "-ap", PASSWORD],
                       cwd=self.folder, capture_output=True, timeout=40, check=True)

    def cpu_ms(self):
        """Of all threads, to the nanosecond: a clock tick would be a twentieth of what is measured."""
        tasks = pathlib.Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6

    def answers(self, sip_load, mode, seconds):
        uri = f"sip:bob@{self.address}" if mode == "invite" else f"sip:{self.address}"
        done = subprocess.run([sip_load, "--target", f"{self.address}:5060", "--user", "alice", "--password", PASSWORD, "--mode",
                               mode, "--uri", uri, "--seconds", str(seconds), "--window", "64", "--contacts", "1", "--cpu", "1", "--server-pid",
                               str(self.pid)], capture_output=True, text=True, timeout=120)
        figure = re.search(r"([0-9]+)/s for each second of its CPU", done.stdout)
        if done.returncode != 0 or not figure:
            raise SystemExit(f"{self.name}, {mode}: {done.stdout}{done.stderr}")
        return float(figure[1])

    def calls(self, count, rate):
        before = self.cpu_ms()
        done = subprocess.run(["taskset", "-c", "1", "sipp", "-nostdin", f"{self.address}:5060", "-sf", SIPP / "uac_proxied.xml",
                               "-i", "127.0.0.41", "-p", "5060", "-s", "carol", "-d", "0", "-m", str(count), "-r", str(rate),
                               "-l", "3000", "-timeout", "100"], cwd=self.folder, capture_output=True, timeout=150)
        if done.returncode != 0:
            raise SystemExit(f"{self.name}: sipp says {done.returncode}, so calls were lost")
        return 1000 * count / (self.cpu_ms() - before)

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
    parser.add_argument("--sip-load", type=pathlib.Path, default=ROOT / "build/release/tests/bench/sip_load")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hedgewitch-two-builds-") as folder:
        builds = []
        try:
            for name, binary, address, phone in (("old", options.old, "127.0.0.2", "127.0.0.40"),
                                                 ("new", options.new, "127.0.0.4", "127.0.0.44")):
                builds.append(Build(name, binary, address, phone, pathlib.Path(folder)))
            print("done for each second of the node's CPU time   (medians; ratio new/old: median, lowest to highest)")
            for mode in options.only or MODES:
                figures = {build.name: [] for build in builds}
                for turn in range(options.rounds):
                    for build in builds if turn % 2 == 0 else reversed(builds):
                        figures[build.name].append(build.calls(options.calls, options.rate) if mode == "proxied"
                                                   else build.answers(options.sip_load, mode, options.seconds))
                ratios = [new / old for old, new in zip(figures["old"], figures["new"])]
                old, new = (statistics.median(figures[name]) for name in ("old", "new"))
                print(f"{mode:<11} old {old:>9.0f}   new {new:>9.0f}   ratio {statistics.median(ratios):.2f} "
                      f"({min(ratios):.2f} to {max(ratios):.2f})", flush=True)
        finally:
            for build in builds:
                build.close()


if __name__ == "__main__":
    sys.exit(main())
