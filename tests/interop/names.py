#!/usr/bin/env python3
# tests/interop/names.py - the names table of node/routing/README.md against the running daemon and a real
# DNS server: whose word counts while DNS answers, fails, is seized or lies. One scenario a row or a way to fail; names.py NAME runs one.
import select
import socket
import subprocess
import threading

from lab import Skip, check, main, wait_for
from signed_zone import LIAR, Zone
from village import EDGE_B, HONEST, Ear, Village, binding, leads_to, refused, says, trust_of

SIGNED, PLAIN = "example.test", "plain.test"
ELSEWHERE = ["_sip._udp SRV 10 10 5062 edge", "edge A 127.0.0.33"]  # a DNS answer that no record in the DHT gives


def key_name(lab):
    """sip:bob@<56 characters>.hedge.alt: the key in the name signs, and DNS is never asked."""
    v = Village(lab)
    leads_to(v.call(f"sip:bob@{v.b.host}"), EDGE_B, "a key name leads to the record of that key")
    leads_to(v.call(f"sip:Bob@{v.b.host.upper()}"), EDGE_B, "in any case of letters")
    leads_to(v.call(f"sip:bob%40{v.b.host}@{v.a.address}"), EDGE_B, "and from a phone that writes it before our address")
    trace = v.a.lookup(f"sip:bob@{v.b.host}")
    check(trace["status"] == 302 and trace["verified_by"] == v.b.key, "lookup says that this key signed")
    v.front.behave("silent")
    leads_to(v.call(f"sip:bob@{v.b.host}"), EDGE_B, "with DNS dead as well")
    # Whether the server passes DNSSEC on is found out at the start, by the anchor's own name.
    asked = [query for query in v.front.queries if query != (SIGNED, "DNSKEY")]
    check(not asked, f"DNS was asked for nobody: {asked}")


def domain_while_dns_lives(lab):
    """DNS first: its answer is given, though the DHT has a record, and lookup tells what DNSSEC says of it."""
    v = Village(lab)
    for domain, security in ((SIGNED, "secure"), (PLAIN, "insecure")):
        v.zones.serve(Zone(domain, ELSEWHERE, v.zones.zones[domain].state))
        leads_to(v.call(f"sip:bob@{domain}"), "@127.0.0.33:5062", f"{domain} leads where DNS says")
        srv = [note for step in v.a.lookup(f"sip:bob@{domain}")["steps"] for note in step.get("dns", [])
               if note["question"] == f"_sip._udp.{domain} SRV"]
        check(srv and srv[0]["security"] == security, f"lookup shows its SRV answer as {security}: {srv}")
    v.check_no_alt()


def ways_to_fail(v, domain):
    """Makes DNS fail for a domain in one way after the other; gives the name of each while it lasts."""
    state = v.zones.zones[domain].state

    def felt(what):
        """A resolver remembers failures: a new one asks. Was it asked in this way?"""
        v.restart(v.a)
        before = len(v.front.queries)
        yield what
        check(v.front.asked(domain, since=before), f"{domain} was asked for while {what}")

    v.zones.serve(Zone(domain, [], state))
    yield from felt("DNS has no records")
    v.zones.serve(Zone(domain, ELSEWHERE, state))
    for manner, what in (("nxdomain", "DNS is seized (NXDOMAIN)"), ("empty", "DNS denies every record"),
                         ("servfail", "DNS says SERVFAIL"), ("refused", "DNS says REFUSED"),
                         ("silent", "DNS does not answer")):
        v.front.behave(manner, domain)
        yield from felt(what)
    if state == "signed":
        v.front.behave("stripped", domain)
        yield from felt("the signatures are stripped")
        v.front.behave("pass", domain)
        for bad in ("tampered", "expired"):
            v.zones.serve(Zone(domain, HONEST, bad))
            yield from felt(f"the signed zone is {bad}")
        v.zones.serve(Zone(domain, HONEST, state))
        v.front.lie(domain)
        yield from felt("DNS lies")


