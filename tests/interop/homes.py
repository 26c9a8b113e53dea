# tests/interop/homes.py - an internet in network namespaces: a bridge, a DHT node on it, and homes behind routers that
# masquerade (nftables) and run miniupnpd. Both homes have the same private network, as homes do. Needs root. The
# "public" addresses are of 11.0.0.0/8: they never leave the namespaces, and the node must take them for global ones.
import json
import os
import re
import subprocess
import time

from lab import Baresip, Failure, HERE, BINARY, Node, Skip, need, wait_for

NETWORK = 4247
BOOTSTRAP = "11.9.0.1"

FIREWALL = """
table inet filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" accept
    jump miniupnpd
  }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
  chain prerouting_miniupnpd { }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    jump postrouting_miniupnpd
    oifname "ext" masquerade
  }
  chain postrouting_miniupnpd { }
}
"""


def ip(*words, ok=True):
    done = subprocess.run(["ip", *map(str, words)], capture_output=True, text=True)
    if ok and done.returncode != 0:
        raise Failure(f"ip {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


class Internet:
    """A bridge in a namespace of its own; removed with all homes, whatever happens."""

    def __init__(self, lab):
        if os.geteuid() != 0:
            raise Skip("network namespaces need root", anywhere=True)
        need("ip", "nft", "miniupnpd", "dhtnode")
        self.lab, self.made = lab, []
        self.prefix = f"hw{os.getpid() % 100000}-"
        close = lab.close
        lab.close = lambda: (close(), self.remove())
        try:
            self.space = self.new_space("inet")
            self.run(self.space, "nft", "-f", "-", stdin=FIREWALL)  # the kernel may have no nftables
            self.run(self.space, "nft", "flush", "ruleset")
        except Failure as why:
            raise Skip(f"no network namespaces here: {why}", anywhere=True)
        self.run(self.space, "ip", "link", "add", "br0", "type", "bridge")
        self.run(self.space, "ip", "link", "set", "br0", "up")
        self.run(self.space, "ip", "address", "add", f"{BOOTSTRAP}/8", "dev", "br0")
        self.start(self.space, "dhtnode", ["dhtnode", "-p", 4222, "-n", NETWORK])

    def remove(self):
        for space in reversed(self.made):
            ip("netns", "del", space, ok=False)
        self.made = []

    def new_space(self, name):
        space = self.prefix + name
        ip("netns", "add", space)
        self.made.append(space)
        self.run(space, "ip", "link", "set", "lo", "up")
        return space

    def run(self, space, *command, stdin=None, ok=True, timeout=60):
        done = subprocess.run(["ip", "netns", "exec", space, *map(str, command)], input=stdin, text=True,
                              capture_output=True, timeout=timeout, cwd=self.lab.folder)
        if ok and done.returncode != 0:
            raise Failure(f"{space}: {' '.join(map(str, command))}: {done.stderr.strip() or done.stdout.strip()}")
        return done

    def start(self, space, title, command):
        return self.lab.start(title, ["ip", "netns", "exec", space, *command], stdin=subprocess.PIPE)

    def plug(self, space, name, bridge_space, bridge):
        """A cable from `space`, where it is called `name`, to a bridge."""
        far = f"v{len(self.made)}{space[-2:]}{name[:3]}"
        ip("link", "add", far, "netns", bridge_space, "type", "veth", "peer", "name", name, "netns", space)
        self.run(bridge_space, "ip", "link", "set", far, "master", bridge, "up")
        self.run(space, "ip", "link", "set", name, "up")


class Home:
    """A router with one public address, 192.168.1.0/24 behind it, in it a node (.20) and a phone (.30)."""

    def __init__(self, internet, letter, public, nat_pmp=True, upnp=True):
        self.internet, self.letter, self.public = internet, letter, public
        self.router = internet.new_space("r" + letter)
        self.node_space = internet.new_space("n" + letter)
        self.phone_space = internet.new_space("p" + letter)
        run = internet.run
        internet.plug(self.router, "ext", internet.space, "br0")
        run(self.router, "ip", "link", "add", "lan", "type", "bridge")
        run(self.router, "ip", "link", "set", "lan", "up")
        run(self.router, "ip", "address", "add", f"{public}/8", "dev", "ext")
        run(self.router, "ip", "address", "add", "192.168.1.1/24", "dev", "lan")
        run(self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        run(self.router, "nft", "-f", "-", stdin=FIREWALL)
        for space, host in ((self.node_space, 20), (self.phone_space, 30)):
            internet.plug(space, "eth0", self.router, "lan")
            run(space, "ip", "address", "add", f"192.168.1.{host}/24", "dev", "eth0")
            run(space, "ip", "route", "add", "default", "via", "192.168.1.1")
        self.daemon = None
        self.nat_pmp, self.upnp = nat_pmp, upnp
        self.start_daemon()

    def start_daemon(self):
        config = self.internet.lab.folder / f"miniupnpd-{self.letter}.conf"
        config.write_text(f"""ext_ifname=ext
listening_ip=lan
enable_natpmp={"yes" if self.nat_pmp else "no"}
enable_upnp={"yes" if self.upnp else "no"}
secure_mode=yes
system_uptime=no
min_lifetime=20
max_lifetime=86400
uuid=6d2ed0e0-0000-4000-8000-00000000000{ord(self.letter) % 10}
allow 1024-65535 192.168.1.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
""")
        if not (self.nat_pmp or self.upnp):
            return
        self.daemon = self.internet.start(self.router, f"miniupnpd-{self.letter}", [
            "miniupnpd", "-d", "-f", config, "-P", self.internet.lab.folder / f"miniupnpd-{self.letter}.pid"])

    def stop_daemon(self):
        """The daemon takes its rules along, as a router that restarts does."""
        self.daemon.terminate()
        self.daemon.wait(30)
        for chain in ("miniupnpd", "prerouting_miniupnpd", "postrouting_miniupnpd"):
            self.internet.run(self.router, "nft", "flush", "chain", "inet", "filter", chain)

    def forwards(self):
        """What the router lets in, as its packet filter has it."""
        return self.internet.run(self.router, "nft", "list", "chain", "inet", "filter", "prerouting_miniupnpd").stdout

    def new_public_address(self, address):
        """As a provider gives a new one at night: the old one is gone, and what it had translated with it."""
        run = self.internet.run
        run(self.router, "ip", "address", "del", f"{self.public}/8", "dev", "ext")
        run(self.router, "ip", "address", "add", f"{address}/8", "dev", "ext")
        self.public = address

    def node(self, extra=""):
        node = HomeNode(self, extra)
        return node.init()

    def caller(self, node, user, password, uri, *more):
        """tests/interop/caller.py from the phone's place."""
        done = self.internet.run(self.phone_space, "python3", HERE / "caller.py", "--server", "192.168.1.20",
                                 "--local", "192.168.1.30", "--user", user, "--password", password, *more, uri, ok=False)
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            raise Failure(f"caller: {done.stderr[-500:]}")


class HomePhone(Baresip):
    """baresip in a home, registered at its node. Keys come by its standard input: its control port is out of reach."""

    def __init__(self, home, user, password):
        self.home = home
        super().__init__(home.internet.lab, f"phone-{home.letter}", 1, user, password, "192.168.1.20", address="192.168.1.30",
                         keys=True)

    def register(self):
        self.process = self.home.internet.start(self.home.phone_space, self.name, ["baresip", "-s", "-f", self.folder])
        return self.expect(r"REGISTER sip[\s\S]*?SIP/2\.0 200 OK", 40)

    def expect(self, pattern, seconds=30):
        """What it logs from here on, SIP messages too; the text before it is not looked at again."""
        def probe():
            found = re.compile(pattern).search(self.lab.log(self.name), self.mark)
            if found:
                self.mark = found.end()
            return found
        wait_for(f"{self.name} to say /{pattern}/", probe, seconds)
        return self

    def skip(self):
        self.mark = len(self.lab.log(self.name))

    def key(self, text):
        self.process.stdin.write(f"/{text}\n".encode())
        self.process.stdin.flush()


class HomeNode(Node):
    """A node in a home, with all settings but the bootstrap node and the network as they are by default."""

    def __init__(self, home, extra):
        self.home = home
        super().__init__(home.internet.lab, f"node-{home.letter}", "192.168.1.20", NETWORK, [f"{BOOTSTRAP}:4222"],
                         extra=extra)

    def write_config(self, **changes):
        self.settings.update(changes)
        self.config.write_text(f"""
[state]
dir = "{self.folder}/state"
[dht]
network = {NETWORK}
bootstrap = {json.dumps(self.settings["bootstrap"])}
[dns]
enabled = false
{self.settings["extra"]}
""")

    def start(self):
        self.process = self.home.internet.start(self.home.node_space, self.name,
                                                [BINARY, "--config", self.config, "run"])
        wait_for(f"{self.name} to answer its control socket",
                 lambda: self.command("status", "--json", ok=False).returncode == 0, 15)
        return self

    def advertised(self):
        return self.status()["advertised"]

    def says(self):
        return self.status()["reach"]["says"]

    def advertises(self, addresses, seconds=30):
        """Waits; returns how long it took."""
        began = time.monotonic()
        try:
            wait_for(f"{self.name} to advertise {addresses}", lambda: self.advertised() == addresses, seconds)
        except Failure as why:
            raise Failure(f"{why}; it advertises {self.advertised()} and says: {self.says()}")
        return time.monotonic() - began
