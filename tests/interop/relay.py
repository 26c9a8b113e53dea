#!/usr/bin/env python3
# tests/interop/relay.py - homes that nobody can call, called through a friend's node (node/relay): real phones behind
# carriers' NAT that opens nothing, friends' nodes behind routers that open ports, and everything that a relay gets to
# see. Needs root. Run all: relay.py; one: relay.py rings_through_a_friend
import time

from lab import HERE, check, main, ring, say, wait_for
from lab.homes import KINDS, NODE, Home, Internet
from village import published

PASSWORD = {"alice": "alice-47114711", "bob": "bob-08150815", "frank": "frank-11111111", "grace": "grace-22222222"}
PUBLIC = {"alice": "11.1.0.2", "bob": "11.2.0.2", "frank": "11.3.0.2", "grace": "11.4.0.2"}
SHUT, OPEN = KINDS["carrier"], KINDS["nat_pmp"]

# What passes an interface, as it is, until it is told to end.
SNIFFER = """
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind((sys.argv[1], 0))
with open(sys.argv[2], 'wb') as file:
    while True:
        frame = s.recv(65535)
        if frame[23:24] == b'\\x06' and 5061 in (int.from_bytes(frame[34:36], 'big'), int.from_bytes(frame[36:38], 'big')):
            file.write(frame[34:])
            file.flush()
"""


# Whoever has the port of a relay and holds every piece of what goes through, each way, for as long as the file says; a
# negative number: for ever. What is underway when that changes is held as it was.
DELAYER = """
import socket, sys, threading, time
_, port, host, file = sys.argv
def delay():
    return float(open(file).read() or 0)
def move(source, sink):
    due, held = [], threading.Condition()
    def write():
        while True:
            with held:
                while not due:
                    held.wait()
                at, data = due.pop(0)
            time.sleep(max(0, at - time.monotonic()))
            try:
                sink.sendall(data) if data else sink.shutdown(socket.SHUT_WR)
            except OSError:
                return
            if not data:
                return
    threading.Thread(target=write, daemon=True).start()
    while True:
        try:
            data = source.recv(65536)
        except OSError:
            data = b''
        seconds = delay()
        if seconds >= 0:
            with held:
                due.append((time.monotonic() + seconds, data))
                held.notify()
        if not data:
            return
listener = socket.create_server(('0.0.0.0', int(port)))
while True:
    caller, _ = listener.accept()
    try:
        node = socket.create_connection((host, 5061), 5)
        node.settimeout(None)
    except OSError:
        caller.close()
        continue
    for pair in ((caller, node), (node, caller)):
        threading.Thread(target=move, args=pair, daemon=True).start()
"""


class Friends:
    """A home for each name, with its node, one user and one phone; who are friends have each other as contacts."""

    def __init__(self, lab, homes, friends, phones=("alice", "bob"), newcomers=()):
        self.lab, self.internet = lab, Internet(lab)
        self.homes, self.nodes, self.phones = {}, {}, {}
        for user, kind in homes.items():
            home = Home(self.internet, user[0], PUBLIC[user], kind)
            node = home.node()
            if user in newcomers:
                node.write_config(bootstrap=[])
            node.add_user(user, PASSWORD[user])
            self.homes[user], self.nodes[user] = home, node
        for one, other in friends:
            for whose, who in ((one, other), (other, one)):
                self.nodes[whose].command("contact", "add", who, f"sip:{who}@{self.nodes[who].host}")
        for user in sorted(homes, key=lambda name: homes[name] is SHUT):
            self.nodes[user].start()
            if user in phones:
                self.phones[user] = self.homes[user].phone("baresip", user, PASSWORD[user]).start()
                self.phones[user].registered()
            else:
                self.register(user)
            if homes[user] is not SHUT:
                wait_for(f"{user}'s node to be reached", lambda: self.nodes[user].advertised(), 40)
                published(self.nodes[user], user)

    def register(self, user):
        script = (f"import sys; sys.path.insert(0, {str(HERE)!r}); import caller; "
                  f"a = caller.register('192.168.1.20', '{user}', '{PASSWORD[user]}', 'sip:{user}@192.168.1.30:5060', "
                  f"local='192.168.1.30'); print(a.status if a else 0)")
        done = self.homes[user].phone_space.run("python3", "-c", script, ok=False)
        check(done.stdout.strip() == "200", f"{user}'s phone registers {done.stderr[-300:]}".rstrip())

    def says(self, user, words, seconds=100):
        node = self.nodes[user]
        return wait_for(f"{user}'s node to say: {words}", lambda: words in node.says() and node.says(), seconds)

    def finds(self, caller, callee):
        """Until the caller's node knows a way through a relay."""
        uri = f"sip:{callee}@{self.nodes[callee].host}"
        def ways():
            return [c for c in self.nodes[caller].lookup(uri).get("contacts", []) if c.get("through")]
        return wait_for(f"{caller}'s node to find {callee} through a relay", ways, 60)

    def through(self, user):
        return {t["contact"]: t["standing"] for t in self.nodes[user].status()["reach"]["through"]}

    def sniff(self, user):
        """Everything that goes to or from the TLS port of this home's node."""
        file = self.lab.folder / f"seen-at-{user}"
        process = self.homes[user].node_space.start(f"sniffer-{user}", ["python3", "-c", SNIFFER, "eth0", file])
        wait_for("the capture to begin", file.exists, 10)
        return process, file


