# tests/bench/driving.py - a SIP server that is measured: sip_load (of this tree's release build) or sipp drives it from
# CPU 1, while it is alone on CPU 0. Every figure is for each second of the server's own CPU time (utime and stime of all
# its processes, to the nanosecond), so that what else the machine does changes it little.
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIPP = ROOT / "tests" / "interop" / "sipp"
SIP_LOAD = ROOT / "build" / "release" / "tests" / "bench" / "sip_load"
PASSWORD = "correct-horse-battery"
STRANGER = "elsewhere.example"


def processes_of(pid):
    """This process and all that it has begotten."""
    found, parents = [pid], {}
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parents.setdefault(int(entry.read_text().rsplit(")", 1)[1].split()[1]), []).append(int(entry.parent.name))
        except OSError:
            continue
    for each in found:
        found += parents.get(each, [])
    return found


class Driven:
    """`phone` is the address at which bob (redirected) and carol (proxied; sipp answers) are registered."""

    name, pid, address, phone, folder = "", 0, "", "", pathlib.Path()

    def cpu_ms(self):
        total = 0
        for pid in processes_of(self.pid):
            for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
                total += int(task.read_text().split()[0])
        return total / 1e6

    def resident_kib(self):
        """What is shared among processes is counted once."""
        return sum(int(re.search(r"^Pss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1])
                   for pid in processes_of(self.pid))

    def register(self, user, address, port):
        subprocess.run(["sipp", "-nostdin", f"{self.address}:5060", "-m", "1", "-timeout", "20", "-sf",
                        SIPP / "register_401_200.xml", "-i", address, "-p", str(port), "-s", user, "-au", user, "-ap", PASSWORD],
                       cwd=self.folder, capture_output=True, timeout=40, check=True)

    def load(self, mode, seconds, window=64, sip_load=SIP_LOAD, more=()):
        """What sip_load said, and how many milliseconds of CPU the server used for one answer."""
        stranger = mode == "stranger"  # a 302 without a password
        uri = f"sip:bob@{self.address}" if stranger or mode == "invite" else f"sip:{self.address}"
        words = [sip_load, "--target", f"{self.address}:5060", "--user", "alice", "--password", PASSWORD, "--mode",
                 "invite" if stranger else mode, "--uri", uri, "--seconds", str(seconds), "--window", str(window),
                 "--contacts", "1", "--cpu", "1", *more]
        if stranger:
            words += ["--domain", STRANGER]
        before = self.cpu_ms()
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
        used = self.cpu_ms() - before
        answered = re.search(r"answered in all ([0-9]+)", done.stdout)
        if done.returncode != 0 or not answered:
            raise SystemExit(f"{self.name}, {mode}: {done.stdout}{done.stderr}")
        return done.stdout, used / int(answered[1])

    def answers(self, mode, seconds, sip_load=SIP_LOAD, more=()):
        """Answers for each second of the server's CPU time."""
        return 1000 / self.load(mode, seconds, sip_load=sip_load, more=more)[1]

    def latency_us(self, mode, seconds):
        """One request at a time: the 50th and 99th percentile."""
        said, _ = self.load(mode, seconds, window=1)
        return tuple(1000 * float(re.search(name + r" ([0-9.]+) ms", said)[1]) for name in ("p50", "p99"))

    def answer_calls(self):
        """sipp answers carol's calls until it is terminated."""
        return subprocess.Popen(["taskset", "-c", "1", "sipp", "-nostdin", "-sf", SIPP / "uas_proxied.xml", "-i", self.phone, "-p",
                                 "5060", "-s", "carol"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, cwd=self.folder)

    def calls(self, count, rate):
        """Proxied calls (INVITE, 180, 200, ACK, BYE) for each second of the server's CPU time; none may be lost."""
        before = self.cpu_ms()
        done = subprocess.run(["taskset", "-c", "1", "sipp", "-nostdin", f"{self.address}:5060", "-sf", SIPP / "uac_proxied.xml",
                               "-i", "127.0.0.41", "-p", "5060", "-s", "carol", "-d", "0", "-m", str(count), "-r", str(rate),
                               "-l", "3000", "-timeout", "100"], cwd=self.folder, capture_output=True, timeout=150)
        if done.returncode != 0:
            raise SystemExit(f"{self.name}: sipp says {done.returncode}, so calls were lost")
        return 1000 * count / (self.cpu_ms() - before)
