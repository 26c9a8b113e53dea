#!/usr/bin/env python3
"""tests/torture/torture.py - sends the torture messages to a running node, over UDP and TCP, and judges what comes back.

  torture.py --target 127.0.0.5:5060            a node that runs already
  torture.py --start build/dev/hedgewitch       starts one in a scratch directory on 127.0.77.5, and stops it

Messages: tests/torture/messages (ours), and RFC 4475's from ../shared/torture where present. TABLE.tsv beside each says
which statuses will do. After each message an OPTIONS must get its 200. Exit code 0: every line says ok.

A response goes to the address the request came from, but to the port that its Via names (RFC 3261 18.2.2), unless it
has rport. So we send from that very port of our own loopback address, and see that the answer comes there.
"""
import argparse
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SILENCE = 0.4  # seconds without an answer that prove there is none
PATIENCE = 3.0  # for an answer that must come; a loaded machine may take its time
# "any": a final answer of the application. These come from the parser, from a part that failed, or from overload.
NOT_ANY = {400, 500, 501, 503, 505, 513}
BRANCH = re.compile(rb"branch\s*=\s*z9hG4bK[^;,\s]+")
COMPACT = {b"v": b"via", b"f": b"from", b"t": b"to", b"i": b"call-id", b"l": b"content-length"}


class Message:
    """As much of a SIP message as a tester needs; forgiving, because most of these are broken."""

    def __init__(self, wire):
        self.wire = wire
        head, self.complete, self.rest = wire.partition(b"\r\n\r\n")
        lines = re.split(rb"\r?\n", re.sub(rb"\r?\n[ \t]+", b" ", head))
        self.start_line = lines[0]
        self.fields = []
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            name = name.strip().lower()
            self.fields.append((COMPACT.get(name, name), value.strip()))
        match = re.match(rb"SIP/2\.0 (\d{3})(?: |$)", self.start_line)
        self.status = int(match.group(1)) if match else None
        self.method = self.start_line.split(b" ")[0]

    def all(self, name):
        return [value for key, value in self.fields if key == name]

    def first(self, name):
        return next(iter(self.all(name)), None)

    @property
    def branch(self):
        match = re.search(rb"branch\s*=\s*([^;,\s]+)", self.first(b"via") or b"")
        return match.group(1) if match else None

    @property
    def wants_rport(self):
        return bool(re.search(rb";\s*rport\b", (self.first(b"via") or b"").split(b",")[0]))

    @property
    def sent_by_port(self):
        """None: there is no telling, so the answer comes to where the request came from."""
        sent_by = rb"\s*\w+\s*/\s*[\d.]+\s*/\s*\w+\s+(?:\[([0-9a-fA-F:.]+)\]|[\w.-]+)\s*(?::\s*(\d+))?\s*(?:[;,]|$)"
        match = re.match(sent_by, self.first(b"via") or b"")
        if not match or (match.group(1) and b":::" in match.group(1)):
            return None
        return int(match.group(2) or 5060)

    @property
    def length(self):
        """Content-Length as a stream needs it; None: missing, absurd or contradictory."""
        values = {int(v) if v.isdigit() else None for v in self.all(b"content-length")}
        return values.pop() if len(values) == 1 else None

    def answers(self, request):
        call_id = request.first(b"call-id")
        if call_id is not None:
            return self.first(b"call-id") == call_id
        return request.branch is not None and self.branch == request.branch


class Row:
    serial = 0

    def __init__(self, origin, columns, wire):
        self.origin, self.columns, self.name, self.expected = origin, columns, columns[0], set(columns[4].split(","))
        self.wire, self.message = wire, Message(wire)
        self.is_fresh = False

    def fresh(self):
        """The same with a branch that was never used. Branches must be unique (RFC 3261 8.1.1.7), but RFC 4475 uses one
        in many messages, and we send each of them twice: the answer would be that to another. What has no branch of
        this kind stays as it is, and is a retransmission the second time."""
        Row.serial += 1
        copy = Row(self.origin, self.columns, BRANCH.sub(rb"\g<0>.%d.%d" % (os.getpid(), Row.serial), self.wire, count=1))
        copy.is_fresh = copy.wire != self.wire
        return copy

    def accepts(self, status):
        return str(status) in self.expected or ("any" in self.expected and 200 <= status <= 699 and status not in NOT_ANY)