def calls_both_ways(friends, caller, callee, uri):
    """Established, hung up from both ends, cancelled."""
    one, other = friends.phones[caller], friends.phones[callee]
    for hangs_up, hears in ((one, other), (other, one)):
        began = time.monotonic()
        ring(one, other, uri)
        rang = time.monotonic() - began
        other.answer()
        other.expect("established"), one.expect("established")
        time.sleep(1)
        hears.skip()
        hangs_up.hang_up()
        hears.says(r"BYE sip[^\n]*SIP/2\.0[\s\S]*?SIP/2\.0 200")
        say(f"{callee}'s phone rings after {rang:.2f} s and is answered; {hangs_up.user} hangs up, {hears.user} is told")
        time.sleep(1)
    ring(one, other, uri)
    one.hang_up()
    other.says(r"CANCEL sip[^\n]*SIP/2\.0[\s\S]*?SIP/2\.0 487")
    say("cancelled while it rings")


def address(friends, user):
    return f"sip:{user}@{friends.nodes[user].host}"


def rings_through_a_friend(lab):
    """Bob's home opens nothing; his friend Frank's node can be reached; Alice calls Bob, and Frank's node sees nothing."""
    friends = Friends(lab, {"alice": OPEN, "frank": OPEN, "bob": SHUT}, [("frank", "bob")])
    says = friends.says("bob", "You are reached through frank's node.", 90)
    say(f"Bob's status: {says}")
    check(friends.nodes["bob"].advertised() == [], "nothing of his own is advertised")
    friends.finds("alice", "bob")
    sniffer, seen = friends.sniff("frank")
    found = friends.nodes["alice"].explain(f"sip:bob@{friends.nodes['bob'].host}")
    check(f"goes through the node at {PUBLIC['frank']}:5061" in found, f"explain says the way: {found.splitlines()[0]}")
    calls_both_ways(friends, "alice", "bob", address(friends, "bob"))
    sniffer.terminate()
    relaying = friends.nodes["frank"].status()["reach"]["relaying"]
    check(relaying["held"] == 1 and relaying["pipes_opened"] >= 1 and relaying["bytes"] > 1000,
          f"Frank's node has passed it on: {relaying}")
    check(friends.nodes["frank"].status()["sip"]["proxied"] == 0, "as bytes: no call went through its proxy")
    bytes_seen = seen.read_bytes()
    check(b".relay.alt" in bytes_seen, f"{len(bytes_seen)} bytes were seen at Frank's node, the token among them")
    words = [b"SIP", b"sip", b"INVITE", b"BYE", b"alice", b"bob", b"frank", b"Via", b"tag=", b"hedge",
             friends.nodes["bob"].key.encode(), friends.nodes["alice"].key.encode()]
    allowed = bytes_seen.replace(b"\x05sip/2\x03sip", b"")  # the hello of a call to Frank himself: none is made here
    check(not [word for word in words if word in allowed], "and no word of SIP, no name and no key")
    check(friends.nodes["alice"].status()["transport"]["connections_opened"] >= 1, "over one connection of Alice's node")


def both_behind(lab):
    """Neither home can be called: each is met through Frank, who is a friend of both; and he calls both, and is called."""
    friends = Friends(lab, {"frank": OPEN, "alice": SHUT, "bob": SHUT}, [("frank", "bob"), ("frank", "alice")],
                      phones=("alice", "bob", "frank"))
    for user in ("alice", "bob"):
        friends.says(user, "You are reached through frank's node.")
    for caller, callee in (("alice", "bob"), ("frank", "bob"), ("frank", "alice")):
        friends.finds(caller, callee)
    calls_both_ways(friends, "alice", "bob", address(friends, "bob"))
    calls_both_ways(friends, "frank", "bob", address(friends, "bob"))
    calls_both_ways(friends, "bob", "frank", address(friends, "frank"))


