# tests/interop/lab.py - a laboratory on loopback: nodes, phones, DHT and DNS servers, and a wire to look at.
# Everything started here is stopped here, whatever happens; nothing runs longer than the lab's own time limit.
import atexit
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import wave
import math

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("HEDGEWITCH", ROOT / "build/dev/hedgewitch")).resolve()
PEERS = BINARY.parent / "tests" / "peers"
HERE = pathlib.Path(__file__).resolve().parent


class Failure(Exception):
    """A check did not hold; the text says what was seen."""


class Skip(Exception):
    """This machine cannot run the test; never on CI, unless `anywhere`: what no package gives (network namespaces)."""

    def __init__(self, why, anywhere=False):
        super().__init__(why)
        self.anywhere = anywhere


def check(condition, text):
    if not condition:
        raise Failure(text)
    print(f"  ok: {text}", flush=True)


def wait_for(what, probe, seconds):
    """Calls probe() until it returns something true; its value. Not a timed test: the bound only ends a hang."""
    end = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"waited {seconds} s in vain for {what}")
        time.sleep(0.1)


def need(*tools):
    for tool in tools:
        if not shutil.which(tool) and not os.path.exists(f"/usr/sbin/{tool}"):
            raise Skip(f"{tool} is not installed")


class Lab:
    def __init__(self, name, seconds=150):
        self.name = name
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"hedgewitch-{name}-"))
        self.processes = []
        self.captures = []
        self.holes = []
        self.broken = []  # promises that hold in every scenario, and did not
        self.sanitizer_said = ""
        atexit.register(self.close)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        signal.signal(signal.SIGALRM, lambda *_: self._too_long(seconds))
        signal.alarm(seconds)

    def _too_long(self, seconds):
        raise Failure(f"the whole test took longer than {seconds} s")

    def start(self, title, command, stdin=subprocess.DEVNULL, env=None):
        log = open(self.folder / f"{title}.log", "ab")
        process = subprocess.Popen([str(part) for part in command], stdin=stdin, stdout=log, stderr=log,
                                   cwd=self.folder, env={**os.environ, **(env or {})})
        process.title = title
        self.processes.append(process)
        return process

    def silent_socket(self, address, port):
        """Takes every datagram and says nothing."""
        hole = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        hole.bind((address, port))
        self.holes.append(hole)
        return hole

    def log(self, title):
        path = self.folder / f"{title}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self):
        signal.alarm(0)
        for capture in self.captures:
            capture.stop()
        for hole in self.holes:
            hole.close()
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + 3
        for process in self.processes:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []
        for path in self.folder.glob("*.log"):  # also what was said at the very end, as of leaks
            said = path.read_text(errors="replace")
            if "Sanitizer" in said or "runtime error:" in said:
                self.sanitizer_said += f"--- {path.name}\n{said[-6000:]}\n"
        shutil.rmtree(self.folder, ignore_errors=True)

    def show_logs(self):
        for path in sorted(self.folder.glob("*.log")):
            print(f"--- {path.name}")
            print(path.read_text(errors="replace")[-int(os.environ.get("LAB_TAIL", 3000)):])


# For scenarios in which one phone calls as often as many people do.
UNLIMITED = "stranger_rings = 1000000\ncaller_rings = 1000000\nsource_requests = 1000000"


