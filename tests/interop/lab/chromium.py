# tests/interop/lab/chromium.py - headless Chromium as a person has it: pages are opened, clicked and typed into; what they
# show is read. It is driven over a pipe (Chrome DevTools Protocol), so that nothing listens and no library is needed.
import base64
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading

from .processes import Failure, need, wait_for

# Chromium calls home at every start of a fresh machine; nothing here may leave the machine.
QUIET = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
         "--hide-scrollbars"]


def memory_folder(lab):
    """For what Chromium keeps, in memory where there is room: pages, logins and localStorage wait until it has reached the
    disk (fsync), on which another build may write for half a minute. It goes with the lab."""
    memory = pathlib.Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 256 << 20
    folder = tempfile.mkdtemp(prefix=f"{lab.folder.name}-", dir=memory if roomy else lab.folder)
    lab.folders.append(folder)
    return folder


class Chromium:
    """`key_hashes`: of the TLS keys whose certificates are taken though nobody vouches for them (no other is). `sound`: a
    WAV file that its microphone hears, for ever; with it microphone and camera are there, and allowed without a question.
    `space`: a machine of its own."""

    def __init__(self, lab, title, key_hashes=(), sound=None, language="en", space=None, arguments=()):
        need("chromium")
        self.lab, self.title = lab, title
        command = [*(space.prefix if space else []), "chromium", *QUIET, f"--accept-lang={language}", *arguments]
        if key_hashes:
            hashes = ",".join(base64.b64encode(bytes.fromhex(key)).decode() for key in key_hashes)
            command.append(f"--ignore-certificate-errors-spki-list={hashes}")
        if sound:
            # WebRTC would hide addresses behind mDNS names, which no phone can look up.
            command += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                        f"--use-file-for-fake-audio-capture={sound}", "--disable-features=WebRtcHideLocalIpsWithMdns"]
        kept = memory_folder(lab)
        for turn in range(3):  # one in many starts on a busy machine it hangs, and is no test of ours
            self._start([*command, f"--user-data-dir={kept}/{turn}"])
            try:
                target = self.ask("Target.createTarget", url="about:blank", seconds=20)["targetId"]
                break
            except Failure:
                self.process.kill()
        else:
            raise Failure("Chromium was started three times, and never answered")
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def _start(self, command):
        self.numbers, self.session, self.answers = itertools.count(1), None, {}
        self.said = []  # what pages wrote on the console, and what the browser refused them
        self.changed = threading.Condition()
        to_read, self.to = os.pipe()
        self.of, to_write = os.pipe()
        shell = ["bash", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "bash", *command, "--remote-debugging-pipe"]
        log = open(self.lab.folder / f"{self.title}.log", "ab")
        self.process = subprocess.Popen(list(map(str, shell)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        cwd=self.lab.folder, pass_fds=(to_read, to_write))
        self.lab.processes.append(self.process)
        os.close(to_read), os.close(to_write)
        threading.Thread(target=self._listen, args=(self.of,), daemon=True).start()

    def _listen(self, pipe):
        buffer = b""
        while data := os.read(pipe, 65536):
            *messages, buffer = (buffer + data).split(b"\0")
            for message in map(json.loads, messages):
                with self.changed:
                    if "id" in message:
                        self.answers[message["id"]] = message
                    elif message["method"] in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                        self.said.append(json.dumps(message["params"]))
                    self.changed.notify_all()

    def ask(self, method, seconds=20, **params):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        try:
            os.write(self.to, json.dumps(message).encode() + b"\0")
        except OSError as error:
            raise Failure(f"{self.title} is gone: {error}") from error
        with self.changed:
            if not self.changed.wait_for(lambda: number in self.answers, seconds):
                raise Failure(f"{self.title} did not answer {method} in {seconds} s")
            answer = self.answers.pop(number)
        if "error" in answer:
            raise Failure(f"{self.title}: {method}: {answer['error']}")
        return answer["result"]

    def run(self, expression, seconds=20):
        """JavaScript in the page, its value; a promise is waited for."""
        done = self.ask("Runtime.evaluate", seconds, expression=expression, awaitPromise=True, returnByValue=True,
                        userGesture=True)
        if "exceptionDetails" in done:
            raise Failure(f"{self.title}: {expression}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def wait(self, expression, seconds=60):
        """Until it is true in the page; its value (of an element: that it is there). A page that goes away meanwhile is no
        fault."""
        def probe():
            try:
                return self.run(f"Promise.resolve({expression}).then(it => it instanceof Node || it)")
            except Failure:
                if self.process.poll() is not None:
                    raise
                return None
        try:
            return wait_for(f"{self.title}: {expression}", probe, seconds)
        except Failure:
            print(f"{self.title} shows:\n{self.text()}", *self.said, sep="\n    ", flush=True)
            raise

    def open(self, address):
        went = self.ask("Page.navigate", url=address)
        if "errorText" in went:
            raise Failure(f"{self.title} cannot open {address}: {went['errorText']}")
        self.wait("document.readyState === 'complete'")
        return self

    def text(self, selector="body"):
        return self.run(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def shows(self, words, seconds=20, selector="body"):
        """Waits until these words can be read."""
        self.wait(f"(document.querySelector({json.dumps(selector)})?.innerText ?? '').includes({json.dumps(words)})", seconds)

    def click(self, selector, seconds=20):
        """Waits until it can be seen, and clicks where it is, as a mouse does."""
        x, y = self.wait(f"""(() => {{ const e = document.querySelector({json.dumps(selector)});
            if (!e || e.disabled || !e.checkVisibility()) return null;
            e.scrollIntoView({{ block: 'center' }}); const r = e.getBoundingClientRect();
            const at = [r.x + r.width / 2, r.y + r.height / 2], top = document.elementFromPoint(...at);
            return r.width && (e.contains(top) || top?.closest('label')?.contains(e)) ? at : null; }})()""", seconds)
        for event in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=event, x=x, y=y, button="left", clickCount=1)

    def write(self, selector, text):
        """Clicks into a field, and types over what is there."""
        self.click(selector)
        self.run(f"document.querySelector({json.dumps(selector)}).select()")
        self.ask("Input.insertText", text=text)

    KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), " ": (32, " "), "ArrowDown": (40, "")}

    def key(self, key, shift=False):
        code, text = self.KEYS.get(key) or (ord(key.upper()), key)
        for event in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=event, key=key, windowsVirtualKeyCode=code, modifiers=8 if shift else 0,
                     **({"text": text} if text and event == "keyDown" else {}))

    def close(self):
        self.process.terminate()
        self.process.wait(10)
