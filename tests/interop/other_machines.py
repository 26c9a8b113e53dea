#!/usr/bin/env python3
# tests/interop/other_machines.py - a node and phones of people who have no node, each on a machine of its own
# (lab/spaces.py): a neighbour in a mesh who is called by his address, and domains of others whose servers speak TLS. Needs
# root. Run all: other_machines.py; one: other_machines.py a_neighbour_is_dialled_by_his_address
import json
import subprocess
import time

from dns_server import DnsServer
from lab import HERE, PHONES, Failure, PhoneWire, check, main, need, say, wait_for
from lab.nodes import BINARY, Node
from lab.spaces import Spaces

NODE, PHONE, NEIGHBOUR, DNS = "10.180.1.20", "10.180.1.30", "10.180.1.75", "10.180.1.53"
PASSWORD = "alice-47114711"
TALK = 4


class Air:
    """A mesh, as on the roofs: every machine hears every other."""

    def __init__(self, lab):
        self.lab, self.spaces = lab, Spaces(lab)
        self.middle = self.spaces.new("air")
        self.middle.bridge("br0")

    def machine(self, name, address):
        space = self.spaces.new(name).plug("air", self.middle, "br0")
        space.address("air", f"{address}/8")
        return space


class MeshNode(Node):
    """`trusts`: a file of the authorities that its machine trusts, instead of the system's."""

    def __init__(self, lab, space, lines, trusts=None):
        self.space, self.lines, self.trusts = space, lines, trusts
        super().__init__(lab, "node", NODE, 4247)

    def write_config(self, **changes):
        self.config.write_text(f"""
[state]
dir = "{self.folder}/state"
[dht]
enabled = false
[mesh]
prefixes = ["10.0.0.0/8"]
{self.lines}
""")

    def start(self):
        command = [BINARY, "--config", self.config, "run"]
        if self.trusts:
            need("unshare")
            mount = f'mount --bind {self.trusts} /etc/ssl/certs/ca-certificates.crt && exec "$@"'
            command = ["unshare", "-m", "sh", "-c", mount, "sh", *command]
        self.process = self.space.start(self.name, command)
        wait_for("the node to answer its control socket", lambda: self.command("status", "--json", ok=False).returncode == 0, 60)
        return self


def a_neighbour_is_dialled_by_his_address(lab):
    """Phones at the node, and a neighbour's, who registers nowhere: his address, in `mesh.prefixes`, is all that is known of
    him. He rings, both are heard, and whoever hangs up, the other one is told."""
    air = Air(lab)
    node = MeshNode(lab, air.machine("node", NODE), "[dns]\nenabled = false\n").init()
    node.add_user("alice", PASSWORD)
    node.start()
    theirs = air.machine("neighbour", NEIGHBOUR)
    to_neighbour = PhoneWire(lab, theirs, "air")
    # Each is hung up on by the other once.
    for host, (kind, hangs_up) in enumerate((("baresip", 0), ("linphone", 1)), 30):
        neighbour = PHONES["baresip"](lab, f"AK6XX-{kind}", host + 50, "AK6XX", "none", NEIGHBOUR, space=theirs, regint=0,
                                       listen=f"{NEIGHBOUR}:5060").start()
        mine = air.machine(f"phone{host}", f"10.180.1.{host}")
        to_alice = PhoneWire(lab, mine, "air")
        alice = PHONES[kind](lab, f"alice-{kind}", host, "alice", PASSWORD, NODE, space=mine, proxy=NODE, regint=3600).start()
        alice.registered()
        alice.skip(), neighbour.skip()
        began = time.monotonic()
        alice.dial(f"sip:AK6XX@{NEIGHBOUR}")
        neighbour.expect("incoming", 15)
        rang = time.monotonic() - began
        neighbour.answer()
        neighbour.expect("established"), alice.expect("established")
        since = time.monotonic()
        time.sleep(TALK)
        heard = [one.heard(other, since, since + TALK)[0] for one, other in ((to_alice, to_neighbour), (to_neighbour, to_alice))]
        check(min(heard) >= 100, f"{kind}: AK6XX@{NEIGHBOUR} rings after {rang:.1f} s; packets heard in {TALK} s: {heard}")
        ends, told = (alice, neighbour) if hangs_up == 0 else (neighbour, alice)
        ends.hang_up()
        told.expect("closed")
        say(f"{ends.name} hangs up, and {told.name} is told")
        neighbour.stop()
    called = call(lab, mine, f"10.180.1.{host}", "sip:AK6XX@192.0.2.7")
    check(called["status"] == 403, f"somebody's address that is in no mesh is not called: {called['status']} {called['reason']}")


