#!/usr/bin/env python3
# tests/interop/two_homes.py - nodes behind routers that translate addresses (lab/homes.py): ports opened by NAT-PMP and by
# UPnP, lost and regained, another public address, and a call from one home into the other. Needs root.
# Run all: two_homes.py; one: two_homes.py nat_pmp_alone
import dataclasses
import os
import re
import time

from lab import HERE, Failure, check, main, ring, say, stop_time, wait_for
from lab.homes import KINDS, Home, Internet, friend
from village import published

PASSWORD = {"alice": "alice-47114711", "bob": "bob-08150815"}
A, B = "11.1.0.2", "11.2.0.2"


def at(address):
    return [f"udp:{address}:5060", f"tcp:{address}:5060", f"tls:{address}:5061"]


def alone(lab, extra="", age=0, **router):
    """One home, its node started; the router has run for `age` seconds by then."""
    home = Home(Internet(lab), "a", A, **router)
    time.sleep(age)
    node = home.node(extra)
    node.add_user("alice", PASSWORD["alice"])
    node.start()
    return home, node


def open_ports(home):
    """{("udp", 5060), ...} that the router sends on to the node, as its packet filter says."""
    lines = [line.split() for line in home.forwards().splitlines() if "dnat" in line and "192.168.1.20" in line]
    return {("tcp" if "0x6" in words else "udp", int(words[words.index("dport") + 1])) for words in lines}


ALL_PORTS = {("udp", 5060), ("tcp", 5060), ("tcp", 5061), ("udp", 4222)}
DOOR_PORTS = 9  # four pairs for the next calls' sound, and STUN's


def checks_of_a_mapping(home, node, protocol):
    took = node.advertises(at(home.public))
    say(f"{protocol}: the router's address is checked and advertised {took:.1f} s after the start")
    check(f"through your router 192.168.1.1, by {protocol}" in node.says(), f"status says so: {node.says()}")
    wait_for("the ports for sound", lambda: len(open_ports(home) - ALL_PORTS) == DOOR_PORTS, 20)
    check(ALL_PORTS <= open_ports(home), f"the router's packet filter lets in {sorted(open_ports(home))}")
    seen = node.status()["reach"]["seen"]
    check(seen and seen[0]["address"] == home.public, f"DHT nodes outside see it there as well: {seen}")
    took = node.stop()
    check(node.process.returncode == 0 and took < stop_time(), f"it stops in {took:.2f} s")
    # A daemon that a sanitizer slows down ends those of SIP at least; the others run out (Upnp::farewell).
    ends = ALL_PORTS if took > 1.4 else ALL_PORTS | open_ports(home)
    wait_for("the mappings to be removed", lambda: not open_ports(home) & ends, 5)
    say("and its mappings are gone")


NO_PCP = "[reach]\npcp = false\n"


def pcp_alone(lab):
    home, node = alone(lab, upnp=False)
    checks_of_a_mapping(home, node, "PCP")


def nat_pmp_alone(lab):
    home, node = alone(lab, NO_PCP, upnp=False)
    checks_of_a_mapping(home, node, "NAT-PMP")


def upnp_alone(lab):
    home, node = alone(lab, nat_pmp=False)
    checks_of_a_mapping(home, node, "UPnP")


def a_silent_router(lab):
    home, node = alone(lab, nat_pmp=False, upnp=False)
    says = wait_for("the router to be given up", lambda: "neither" in node.says() and node.says(), 30)
    check(says.startswith("Others cannot reach you: your router at 192.168.1.1 answers neither PCP nor NAT-PMP nor UPnP. ") and
          "Forward UDP and TCP port 5060 and TCP port 5061 on it to this machine (192.168.1.20)" in says, says)
    check(node.advertised() == [], "nothing is advertised")
    check(says in node.command("status").stdout, "`hedgewitch status` says so to people")


