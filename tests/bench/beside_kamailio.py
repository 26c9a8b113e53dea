#!/usr/bin/env python3
# tests/bench/beside_kamailio.py - a node beside Kamailio, both in one run, in turns (A B, B A, ..), by the same load.
#   cmake --preset release && cmake --build --preset release --target hedgewitch sip_load
#   tests/bench/beside_kamailio.py [build/release/hedgewitch] [--rounds 5] [--seconds 2] [--only stranger]
# Each server alone on CPU 0, the load on CPU 1 (driving.py). Printed for each row: what a server gets done for each second
# of its own CPU time (medians of the rounds), the median of the ratios round by round and the lowest and highest of them.
# Others may use the machine meanwhile: CPU seconds, and ratios of what was measured within seconds, hold nevertheless;
# latencies are of the clock, so that only their ratio says something then.
# --edge FILE: tests/peers/edge_server of some build in place of the node: the same sockets and the same edge, without the
# node's policy, database and proxy. It is linked within a minute where a node takes twenty.
# Kamailio: one UDP worker, usrloc in memory or written through to SQLite (db_mode=1), kamailio.cfg beside this.
import argparse
import hashlib
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from driving import PASSWORD, ROOT, Driven
from two_builds import Build

SCHEMA = pathlib.Path("/usr/share/kamailio/db_sqlite")
ROWS = {"stranger": "302 with its ACK, a stranger's call", "challenged": "REGISTER, 401 then 200",
        "register": "REGISTER, nonce used again", "options": "OPTIONS", "proxied": "proxied calls",
        "latency": "302 one at a time"}


