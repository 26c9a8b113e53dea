# tests/interop/signed_zone.py - DNS as a resolver meets it: nsd with signed and unsigned zones, and before it a front
# that writes every question down and can be made to fail, to stay silent or to lie.
#   node --query--> DnsFront 127.0.0.54:5454 --query--> nsd 127.0.0.53:5453
import socket
import struct
import subprocess
import threading
import time

from lab import Failure, need, wait_for

TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 16: "TXT", 28: "AAAA", 33: "SRV", 35: "NAPTR", 43: "DS", 48: "DNSKEY"}
NUMBERS = {name: number for number, name in TYPES.items()}
LIAR = "127.0.0.66"  # where every lie leads
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5


class Zone:
    """What one zone says. state: "unsigned", "signed", "tampered" (signed, then its addresses changed), "expired"."""

    def __init__(self, name, records, state="signed"):
        self.name, self.records, self.state = name, list(records), state


class SignedZones:
    """nsd with any number of zones. Records are "owner TYPE data"; their TTL is 0, so that a change counts at once."""

    def __init__(self, lab, zones, address="127.0.0.53", port=5453):
        need("nsd", "ldns-keygen", "ldns-signzone")
        self.lab, self.address, self.port = lab, address, port
        self.folder = lab.folder / "dns"
        self.folder.mkdir()
        self.zones, self.keys, self.process = {}, {}, None
        self.serve(*zones)

    def serve(self, *changed):
        """Serves these zones from now on, beside those given before that have other names."""
        self.zones.update({zone.name: zone for zone in changed})
        for zone in changed:
            self._write(zone)
        if self.process:
            self.process.terminate()
            self.process.wait(30)
        (self.folder / "nsd.conf").write_text(f"""
server:
  ip-address: {self.address}@{self.port}
  username: ""
  chroot: ""
  zonesdir: "{self.folder}"
  database: ""
  pidfile: "{self.folder}/nsd.pid"
  xfrdfile: "{self.folder}/xfrd.state"
  xfrdir: "{self.folder}"
  zonelistfile: "{self.folder}/zone.list"
  cookie-secret-file: "{self.folder}/cookies"
  verbosity: 1
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
""" + "".join(f'zone:\n  name: "{name}"\n  zonefile: "{name}.served"\n' for name in self.zones))
        self.process = self.lab.start("nsd", ["/usr/sbin/nsd", "-d", "-c", self.folder / "nsd.conf"])
        wait_for("nsd to answer", lambda: self.answers(changed[0].name), 10)

    def anchor(self, name):
        """The trust anchor of a zone as a file: the DNSKEY of its key-signing key."""
        return self.folder / f"{self._keys(name)[0]}.key"

    def _keys(self, name):
        """Base names of the key-signing and the zone-signing key, made when first asked for."""
        def made(*options):
            return subprocess.run(["ldns-keygen", "-a", "ECDSAP256SHA256", *options, name], cwd=self.folder, check=True,
                                  capture_output=True, text=True, timeout=20).stdout.split()[0]
        if name not in self.keys:
            self.keys[name] = (made("-k"), made())
        return self.keys[name]

    def _write(self, zone):
        # ldns takes "$TTL 0" for no TTL at all, hence one in each line.
        records = ["@ SOA ns admin 1 3600 600 86400 0", "@ NS ns", "ns A 127.0.0.53", *zone.records]
        lines = [f"$ORIGIN {zone.name}."]
        for record in records:
            owner, rest = record.split(maxsplit=1)
            lines.append(f"{owner} 0 IN {rest}")
        plain, served = self.folder / f"{zone.name}.zone", self.folder / f"{zone.name}.served"
        plain.write_text("\n".join(lines) + "\n")
        if zone.state == "unsigned":
            served.write_text(plain.read_text())
            return
        now = int(time.time())
        # libunbound forgives a tenth of the lifetime, a day at most (val-sig-skew-max).
        begin, end = (now - 90 * 86400, now - 5 * 86400) if zone.state == "expired" else (now - 3600, now + 30 * 86400)
        done = subprocess.run(["ldns-signzone", "-i", str(begin), "-e", str(end), "-f", served, plain,
                               *self._keys(zone.name)], cwd=self.folder, capture_output=True, text=True, timeout=20)
        if done.returncode != 0:
            raise Failure(f"ldns-signzone of {zone.name}: {done.stderr.strip()}")
        if zone.state == "tampered":
            served.write_text(served.read_text().replace("\tA\t127.0.0.", "\tA\t127.0.1."))

    def answers(self, name):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.1)
            question = encode_name(name) + struct.pack("!HH", NUMBERS["SOA"], 1)
            try:
                probe.sendto(b"\x17\x04" + struct.pack("!HHHHH", 0, 1, 0, 0, 0) + question, (self.address, self.port))
                return probe.recv(512)[:2] == b"\x17\x04"
            except OSError:
                return False