def another_host_offers_upnp(lab):
    """The default route leads to a router that is silent (as an address shared by VRRP is); another host in the house
    answers the search, once by its address, once by a name. It is not believed, and status says whom and why."""
    home = Home(Internet(lab), "a", A, nat_pmp=False, upnp=False)
    offers = home.phone_space.start("offers", ["python3", "-c", OFFERS_UPNP, "192.168.1.30"])
    node = home.node()
    node.add_user("alice", PASSWORD["alice"])
    node.start()
    for who, why in (("another host on the network, 192.168.1.30, offers UPnP", "the default route leads to 192.168.1.1"),
                     ("offers UPnP by the name fritz.box", "only the address 192.168.1.1 itself is the router's")):
        says = wait_for(f"status to say: {who}", lambda: who in node.says() and node.says(), 40)
        check(why in says and "your router at 192.168.1.1" in says, says)
        check(node.advertised() == [], "nothing is advertised")
        node.stop()
        offers.terminate()
        offers.wait(10)
        offers = home.phone_space.start("names", ["python3", "-c", OFFERS_UPNP, "fritz.box"])
        node.start()


OFFERS_UPNP = """
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('', 1900))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton('239.255.255.250') + socket.inet_aton('192.168.1.30'))
while True:
    question, peer = s.recvfrom(2000)
    device = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1'
    s.sendto(f'HTTP/1.1 200 OK\\r\\nST: {device}\\r\\nUSN: uuid:1::{device}\\r\\nLOCATION: http://{sys.argv[1]}:5000/rootDesc.xml\\r\\n\\r\\n'.encode(), peer)
"""


def a_port_that_is_taken(lab):
    """Somebody else in the house has 5060 already: another port is given, published, and leads here."""
    home = Home(Internet(lab), "a", A, nat_pmp=False)
    taken = home.phone_space.run("python3", "-c", UPNP_TAKES_5060, ok=False)
    check("HTTP/1.1 200" in taken.stdout, "the phone has had UDP 5060 opened for itself")
    node = home.node()
    node.add_user("alice", PASSWORD["alice"])
    node.start()
    advertised = wait_for("addresses", node.advertised, 30)
    udp = [a for a in advertised if a.startswith("udp:")]
    check(len(udp) == 1 and udp[0] != f"udp:{A}:5060", f"another UDP port is advertised: {advertised}")
    check(f"tcp:{A}:5060" in advertised, "TCP 5060 was free")
    port = int(udp[0].rsplit(":", 1)[1])
    check(("udp", port) in open_ports(home), f"the router sends UDP {port} on to the node")


# SSDP is skipped: the description's address is the daemon's own port, found by its log.
UPNP_TAKES_5060 = """
import re, socket, urllib.request
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(3)
s.sendto(b'M-SEARCH * HTTP/1.1\\r\\nHOST: 239.255.255.250:1900\\r\\nST: upnp:rootdevice\\r\\nMAN: "ssdp:discover"\\r\\nMX: 1\\r\\n\\r\\n', ('239.255.255.250', 1900))
location = re.search(rb'(?i)location: *(\\S+)', s.recv(2000)).group(1).decode()
description = urllib.request.urlopen(location, timeout=3).read().decode()
service = re.search(r'<serviceType>(urn:schemas-upnp-org:service:WANIPConnection:\\d)</serviceType>.*?<controlURL>([^<]*)', description, re.S)
body = f'''<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><u:AddPortMapping xmlns:u="{service[1]}"><NewRemoteHost></NewRemoteHost><NewExternalPort>5060</NewExternalPort><NewProtocol>UDP</NewProtocol><NewInternalPort>5060</NewInternalPort><NewInternalClient>192.168.1.30</NewInternalClient><NewEnabled>1</NewEnabled><NewPortMappingDescription>x</NewPortMappingDescription><NewLeaseDuration>600</NewLeaseDuration></u:AddPortMapping></s:Body></s:Envelope>'''
host = location.split('/')[2]
request = urllib.request.Request(f'http://{host}{service[2]}', body.encode(), {'SOAPAction': f'"{service[1]}#AddPortMapping"', 'Content-Type': 'text/xml'})
answer = urllib.request.urlopen(request, timeout=3)
print('HTTP/1.1', answer.status)
"""


