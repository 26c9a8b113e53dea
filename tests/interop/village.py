# tests/interop/village.py - what the scenarios of names.py and people.py share: Alice's node A, Bob's node B, zones and
# the front that stands between A and DNS. A phone is a registration or a call: sound is two_nodes.py's.
import json
import select
import socket
import threading

import caller
from lab import Failure, Node, check, wait_for
from signed_zone import LIAR, DnsFront, SignedZones, Zone, is_below

NETWORK = 4245
PASSWORD = {"alice": "alice-47114711", "bob": "bob-08150815", "carol": "carol-12341234"}
PHONE_B = "sip:bob@127.0.0.13:5070"  # registered, though nobody needs to be there
EDGE_B = "@127.0.0.3:5060"           # where B's records and honest DNS lead
HONEST = ["_sip._udp SRV 10 10 5060 edge", "edge A 127.0.0.3"]


class Ear:
    """Hears what comes to an address, over UDP and TCP: SIP is answered 486, and a connection hung up."""

    def __init__(self, lab, address, *ports, group=None):
        self.heard, self.running = [], True
        self.sockets = []
        for port in ports:
            udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            for one in (udp, tcp):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            udp.bind((group or address, port))
            if group:
                udp.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton(address))
            tcp.bind((address, port))
            tcp.listen(8)
            self.sockets += [udp, tcp]
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()
        lab.captures.append(self)

    def _listen(self):
        while self.running:
            for ready in select.select(self.sockets, [], [], 0.1)[0]:
                if ready.type == socket.SOCK_STREAM:
                    self.heard.append(b"connection")
                    ready.accept()[0].close()
                    continue
                data, peer = ready.recvfrom(65535)
                self.heard.append(data)
                kept = [line for line in data.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]
                        if line.lower().startswith((b"via:", b"from:", b"to:", b"call-id:", b"cseq:"))]
                ready.sendto(b"SIP/2.0 486 Busy Here\r\n" + b"\r\n".join(kept) + b"\r\nContent-Length: 0\r\n\r\n", peer)

    def stop(self):
        self.running = False
        self.thread.join(1)
        for one in self.sockets:
            one.close()


def binding(node, more=""):
    """The record by which a domain's owner binds the domain to a node's key."""
    return f'_hedgewitch TXT "v=1;k={node.key}{more}"'


class Village:
    """Signed example.test and unsigned plain.test, both Bob's; A asks DNS through the front."""

    def __init__(self, lab, domains=("example.test", "plain.test"), zones=None, a_settings=None, b_settings=None):
        self.lab = lab
        self.zones = SignedZones(lab, zones or [Zone("example.test", HONEST), Zone("plain.test", HONEST, "unsigned")])
        self.front = DnsFront(lab, (self.zones.address, self.zones.port))
        self.b = Node(lab, "node-b", "127.0.0.3", NETWORK, domains=domains, **(b_settings or {})).init()
        self.b.add_user("bob", PASSWORD["bob"])
        self.b.start()
        self.register(self.b, "bob", PHONE_B)
        self.a = Node(lab, "node-a", "127.0.0.2", NETWORK, ["127.0.0.3:4222"], **self.dns(), **(a_settings or {})).init()
        self.a.add_user("alice", PASSWORD["alice"])
        self.a.start()
        published(self.b, "bob")

    def liar(self, *domains):
        """A living Hedgewitch where every lie leads, which answers for the domains and proves a key of its own."""
        node = Node(self.lab, "liar", LIAR, NETWORK + 1, domains=domains).init()
        node.add_user("bob", PASSWORD["bob"])
        node.start()
        self.register(node, "bob", f"sip:bob@{LIAR}:5070")
        return node

    def dns(self):
        """Settings of a node that asks through the front and trusts the signed zone's key."""
        return {"dns": [self.front.server], "dns_lines": f'dnssec = "require"\ntrust_anchor = "{self.zones.anchor("example.test")}"'}

    def register(self, node, user, contact):
        answer = caller.register(node.address, user, PASSWORD[user], contact)
        check(answer and answer.status == 200, f"{user}'s phone registers at {node.name}")

    def call(self, uri, node=None):
        """What Alice's phone is answered on the wire; every answer is checked for what must never be."""
        node = node or self.a
        seen = caller.call(node.address, uri, "alice", PASSWORD["alice"], local="127.0.0.12")
        seen["contacts"] = seen["hops"][0].get("contacts", [])
        if not seen["status"] or seen["status"] >= 600:
            raise Failure(f"a call to {uri} was answered {seen['status']} {seen['reason']}")
        return seen

    def restart(self, node, **changes):
        """With another configuration, and with empty caches."""
        node.stop()
        node.write_config(**changes)
        node.start()

    def check_no_alt(self):
        leaked = [query for query in self.front.queries if is_below(query[0], "alt")]
        check(not leaked, f"of {len(self.front.queries)} questions to DNS none was for a name under .alt {leaked or ''}")


def published(node, user, owner=None):
    """Waits until the node has read the record of a user back from the DHT."""
    def confirmed():
        return [r for r in node.status()["overlay"]["published"]
                if r["label"] == user and r["read_back"] > 0 and not r["withdrawn"]]
    return wait_for(f"{user}'s record to be read back", confirmed, 30)


def leads_to(call, where, what):
    """302, to this place and to no other."""
    check(call["status"] == 302 and call["contacts"] and all(where in contact for contact in call["contacts"]),
          f"{what}: {call['status']} {call['contacts'] or call['reason']} {call['warning']}".rstrip())


def refused(call, status, what, reason="", warning=""):
    """This status, with these words in its reason phrase and Warning, and no contact."""
    check(call["status"] == status and not call["contacts"] and reason in call["reason"] and warning in call["warning"]
          and (not warning or call["warning"].startswith("399 ")),
          f"{what}: {call['status']} {call['reason']} {call['warning']}".rstrip())


def says(text, words, what):
    """One line of an explanation has all these words."""
    lines = [line for line in text.splitlines() if all(word in line for word in words)]
    check(lines, f"{what}: {lines[0].strip()}" if lines else f"{what}, {words}, in:\n{text}")


def trust_of(node, name):
    """What `trust list` says of a name, and that it shows a person the same; None: nothing."""
    entry = next((e for e in json.loads(node.command("trust", "list", "--json").stdout) if e["name"] == name), None)
    text = node.command("trust", "list").stdout
    shown = f"{name}\n  {entry['shown_as']:<10}  {entry['key']}\n" if entry else f"{name}\n"
    if (shown in text) != bool(entry):
        raise Failure(f"trust list and trust list --json differ: {entry}\n{text}")
    return entry
