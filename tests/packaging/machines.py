#!/usr/bin/env python3
# tests/packaging/machines.py PACKAGE.deb [SUITE...] - by hand: fresh Debians (12, 13 and testing, or those named), each with
# systemd as its init in namespaces of this machine, get the package, from nothing to a call that is heard, and lose it
# again without a trace. Each is on a LAN with two phones; apt alone uses this machine's own network. Needs root,
# mmdebstrap, baresip, curl and a Debian mirror. The roots are kept in $ROOTS (200 MB each).
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
from lab import Baresip, Failure, Lab, PhoneWire, check, need, say, wait_for  # noqa: E402
from lab.spaces import Spaces  # noqa: E402

SUITES = ("bookworm", "trixie", "forky")
ROOTS = pathlib.Path(os.environ.get("ROOTS", "/var/tmp/hedgewitch-roots"))
HERE = "192.168.20.1"
PHONES = {"alice": "192.168.20.41", "bob": "192.168.20.42"}
OUTSIDE = f"/proc/{os.getpid()}/ns/net"

BOOT = """
set -e
root=$1
mount --bind "$root" "$root" && mount --make-rprivate /
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup" && mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run" && mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device" && mount --bind /dev/$device "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" && ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs tmpfs "$root/dev/shm" && ln -s /proc/self/fd "$root/dev/fd"
cd "$root" && mkdir -p outside && pivot_root . outside && umount -l /outside
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
"""