class Kamailio(Driven):
    """In memory; with `database`, written through to SQLite."""

    def __init__(self, name, address, phone, folder, database=False):
        self.name, self.address, self.phone, self.folder = name, address, phone, folder / name
        self.folder.mkdir()
        modules = next(pathlib.Path("/usr/lib").glob("*/kamailio/modules"))
        passwords = "\n".join(f'    $sht(ha1=>{user}) = "{self.ha1(user)}";' for user in ("alice", "bob", "carol"))
        text = (pathlib.Path(__file__).parent / "kamailio.cfg").read_text()
        for word, value in (("FOLDER", self.folder), ("ADDRESS", address), ("MODULES", modules), ("PASSWORDS\n", passwords + "\n")):
            text = text.replace(word, str(value))
        (self.folder / "kamailio.cfg").write_text(text)
        if database:
            for table in ("standard", "usrloc"):
                subprocess.run(["sqlite3", self.folder / "kamailio.db"], input=(SCHEMA / f"{table}-create.sql").read_text(), text=True,
                               check=True)
        self.log = open(self.folder / "log", "wb")
        # Its default allocator searches: that is 59 % of its CPU time with proxied calls.
        self.processes = [subprocess.Popen(["taskset", "-c", "0", "kamailio", "-DD", "-f", self.folder / "kamailio.cfg", "-Y",
                                            self.folder, "-P", self.folder / "pid", "-m", "256", "-M", "16", "-x", "fm", "-X", "fm",
                                            *(["-A", "WITH_DB"] if database else [])], stdout=self.log, stderr=self.log)]
        self.pid = self.processes[0].pid

    def ready(self):
        self.wait_for_answer()
        self.register("bob", self.phone, 5070)
        self.register("carol", self.phone, 5060)
        self.processes.append(self.answer_calls())

    def ha1(self, user):
        return hashlib.md5(f"{user}:{self.address}:{PASSWORD}".encode()).hexdigest()

    def wait_for_answer(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            probe.bind((self.address, 0))
            for _ in range(75):
                try:
                    probe.sendto((f"OPTIONS sip:{self.address} SIP/2.0\r\nVia: SIP/2.0/UDP {self.address}:{probe.getsockname()[1]};"
                                  f"branch=z9hG4bKp\r\nFrom: <sip:p@{self.address}>;tag=1\r\nTo: <sip:{self.address}>\r\nCall-ID: p\r\n"
                                  "CSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\nContent-Length: 0\r\n\r\n").encode(), (self.address, 5060))
                    probe.recv(2048)
                    return
                except OSError:
                    time.sleep(0.1)
        raise SystemExit(f"{self.name} does not answer: see {self.folder / 'log'}: {(self.folder / 'log').read_text()[-2000:]}")

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait(10)


class Edge(Driven):
    """tests/peers/edge_server."""

    def __init__(self, name, binary, address, phone, folder):
        self.name, self.address, self.phone, self.folder = name, address, phone, folder / name
        self.folder.mkdir()
        self.processes = [subprocess.Popen(["taskset", "-c", "0", binary.resolve(), f"{address}:5060",
                                            *(f"{user}:{PASSWORD}" for user in ("alice", "bob", "carol"))],
                                           stdout=subprocess.PIPE, env={"QUIET": "1"})]
        self.pid = self.processes[0].pid

    def ready(self):
        self.processes[0].stdout.readline()
        self.register("bob", self.phone, 5070)

    def close(self):
        for process in self.processes:
            process.terminate()
            process.wait(10)


def in_turns(rounds, servers, measure):
    """What `measure` said of each, round by round."""
    figures = {server.name: [] for server in servers}
    for turn in range(rounds):
        for server in servers if turn % 2 == 0 else reversed(servers):
            figures[server.name].append(measure(server))
    return figures


def ratio_text(ours, theirs):
    ratios = [a / b for a, b in zip(ours, theirs)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def row(mode, servers, options):
    """A line of the table."""
    def measure(server):
        if mode == "proxied":
            return server.calls(options.calls, options.rate)
        if mode == "latency":
            return server.latency_us("stranger", options.seconds)
        return server.answers(mode, options.seconds)

    asked = servers if mode in ("challenged", "register") else servers[:2]
    figures = in_turns(options.rounds, asked, measure)
    us, *others = asked
    lines = []
    for part, what in enumerate(("p50", "p99") if mode == "latency" else ("",)):
        def of(server):
            return [each[part] if what else each for each in figures[server.name]]
        cells = [ROWS[mode] + (f", {what}" if what else "")]
        unit = " us" if what else ""
        cells += [f"{statistics.median(of(server)):,.0f}{unit}" for server in asked] + [""] * (3 - len(asked))
        cells += [ratio_text(of(us), of(server)) for server in others] + [""] * (2 - len(others))
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main():
    parser = argparse.ArgumentParser(description="a node beside Kamailio, in one run")
    parser.add_argument("binary", type=pathlib.Path, nargs="?", default=ROOT / "build" / "release" / "hedgewitch")
    parser.add_argument("--edge", type=pathlib.Path, help="edge_server in place of the node")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement")
    parser.add_argument("--calls", type=int, default=1000, help="proxied calls a measurement")
    parser.add_argument("--rate", type=int, default=300, help="proxied calls a second")
    parser.add_argument("--only", choices=ROWS, action="append")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hedgewitch-kamailio-", dir="/var/tmp") as name:
        folder, servers = pathlib.Path(name), []
        try:
            if options.edge:
                servers.append(Edge("Hedgewitch", options.edge, "127.0.0.2", "127.0.0.40", folder))
            else:
                servers.append(Build("Hedgewitch", options.binary, "127.0.0.2", "127.0.0.40", folder))
            servers.append(Kamailio("Kamailio", "127.0.0.4", "127.0.0.44", folder))
            servers.append(Kamailio("Kamailio-SQLite", "127.0.0.6", "127.0.0.46", folder, database=True))
            for server in servers:
                server.ready()
            print("| for each second of the server's CPU time | Hedgewitch | Kamailio | Kamailio, SQLite | ratio | ratio, SQLite |\n"
                  "|---|---|---|---|---|---|", flush=True)
            rows = options.only or [mode for mode in ROWS if not options.edge or mode != "proxied"]
            for mode in rows:
                print("\n".join(row(mode, servers, options)), flush=True)
            cells = [f"{server.resident_kib() / 1024:.0f} MiB" for server in servers]
            print("| resident now (shared memory counted once) | " + " | ".join(cells) + " | | |")
        finally:
            for server in servers:
                server.close()


if __name__ == "__main__":
    sys.exit(main())