def lost_and_regained(lab, extra="", **router):
    home, node = alone(lab, extra, **router)
    node.advertises(at(A))
    home.stop_daemon()
    check(not open_ports(home), "the router has lost its mappings")
    time.sleep(1)
    home.start_daemon()
    began = time.monotonic()
    wait_for("the mappings to be back", lambda: ALL_PORTS <= open_ports(home), 90)
    took = time.monotonic() - began
    check(node.advertised() == at(A), "the address has stayed published")
    return took


def lost_and_regained_by_nat_pmp(lab):
    # RFC 6886 §3.6 allows the router's clock an eighth: one that has lost its table seconds after it began hides it.
    took = lost_and_regained(lab, NO_PCP, age=10, upnp=False)
    check(took <= 20, f"miniupnpd does not announce a start, but its epoch tells: mappings are back after {took:.1f} s "
                      "(asked every 15 s)")


def lost_and_regained_by_pcp(lab):
    took = lost_and_regained(lab, age=10, upnp=False)
    check(took <= 20, f"an epoch that went back tells (RFC 6887 8.5): mappings are back after {took:.1f} s")


def a_hole_in_the_ipv6_firewall(lab):
    """The router's IPv6 firewall is asked over PCP, and what it lets in is published; a router that opens nothing there
    has its address waiting, and says so."""
    internet = Internet(lab)
    home = Home(internet, "a", A, KINDS["ipv6_pinhole"])
    node = home.node()
    node.add_user("alice", PASSWORD["alice"])
    node.start()
    inside = "[2a0f:0:0:1::20]"
    took = node.advertises([f"udp:{inside}:5060", f"tcp:{inside}:5060", f"tls:{inside}:5061"], 40)
    # While the router is asked, nobody may be found who could try: then it is told unchecked for a moment.
    says = wait_for("the router's word", lambda: "the router lets calls in" in node.says() and node.says(), 20)
    say(f"after {took:.1f} s: {says}")
    holes = lambda: home.router.run("nft", "list", "chain", "inet", "filter", "miniupnpd").stdout.count("2a0f000000000001")
    check(holes() >= 3, "three holes are in the router's packet filter")
    check(node.stop() < stop_time(), "it stops at once")
    wait_for("the holes to be closed", lambda: not holes(), 3)


def a_hole_past_temporary_addresses(lab):
    """RFC 8981: the machine prefers a temporary address for all that it sends. The holes are for its lasting one, which is
    the one that is published, and a router makes them only for who asks from there."""
    internet = Internet(lab)
    home = Home(internet, "a", A, dataclasses.replace(KINDS["ipv6_pinhole"], nat_pmp=False))
    space, inside = home.node_space, "2a0f:0:0:1::20"
    space.run("sysctl", "-qw", "net.ipv6.conf.eth0.use_tempaddr=2")
    space.run("ip", "-6", "address", "replace", f"{inside}/64", "dev", "eth0", "mngtmpaddr", "nodad")
    temporary = wait_for("the kernel to make a temporary address", lambda: re.search(
        r"inet6 (2a0f:\S+)/64 scope global temporary", space.run("ip", "-6", "address", "show", "dev", "eth0").stdout), 10)[1]
    uses = lambda: re.search(r"src (\S+)", space.run("ip", "-6", "route", "get", "2a0f::1").stdout)[1]
    wait_for("it to be what the machine sends from", lambda: uses() == temporary, 10)
    node = home.node(HOLES_OF_20_S)
    node.add_user("alice", PASSWORD["alice"])
    node.start()
    node.advertises([f"{kind}:[{inside}]:{port}" for kind, port in (("udp", 5060), ("tcp", 5060), ("tls", 5061))], 60)
    says = wait_for("the router's word", lambda: "the router lets calls in" in node.says() and node.says(), 30)
    say(f"the machine sends from {temporary}: {says}")
    check(outside_reaches(internet, inside, 5060), "somebody outside gets in")
    check(not outside_reaches(internet, temporary, 5060), "at the lasting address alone")
    check(node.stop() < stop_time(), "it stops at once")