class Machine:
    def __init__(self, lab, suite, space):
        self.lab, self.suite, self.root = lab, suite, lab.folder / suite
        kept = ROOTS / suite
        if not kept.exists():
            say(f"mmdebstrap {suite}, once")
            ROOTS.mkdir(exist_ok=True)
            subprocess.run(["mmdebstrap", "--variant=minbase", "--format=dir",
                            "--include=systemd-sysv,dbus,iproute2,ca-certificates", "--skip=cleanup/apt",
                            '--aptopt=Acquire::Check-Valid-Until "false"', suite, str(kept) + ".part",
                            "http://deb.debian.org/debian"], check=True, capture_output=True)
            os.rename(str(kept) + ".part", kept)
        subprocess.run(["cp", "-a", "--reflink=auto", kept, self.root], check=True)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        self.unshare = lab.start("init", [*space.prefix, "unshare", "--mount", "--pid", "--fork", "--uts", "--ipc", "--cgroup", "--kill-child",
                                          "sh", "-c", BOOT, "sh", self.root])
        self.init = wait_for("systemd", self._init, 20)
        wait_for("systemd to have started", lambda: self.run("systemctl", "is-system-running").stdout.strip() in
                 ("running", "degraded"), 60)

    def _init(self):
        for line in subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(self.unshare.pid)], capture_output=True,
                                   text=True).stdout.splitlines():
            pid, name = line.split()
            if name == "systemd":
                return pid

    def run(self, *command, network=None, **more):
        """In the machine; `network`: in that network, else on the LAN."""
        where = ["nsenter", "-t", self.init, "-m", "-u", "-i", "-p", "-C", f"--net={network or f'/proc/{self.init}/ns/net'}"]
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        return subprocess.run([*where, "env", "-i", *(f"{k}={v}" for k, v in env.items()), *command], capture_output=True,
                              text=True, **more)

    def must(self, *command, **more):
        done = self.run(*command, **more)
        if done.returncode != 0:
            raise Failure(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def apt(self, *arguments):
        return self.must("apt-get", "-o", "Acquire::Check-Valid-Until=false", "--assume-yes", "--quiet", *arguments,
                         network=OUTSIDE)

    def unit(self, what):
        return self.must("systemctl", "show", "--value", "-p", what, "hedgewitch.service").strip()

    def log(self):
        """(priority, line) of each line of the service."""
        entries = self.must("journalctl", "--no-pager", "-u", "hedgewitch", "-o", "json").splitlines()
        return [(int(entry["PRIORITY"]), entry["MESSAGE"]) for entry in map(json.loads, entries)]

    def files(self):
        """All but what apt, dpkg and systemd keep for themselves."""
        found = self.must("find", "/", "-xdev", "-not", "-type", "d", "-o", "-xdev", "-type", "d").splitlines()
        own = re.compile(r"/(var/(lib/(apt|dpkg|systemd)|cache|log|tmp)|tmp|proc|sys|dev|run|root)(/|$)"
                         r"|/etc/ld\.so\.cache|/etc/.*-$|/__pycache__")
        return {name for name in found if not own.match(name)}

    def stop(self):
        os.kill(int(self.init), signal.SIGKILL)
        self.unshare.wait(10)


def lan(lab):
    """The machine's place on it, and the phones'."""
    spaces = Spaces(lab)
    switch = spaces.new("switch")
    switch.bridge("lan")
    places = {}
    for name, address in {"machine": HERE, **PHONES}.items():
        places[name] = spaces.new(name).plug("eth0", switch, "lan")
        places[name].address("eth0", f"{address}/24")
        places[name].route("default", "192.168.20.254")
    return places


def from_nothing_to_a_call(lab, machine, places, package):
    before = machine.files()
    shutil.copy(package, machine.root / package.name)
    machine.apt("update")
    began = time.monotonic()
    said = machine.apt("install", f"/{package.name}")
    installed = time.monotonic() - began
    also = re.search(r"(\d+) newly installed", said)[1]
    passwords = {}
    for user in PHONES:
        text = machine.must("hedgewitch", "user", "add", user)
        passwords[user] = re.search(r"password +(\S+)", text)[1]
        check(re.search(rf"server +{HERE}", text), f"{user}: the phone's server is {HERE}")
    wires = {user: PhoneWire(lab, places[user]) for user in PHONES}
    phones = {user: Baresip(lab, f"phone-{user}", number, user, passwords[user], HERE, space=places[user]).start()
              for number, user in enumerate(PHONES, 1)}
    for phone in phones.values():
        phone.registered()
    phones["alice"].dial(f"sip:bob@{HERE}")
    phones["bob"].expect("incoming", 20)
    rang = time.monotonic() - began
    size = int(machine.must("dpkg-query", "-W", "-f=${Installed-Size}", "hedgewitch")) / 1024
    say(f"{machine.suite}: apt install took {installed:.1f} s ({also} packages, {re.search('After this operation, (.*) of add', said)[1]}); "
        f"hedgewitch itself {size:.1f} MB; Bob's phone rang {rang:.1f} s after `apt install` was typed")
    phones["bob"].answer()
    phones["alice"].expect("established")
    since = time.monotonic()
    time.sleep(3)
    to_bob, to_alice = (wires[one].heard(wires[other], since, since + 3)[0] for one, other in (("bob", "alice"), ("alice", "bob")))
    check(min(to_bob, to_alice) > 100, f"in 3 s {to_bob} packets of sound got to Bob's phone and {to_alice} to Alice's")
    phones["alice"].hang_up()
    phones["bob"].expect("closed")
    return before, phones


def the_page(lab, machine, home):
    """From a phone's place: the link logs in, the page tells of both phones, and the phone for browsers is there."""
    jar = lab.folder / f"{machine.suite}.cookies"

    def get(path, *more):
        done = subprocess.run([*home.prefix, "curl", "-sk", "--noproxy", "*", "--max-time", "20", "-b", jar, "-c", jar, "-w", "\n%{http_code}", *more,
                               f"https://{HERE}:8443{path}"], capture_output=True, text=True)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body
    began = time.monotonic()
    link = re.sub(r"^https://[^/]*", "", json.loads(machine.must("hedgewitch", "page", "--json"))["link"])
    first = get("/")[0], get(link)[0]
    check(first == (303, 200), f"the page is there, and asks who comes {first}")
    check(get(link, "-d", "password=")[0] == 303, "a link of `hedgewitch page` logs in")
    status, body = get("/")
    check(status == 200 and "Can others reach me and hear me?" in body and "alice: 1 phone registered" in body,
          f"the page tells of the phones, {time.monotonic() - began:.1f} s after `hedgewitch page` was typed")
    status, body = get("/phone")
    script = re.search(r'src="(/phone/[^"]+\.js)"', body)
    check(status == 200 and script and len(get(script[1])[1]) > 100_000, "the phone for browsers is in the package")


def as_a_service(machine):
    check(machine.unit("ActiveState") == "active" and machine.unit("Type") == "notify", "it is a service that said READY")
    wait_for("a sentence", lambda: machine.unit("StatusText"), 30)
    say(f"status: {machine.unit('StatusText')}")
    who = machine.must("stat", "-c", "%U %a", "/var/lib/hedgewitch/").strip()
    main = machine.unit("MainPID")
    status = machine.must("cat", f"/proc/{main}/status")
    caps = set(re.findall(r"Cap(?:Prm|Eff|Bnd|Amb):\t(\w+)", status))
    check(caps == {"0" * 16} and "Seccomp:\t2" in status and "Uid:\t0" not in status,
          f"no capability, a system-call filter, not root; its state belongs to {who}")
    machine.must("systemctl", "reload", "hedgewitch")
    check(machine.unit("ActiveState") == "active" and machine.unit("MainPID") == main, "systemctl reload: the same process goes on")
    levels = {level for level, _ in machine.log()}
    check(levels <= {4, 5, 6}, f"levels in the journal: {sorted(levels)}")
    for level, line in machine.log():
        if level < 5:
            say(f"warning: {line}")
    machine.must("sh", "-c", "mkdir -p /run/systemd/system/hedgewitch.service.d && printf '[Service]\\nWatchdogSec=3\\n"
                 "RestartSec=1\\n' >/run/systemd/system/hedgewitch.service.d/soon.conf && systemctl daemon-reload && "
                 "systemctl restart hedgewitch")
    main = machine.unit("MainPID")
    time.sleep(5)
    check(machine.unit("MainPID") == main, "a watchdog of 3 s leaves a node alone that works")
    machine.must("systemctl", "kill", "--signal=STOP", "--kill-whom=main", "hedgewitch")
    wait_for("systemd to start it again", lambda: machine.unit("MainPID") not in ("0", main) and
             machine.unit("ActiveState") == "active", 30)
    check(machine.unit("NRestarts") == "1", "one that hangs is started again")
    machine.must("rm", "-r", "/run/systemd/system/hedgewitch.service.d")
    machine.must("systemctl", "daemon-reload")
    machine.must("systemctl", "restart", "hedgewitch")
    verdict = machine.must("systemd-analyze", "security", "--no-pager", "hedgewitch.service").splitlines()[-1]
    say(verdict.strip())
    done = machine.run("systemd-analyze", "verify", "--man=no", "hedgewitch.service")
    check(done.returncode == 0 and "hedgewitch" not in done.stderr, f"systemd-analyze verify {done.stderr}".rstrip())


def for_others(machine, package):
    """What a person meets who is not root; and an upgrade."""
    def as_nobody(*words):
        return machine.run("setpriv", "--reuid=65533", "--clear-groups", "env", "HOME=/tmp/somebody", "hedgewitch", *words)
    done = as_nobody("user", "add", "carol")
    check(done.returncode == 1 and "sudo" in done.stderr, f"another user: {done.stderr.strip()}")
    done = as_nobody("status")
    check(done.returncode == 3 and "sudo" in done.stderr, f"and: {done.stderr.strip()}")
    main = machine.unit("MainPID")
    machine.must("sh", "-c", "echo '#mine' >>/etc/hedgewitch/hedgewitch.toml")
    machine.apt("install", "--reinstall", f"/{package.name}")
    wait_for("it to run", lambda: machine.run("hedgewitch", "status").returncode == 0, 20)
    check(machine.unit("MainPID") != main and "#mine" in machine.must("tail", "-1", "/etc/hedgewitch/hedgewitch.toml"),
          "an upgrade starts it anew, and leaves the configuration alone")


def taken_away(machine, before, package):
    key = machine.must("hedgewitch", "address")
    machine.apt("remove", "hedgewitch")
    check(machine.run("systemctl", "is-active", "hedgewitch").stdout.strip() == "inactive", "removed, it does not run")
    machine.apt("install", f"/{package.name}")
    check(machine.must("hedgewitch", "address") == key, "installed again it is the same node")
    wait_for("it to run", lambda: machine.run("hedgewitch", "status").returncode == 0, 20)
    machine.apt("purge", "hedgewitch")
    machine.apt("autoremove", "--purge", "-o", "APT::AutoRemove::SuggestsImportant=false", "-o",
                "APT::AutoRemove::RecommendsImportant=false")  # systemd suggests some of what came along
    machine.must("rm", f"/{package.name}")
    left = machine.files() - before
    check(not left, f"purged, nothing is left {sorted(left) if left else ''}".rstrip())
    check("hedgewitch" not in machine.must("cat", "/etc/passwd"), "no user either")


def main():
    package = pathlib.Path(sys.argv[1]).resolve()
    bad = []
    for suite in sys.argv[2:] or SUITES:
        print(f"== {suite}", flush=True)
        lab = Lab(f"package-{suite}", 600)
        try:
            need("mmdebstrap", "unshare", "nsenter", "baresip", "curl")
            places = lan(lab)
            machine = Machine(lab, suite, places["machine"])
            before, phones = from_nothing_to_a_call(lab, machine, places, package)
            the_page(lab, machine, places["alice"])
            as_a_service(machine)
            wait_for("the phones to be known still", lambda: "alice: 1 phone registered" in
                     machine.run("hedgewitch", "status").stdout, 20)
            for phone in phones.values():
                phone.stop()
            for_others(machine, package)
            taken_away(machine, before, package)
            machine.stop()
        except (Failure, subprocess.SubprocessError) as failure:
            print(f"FAILED: {failure}")
            lab.show_logs()
            if "machine" in vars():
                print(machine.run("journalctl", "--no-pager", "-u", "hedgewitch").stdout[-4000:])
            bad.append(suite)
        lab.close()
    sys.exit(f"failed: {bad}" if bad else 0)


main()