def one_relay_dies(lab):
    """Two relays are held. One dies without a word, and calls go by the other; then that one too, and it is told."""
    friends = Friends(lab, {"alice": OPEN, "frank": OPEN, "grace": OPEN, "bob": SHUT},
                      [("frank", "bob"), ("grace", "bob")])
    wait_for("both relays to be held", lambda: list(friends.through("bob").values()).count("held") == 2, 90)
    says = friends.nodes["bob"].says()
    check("frank's node and grace's node" in says or "grace's node and frank's node" in says, says)
    wait_for("Alice's node to know both ways", lambda: len(friends.finds("alice", "bob")) == 2, 90)
    first = friends.finds("alice", "bob")[0]["through"].split(":")[0]
    dies = next(user for user in ("frank", "grace") if PUBLIC[user] == first)
    lives = "grace" if dies == "frank" else "frank"
    friends.homes[dies].router.run("ip", "link", "set", "ext", "down")
    alice, bob = friends.phones["alice"], friends.phones["bob"]
    began = time.monotonic()
    ring(alice, bob, address(friends, "bob"))
    say(f"{dies}'s line is cut; through {lives} it rings after {time.monotonic() - began:.1f} s")
    bob.answer()
    alice.expect("established")
    bob.skip()
    alice.hang_up()
    bob.says(r"BYE sip[^\n]*SIP/2\.0")
    friends.nodes[lives].kill9()
    friends.says("bob", "Others cannot reach you", 90)
    alice.skip()
    alice.dial(address(friends, "bob"))
    alice.says(r"SIP/2\.0 (480|503|504|408)", 40)
    say(f"without any relay: {friends.nodes['bob'].says()}")


def a_stranger_is_no_relay_and_gets_none(lab):
    """Bob has Frank as a contact; Frank does not have Bob: his node relays for contacts alone, and Bob is told what to do."""
    friends = Friends(lab, {"frank": OPEN, "bob": SHUT}, [], phones=())
    friends.nodes["bob"].command("contact", "add", "frank", f"sip:frank@{friends.nodes['frank'].host}")
    says = friends.says("bob", "you are no contact there")
    check("send frank your invite" in says, says)
    check(friends.nodes["frank"].status()["reach"]["relaying"]["held"] == 0, "Frank's node holds nobody")
    friends.nodes["frank"].command("contact", "add", "bob", f"sip:bob@{friends.nodes['bob'].host}")
    friends.says("bob", "You are reached through frank's node.", 90)
    say("once Frank has added him, Bob is reached through Frank")
    friends.nodes["frank"].command("contact", "remove", "bob")
    friends.says("bob", "you are no contact there", 90)
    say("and no longer when Frank has removed him")


def a_relay_that_lies(lab):
    """Frank's node is another's now: who connects with Bob's token is led to somebody else's TLS, or to nobody. No call gets
    there."""
    friends = Friends(lab, {"alice": OPEN, "frank": OPEN, "bob": SHUT}, [("frank", "bob")])
    friends.says("bob", "You are reached through frank's node.")
    friends.finds("alice", "bob")
    # Whoever has Frank's port answers with Alice's own node: a good TLS edge, and not Bob's.
    router = friends.homes["frank"].router
    for chain, *rule in (("prerouting", "iifname", "ext", "tcp", "dport", 5061, "dnat", "ip", "to", f"{PUBLIC['alice']}:5061"),
                         ("forward", "ct", "status", "dnat", "accept"),
                         ("postrouting", "ct", "status", "dnat", "masquerade")):
        router.run("nft", "insert", "rule", "inet", "filter", chain, *rule)
    alice, bob = friends.phones["alice"], friends.phones["bob"]
    alice.skip(), bob.skip()
    alice.dial(address(friends, "bob"))
    alice.says(r"SIP/2\.0 480[\s\S]*?Warning: 399 [^\n]*TLS", 40)
    time.sleep(1)
    check("INVITE sip" not in bob.news(), "Bob's phone is silent")
    tls = friends.nodes["alice"].status()["tls"]
    check(tls["failed"] >= 1 and tls["edges_that_called"] == 0, f"the other edge was not Bob's, and heard nothing: {tls}")


