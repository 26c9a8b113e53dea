# tests/interop/lab/homes.py - an internet in network namespaces: a bridge, a DHT node on it, and homes of every kind, each
# behind a router (nftables) of its own with a node and phones. All homes have the same private network, as homes do.
# Needs root. The "public" addresses are of 11.0.0.0/8 and 2a0f::/32: they never leave the namespaces, and the node must
# take them for global ones. A router lets its public address be reached from outside alone (no hairpin), answers nobody
# there, and forgets what it has translated as conntrack does: 30 s for UDP, 120 s once both have spoken.
import dataclasses
import functools
import json
import re
import socket
import struct
import time

from .nodes import BINARY, Node
from .phones import PHONES
from .processes import HERE, Failure, need, wait_for
from .spaces import Spaces

NETWORK = 4247
BOOTSTRAP, BOOTSTRAP_6 = "11.9.0.1", "2a0f::1"
NODE, PHONE = "192.168.1.20", "192.168.1.30"
SIP_PORTS = "tcp dport { 5060, 5061 }", "udp dport { 5060, 4222 }"


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a home's router does. All translate IPv4, but `public` (the node stands at a provider, its phones at home)."""
    name: str
    text: str
    nat_pmp: bool = False    # miniupnpd: NAT-PMP and PCP
    upnp: bool = False
    by_hand: bool = False    # the owner has forwarded SIP's ports and the DHT's
    carrier: bool = False    # the router's own address is translated once more: to a port other than the phone's, but
                             # to the same for every destination (RFC 4787 REQ-1); who was not spoken to is not let in
    symmetric: bool = False  # to another port for every destination
    ipv6: str = ""           # firewall, pinhole (the router opens it when asked) or open: over IPv4 a carrier's then
    public: bool = False
    second: bool = False     # another node is in the house already, and has the ports

    @property
    def reached_over(self):
        """The families in which others can come in."""
        four = (self.nat_pmp or self.upnp or self.by_hand or self.public) and not self.carrier
        six = self.ipv6 in ("pinhole", "open") or self.public
        return {4: four, 6: six}

    @property
    def families(self):
        return {4, 6} if self.ipv6 or self.public else {4}


KINDS = {kind.name: kind for kind in (
    Kind("nat_pmp", "router opens ports (NAT-PMP)", nat_pmp=True),
    Kind("upnp", "router opens ports (UPnP)", upnp=True),
    Kind("by_hand", "ports forwarded by hand", by_hand=True),
    Kind("carrier", "behind a carrier's NAT", carrier=True),
    Kind("nothing", "router opens nothing"),
    Kind("symmetric", "router gives each destination another port", symmetric=True),
    Kind("ipv6_firewall", "IPv6 behind a firewall, carrier's NAT", carrier=True, ipv6="firewall"),
    Kind("ipv6_pinhole", "IPv6, firewall opens when asked, carrier's NAT", carrier=True, ipv6="pinhole", nat_pmp=True,
         upnp=True),
    Kind("ipv6_open", "IPv6 without a firewall, carrier's NAT", carrier=True, ipv6="open"),
    Kind("same_house", "second node in a house (NAT-PMP)", nat_pmp=True, second=True),
    Kind("vps", "node at a provider, phones at home", public=True),
)}


def rules(kind):
    """The router's packet filter."""
    forwards = "\n".join(f'    iifname "ext" {ports} dnat ip to {NODE}' for ports in SIP_PORTS) if kind.by_hand else ""
    six = {"open": "meta nfproto ipv6 accept"}.get(kind.ipv6, "")
    return f"""
table inet filter {{
  chain input {{
    type filter hook input priority 0; policy accept;
    iifname {{ "ext", "ext6" }} ct state established,related accept
    iifname {{ "ext", "ext6" }} meta l4proto {{ icmp, ipv6-icmp }} accept
    iifname {{ "ext", "ext6" }} drop
  }}
  chain forward {{
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" accept
    meta l4proto ipv6-icmp accept
    {"ct status dnat accept" if kind.by_hand else ""}
    {six}
    jump miniupnpd
  }}
  chain miniupnpd {{ }}
  chain prerouting {{
    type nat hook prerouting priority -100; policy accept;
    jump prerouting_miniupnpd
{forwards}
  }}
  chain prerouting_miniupnpd {{ }}
  chain postrouting {{
    type nat hook postrouting priority 100; policy accept;
    jump postrouting_miniupnpd
    meta nfproto ipv4 oifname "ext" masquerade {"fully-random" if kind.symmetric else ""}
  }}
  chain postrouting_miniupnpd {{ }}
}}
"""


