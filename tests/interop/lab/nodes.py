# tests/interop/lab/nodes.py - nodes of the DHT: Hedgewitch, and Debian's dhtnode.
import json
import os
import pathlib
import subprocess
import time

from .processes import ROOT, Failure, need, wait_for

BINARY = pathlib.Path(os.environ.get("HEDGEWITCH", ROOT / "build/dev/hedgewitch")).resolve()
PEERS = BINARY.parent / "tests" / "peers"

# For scenarios in which one phone calls as often as many people do.
UNLIMITED = "stranger_rings = 1000000\ncaller_rings = 1000000\nsource_requests = 1000000"


class Node:
    """A Hedgewitch with its own state on its own loopback address."""

    def __init__(self, lab, name, address, network, bootstrap=(), domains=(), pins=None, dns=(), dns_enabled=None,
                 dht_port=4222, dns_lines="", extra="", env=None, delivery="redirect", dht_enabled=True,
                 listen=(), sip_lines=UNLIMITED, files=None):
        self.lab, self.name, self.address, self.dht_port, self.env = lab, name, address, dht_port, env
        self.wrapper = ["prlimit", f"--nofile={files}:{files}"] if files else []  # that it may have open
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
        self.process = self.lab.start(self.name, [*self.wrapper, BINARY, "--config", self.config, "run"], env=self.env)
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