def a_relay_that_delays(lab):
    """Whoever has the first relay's port holds every byte: for 0.2 s, for 3 s, for ever. The call goes, later; then by the
    other relay; and without another one it fails with a reason, in bounded time."""
    friends = Friends(lab, {"alice": OPEN, "frank": OPEN, "grace": OPEN, "bob": SHUT},
                      [("frank", "bob"), ("grace", "bob")])
    wait_for("both relays to be held", lambda: list(friends.through("bob").values()).count("held") == 2, 90)
    wait_for("Alice's node to know both ways", lambda: len(friends.finds("alice", "bob")) == 2, 90)
    first = friends.finds("alice", "bob")[0]["through"].split(":")[0]
    slow = next(user for user in ("frank", "grace") if PUBLIC[user] == first)
    lives = "grace" if slow == "frank" else "frank"
    router, seconds = friends.homes[slow].router, lab.folder / "seconds"
    seconds.write_text("0.2")
    router.start("delayer", ["python3", "-c", DELAYER, 15061, NODE, seconds])
    wait_for("the delayer to listen", lambda: "15061" in router.run("ss", "-ltn").stdout, 10)
    router.run("nft", "insert", "rule", "inet", "filter", "prerouting", "iifname", "ext", "tcp", "dport", 5061, "redirect",
               "to", ":15061")
    router.run("nft", "insert", "rule", "inet", "filter", "input", "iifname", "ext", "tcp", "dport", 15061, "accept")
    alice, bob = friends.phones["alice"], friends.phones["bob"]

    def calls(what, at_most):
        began = time.monotonic()
        alice.skip(), bob.skip()
        ring(alice, bob, address(friends, "bob"))
        rang = time.monotonic() - began
        bob.answer()
        alice.expect("established", 30), bob.expect("established", 30)
        bob.skip()
        alice.hang_up()
        bob.says(r"BYE sip[^\n]*SIP/2\.0", 30)
        time.sleep(1)
        check(rang <= at_most, f"{what}: Bob's phone rings after {rang:.1f} s (at most {at_most}), and the hang-up arrives")
    calls(f"{slow}'s relay holds every byte for 0.2 s", 15)
    # Each way twice, to the relay and from there: the other relay is tried before it comes, and the phone has the call twice.
    seconds.write_text("3")
    calls("for 3 s, on the connection that there is", 30)
    passed = friends.nodes[lives].status()["reach"]["relaying"]["bytes"]
    seconds.write_text("-1")
    calls("for ever, on the connection that there is", 30)
    check(friends.nodes[lives].status()["reach"]["relaying"]["bytes"] > passed + 1000, f"that went through {lives}'s node")
    friends.nodes[lives].kill9()
    alice.skip(), bob.skip()
    began = time.monotonic()
    alice.dial(address(friends, "bob"))
    alice.says(r"SIP/2\.0 (480|503|504|408)", 60)
    say(f"for ever, and no other relay: the caller is told after {time.monotonic() - began:.1f} s")
    check("INVITE sip" not in bob.news(), "and Bob's phone is silent")


def a_newcomer_begins_from_an_invite(lab):
    """Bob's node knows nobody, and nobody can call it. Frank's invite says where to begin, and Frank is its first relay."""
    friends = Friends(lab, {"alice": OPEN, "frank": OPEN, "bob": SHUT}, [], newcomers=("bob",))
    bob, frank = friends.nodes["bob"], friends.nodes["frank"]
    time.sleep(3)
    check(bob.status()["overlay"]["connectivity"] != "connected", "Bob's node is in no network: it has nobody to ask")
    invite = frank.invite("frank")
    check(f"{PUBLIC['frank']}:4222" in frank.status()["ways_in"] and "?w=" in invite, f"the invite: {invite}")
    frank.befriend("bob", bob.invite("bob"))
    began = time.monotonic()
    bob.befriend("frank", invite)
    wait_for("Bob's node to be in the network", lambda: bob.status()["overlay"]["connectivity"] == "connected", 30)
    joined = time.monotonic() - began
    friends.says("bob", "You are reached through frank's node.")
    say(f"with the invite Bob's node is in the network after {joined:.1f} s, and reached through Frank's after "
        f"{time.monotonic() - began:.1f} s")
    friends.finds("alice", "bob")
    check(f"{PUBLIC['frank']}:4222" in bob.status()["ways_in"], "and Bob's own invites say the same way in")
    seconds = ring(friends.phones["alice"], friends.phones["bob"], address(friends, "bob"))
    say(f"Alice calls, and Bob's phone rings after {seconds:.2f} s")


SCENARIOS = [rings_through_a_friend, both_behind, one_relay_dies, a_stranger_is_no_relay_and_gets_none, a_relay_that_lies,
             a_relay_that_delays, a_newcomer_begins_from_an_invite]

if __name__ == "__main__":
    main({scenario.__name__: scenario for scenario in SCENARIOS})