def read_rows(origin, table, folder, extension):
    rows = []
    for line in table.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            columns = line.split("\t")
            rows.append(Row(origin, columns, (folder / (columns[0] + extension)).read_bytes()))
    return rows


class Report:
    def __init__(self):
        self.failed = 0

    def add(self, row, transport, verdict, problem=""):
        self.failed += bool(problem)
        expected = ",".join(sorted(row.expected))
        mark = "FAIL" if problem else "ok"
        print(f"{mark:4}  {transport:3}  {row.origin:4}  {row.name:32}  wants {expected:17}  {verdict}"
              + (f"  <- {problem}" if problem else ""), flush=True)


def problems_of(answer, request):
    """What is wrong with an answer whatever its status."""
    if answer.status is None or not answer.complete:
        return "not a SIP response"
    if len(answer.rest) != (answer.length if answer.length is not None else -1):
        return "its Content-Length is not its body's"
    if b"\0" in answer.wire or re.search(rb"[^\r]\n|\r[^\n]", answer.wire):
        return "a NUL, bare CR or bare LF was reflected"
    if len(answer.wire) > len(request.wire) + 768:
        return f"an amplifier: {len(answer.wire)} bytes for {len(request.wire)}"
    for name in (b"from", b"to", b"call-id", b"cseq"):
        if len(answer.all(name)) != min(1, len(request.all(name))):
            return f"{name.decode()} stands there {len(answer.all(name))} times"
    if len(answer.all(b"via")) != max(1, len(request.all(b"via"))):
        return "the Vias are not the request's"
    return ""