def unbound_domain_fails(lab, domain):
    v = Village(lab)
    for way in ways_to_fail(v, domain):
        refused(v.call(f"sip:bob@{domain}"), 480, f"no key is bound and {way}", warning=f"no key known for {domain}")
    says(v.a.explain(f"sip:bob@{domain}"), ["no key", domain], "explain says so")
    v.check_no_alt()


def unbound_unsigned_domain_fails(lab):
    """Nothing in DNS and no key bound: 480 with the Warning, and never a key that was found in the DHT."""
    unbound_domain_fails(lab, PLAIN)


def unbound_signed_domain_fails(lab):
    """Bogus answers are a failure, not an answer."""
    unbound_domain_fails(lab, SIGNED)


def unbound_unsigned_domain_lies(lab):
    """Who binds no key and signs no zone is as safe as DNS is on the first call. The caller can see it; and when the
    truth comes out, nobody is called until the person decides."""
    v = Village(lab)
    liar = v.liar(PLAIN)
    v.front.lie(PLAIN)
    leads_to(v.call(f"sip:bob@{PLAIN}"), LIAR, "a lie about an unsigned domain without a key cannot be told from DNS")
    says(v.a.explain(f"sip:bob@{PLAIN}"), ["DNS", "anybody on the way could have changed"], "explain calls it what it is")
    entry = wait_for("the liar's key", lambda: trust_of(v.a, PLAIN), 15)
    check(entry["key"] == liar.key and entry["shown_as"] == "first seen", "its key is shown as first seen, no more")
    v.front.behave("pass", PLAIN)
    refused(v.call(f"sip:bob@{PLAIN}"), 403, "DNS tells the truth again", reason="Key changed")
    v.a.command("trust", "accept", PLAIN)
    leads_to(v.call(f"sip:bob@{PLAIN}"), EDGE_B, "accepted: the domain leads to B")
    v.check_no_alt()


class Relay:
    """Hands SIP over UDP on to B and back: a liar without a key, who wants to prove B's."""

    def __init__(self, lab):
        self.outside, self.inside = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self.outside.bind((LIAR, 5060))
        self.inside.bind((LIAR, 0))
        self.inside.connect(("127.0.0.3", 5060))
        self.running, self.passed = True, []
        self.thread = threading.Thread(target=self._pass_on, daemon=True)
        self.thread.start()
        lab.captures.append(self)

    def _pass_on(self):
        asker = None
        while self.running:
            for ready in select.select([self.outside, self.inside], [], [], 0.1)[0]:
                data, peer = ready.recvfrom(65535)
                self.passed.append(data)
                if ready is self.outside:
                    asker = peer
                    self.inside.send(data)
                elif asker:
                    self.outside.sendto(data, asker)

    def stop(self):
        self.running = False
        self.thread.join(1)


def relayed_proof(lab):
    """DNS leads to somebody who hands the question on to the true edge: its answer proves nothing there."""
    v = Village(lab)
    relay = Relay(lab)
    v.front.lie(PLAIN)
    call = v.call(f"sip:bob@{PLAIN}")
    trace = v.a.lookup(f"sip:bob@{PLAIN}")
    check(any(b"Hedgewitch-Challenge" in data for data in relay.passed), "A's question was handed on to B")
    check(any(data.startswith(b"SIP/2.0 200") for data in relay.passed), "and B answered")
    check(not trust_of(v.a, PLAIN) and trace["binding"] is None, f"no key is bound; the call: {call['status']}")
    v.front.behave("pass", PLAIN)
    leads_to(v.call(f"sip:bob@{PLAIN}"), EDGE_B, "DNS lives")
    bound(v, PLAIN, "first seen")
    v.front.behave("lie", PLAIN)
    leads_to(v.call(f"sip:bob@{PLAIN}"), EDGE_B, "bound, and DNS lies: the verified record is given")


