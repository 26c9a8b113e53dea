# tests/interop/lab/processes.py - what runs a scenario: processes, their logs, checks, and an end to all of it.
# Everything started here is stopped here, whatever happens; nothing runs longer than the lab's own time limit.
import atexit
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = ROOT / "tests/interop"


class Failure(Exception):
    """A check did not hold; the text says what was seen."""


class Skip(Exception):
    """This machine cannot run the test; never on CI, unless `anywhere`: what no package gives (network namespaces)."""

    def __init__(self, why, anywhere=False):
        super().__init__(why)
        self.anywhere = anywhere


def say(text):
    """What came to pass: whatever was waited for and would have failed before, or a figure."""
    print(f"  {text}", flush=True)


def stop_time():
    """Seconds in which a node stops: it gives itself 1.85. Later on a machine that has more to do than it has cores, and
    under a sanitizer, which looks for leaks at the end."""
    return 2 if os.getloadavg()[0] <= os.cpu_count() and not os.environ.get("HEDGEWITCH_SANITIZE") else 5


def check(condition, text):
    if not condition:
        raise Failure(text)
    say(f"ok: {text}")


def wait_for(what, probe, seconds):
    """Calls probe() until it returns something true; its value. Not a timed test: the bound only ends a hang."""
    end = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"waited {seconds} s in vain for {what}")
        time.sleep(0.1)


def need(*tools):
    for tool in tools:
        if not shutil.which(tool) and not os.path.exists(f"/usr/sbin/{tool}"):
            raise Skip(f"{tool} is not installed")


class Lab:
    def __init__(self, name, seconds=150):
        self.name = name
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"hedgewitch-{name}-"))
        self.folders = [self.folder]  # what goes at the end
        self.processes = []
        self.captures = []
        self.holes = []
        self.broken = []  # promises that hold in every scenario, and did not
        self.sanitizer_said = ""
        atexit.register(self.close)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        signal.signal(signal.SIGALRM, lambda *_: self._too_long(seconds))
        signal.alarm(seconds)

    def _too_long(self, seconds):
        raise Failure(f"the whole test took longer than {seconds} s")

    def start(self, title, command, stdin=subprocess.DEVNULL, env=None):
        log = open(self.folder / f"{title}.log", "ab")
        process = subprocess.Popen([str(part) for part in command], stdin=stdin, stdout=log, stderr=log,
                                   cwd=self.folder, env={**os.environ, **(env or {})})
        process.title = title
        self.processes.append(process)
        return process

    def silent_socket(self, address, port):
        """Takes every datagram and says nothing."""
        hole = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        hole.bind((address, port))
        self.holes.append(hole)
        return hole

    def log(self, title):
        path = self.folder / f"{title}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self):
        signal.alarm(0)
        for capture in self.captures:
            capture.stop()
        for hole in self.holes:
            hole.close()
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + 3
        for process in self.processes:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []
        for path in self.folder.glob("*.log"):  # also what was said at the very end, as of leaks
            said = path.read_text(errors="replace")
            if "Sanitizer" in said or "runtime error:" in said:
                self.sanitizer_said += f"--- {path.name}\n{said[-6000:]}\n"
        for folder in self.folders:
            for _ in range(20):  # children of what was stopped may still write
                shutil.rmtree(folder, ignore_errors=True)
                if not os.path.exists(folder):
                    break
                time.sleep(0.1)

    def show_logs(self):
        for path in sorted(self.folder.glob("*.log")):
            print(f"--- {path.name}")
            print(path.read_text(errors="replace")[-int(os.environ.get("LAB_TAIL", 3000)):])


def main(scenarios, by_name_only=(), seconds=150):
    """Runs the scenarios named on the command line, or all but the long ones, each for so long at most; 77 (ctest's skip)
    when this machine cannot."""
    chosen = sys.argv[1:] or [name for name in scenarios if name not in by_name_only]
    for name in chosen:
        print(f"== {name}", flush=True)
        lab = Lab(name, int(os.environ.get("LAB_SECONDS", 900)) if name in by_name_only else seconds)
        try:
            scenarios[name](lab)
            check(not lab.broken, f"nothing else was seen that must never be {lab.broken or ''}".rstrip())
        except Skip as why:
            print(f"SKIPPED: {why}")
            if os.environ.get("CI") and not why.anywhere:
                sys.exit(f"CI has everything: {why}")
            sys.exit(77)
        except (Failure, subprocess.SubprocessError, json.JSONDecodeError, KeyError) as failure:
            lab.show_logs()
            print(f"FAILED {name}: {failure!r}")
            sys.exit(1)
        finally:
            lab.close()
        if lab.sanitizer_said:
            sys.exit(f"{lab.sanitizer_said}FAILED {name}: a sanitizer complained")
        print(f"passed: {name}", flush=True)