def probe_text(node, n, transport):
    host = f"[{node[0]}]" if ":" in node[0] else node[0]
    return (f"OPTIONS sip:{host}:{node[1]} SIP/2.0\r\nVia: SIP/2.0/{transport} probe.invalid;rport;branch=z9hG4bK-probe-{os.getpid()}-{n}\r\n"
            f"From: <sip:probe@probe.invalid>;tag={n}\r\nTo: <sip:{host}>\r\nCall-ID: probe-{os.getpid()}-{n}\r\n"
            f"CSeq: {n} OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode()


def ack_text(request, answer):
    """RFC 3261 17.1.1.3, so that the node need not repeat its answer for 32 s."""
    uri = request.start_line.split(b" ")[1]
    number = (request.first(b"cseq") or b"1").split(b" ")[0]
    return b"\r\n".join([b"ACK " + uri + b" SIP/2.0", b"Via: " + request.first(b"via"), b"From: " + (answer.first(b"from") or b""),
                         b"To: " + (answer.first(b"to") or b""), b"Call-ID: " + (answer.first(b"call-id") or b""),
                         b"CSeq: " + number + b" ACK", b"Max-Forwards: 70", b"Content-Length: 0", b"", b""])


class Udp:
    name = "udp"

    def __init__(self, node, own, rows):
        self.node, self.sockets = node, {}
        ports = {row.message.sent_by_port for row in rows} - {None}
        for port in sorted(ports) + [0]:
            s = socket.socket(socket.AF_INET6 if ":" in own else socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((own, port))
            self.sockets[port] = s
        self.probes = 0

    def receive(self, deadline):
        """(socket, Message) or None."""
        ready = select.select(list(self.sockets.values()), [], [], max(0, deadline - time.monotonic()))[0]
        return (ready[0], Message(ready[0].recv(65536))) if ready else None

    def final(self, request, deadline):
        while (got := self.receive(deadline)) is not None:
            if got[1].answers(request) and (got[1].status is None or got[1].status >= 200):
                return got
        return None

    def alive(self):
        self.probes += 1
        for _ in range(2):  # a datagram may be lost
            probe = probe_text(self.node, self.probes, "UDP")
            self.sockets[0].sendto(probe, self.node)
            got = self.final(Message(probe), time.monotonic() + PATIENCE / 2)
            if got:
                return got[1].status == 200
        return False

    def judge(self, row, report):
        request = row.message
        socket_ = self.sockets[0 if request.wants_rport or request.sent_by_port is None else request.sent_by_port]
        socket_.sendto(row.wire, self.node)
        got = self.final(request, time.monotonic() + PATIENCE)
        if got is None:
            return report.add(row, self.name, "-", "no answer")
        problem = problems_of(got[1], request)
        if got[1].status is not None and not row.accepts(got[1].status):
            problem = "not what the table wants"
        if got[0] is not socket_:
            problem = "the answer went to another port (RFC 3261 18.2.2, RFC 3581)"
        if request.method == b"INVITE" and row.is_fresh and not problem:
            socket_.sendto(ack_text(request, got[1]), self.node)
        if not self.alive():
            problem = "no 200 to the OPTIONS that followed"
        report.add(row, self.name, got[1].start_line.decode(errors="replace")[8:], problem)

    def judge_silent(self, rows, report):
        for row in rows:
            self.sockets[0].sendto(row.wire, self.node)
        answered, end = [], time.monotonic() + SILENCE
        while (got := self.receive(end)) is not None:
            answered.append(got[1])
        alive = self.alive()
        for row in rows:
            answer = next((a for a in answered if a.answers(row.message)), None)
            problem = "answered" if answer else "" if alive else "no 200 to the OPTIONS that followed"
            report.add(row, self.name, answer.start_line.decode(errors="replace") if answer else "silence", problem)


class Stream:
    def __init__(self, node, own):
        self.socket = socket.create_connection(node, timeout=PATIENCE, source_address=(own, 0))
        self.buffer, self.closed = b"", False

    def send(self, wire):
        try:
            self.socket.sendall(wire)
        except OSError:
            self.closed = True  # what it sent before is still to be read

    def read(self, deadline):
        """False: nothing more until the deadline."""
        if self.closed or not select.select([self.socket], [], [], max(0, deadline - time.monotonic()))[0]:
            return False
        try:
            piece = self.socket.recv(65536)
        except ConnectionResetError:
            piece = b""
        self.closed = not piece
        self.buffer += piece
        return bool(piece)

    def take(self):
        while self.buffer.startswith(b"\r\n"):
            self.buffer = self.buffer[2:]
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        length = Message(head + found).length or 0
        if len(rest) < length:
            return None
        self.buffer = rest[length:]
        return Message(head + found + rest[:length])

    def final(self, request, deadline):
        while True:
            while (answer := self.take()) is not None:
                if answer.answers(request) and (answer.status is None or answer.status >= 200):
                    return answer
            if not self.read(deadline):
                return None


class Tcp:
    name = "tcp"

    def __init__(self, node, own):
        self.node, self.own, self.probes = node, own, 0
        self.probe_stream = Stream(node, own)  # one connection for all: others must not suffer

    def alive(self):
        self.probes += 1
        probe = probe_text(self.node, self.probes, "TCP")
        self.probe_stream.send(probe)
        answer = self.probe_stream.final(Message(probe), time.monotonic() + PATIENCE)
        return answer is not None and answer.status == 200

    @staticmethod
    def waits(row):
        """On a stream these are not over yet: the node must wait for the rest."""
        request = row.message
        return not request.complete or (request.length is not None and request.length > len(request.rest))

    def judge(self, row, report):
        request, stream = row.message, Stream(self.node, self.own)
        stream.send(row.wire)
        answer = stream.final(request, time.monotonic() + PATIENCE)
        if answer is None:
            return report.add(row, self.name, "closed" if stream.closed else "-", "no answer")
        problem, verdict = problems_of(answer, request), answer.start_line.decode(errors="replace")[8:]
        framed = request.length is not None and b"\n" not in row.wire[:-len(request.rest) or None].replace(b"\r\n", b"")
        if not framed:  # RFC 3261 18.3: nobody knows where the next one begins
            if answer.status != 400:
                problem = "a stream without a clear Content-Length wants 400"
            while stream.read(time.monotonic() + PATIENCE):
                pass
            verdict += ", closed" if stream.closed else ""
            problem = problem or ("" if stream.closed else "the connection stays open")
        elif answer.status is not None and not row.accepts(answer.status):
            problem = "not what the table wants"
        elif request.method == b"INVITE" and row.is_fresh and len(request.rest) == request.length:
            stream.send(ack_text(request, answer))
        if not self.alive():
            problem = "no 200 to the OPTIONS that followed"
        stream.socket.close()
        report.add(row, self.name, verdict, problem)

    def judge_silent(self, rows, report):
        streams = []
        for row in rows:
            stream = Stream(self.node, self.own)
            stream.send(row.wire)
            streams.append((row, stream))
        end = time.monotonic() + SILENCE
        time.sleep(SILENCE)
        alive = self.alive()
        for row, stream in streams:
            stream.read(end)
            problem = "answered" if stream.buffer else "" if alive else "no 200 to the OPTIONS that followed"
            said = stream.buffer.split(b"\r\n")[0].decode(errors="replace")
            waits = "waits for the rest" if "drop" not in row.expected else "silence"
            report.add(row, self.name, said or ("closed" if stream.closed else waits), problem)
            stream.socket.close()


class Node:
    """A node of our own, in a scratch directory."""

    def __init__(self, binary, address):
        self.directory = tempfile.TemporaryDirectory(prefix="hedgewitch-torture-")
        config = Path(self.directory.name) / "config.toml"
        config.write_text(f'[state]\ndir = "{self.directory.name}/state"\n[sip]\n'
                          f'listen = ["udp:{address}:5060", "tcp:{address}:5060"]\n'
                          f'domains = ["riverside.example"]\nsource_requests = 1000000\n[dht]\nenabled = false\n[dns]\nenabled = false\n')
        command = [str(Path(binary).resolve()), "--config", str(config)]
        subprocess.run(command + ["init"], check=True, stdout=subprocess.DEVNULL, timeout=30)
        self.log = open(Path(self.directory.name) / "log", "w+b")
        self.process = subprocess.Popen(command + ["run"], stdout=self.log, stderr=self.log)

    def wait(self, target):
        for _ in range(100):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(target, timeout=1).close()
                return True
            except OSError:
                time.sleep(0.1)
        return False

    def stop(self, failed):
        died = self.process.poll()
        late = False
        if died is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                late = True
                self.process.kill()
                self.process.wait()
        if died is not None or late or failed or self.process.returncode != 0:
            self.log.seek(0)
            print(f"node: exit code {self.process.returncode}{', did not stop' if late else ''}; the end of its log:")
            print(self.log.read()[-4000:].decode(errors="replace"))
        self.log.close()
        self.directory.cleanup()
        return died is None and not late and self.process.returncode == 0


def run(node, own, rows):
    report = Report()
    silent = [row for row in rows if "drop" in row.expected]
    spoken = [row for row in rows if "drop" not in row.expected]
    udp, tcp = Udp(node, own, rows), Tcp(node, own)
    if not udp.alive() or not tcp.alive():
        print("no 200 to an OPTIONS before the first message")
        return 1
    for row in spoken:
        udp.judge(row.fresh(), report)
    udp.judge_silent(silent, report)
    for row in spoken:
        if not tcp.waits(row):
            tcp.judge(row.fresh(), report)
    tcp.judge_silent(silent + [row for row in spoken if tcp.waits(row)], report)
    print(f"{len(rows)} messages, {2 * len(rows)} verdicts, {report.failed} failed")
    return report.failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--target", metavar="HOST:PORT", help="a node that runs already")
    which.add_argument("--start", metavar="HEDGEWITCH", help="start this binary")
    parser.add_argument("--from", dest="own", default="127.0.77.9", help="our own address (default 127.0.77.9)")
    parser.add_argument("--shared", default=HERE.parents[1] / ".." / "shared" / "torture", type=Path, help="RFC 4475's messages")
    arguments = parser.parse_args()

    rows = read_rows("ours", HERE / "TABLE.tsv", HERE / "messages", ".sip")
    if (arguments.shared / "TABLE.tsv").exists():
        rows += read_rows("4475", arguments.shared / "TABLE.tsv", arguments.shared, ".dat")
    else:
        print(f"no {arguments.shared}: only our own messages")

    if arguments.target:
        host, _, port = arguments.target.rpartition(":")
        return 1 if run((host.strip("[]"), int(port)), arguments.own, rows) else 0
    node = Node(arguments.start, "127.0.77.5")
    failed = 1
    try:
        if node.wait(("127.0.77.5", 5060)):
            failed = run(("127.0.77.5", 5060), arguments.own, rows)
    finally:
        clean = node.stop(failed)
    return 0 if clean and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