HOLES_OF_20_S = "[reach]\nlease_s = 20\npcp = false\n"


def a_hole_in_the_ipv6_firewall_by_upnp(lab):
    """The same over UPnP IGD 2 (miniupnpd answers PCP over IPv6 whatever it is told, so the node asks none): its holes are renewed, made anew after it has lost them,
    and closed at the end. The default route leads to its link-local address, as routers announce themselves; its description
    stands at another of its addresses, and another machine in the house that offers the same is not believed."""
    internet = Internet(lab)
    home = Home(internet, "a", A, dataclasses.replace(KINDS["ipv6_pinhole"], nat_pmp=False))
    link_local = re.search(r"fe80::[0-9a-f:]+", home.router.run("ip", "-6", "-br", "address", "show", "dev", "lan").stdout)[0]
    home.node_space.run("ip", "-6", "route", "replace", "default", "via", link_local, "dev", "eth0")
    home.phone_space.start("offers", ["python3", "-c", OFFERS_A_FIREWALL])
    node = home.node(HOLES_OF_20_S)
    node.add_user("alice", PASSWORD["alice"])
    inside = "2a0f:0:0:1::20"
    let_in = lambda: outside_reaches(internet, inside, 5060)
    node.start()
    took = node.advertises([f"{kind}:[{inside}]:{port}" for kind, port in (("udp", 5060), ("tcp", 5060), ("tls", 5061))], 60)
    says = wait_for("the router's word", lambda: "the router lets calls in" in node.says() and node.says(), 30)
    say(f"after {took:.1f} s: {says}")
    reach = node.status()["reach"]
    check(reach["firewall"]["upnp"] == "speaks" and reach["firewall"]["pcp"] == "off", f"{reach['firewall']}")
    holes = lambda: home.router.run("nft", "list", "chain", "inet", "filter", "miniupnpd").stdout.count("2a0f000000000001")
    wait_for("the holes for sound", lambda: holes() >= 3 + DOOR_PORTS, 30)
    check(let_in(), "and somebody outside gets in")
    log = lambda: (lab.folder / "miniupnpd-a.log").read_text()
    wait_for("them to be renewed", lambda: log().count("updating lease duration to 20 for pinhole") >= 3, 40)
    check(holes() >= 3 and let_in(), "holes of 20 s are renewed by their names")
    home.stop_daemon()
    check(not holes() and not let_in(), "the router has lost its holes: nobody gets in")
    offers = lambda: (lab.folder / "offers.log").read_text()
    searched = offers().count("asked")
    wait_for("the node to search again", lambda: offers().count("asked") > searched, 30)
    time.sleep(2.5)
    check("tried" not in offers(), "the machine that alone answers then is not believed")
    home.start_daemon()
    began = time.monotonic()
    told = lambda: len(node.status()["reach"]["firewall"]["mappings"])
    wait_for("the holes to be back", lambda: holes() >= 3 + DOOR_PORTS and told() >= 3 + DOOR_PORTS, 90)
    check(let_in(), f"they are back after {time.monotonic() - began:.1f} s")
    check(node.stop() < stop_time(), "it stops at once")
    wait_for("the holes to be closed", lambda: not holes(), 5)


def outside_reaches(internet, address, port):
    """A TCP connection from the bridge, where the bootstrap node is."""
    script = f"import socket; socket.create_connection(('{address}', {port}), 2).close()"
    return internet.space.run("python3", "-c", script, ok=False).returncode == 0


OFFERS_A_FIREWALL = """
import socket, struct, threading
i = socket.if_nametoindex('eth0')
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('::', 1900))
for group in ('ff02::c', 'ff05::c'):
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, group) + struct.pack('I', i))
web = socket.create_server(('2a0f:0:0:1::30', 5000), family=socket.AF_INET6)
def answer():
    while True:
        web.accept()
        print('tried', flush=True)
threading.Thread(target=answer, daemon=True).start()
while True:
    question, peer = s.recvfrom(2000)
    print('asked', flush=True)
    service = 'urn:schemas-upnp-org:service:WANIPv6FirewallControl:1'
    s.sendto(f'HTTP/1.1 200 OK\\r\\nST: {service}\\r\\nUSN: uuid:1::{service}\\r\\nLOCATION: http://[2a0f:0:0:1::30]:5000/rootDesc.xml\\r\\n\\r\\n'.encode(), peer)
"""