def check_bound(v, domain, shown_as):
    """A bound domain: the verified record is given whatever DNS does, and the lie never."""
    uri = f"sip:bob@{domain}"
    v.liar(domain)
    v.front.lie(domain)
    if shown_as == "first seen":  # nobody vouches for the key; one first seen is as good as another, says a liar
        refused(v.call(uri), 403, "DNS lies, and the liar proves another key", reason="Key changed")
        v.a.command("trust", "reject", domain)
    leads_to(v.call(uri), EDGE_B, "DNS lies, and the liar is alive: the verified record is given")
    v.front.behave("pass", domain)
    for way in ways_to_fail(v, domain):
        leads_to(v.call(uri), EDGE_B, f"{way}: the verified record is given")
    trace = v.a.lookup(uri)
    check(trace["verified_by"] == v.b.key and trace["binding"]["key"] == v.b.key and
          trace["binding"]["shown_as"] == shown_as, f"lookup shows the binding: {trace['binding']}")
    entry = trust_of(v.a, domain)
    check(entry["shown_as"] == shown_as and entry["key"] == v.b.key and not entry["waiting"], "and so does trust list")
    v.check_no_alt()


def pinned_in_the_configuration(lab):
    v = Village(lab)
    v.restart(v.a, pins={PLAIN: v.b.key})
    leads_to(v.call(f"sip:bob@{PLAIN}"), EDGE_B, "DNS lives: the verified record is given")
    check_bound(v, PLAIN, "verified")


def pinned_by_command(lab):
    v = Village(lab)
    v.a.command("trust", "pin", SIGNED, v.b.key)
    check_bound(v, SIGNED, "verified")


def bound_by_dnssec(lab):
    """The TXT record was seen, secure, while DNS lived."""
    v = Village(lab)
    v.zones.serve(Zone(SIGNED, HONEST + [binding(v.b)]))
    leads_to(v.call(f"sip:bob@{SIGNED}"), EDGE_B, "DNS lives")
    bound(v, SIGNED, "vouched")
    check_bound(v, SIGNED, "vouched")


def bound_by_first_use(lab):
    """An unsigned domain whose own SRV target proved a key: labelled as such, and used when DNS dies."""
    v = Village(lab)
    leads_to(v.call(f"sip:bob@{PLAIN}"), EDGE_B, "DNS lives")
    bound(v, PLAIN, "first seen")
    check_bound(v, PLAIN, "first seen")


def bound(v, domain, shown_as):
    """Waits until A has bound a domain to B's key by itself."""
    entry = wait_for(f"{domain} to be bound", lambda: trust_of(v.a, domain), 40)
    check(entry["shown_as"] == shown_as and entry["key"] == v.b.key, f"trust list shows {domain} as {entry['shown_as']}")


def downgrade_is_refused(lab):
    """What is taken away from DNS, and what is put there unsigned, changes no binding."""
    v = Village(lab)
    liar = v.liar(PLAIN, SIGNED)
    v.zones.serve(Zone(PLAIN, HONEST + [binding(liar)], "unsigned"))
    leads_to(v.call(f"sip:bob@{PLAIN}"), EDGE_B, "an unsigned TXT names another key: DNS is used")
    bound(v, PLAIN, "first seen")

    def try_it(what):
        v.restart(v.a)  # it remembers no answer of a moment ago
        before = len(v.front.queries)
        leads_to(v.call(f"sip:bob@{SIGNED}"), EDGE_B, what)
        kept = v.a.lookup(f"sip:bob@{SIGNED}")["binding"]
        check((f"_hedgewitch.{SIGNED}", "TXT") in v.front.asked(since=before) and kept["key"] == v.b.key and
              kept["source"] == "dnssec" and "new_key" not in kept, "the TXT was asked for, and the binding stays")

    v.zones.serve(Zone(SIGNED, HONEST + [binding(v.b)]))
    try_it("a signed TXT names B's key")
    v.zones.serve(Zone(SIGNED, ELSEWHERE))
    try_it("the TXT is taken away, which DNSSEC proves")
    v.front.lie(SIGNED, {"_hedgewitch": ("TXT", f"v=1;k={liar.key}")})
    try_it("an unsigned TXT in a signed zone names the liar's key")
    v.zones.serve(Zone(SIGNED, ELSEWHERE + [binding(liar)]))
    v.front.behave("stripped", SIGNED)
    try_it("the signatures are stripped")
    # By default DNSSEC is used where the server passes it on; this one no longer does.
    v.front.behave("lie without keys", SIGNED)
    v.a.write_config(dns_lines=v.dns()["dns_lines"].replace("require", "auto"))
    try_it("the server knows no DNSSEC any more, and lies")
    v.check_no_alt()