def encode_name(name):
    labels = [label for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def encode_data(kind, text):
    if kind == "A":
        return socket.inet_aton(text)
    if kind == "CNAME":
        return encode_name(text)
    if kind == "SRV":
        priority, weight, port, target = text.split()
        return struct.pack("!HHH", int(priority), int(weight), int(port)) + encode_name(target)
    if kind == "TXT":
        return bytes([len(text)]) + text.encode()
    raise Failure(f"the front cannot lie about {kind}")


class DnsFront:
    """What an attacker on the path, a censor or a broken resolver does to the questions. Domains have manners:
    "pass"; "silent"; "servfail", "refused", "nxdomain" (seized), "empty" (no records of any type);
    "truncated": too long for UDP, and TCP is hung up;
    "stripped": the true records without their signatures;
    "lie": what `lies` says, unsigned, keyed by (name, type), the DNSKEY passing as an attacker would let it;
    "lie without keys": the same, and DNSSEC looks like something that this server does not know."""

    def __init__(self, lab, upstream, address="127.0.0.54", port=5454):
        self.lab, self.upstream, self.address, self.port = lab, upstream, address, port
        self.queries, self.manners, self.lies = [], {}, {}
        self.running = True
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, port))
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind((address, port))
        self.tcp.listen(16)
        for one in (self.udp, self.tcp):
            one.settimeout(0.2)
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self._serve_udp, self._serve_tcp)]
        for thread in self.threads:
            thread.start()
        lab.captures.append(self)

    @property
    def server(self):
        return f"{self.address}:{self.port}"

    def stop(self):
        self.running = False
        for thread in self.threads:
            thread.join(1)
        self.udp.close()
        self.tcp.close()

    def behave(self, manner, domain="", kind=None):
        """From now on, for this domain and below; "": for all without a manner of their own. `kind`: for questions of
        this type alone, whatever the domain's manner is."""
        self.manners[domain if kind is None else (domain, kind)] = manner

    def lie(self, domain, more=()):
        """From now on every call to this domain is sent to LIAR. `more`: {"_hedgewitch": ("TXT", "..."), ...}."""
        target = f"0 0 5060 liar.{domain}"
        records = {"_sip._udp": ("SRV", target), "_sip._tcp": ("SRV", target), "liar": ("A", LIAR), "edge": ("A", LIAR),
                   "@": ("A", LIAR), **dict(more)}
        for name, (kind, text) in records.items():
            self.lies[(f"{name}.{domain}" if name != "@" else domain, kind)] = text
        self.behave("lie", domain)

    def asked(self, below="", since=0):
        """(name, type) of the questions for names at or below a domain."""
        return [query for query in list(self.queries)[since:] if not below or is_below(query[0], below)]

    def _manner(self, name, kind):
        for key, manner in list(self.manners.items()):
            if isinstance(key, tuple) and key[1] == kind and is_below(name, key[0]):
                return manner
        fitting = [domain for domain in self.manners if isinstance(domain, str) and (not domain or is_below(name, domain))]
        return self.manners[max(fitting, key=len)] if fitting else "pass"

    def _answer(self, query, stream):
        """The response to a query, or None for silence."""
        name, number, end = read_question(query)
        kind = TYPES.get(number, str(number))
        self.queries.append((name, kind))
        if is_below(name, "alt"):  # RFC 9476
            self.lab.broken.append(f"DNS was asked for {name}")
        manner = self._manner(name, kind)
        rcode = {"servfail": SERVFAIL, "refused": REFUSED, "nxdomain": NXDOMAIN, "empty": NOERROR}.get(manner)
        if manner == "silent" or (manner == "truncated" and stream):
            return None
        if manner == "truncated":
            return response(query, end, NOERROR, flags=0x0200)
        if rcode is not None:
            return response(query, end, rcode)
        if manner == "lie without keys" or (manner == "lie" and kind not in ("DNSKEY", "DS")):
            text = self.lies.get((name, kind))
            return response(query, end, NOERROR, [(kind, text)] if text else [])
        if manner == "stripped":  # without EDNS there is no DO bit, and so no signature in the answer
            return self._forward(query[:10] + b"\0\0" + query[12:end], stream)
        return self._forward(query, stream)

    def _forward(self, query, stream):
        kind = socket.SOCK_STREAM if stream else socket.SOCK_DGRAM
        with socket.socket(socket.AF_INET, kind) as nsd:
            nsd.settimeout(1)
            try:
                nsd.connect(self.upstream)
                if not stream:
                    nsd.sendall(query)
                    return nsd.recv(65535)
                nsd.sendall(struct.pack("!H", len(query)) + query)
                return read_framed(nsd)
            except OSError:
                return None

    def _serve_udp(self):
        while self.running:
            try:
                query, peer = self.udp.recvfrom(65535)
            except OSError:
                continue
            answer = self._answer(query, False)
            if answer:
                self.udp.sendto(answer, peer)

    def _serve_tcp(self):
        while self.running:
            try:
                connection = self.tcp.accept()[0]
            except OSError:
                continue
            with connection:
                connection.settimeout(1)
                try:
                    while query := read_framed(connection):
                        answer = self._answer(query, True)
                        if not answer:
                            break
                        connection.sendall(struct.pack("!H", len(answer)) + answer)
                except OSError:
                    pass


def is_below(name, domain):
    return name == domain or name.endswith("." + domain)


def read_question(query):
    """Name in lower case, type, and where the question ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode(errors="replace").lower())
        at += 1 + query[at]
    return ".".join(labels), struct.unpack("!H", query[at + 1:at + 3])[0], at + 5


def response(query, end, rcode, records=(), flags=0):
    """A response of our own making: the question, and unsigned records of its name."""
    head = query[:2] + struct.pack("!HHHHH", 0x8180 | flags | rcode, 1, len(records), 0, 0) + query[12:end]
    for kind, text in records:
        data = encode_data(kind, text)
        head += b"\xc0\x0c" + struct.pack("!HHIH", NUMBERS[kind], 1, 0, len(data)) + data
    return head


def read_framed(connection):
    """One message of DNS over TCP (RFC 7766 §8); empty at the end."""
    size = connection.recv(2, socket.MSG_WAITALL)
    return connection.recv(struct.unpack("!H", size)[0], socket.MSG_WAITALL) if len(size) == 2 else b""