def lost_and_regained_by_upnp(lab):
    took = lost_and_regained(lab, nat_pmp=False)
    check(took <= 75, f"nobody tells: its mappings are back after {took:.1f} s (looked for every 60 s)")


def lease_is_renewed(lab):
    home, node = alone(lab, extra="[reach]\nlease_s = 20\n", upnp=False)
    node.advertises(at(A))
    end = time.monotonic() + 45
    while time.monotonic() < end:
        if not ALL_PORTS <= open_ports(home) or node.advertised() != at(A):
            raise Failure(f"mappings of 20 s do not live on: {open_ports(home)}, {node.advertised()}")
        time.sleep(0.5)
    say("mappings of 20 s live on for 45 s, without a gap")


class TwoHomes:
    """Alice in one, Bob in the other, both published."""

    def __init__(self, lab, a_router=None, waits=True, extra="", **router):
        internet = Internet(lab)
        self.a, self.b = Home(internet, "a", A, **(a_router or router)), Home(internet, "b", B, **router)
        self.nodes = {}
        for home, user in ((self.a, "alice"), (self.b, "bob")):
            node = home.node(extra)
            node.add_user(user, PASSWORD[user])
            node.start()
            self.nodes[user] = node
        if not waits:
            return
        for home, user in ((self.a, "alice"), (self.b, "bob")):
            self.nodes[user].advertises(at(home.public))
            register(home, user, 5060)
            published(self.nodes[user], user)


def register(home, user, port):
    script = (f"import sys; sys.path.insert(0, {str(HERE)!r}); import caller; "
              f"a = caller.register('192.168.1.20', '{user}', '{PASSWORD[user]}', 'sip:{user}@192.168.1.30:{port}', "
              f"local='192.168.1.30'); print(a.status if a else 0)")
    done = home.phone_space.run("python3", "-c", script, ok=False)
    check(done.stdout.strip() == "200", f"{user}'s phone registers at home {done.stderr[-300:]}".rstrip())


def a_call_across_both_routers(lab, delivery, more="", **router):
    """baresip in each home: established, hung up from both ends, cancelled; the phones know private addresses only, and
    both homes have the same ones."""
    homes = TwoHomes(lab, extra=f'[sip]\ndelivery = "{delivery}"\n{more}', **router)
    uri = f"sip:bob%40{homes.nodes['bob'].host}@192.168.1.20"
    alice, bob = (home.phone("baresip", user, PASSWORD[user], proxy=None).start()
                  for home, user in ((homes.a, "alice"), (homes.b, "bob")))
    alice.registered(), bob.registered()
    for hangs_up, other in ((alice, bob), (bob, alice)):
        ring(alice, bob, uri)
        bob.answer()
        bob.expect("established"), alice.expect("established")
        time.sleep(1)
        other.skip()
        hangs_up.hang_up()
        other.says(r"BYE sip[^\n]*SIP/2\.0[\s\S]*?SIP/2\.0 200")
        say(f"established across both routers; {hangs_up.user} hangs up, {other.user} is told")
        time.sleep(1)
    ring(alice, bob, uri)
    alice.hang_up()
    bob.says(r"CANCEL sip[^\n]*SIP/2\.0[\s\S]*?SIP/2\.0 487")
    say("cancelled while it rings")
    sip = {user: node.status()["sip"] for user, node in homes.nodes.items()}
    check(sip["bob"]["proxied"] >= 3, f"Bob's node passed the calls on: {sip['bob']['proxied']}")
    if delivery == "proxy":
        check(sip["alice"]["proxied"] >= 3 and sip["alice"]["sent_302"] == 0, "and so did Alice's, without a 302")
    else:
        check(sip["alice"]["sent_302"] >= 3, "Alice's redirected them: her phone went there itself, through her router")