def carrier_rules(public):
    return f"""
table inet filter {{
  chain input {{ type filter hook input priority 0; policy accept; iifname "ext" drop; }}
  chain forward {{
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "homes" accept
  }}
  chain postrouting {{
    type nat hook postrouting priority 100; policy accept;
    oifname "ext" meta l4proto udp snat ip to {public} : udp sport ^ 0x4000
    oifname "ext" masquerade
  }}
}}
"""


def forget_connections():
    """As `conntrack -F`, of the namespace that it is called in (linux/netfilter/nfnetlink_conntrack.h)."""
    netfilter, ctnetlink, delete, request_with_ack = 12, 1, 2, 5
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netfilter) as netlink:
        netlink.send(struct.pack("=IHHII", 20, ctnetlink << 8 | delete, request_with_ack, 1, 0) + bytes(4))
        error = struct.unpack("=i", netlink.recv(4096)[16:20])[0]
    if error:
        raise Failure(f"the router forgets nothing: {error}")


class Internet:
    """A bridge in a namespace of its own; removed with all homes, whatever happens."""

    def __init__(self, lab):
        self.spaces = Spaces(lab)
        need("miniupnpd", "dhtnode")
        self.lab = lab
        self.space = self.spaces.new("inet")
        self.space.bridge("br0")
        self.space.address("br0", f"{BOOTSTRAP}/8", f"{BOOTSTRAP_6}/64")
        self.space.forward()
        self.space.start("dhtnode", ["dhtnode", "-p", 4222, "-n", NETWORK])

    def join(self, name, number=0, ipv4=None, ipv6=False):
        """A machine at a provider, or a router, with addresses of its own on `ext`."""
        space = self.spaces.new(name).plug("ext", self.space, "br0")
        if ipv4:
            space.address("ext", f"{ipv4}/8")
            space.route("default", BOOTSTRAP)
        if ipv6:
            space.address("ext", f"2a0f::{number}:2/64")
            space.route("default", BOOTSTRAP_6)
        return space


def friend(internet, name, number, extra=""):
    """A node of somebody's at a provider, with global addresses."""
    address = f"11.{number}.0.20"
    return HomeNode(internet.lab, name, internet.join(name, number, address, ipv6=True), address, extra).init()