def alt_names_in_dns(lab):
    """Records that point below .alt are followed by nobody: no such question reaches the DNS server."""
    v = Village(lab)
    alt = f"bob.{v.b.host}"
    traps = {"SRV": ("_sip._udp", [f"_sip._udp SRV 10 10 5060 {alt}.", "_sip._tcp SRV 10 10 5060 x.alt."]),
             "A": ("edge", ["_sip._udp SRV 10 10 5060 edge", f"edge CNAME {alt}."]),
             "AAAA": ("sub", ["_sip._udp SRV 10 10 5060 sub", "sub CNAME x.sub2", f"sub2 DNAME {alt}."]),
             "TXT": ("_hedgewitch", ["@ A 127.0.0.3", f"_hedgewitch CNAME {alt}."]),
             "NAPTR": ("@", [f'@ NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.{alt}.'])}
    for domain in (PLAIN, SIGNED):
        for kind, (owner, records) in traps.items():
            v.zones.serve(Zone(domain, records, v.zones.zones[domain].state))
            v.restart(v.a)
            before = len(v.front.queries)
            call = v.call(f"sip:bob@{domain}")
            trap = (domain if owner == "@" else f"{owner}.{domain}", kind)
            check(trap in v.front.asked(since=before), f"{trap} leads below .alt: {call['status']} {call['contacts']}")
            v.check_no_alt()
    for host in ("x.alt", "alt", "hedge.alt", v.b.host, v.b.host[1:]):
        v.call(f"sip:bob@{host}")
        v.a.lookup(f"sip:bob@{host}")
    v.check_no_alt()


def a_hostile_domain_aims_nowhere(lab):
    """Whoever owns a domain does not make the node send to its own machine, its LAN, a group or a cloud's secrets."""
    for address in ("169.254.169.254", "10.99.0.1"):
        added = subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], capture_output=True, text=True)
        if added.returncode != 0:
            raise Skip(f"no address can be added here: {added.stderr.strip()}", anywhere=True)
    subprocess.run(["ip", "route", "add", "224.0.0.0/4", "dev", "lo"], check=True)
    victims = {"169.254.169.254": "link-local", "10.99.0.1": "private address", "224.0.0.251": "multicast",
               "0.0.0.0": "unspecified address", "255.255.255.255": "broadcast"}
    names = {address: f"h{i}" for i, address in enumerate(victims)}
    v = Village(lab, a_settings={"delivery": "proxy"},
                zones=[Zone(PLAIN, HONEST + [f"{name} A {address}" for address, name in names.items()] +
                            [f"_sip._udp.srv SRV 0 0 6379 {names['10.99.0.1']}", "mesh A 127.0.0.88"], "unsigned"),
                       Zone(SIGNED, HONEST + ["own A 10.99.0.1"])])
    ears = [Ear(lab, "169.254.169.254", 5060, 6379), Ear(lab, "10.99.0.1", 5060, 6379),
            Ear(lab, "127.0.0.1", 5060, 6379), Ear(lab, "127.0.0.1", 5353, group="224.0.0.251")]
    for address, why in victims.items():
        for how in (":5060", ":6379", ":6379;transport=tcp", ":5353"):
            refused(v.call(f"sip:x@{names[address]}.{PLAIN}{how}"), 480, f"{address}{how}", warning=why)
    refused(v.call(f"sip:x@srv.{PLAIN}"), 480, "and by SRV", warning="private address")
    refused(v.call(f"sip:x@{names['169.254.169.254']}.{PLAIN}:80"), 480, "port 80", warning="port below 1024")
    check(not any(ear.heard for ear in ears), "nobody there heard anything, no call and no question who is there")
    mesh = Ear(lab, "127.0.0.88", 5060)
    check(v.call(f"sip:x@mesh.{PLAIN}:5060")["status"] == 486 and any(b"INVITE" in data for data in mesh.heard),
          "an address in the mesh is called")
    refused(v.call(f"sip:x@own.{SIGNED}:5060"), 480, "a private address", warning="dns.unsigned")
    v.restart(v.a, dns_lines=v.dns()["dns_lines"] + f'\nunsigned = ["{SIGNED}"]')
    check(v.call(f"sip:x@own.{SIGNED}:5060")["status"] == 486, "of a name that dns.unsigned says is ours: it is called")


