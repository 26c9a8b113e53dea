# tests/interop/dns_server.py - nsd with one zone on a loopback address, or on a machine of its own (`space`); its records
# can be taken away.
import os
import socket
import struct

from lab import need, wait_for


class DnsServer:
    def __init__(self, lab, zone, records, address="127.0.0.53", port=5453, space=None):
        need("nsd")
        self.lab, self.zone, self.address, self.port, self.space = lab, zone, address, port, space
        self.folder = lab.folder / "dns"
        self.folder.mkdir()
        self.process = None
        self.serve(records)

    @property
    def server(self):
        return f"{self.address}:{self.port}"

    def serve(self, records):
        """Serves exactly these records (zone file lines) from now on."""
        if self.process:
            self.process.terminate()
            self.process.wait(30)
        zone = [f"$ORIGIN {self.zone}.", "$TTL 0",
                f"@ SOA ns.{self.zone}. admin.{self.zone}. 1 3600 600 86400 0", f"@ NS ns.{self.zone}.",
                f"ns A {self.address}"] + list(records)
        (self.folder / "zone").write_text("\n".join(zone) + "\n")
        (self.folder / "nsd.conf").write_text(f"""
server:
  ip-address: {self.address}@{self.port}
  username: ""
  chroot: ""
  zonesdir: "{self.folder}"
  database: ""
  pidfile: "{self.folder}/nsd.pid"
  xfrdfile: "{self.folder}/xfrd.state"
  zonelistfile: "{self.folder}/zone.list"
  cookie-secret-file: "{self.folder}/cookies"
  verbosity: 1
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: "{self.zone}"
  zonefile: "zone"
""")
        where = self.space.prefix if self.space else []
        self.process = self.lab.start("nsd", [*where, "/usr/sbin/nsd", "-d", "-c", self.folder / "nsd.conf"])
        wait_for("nsd to answer", lambda: self.space.inside(self.answers) if self.space else self.answers(), 10)

    def answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.3)
            name = b"".join(bytes([len(l)]) + l.encode() for l in self.zone.split(".")) + b"\0"
            query = os.urandom(2) + struct.pack("!HHHHH", 0, 1, 0, 0, 0) + name + struct.pack("!HH", 6, 1)
            try:
                probe.sendto(query, (self.address, self.port))
                return probe.recv(512)[:2] == query[:2]
            except OSError:
                return False