class Home:
    """A router, 192.168.1.0/24 behind it, in it a node (.20) and phones (.30 and on). `public` is where others see it."""

    def __init__(self, internet, letter, public, kind=None, nat_pmp=True, upnp=True):
        self.internet, self.lab, self.letter, self.public = internet, internet.lab, letter, public
        self.kind = kind or Kind("router", "", nat_pmp=nat_pmp, upnp=upnp)
        self.number = int(public.split(".")[1])
        if self.kind.carrier:
            self._join_a_carrier()
        else:
            self.router = internet.join("r" + letter, ipv4=public)
        self.router.bridge("lan")
        self.router.address("lan", "192.168.1.1/24")
        self.router.forward()
        if self.kind.ipv6:
            self._bring_ipv6()
        self.router.run("nft", "-f", "-", stdin=rules(self.kind))
        self.daemon = None
        self.start_daemon()
        if self.kind.public:
            self.node_address = f"11.{self.number}.0.20"
            self.node_space = internet.join("n" + letter, self.number, self.node_address, ipv6=True)
        else:
            self.node_address = NODE
            self.node_space = self.machine("n" + letter, 20)

    def _join_a_carrier(self):
        self.carrier = self.internet.join("c" + self.letter, ipv4=self.public)
        self.carrier.bridge("homes")
        self.carrier.address("homes", "100.64.0.1/10")
        self.carrier.forward()
        self.carrier.run("nft", "-f", "-", stdin=carrier_rules(self.public))
        self.router = self.internet.spaces.new("r" + self.letter).plug("ext", self.carrier, "homes")
        self.router.address("ext", f"100.64.{self.number}.2/10")
        self.router.route("default", "100.64.0.1")

    def _bring_ipv6(self):
        """Beside the carrier's IPv4, on a cable of its own."""
        self.router.plug("ext6", self.internet.space, "br0")
        self.router.address("ext6", f"2a0f::{self.number}:2/64")
        self.router.route("default", BOOTSTRAP_6)
        self.router.address("lan", f"2a0f:0:0:{self.number}::1/64")
        self.internet.space.route(f"2a0f:0:0:{self.number}::/64", f"2a0f::{self.number}:2")

    def machine(self, name, host):
        """One in the house."""
        space = self.internet.spaces.new(name).plug("eth0", self.router, "lan")
        space.address("eth0", f"192.168.1.{host}/24")
        space.route("default", "192.168.1.1")
        if self.kind.ipv6:
            space.address("eth0", f"2a0f:0:0:{self.number}::{host}/64")
            space.route("default", f"2a0f:0:0:{self.number}::1")
        return space

    @functools.cached_property
    def phone_space(self):
        """A machine in the house beside the node's, made when it is asked for."""
        return self.machine("p" + self.letter, 30)

    def phone(self, kind, user, password, host=30, **more):
        """One of PHONES, as it comes out of the box: server, outbound proxy, user and password; on a machine of its own."""
        space = self.phone_space if host == 30 else self.machine(f"p{self.letter}{host}", host)
        server = more.pop("server", self.node_address)
        settings = {"proxy": server, "regint": 3600, **more}
        return PHONES[kind](self.lab, f"{kind}-{user}", host, user, password, server, space=space, **settings)

    def timers(self, udp=30, stream=120):
        """For how many seconds the router, and the carrier's, keep a way open for which nothing came."""
        for space in (self.router, *([self.carrier] if self.kind.carrier else [])):
            space.run("sysctl", "-qw", f"net.netfilter.nf_conntrack_udp_timeout={udp}",
                      f"net.netfilter.nf_conntrack_udp_timeout_stream={stream}")

    def start_daemon(self):
        if not (self.kind.nat_pmp or self.kind.upnp):
            return
        six = "ext_ifname6=ext6\nipv6_listening_ip=::\n" if self.kind.ipv6 else "ipv6_disable=yes\n"
        config = self.lab.folder / f"miniupnpd-{self.letter}.conf"
        config.write_text(f"""ext_ifname=ext
listening_ip=lan
{six}enable_natpmp={"yes" if self.kind.nat_pmp else "no"}
enable_upnp={"yes" if self.kind.upnp else "no"}
secure_mode=yes
system_uptime=no
min_lifetime=20
max_lifetime=86400
uuid=6d2ed0e0-0000-4000-8000-00000000000{ord(self.letter) % 10}
allow 1024-65535 192.168.1.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
""")
        self.daemon = self.router.start(f"miniupnpd-{self.letter}", [
            "miniupnpd", "-d", "-f", config, "-P", self.lab.folder / f"miniupnpd-{self.letter}.pid"])

    def stop_daemon(self):
        """The daemon takes its rules along, as a router that restarts does."""
        self.daemon.terminate()
        self.daemon.wait(30)
        for chain in ("miniupnpd", "prerouting_miniupnpd", "postrouting_miniupnpd"):
            self.router.run("nft", "flush", "chain", "inet", "filter", chain)

    def forwards(self):
        """What the router lets in, as its packet filter has it."""
        return self.router.run("nft", "list", "chain", "inet", "filter", "prerouting_miniupnpd").stdout

    def forward(self, *ports):
        """The owner forwards ("udp", 5060), ... by hand, later."""
        for transport, port in ports:
            self.router.run("nft", "add", "rule", "inet", "filter", "prerouting", "iifname", "ext", transport, "dport", port,
                            "dnat", "ip", "to", f"{NODE}:{port}")
        self.router.run("nft", "insert", "rule", "inet", "filter", "forward", "ct", "status", "dnat", "accept")

    def new_public_address(self, address):
        """As a provider gives a new one at night: the old one is gone, nothing comes there any more, and what the router
        had translated is forgotten, ways in that it had opened too."""
        self.router.run("nft", "insert", "rule", "inet", "filter", "prerouting", "iifname", "ext", "ip", "daddr", self.public,
                        "drop")
        self.router.run("ip", "address", "del", f"{self.public}/8", "dev", "ext")
        self.router.inside(forget_connections)
        self.router.address("ext", f"{address}/8")
        self.public = address

    def node(self, extra=""):
        return HomeNode(self.lab, f"node-{self.letter}", self.node_space, self.node_address, extra).init()

    def second_node(self, extra=""):
        """Another one in the same house, of somebody else."""
        space = self.machine("m" + self.letter, 21)
        return HomeNode(self.lab, f"node-{self.letter}2", space, "192.168.1.21", extra).init()

    def caller(self, node, user, password, uri, *more):
        """tests/interop/caller.py from the phone's place."""
        done = self.phone_space.run("python3", HERE / "caller.py", "--server", NODE, "--local", PHONE, "--user", user,
                                    "--password", password, *more, uri, ok=False)
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            raise Failure(f"caller: {done.stderr[-500:]}")


class HomeNode(Node):
    """A node on a machine of its own, with all settings but the bootstrap node and the network as they are by default."""

    def __init__(self, lab, name, space, address, extra=""):
        self.space = space
        super().__init__(lab, name, address, NETWORK, [f"{BOOTSTRAP}:4222"], extra=extra)

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
        self.process = self.space.start(self.name, [BINARY, "--config", self.config, "run"])
        wait_for(f"{self.name} to answer its control socket",
                 lambda: self.command("status", "--json", ok=False).returncode == 0, 60)
        return self

    def invite(self, user):
        return re.search(r"hedgewitch:\S+", self.command("invite", user).stdout)[0]

    def befriend(self, name, invite):
        self.command("contact", "add", name, invite)

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