def a_call_with_nat_pmp_alone(lab):
    a_call_across_both_routers(lab, "proxy", upnp=False)


def a_call_with_upnp_alone(lab):
    a_call_across_both_routers(lab, "proxy", nat_pmp=False)


def a_redirected_call(lab):
    """In mode `auto` a node with TLS is not called by redirected phones; nor in any a call whose sound needs a door."""
    a_call_across_both_routers(lab, "redirect", more='[media]\ndoor = "never"\n')


def forwarded_by_hand(lab):
    """Home A's router answers nothing, but its owner has forwarded 5060: Bob's edge calls back, and it is published."""
    homes = TwoHomes(lab, a_router={"nat_pmp": False, "upnp": False}, waits=False)
    alice, bob = homes.nodes["alice"], homes.nodes["bob"]
    bob.advertises(at(B))
    register(homes.b, "bob", 5060)
    published(bob, "bob")
    check(alice.advertised() == [], "nothing of home A is advertised yet")
    homes.a.forward(("udp", 5060), ("tcp", 5060))
    alice.command("contact", "add", "bob", f"sip:bob@{bob.host}")
    took = alice.advertises([f"udp:{A}:5060", f"tcp:{A}:5060"], 120)
    check("another node has called back there" in alice.says(), f"after {took:.0f} s: {alice.says()}")
    asked = bob.status()["reach"]["call_back"]
    check(asked["called_others"] == 2, f"Bob's edge has called twice: {asked}")


def two_friends_by_hand(lab):
    """Both routers open nothing, both owners have forwarded SIP's ports by hand, and neither has a contact who could try
    it: each other's nodes do, as any node of the network that offers it. No sip.advertise anywhere."""
    internet = Internet(lab)
    homes = [Home(internet, letter, public, KINDS["by_hand"]) for letter, public in (("a", A), ("b", B))]
    nodes = {}
    for home, user in zip(homes, ("alice", "bob")):
        node = nodes[user] = home.node()
        node.add_user(user, PASSWORD[user])
    alice, bob = nodes["alice"], nodes["bob"]
    alice.start()
    says = wait_for("Alice's node to have looked for somebody", lambda: "could try" in alice.says() and alice.says(), 40)
    check("Forward UDP and TCP port 5060 and TCP port 5061" in says, says)
    check(alice.advertised() == [], "nothing is advertised that nobody has tried")
    bob.start()
    began = time.monotonic()
    for node, home in ((alice, homes[0]), (bob, homes[1])):
        node.advertises([f"udp:{home.public}:5060", f"tcp:{home.public}:5060", f"tls:{home.public}:5061"], 60)
        say(f"{node.name} after {time.monotonic() - began:.1f} s: {node.says()}")
        check("another node has called back there" in node.says(), "a stranger has called back")
    check(time.monotonic() - began < 60, "within 60 s of the second start")
    for home, user in zip(homes, ("alice", "bob")):
        register(home, user, 5060)
        published(nodes[user], user)
    found = wait_for("Alice's node to find Bob", lambda: leads_to(alice.lookup(f"sip:bob@{bob.host}"), B), 20)
    check(found, f"each finds the other {time.monotonic() - began:.1f} s after the second start")
    check(leads_to(bob.lookup(f"sip:alice@{alice.host}"), A), "and the other way round")


