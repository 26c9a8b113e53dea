# tests/interop/lab/spaces.py - network namespaces: machines of their own, joined by cables and bridges, and gone when the
# lab is. Needs root.
import ctypes
import os
import subprocess

from .processes import Failure, Skip, need

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def ip(*words, ok=True):
    done = subprocess.run(["ip", *map(str, words)], capture_output=True, text=True)
    if ok and done.returncode != 0:
        raise Failure(f"ip {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


class Spaces:
    """All of a lab's."""

    def __init__(self, lab):
        if os.geteuid() != 0:
            raise Skip("network namespaces need root", anywhere=True)
        need("ip", "nft")
        self.lab, self.made = lab, []
        self.prefix = f"hw{os.getpid()}-"
        close = lab.close
        lab.close = lambda: (close(), self.remove())
        try:
            probe = self.new("probe")
            probe.run("nft", "-f", "-", stdin="table inet probe { chain c { type nat hook postrouting priority 100; }; }\n")
        except Failure as why:
            raise Skip(f"no network namespaces here: {why}", anywhere=True)

    def new(self, name):
        space = Space(self, name)
        self.made.append(space)
        return space

    def remove(self):
        for space in reversed(self.made):
            ip("netns", "del", space.name, ok=False)
        self.made = []


class Space:
    """One machine's network. `prefix` before a command runs it there."""

    def __init__(self, spaces, name):
        self.lab, self.name = spaces.lab, spaces.prefix + name
        self.prefix = ["ip", "netns", "exec", self.name]
        self.cables = 0
        ip("netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command, stdin=None, ok=True, timeout=60):
        done = subprocess.run([*self.prefix, *map(str, command)], input=stdin, text=True, capture_output=True,
                              timeout=timeout, cwd=self.lab.folder)
        if ok and done.returncode != 0:
            raise Failure(f"{self.name}: {' '.join(map(str, command))}: {done.stderr.strip() or done.stdout.strip()}")
        return done

    def start(self, title, command):
        return self.lab.start(title, [*self.prefix, *command], stdin=subprocess.PIPE)

    def plug(self, name, far, bridge):
        """A cable, called `name` here, to a bridge of the space `far`."""
        far.cables += 1
        end = f"port{far.cables}"
        ip("link", "add", end, "netns", far.name, "type", "veth", "peer", "name", name, "netns", self.name)
        far.run("ip", "link", "set", end, "master", bridge, "up")
        self.run("ip", "link", "set", name, "up")
        return self

    def bridge(self, name):
        self.run("ip", "link", "add", name, "type", "bridge")
        self.run("ip", "link", "set", name, "up")

    def address(self, interface, *addresses):
        for each in addresses:
            self.run("ip", "address", "add", each, "dev", interface, *(["nodad"] if ":" in each else []))

    def route(self, where, via):
        self.run("ip", *(["-6"] if ":" in via else []), "route", "add", where, "via", via)

    def forward(self):
        self.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")

    def inside(self, act):
        """act(), done by this thread in there: a socket that it makes stays there."""
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            if LIBC.setns(there, CLONE_NEWNET) != 0:
                raise Failure(f"setns {self.name}: {os.strerror(ctypes.get_errno())}")
            try:
                return act()
            finally:
                LIBC.setns(here, CLONE_NEWNET)
        finally:
            os.close(there)
            os.close(here)