def a_failing_NAPTR_is_no_licence_for_clear(lab):
    """A signed domain names TLS alone. Whoever makes its NAPTR question fail gets no INVITE in clear."""
    v = Village(lab, a_settings={"delivery": "proxy", "listen": ["tls:127.0.0.2:5061"]},
                zones=[Zone(SIGNED, ['@ NAPTR 10 0 "s" "SIPS+D2T" "" _sips._tcp', "_sips._tcp SRV 0 0 5061 edge",
                                     "@ A 127.0.0.44", "edge A 127.0.0.44"]), Zone(PLAIN, HONEST, "unsigned")])
    ear = Ear(lab, "127.0.0.44", 5060, 5061)
    for manner, said in (("truncated", ""), ("servfail", "SERVFAIL"), ("refused", "refuses"),
                         ("silent", "did not answer in time"), ("empty", "forged")):
        v.front.behave(manner, SIGNED, "NAPTR")
        v.restart(v.a)
        refused(v.call(f"sip:bob@{SIGNED}"), 480, f"its NAPTR question is answered so: {manner}", warning=said)
        check(not ear.heard, "and its host hears nothing")
    v.front.behave("pass", SIGNED, "NAPTR")
    for question in ("SRV", "A"):
        v.front.behave("servfail", SIGNED, question)
        v.restart(v.a)
        refused(v.call(f"sip:bob@{SIGNED}"), 480, f"its {question} questions fail", warning="SERVFAIL")
        v.front.behave("pass", SIGNED, question)
    check(not ear.heard, "and its host hears nothing")
    v.restart(v.a)
    v.call(f"sip:bob@{SIGNED}")
    check(ear.heard and all(data == b"connection" for data in ear.heard),
          f"with DNS whole it is called, by TLS alone: {len(ear.heard)} connections {ear.heard[:1]}")


def who_is_turned_away_hears_why(lab):
    """The Warning of a 480 says what `lookup` knows, not one sentence for all."""
    v = Village(lab, zones=[Zone(SIGNED, ["_sip._udp SRV 0 0 0 ."]),
                            Zone(PLAIN, ["_sip._udp SRV 0 0 5060 192.0.2.6.", "@ A 127.0.0.3"], "unsigned")])
    before = len(v.front.queries)
    for host, said in (("riverside", "a name of one label"), ("300.1.2.3", "an address, but no valid one"),
                       (SIGNED, "says that it has no such service"), (PLAIN, "leads to 192.0.2.6")):
        call = v.call(f"sip:bob@{host}")
        refused(call, 480, host, warning=said)
        sentences = [step["says"] for step in v.a.lookup(f"sip:bob@{host}")["steps"] if step["step"] == "dns"]
        check(sentences and said in sentences[0], f"lookup says the same: {sentences}")
    asked = [query for query in v.front.queries[before:] if query[0].split(".")[-1].isdigit()]
    check(not asked, f"no question ended in a number: {asked}")
    for manner, said in (("servfail", "SERVFAIL"), ("silent", "did not answer in time")):
        v.front.behave(manner, PLAIN)
        v.restart(v.a)
        refused(v.call(f"sip:bob@{PLAIN}"), 480, manner, warning=said)
    v.restart(v.a, dns=["127.0.0.99:53"])
    refused(v.call(f"sip:bob@{PLAIN}"), 480, "no DNS server is there", warning="No DNS server can be reached")


SCENARIOS = (key_name, domain_while_dns_lives, unbound_unsigned_domain_fails, unbound_signed_domain_fails,
             unbound_unsigned_domain_lies, relayed_proof, pinned_in_the_configuration, pinned_by_command, bound_by_dnssec,
             bound_by_first_use, downgrade_is_refused, alt_names_in_dns, a_hostile_domain_aims_nowhere,
             a_failing_NAPTR_is_no_licence_for_clear, who_is_turned_away_hears_why)

if __name__ == "__main__":
    main({f.__name__: f for f in SCENARIOS})