# A server of another domain: TLS on 5061, an answer to OPTIONS, and to INVITE that he is busy.
TLS_SERVER = """
import socket, ssl, sys, threading
_, address, certificate, heard = sys.argv
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate)
def serve(plain):
    try:
        with context.wrap_socket(plain, server_side=True) as tls:
            data = b''
            while True:
                got = tls.recv(65536)
                if not got:
                    return
                data += got
                while b'\\r\\n\\r\\n' in data:
                    head, _, data = data.partition(b'\\r\\n\\r\\n')
                    lines = [line for line in head.split(b'\\r\\n') if line]
                    if not lines:
                        continue
                    length = [int(line.split(b':')[1]) for line in lines if line.lower().startswith(b'content-length')]
                    while length and len(data) < length[0]:
                        data += tls.recv(65536)
                    data = data[length[0] if length else 0:]
                    with open(heard, 'ab') as file:
                        file.write(lines[0] + b'\\n')
                    kept = [line for line in lines[1:] if line.lower().startswith((b'via:', b'from:', b'to:', b'call-id:', b'cseq:'))]
                    kept = [line + b';tag=x' if line.lower().startswith(b'to:') and b'tag=' not in line else line for line in kept]
                    status = {b'INVITE': b'486 Busy Here', b'ACK': None}.get(lines[0].split(b' ')[0], b'200 OK')
                    if status:
                        tls.sendall(b'SIP/2.0 ' + status + b'\\r\\n' + b'\\r\\n'.join(kept) + b'\\r\\nContent-Length: 0\\r\\n\\r\\n')
    except OSError as why:
        with open(heard, 'ab') as file:
            file.write(b'failed: ' + str(why).encode() + b'\\n')
for number, socket_ in iter(lambda s=socket.create_server((address, 5061)): s.accept()[::-1], None):
    threading.Thread(target=serve, args=(socket_,), daemon=True).start()
"""


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"openssl {words[0]}: {done.stderr}")


def authority(lab):
    """One that signs what it is asked to; the folder."""
    need("openssl")
    folder = lab.folder / "authority"
    folder.mkdir()
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=an authority", "-keyout", folder / "key.pem", "-out", folder / "ca.pem")
    return folder


def certificate(folder, name, alternatives):
    (folder / "names").write_text(f"subjectAltName={alternatives}\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout",
            folder / f"{name}.key", "-out", folder / f"{name}.csr")
    openssl("x509", "-req", "-in", folder / f"{name}.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "key.pem",
            "-CAcreateserial", "-days", "2", "-extfile", folder / "names", "-out", folder / f"{name}.crt")
    both = folder / f"{name}.pem"
    both.write_text((folder / f"{name}.crt").read_text() + (folder / f"{name}.key").read_text())
    return both


def call(lab, space, local, uri):
    done = space.run("python3", HERE / "caller.py", "--server", NODE, "--local", local, "--user", "alice", "--password", PASSWORD,
                     uri, ok=False)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        raise Failure(f"caller: {done.stderr[-500:]}")


# Domain: the names in its server's certificate, and whether they are good for it (RFC 5922 7.1, 7.2).
CERTIFICATES = {"by-uri": ("URI:sip:by-uri.example.test", True),
                "by-name": ("DNS:by-name.example.test", True),
                "wildcard": ("DNS:*.example.test", False),
                "wild-uri": ("URI:sip:*.example.test", False),
                "uri-first": ("URI:sip:other.example.test,DNS:uri-first.example.test", False),
                "both": ("DNS:elsewhere.example.test,URI:sip:elsewhere.example.test,URI:sip:both.example.test", True)}


def certificates_of_other_domains(lab):
    """Domains whose DNS names TLS alone, their servers on machines of their own, certificates of an authority that the node's
    machine trusts. Who has a name for another domain, or a wildcard, hears not one byte of the call."""
    air, folder = Air(lab), authority(lab)
    records, heard = [], {}
    for number, (name, (alternatives, _)) in enumerate(CERTIFICATES.items(), 60):
        address = f"10.180.1.{number}"
        records += [f"_sips._tcp.{name} SRV 10 0 5061 sip.{name}", f"sip.{name} A {address}"]
        heard[name] = lab.folder / f"heard-{name}"
        air.machine(name, address).start(f"server-{name}", ["python3", "-c", TLS_SERVER, address,
                                                            certificate(folder, name, alternatives), heard[name]])
    DnsServer(lab, "example.test", records, DNS, 53, air.machine("dns", DNS))
    node = MeshNode(lab, air.machine("node", NODE), f'[dns]\nservers = ["{DNS}:53"]\n[sip]\ndelivery = "proxy"\n',
                    folder / "ca.pem").init()
    node.add_user("alice", PASSWORD)
    node.start()
    phone = air.machine("phone", PHONE)
    for name, (alternatives, good) in CERTIFICATES.items():
        called = call(lab, phone, PHONE, f"sip:bob@{name}.example.test")
        seen = heard[name].read_text() if heard[name].exists() else ""
        if good:
            check(called["status"] == 486 and "INVITE sip:bob@" in seen, f"{alternatives}: called, and answered {called['status']}")
        else:
            check(called["status"] == 480 and "sip:" not in seen,
                  f"{alternatives}: {called['status']} {called['reason']}, and the server heard no word of it: {seen.strip()!r}")


if __name__ == "__main__":
    main({f.__name__: f for f in (a_neighbour_is_dialled_by_his_address, certificates_of_other_domains)})