def ipv6_is_checked(lab):
    """Carriers' NAT over IPv4, IPv6 without a firewall in one home and with one in the other; the bootstrap node is known by
    IPv4 alone, and answers no such question: the addresses are told unchecked. Then a node comes that can be met: over IPv4
    it says where it is over IPv6, tries, and the firewall is found."""
    internet = Internet(lab)
    nodes = {}
    for letter, public, kind, user in (("a", A, "ipv6_open", "alice"), ("b", B, "ipv6_firewall", "bob")):
        node = nodes[user] = Home(internet, letter, public, KINDS[kind]).node()
        node.add_user(user, PASSWORD[user])
        node.start()
    at_home = {"alice": "[2a0f:0:0:1::20]", "bob": "[2a0f:0:0:2::20]"}
    for user, node in nodes.items():
        inside = at_home[user]
        took = node.advertises([f"udp:{inside}:5060", f"tcp:{inside}:5060", f"tls:{inside}:5061"], 40)
        check("whether calls get in there is not known yet" in node.says(), f"{user}, after {took:.1f} s: {node.says()}")
    friend(internet, "carol", 3).start()
    began = time.monotonic()  # carol is met within ten seconds, asked over IPv4 where she is over IPv6, and then there
    says = wait_for("Alice's node to have been called", lambda: "this machine's own" in nodes["alice"].says() and
                    nodes["alice"].says(), 240)
    say(f"{time.monotonic() - began:.1f} s after carol's start")
    check("Others can reach you at" in says, says)
    wait_for("Bob's node to have been called in vain",
             lambda: nodes["bob"].status()["reach"]["call_back"]["came_not"] >= 2, 150)
    say(f"Bob's node: {nodes['bob'].says()}")


def a_shut_port_is_not_published(lab):
    """The same without the forwarding: Bob's edge calls, nothing arrives, nothing is published."""
    homes = TwoHomes(lab, a_router={"nat_pmp": False, "upnp": False}, waits=False)
    alice, bob = homes.nodes["alice"], homes.nodes["bob"]
    bob.advertises(at(B))
    register(homes.b, "bob", 5060)
    published(bob, "bob")
    alice.command("contact", "add", "bob", f"sip:bob@{bob.host}")
    wait_for("Bob's edge to have called", lambda: bob.status()["reach"]["call_back"]["called_others"] >= 2, 400)
    wait_for("both calls to be missed", lambda: alice.status()["reach"]["call_back"]["came_not"] >= 2, 20)
    check(alice.advertised() == [], f"nothing is advertised: {alice.says()}")


def leads_to(found, address):
    return any(f"@{address}:5060" in contact for contact in contacts_of(found))


def contacts_of(found):
    return [c if isinstance(c, str) else c["uri"] for c in found.get("contacts", [])]


def new_address(lab):
    """The provider gives home B another address while Bob is registered: A finds him there."""
    homes = TwoHomes(lab)
    alice, bob = homes.nodes["alice"], homes.nodes["bob"]
    uri = f"sip:bob@{bob.host}"
    found = wait_for("Alice's node to find Bob", lambda: leads_to(alice.lookup(uri), B) and alice.lookup(uri), 20)
    say(f"Alice's node finds Bob at {contacts_of(found)}")
    homes.b.new_public_address("11.2.0.99")
    began = time.monotonic()
    wait_for("Bob's node to advertise it", lambda: bob.advertised() == at("11.2.0.99"), 40)
    advertised = time.monotonic() - began
    wait_for("Alice's node to find Bob there", lambda: leads_to(alice.lookup(uri), "11.2.0.99"), 20)
    took = time.monotonic() - began
    say(f"checked and advertised after {advertised:.1f} s, found by Alice's node after {took:.1f} s")
    # 3 to 4.7 s when nothing else runs. What is late beside eleven other tests, or in a sanitizer, says nothing of that.
    most = 40 if os.getloadavg()[0] > os.cpu_count() else 5
    check(took <= most, f"within {most} s")


if __name__ == "__main__":
    main({f.__name__: f for f in (pcp_alone, nat_pmp_alone, upnp_alone, a_silent_router, another_host_offers_upnp,
                                  a_port_that_is_taken,
                                  lost_and_regained_by_pcp, lost_and_regained_by_nat_pmp, lost_and_regained_by_upnp, a_hole_in_the_ipv6_firewall,
                                  a_hole_in_the_ipv6_firewall_by_upnp,
                                  a_hole_past_temporary_addresses, lease_is_renewed, new_address,
                                  a_call_with_nat_pmp_alone, a_call_with_upnp_alone, a_redirected_call,
                                  forwarded_by_hand, two_friends_by_hand, ipv6_is_checked, a_shut_port_is_not_published)},
         by_name_only=("forwarded_by_hand", "a_shut_port_is_not_published"), seconds=360)