class Node:
    """A Hedgewitch with its own state on its own loopback address."""

    def __init__(self, lab, name, address, network, bootstrap=(), domains=(), pins=None, dns=(), dns_enabled=None,
                 dht_port=4222, dns_lines="", extra="", env=None, delivery="redirect", dht_enabled=True,
                 listen=(), sip_lines=UNLIMITED):
        self.lab, self.name, self.address, self.dht_port, self.env = lab, name, address, dht_port, env
        self.folder = lab.folder / name
        self.folder.mkdir(exist_ok=True)
        self.config = self.folder / "hedgewitch.toml"
        self.settings = dict(network=network, bootstrap=list(bootstrap), domains=list(domains), pins=pins or {},
                             dns=list(dns), dns_enabled=bool(dns) if dns_enabled is None else dns_enabled,
                             dns_lines=dns_lines, extra=extra, delivery=delivery, dht_enabled=dht_enabled,
                             listen=list(listen), sip_lines=sip_lines)
        self.process = None
        self.write_config()

    def write_config(self, **changes):
        self.settings.update(changes)
        s = self.settings
        listen = [f"udp:{self.address}:5060", f"tcp:{self.address}:5060"] + s["listen"]
        pins = "\n".join(f'"{domain}" = "{key}"' for domain, key in s["pins"].items())
        self.config.write_text(f"""
[state]
dir = "{self.folder}/state"
[sip]
listen = {json.dumps(listen)}
domains = {json.dumps(s["domains"])}
delivery = "{s["delivery"]}"
{s["sip_lines"]}
[dht]
enabled = {json.dumps(s["dht_enabled"])}
network = {s["network"]}
listen = ["{self.address}:{self.dht_port}"]
bootstrap = {json.dumps(s["bootstrap"])}
[dns]
enabled = {json.dumps(s["dns_enabled"])}
servers = {json.dumps(s["dns"])}
{s["dns_lines"]}
[mesh]
prefixes = ["127.0.0.0/8"]
[pins]
{pins}
{s["extra"]}
""")

    def command(self, *arguments, stdin=None, ok=True):
        done = subprocess.run([str(BINARY), "--config", str(self.config), *map(str, arguments)], input=stdin, text=True,
                              capture_output=True, timeout=30)
        if ok and done.returncode != 0:
            raise Failure(f"hedgewitch {' '.join(arguments)} failed: {done.stderr.strip() or done.stdout.strip()}")
        return done

    def init(self):
        self.command("init")
        return self

    def add_user(self, user, password):
        self.command("user", "add", user, "--password-stdin", stdin=password + "\n")

    @property
    def key(self):
        return self.status_or_address()

    def status_or_address(self):
        out = self.command("address").stdout.strip()
        return out.removesuffix(".hedge.alt")

    @property
    def host(self):
        return f"{self.key}.hedge.alt"

    def start(self):
        self.process = self.lab.start(self.name, [BINARY, "--config", self.config, "run"], env=self.env)
        wait_for(f"{self.name} to answer its control socket",
                 lambda: self.command("status", "--json", ok=False).returncode == 0, 15)
        return self

    def status(self):
        return json.loads(self.command("status", "--json").stdout)

    def lookup(self, uri):
        return json.loads(self.command("lookup", uri, "--json", ok=False).stdout)

    def explain(self, uri, caller=None):
        return self.command("explain", uri, *(["--from", caller] if caller else []), ok=False).stdout

    def kill9(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; returns how many seconds it took."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(10)
        return time.monotonic() - began


class PlainDht:
    """Debian's dhtnode: a DHT node that has never heard of Hedgewitch's value type."""

    def __init__(self, lab, port, network, bootstrap=None):
        need("dhtnode")
        command = ["dhtnode", "-p", port, "-n", network] + (["-b", bootstrap] if bootstrap else [])
        self.process = lab.start(f"dhtnode-{port}", command, stdin=subprocess.PIPE)
        self.address = f"127.0.0.1:{port}"


class Capture:
    """Every UDP packet on lo, once, as (source, destination, payload). Needs root (AF_PACKET)."""

    def __init__(self, lab):
        try:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        except PermissionError:
            raise Skip("looking at the wire needs root (AF_PACKET)")
        self.socket.bind(("lo", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.settimeout(0.2)
        self.packets, self.running = [], True
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        lab.captures.append(self)

    def _read(self):
        while self.running:
            try:
                frame, origin = self.socket.recvfrom(65535)
            except (TimeoutError, OSError):
                continue
            if origin[2] == socket.PACKET_OUTGOING or len(frame) < 42 or frame[23] != socket.IPPROTO_UDP:
                continue  # lo shows each packet going out and coming in
            header = 14 + (frame[14] & 15) * 4
            source_port, destination_port = struct.unpack("!HH", frame[header:header + 4])
            self.packets.append(((socket.inet_ntoa(frame[26:30]), source_port),
                                 (socket.inet_ntoa(frame[30:34]), destination_port), frame[header + 8:]))

    def stop(self):
        self.running = False
        self.thread.join(1)
        self.socket.close()

    def sip(self, start, to=None, source=None):
        """SIP messages whose first line starts so, as text."""
        return [payload.decode(errors="replace") for origin, destination, payload in list(self.packets)
                if payload.startswith(start.encode()) and (to is None or destination[0] == to)
                and (source is None or origin[0] == source)]


def contacts(message):
    return [line.split(":", 1)[1].strip() for line in message.split("\r\n\r\n")[0].split("\r\n")
            if line.lower().startswith(("contact:", "m:"))]


class Baresip:
    """A real phone: an 8 kHz WAV as its microphone, nothing as its speaker, on a loopback address of its own."""

    def __init__(self, lab, name, address, registrar, user, password, rtp_from, answer=False, transport="udp",
                 proxy=None, regint=120):
        need("baresip")
        self.lab, self.name, self.user, self.registrar = lab, name, user, registrar
        self.rtp = range(rtp_from, rtp_from + 100)
        self.address = address
        self.folder = lab.folder / name
        self.folder.mkdir()
        tone = self.folder / "tone.wav"
        with wave.open(str(tone), "wb") as sound:
            sound.setnchannels(1), sound.setsampwidth(2), sound.setframerate(8000)
            sound.writeframes(b"".join(struct.pack("<h", int(8000 * math.sin(i * math.tau * 440 / 8000)))
                                       for i in range(8000 * 30)))
        modules = "/usr/lib/baresip/modules"
        for place in pathlib.Path("/usr/lib").glob("*/baresip/modules"):
            modules = place
        (self.folder / "config").write_text(f"""
poll_method epoll
sip_listen {address}:5060
net_interface {address}
call_local_timeout 120
call_max_calls 4
audio_player aubridge,nil
audio_source aufile,{tone}
audio_alert aubridge,nil
rtp_ports {rtp_from}-{rtp_from + 99}
module_path {modules}
module stdio.so
module g711.so
module aufile.so
module aubridge.so
module_tmp account.so
module_app menu.so
""")
        mode = ";answermode=auto" if answer else ""
        if proxy:
            mode += f';outbound="sip:{proxy}:5060;transport={transport}"'
        (self.folder / "accounts").write_text(
            f"<sip:{user}@{registrar};transport={transport}>;auth_user={user};auth_pass={password};regint={regint}{mode}\n")
        (self.folder / "contacts").write_text("")

    def speaks_to_browsers(self):
        """ICE, DTLS-SRTP and one port for RTP and RTCP: what WebRTC wants."""
        with open(self.folder / "config", "a") as config:
            config.write("module ice.so\nmodule srtp.so\nmodule dtls_srtp.so\nrtcp_mux yes\n")
        accounts = self.folder / "accounts"
        accounts.write_text(accounts.read_text().replace(";regint", ";medianat=ice;mediaenc=dtls_srtp;regint"))
        return self

    def start(self, dial=None):
        command = ["baresip", "-f", self.folder]
        if dial:
            command += ["-e", f"/dial {dial}"]
        # stdio reads keys: a pipe that stays open keeps it from quitting at end of file.
        self.process = self.lab.start(self.name, command, stdin=subprocess.PIPE)
        return self

    def says(self, text, seconds=15):
        wait_for(f"{self.name} to say '{text}'", lambda: text in self.lab.log(self.name), seconds)
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait(5)


def main(scenarios, by_name_only=()):
    """Runs the scenarios named on the command line, or all but the long ones; 77 (ctest's skip) when this machine
    cannot."""
    chosen = sys.argv[1:] or [name for name in scenarios if name not in by_name_only]
    for name in chosen:
        print(f"== {name}", flush=True)
        lab = Lab(name, 900 if name in by_name_only else 150)
        try:
            scenarios[name](lab)
            check(not lab.broken, f"nothing else was seen that must never be {lab.broken or ''}".rstrip())
        except Skip as why:
            print(f"SKIPPED: {why}")
            if os.environ.get("CI") and not why.anywhere:
                sys.exit(f"CI has everything: {why}")
            sys.exit(77)
        except (Failure, subprocess.SubprocessError, json.JSONDecodeError, KeyError) as failure:
            lab.show_logs()
            print(f"FAILED {name}: {failure!r}")
            sys.exit(1)
        finally:
            lab.close()
        if lab.sanitizer_said:
            sys.exit(f"{lab.sanitizer_said}FAILED {name}: a sanitizer complained")
        print(f"passed: {name}", flush=True)
