# tests/interop/kamailio.py - Debian's Kamailio as the SIP server of another domain.
import pathlib
import socket

from lab import HERE, need, wait_for


class Kamailio:
    """Its resolver knows no port and no configuration but /etc/resolv.conf, so it gets one of its own (unshare)."""

    def __init__(self, lab, address, resolver=None, workers=2, prefix=()):
        need("kamailio", "unshare")
        self.lab, self.address = lab, address
        self.folder = lab.folder / "kamailio"
        self.folder.mkdir()
        modules = next(pathlib.Path("/usr/lib").glob("*/kamailio/modules"))
        text = (HERE / "kamailio.cfg").read_text()
        for name, value in {"ADDRESS": address, "MODULES": modules, "WORKERS": workers}.items():
            text = text.replace(name, str(value))
        (self.folder / "kamailio.cfg").write_text(text)
        command = [*map(str, prefix), "/usr/sbin/kamailio", "-DD", "-f", self.folder / "kamailio.cfg", "-Y", self.folder,
                   "-P", self.folder / "pid", "-m", "128", "-M", "16", "-x", "fm", "-X", "fm"]  # its default allocator searches: 59 % of its CPU
        if resolver:
            (self.folder / "resolv.conf").write_text(f"nameserver {resolver}\noptions timeout:1 attempts:2\n")
            mount = f"mount --bind {self.folder}/resolv.conf /etc/resolv.conf && exec \"$@\""
            command = ["unshare", "-m", "sh", "-c", mount, "sh", *command]
        self.process = lab.start("kamailio", command)
        wait_for("kamailio to answer", self.answers, 15)

    def answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.3)
            probe.bind((self.address, 0))
            try:
                probe.sendto((f"OPTIONS sip:{self.address} SIP/2.0\r\nVia: SIP/2.0/UDP {self.address}:"
                              f"{probe.getsockname()[1]};branch=z9hG4bKprobe\r\nFrom: <sip:probe@{self.address}>;tag=1\r\n"
                              f"To: <sip:{self.address}>\r\nCall-ID: probe\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\n"
                              "Content-Length: 0\r\n\r\n").encode(), (self.address, 5060))
                return probe.recv(2048).startswith(b"SIP/2.0 ")
            except OSError:
                return False
