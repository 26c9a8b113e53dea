# tests/interop/lab/phones.py - real phones: Debian's baresip and linphonec with one face, driven headless, and sipp.
# What a phone says of its calls comes as events (ringing, incoming, established, paused, held, closed), and its own
# log holds every SIP message of it in clear, those over TLS too. baresip speaks JSON in netstrings over TCP
# (ctrl_tcp.so); linphonec has a pty for its commands and says each state of a call in its log.
import json
import math
import os
import pathlib
import pty
import re
import socket
import struct
import subprocess
import threading
import time
import wave

from .processes import HERE, Failure, check, need, wait_for


def tone(lab, seconds=300):
    """440 Hz at 8 kHz: baresip's ausine is 48 kHz only, and a call with PCMU would never be answered. A file for all phones,
    as long as the longest call: baresip falls silent at its end."""
    path = lab.folder / "tone.wav"
    if not path.exists():
        second = b"".join(struct.pack("<h", int(8000 * math.sin(i * math.tau * 440 / 8000))) for i in range(8000))
        with wave.open(str(path), "wb") as sound:
            sound.setnchannels(1), sound.setsampwidth(2), sound.setframerate(8000)
            sound.writeframes(second * seconds)
    return path


class Phone:
    """`number` gives it ports (and baresip an address) of its own. `media`: None, srtp, dtls_srtp, zrtp, or ice with a
    `stun` server; `patience`: seconds that it rings; `regint`: seconds between registrations; `proxy`: its outbound proxy;
    `space`: a machine of its own, where its ports are those that it chooses by itself; `more`: what one of them has
    alone."""

    def __init__(self, lab, name, number, user, password, registrar, transport="udp", media=None, patience=120, regint=300,
                 proxy=None, space=None, stun=None, **more):
        self.lab, self.name, self.user, self.password = lab, name, user, password
        self.number, self.proxy, self.space, self.stun = number, proxy, space, stun
        self.rtp = range(20000 + 100 * number, 20100 + 100 * number)
        self.folder = lab.folder / name
        self.folder.mkdir()
        self.log = lab.folder / f"{name}.log"
        self.tone = tone(lab)
        self.configure(registrar, transport, media, patience, regint, **more)
        self.events, self.changed = [], threading.Condition()
        self.mark = 0  # what is before it in the log was looked at

    def tell(self, event, detail=""):
        with self.changed:
            self.events.append((event, detail))
            self.changed.notify_all()

    def expect(self, event, seconds=15):
        """Waits for the event, and drops those before it; its detail."""
        end = time.monotonic() + seconds
        passed = []
        with self.changed:
            while True:
                while self.events:
                    got, detail = self.events.pop(0)
                    if got == event:
                        return detail
                    passed.append(f"{got} {detail}".strip())
                left = end - time.monotonic()
                if left <= 0:
                    raise Failure(f"{self.name} did not say '{event}' in {seconds} s, but {passed}")
                self.changed.wait(left)

    def said(self, event):
        """Since skip(); it stays said."""
        with self.changed:
            return any(got == event for got, _ in self.events)

    def skip(self):
        """Forgets what it said so far."""
        with self.changed:
            self.events.clear()
        self.mark = self.log.stat().st_size

    def news(self):
        """What its log says since skip()."""
        if not self.log.exists():
            return ""
        with open(self.log, "rb") as log:
            log.seek(self.mark)
            return log.read().decode(errors="replace")

    def says(self, pattern, seconds=15):
        """Waits for it in the log, from skip() on."""
        return wait_for(f"/{pattern}/ in the log of {self.name}", lambda: re.search(pattern, self.news()), seconds)

    def sdp(self):
        """Every session description in its log."""
        bodies = re.findall(r"v=0\r?\n(?:[a-z]=[^\n]*\n)+", self.log.read_text(errors="replace"))
        return {body.replace("\r", "").strip() for body in bodies}

    def registered(self):
        self.says(r"SIP/2\.0 200 [^\n]*\n(?:[^\n]+\n)*?CSeq: *\d+ REGISTER", 30)
        return self


class Baresip(Phone):
    """`address`: else one by its number; `answers` at once, by itself. `media` may be webrtc too: ICE, DTLS-SRTP and one
    port for RTP and RTCP."""
    kind = "baresip"
    cipher_says = r"srtp: audio: SRTP is Enabled|dtls_srtp: ---> DTLS-SRTP complete"
    MEDIA = {"srtp": ("module srtp.so", ";mediaenc=srtp-mand"),
             "dtls_srtp": ("module dtls_srtp.so", ";mediaenc=dtls_srtp"),
             "webrtc": ("module ice.so\nmodule srtp.so\nmodule dtls_srtp.so\nrtcp_mux yes",
                        ";medianat=ice;mediaenc=dtls_srtp"),
             "ice": ("module stun.so\nmodule ice.so", ";medianat=ice"),
             None: ("", "")}

    def configure(self, registrar, transport, media, patience, regint, address=None, answers=False, listen=None):
        need("baresip", "openssl")
        self.address = "127.0.0.1" if self.space else address or f"127.0.0.{40 + self.number}"
        modules = next(iter(pathlib.Path("/usr/lib").glob("*/baresip/modules")), "/usr/lib/baresip/modules")
        lines, account = self.MEDIA[media]
        ports = f"sip_listen {listen}" if listen else "" if self.space else f"""sip_listen {self.address}:5060
net_interface {self.address}
rtp_ports {self.rtp.start}-{self.rtp.stop - 1}"""
        (self.folder / "config").write_text(f"""
poll_method epoll
{ports}
sip_certificate {certificate(self.lab)}
call_local_timeout {patience}
call_max_calls 1
audio_player aubridge,nil
audio_source aufile,{self.tone}
audio_alert aubridge,nil
ctrl_tcp_listen {self.address}:4444
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
{lines}
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
""")
        if answers:
            account += ";answermode=auto"
        if self.proxy:
            account += f';outbound="sip:{self.proxy}:5060;transport={transport}"'
        if self.stun:
            account += f";stunserver=stun:{self.stun}"
        (self.folder / "accounts").write_text(f"<sip:{self.user}@{registrar};transport={transport}>;auth_user={self.user};"
                                              f"auth_pass={self.password};regint={regint}{account}\n")
        (self.folder / "contacts").write_text("")

    def start(self):
        where = self.space.prefix if self.space else []
        self.process = self.lab.start(self.name, [*where, "baresip", "-s", "-f", self.folder])  # -s: SIP into the log
        self.control = wait_for(f"{self.name} to listen", self._connect, 15)
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def _connect(self):
        if self.process.poll() is not None:
            raise Failure(f"{self.name} quit with {self.process.returncode}")
        def connect():
            return socket.create_connection((self.address, 4444), 1)
        try:
            return self.space.inside(connect) if self.space else connect()
        except OSError:
            return None

    EVENTS = {"CALL_INCOMING": "incoming", "CALL_RINGING": "ringing", "CALL_PROGRESS": "ringing",
              "CALL_ESTABLISHED": "established", "CALL_CLOSED": "closed"}

    def _listen(self):
        buffer = b""
        self.control.settimeout(None)
        while True:
            try:
                data = self.control.recv(65536)
            except OSError:
                return
            if not data:
                return
            buffer += data
            while (colon := buffer.find(b":")) > 0 and len(buffer) > (end := colon + 1 + int(buffer[:colon])):
                text, buffer = buffer[colon + 1:end].decode(errors="replace"), buffer[end + 1:]  # a comma ends it
                try:
                    message = json.loads(text, strict=False)
                except ValueError:
                    continue  # baresip 1.0.0 writes some strings as they lie in memory
                if event := self.EVENTS.get(message.get("type")):
                    self.tell(event, message.get("param", ""))

    def command(self, name, params=""):
        text = json.dumps({"command": name, "params": params}).encode()
        self.control.sendall(b"%d:%s," % (len(text), text))

    def dial(self, uri):
        self.command("dial", uri)

    def answer(self):
        self.command("accept")

    def hang_up(self):  # while it rings: 486 Busy Here
        self.command("hangup")

    def stop(self):
        """It hangs up and de-registers."""
        self.process.terminate()
        self.process.wait(30)

    def hold(self):
        self.command("hold")

    def resume(self):
        self.command("resume")


def certificate(lab):
    """For phones that accept connections over TLS; nobody checks it."""
    path = lab.folder / "phone.pem"
    if not path.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", path, "-out", lab.folder / "phone.crt", "-days", "2", "-subj", "/CN=phone"],
                       check=True, capture_output=True)
        path.write_text(path.read_text() + (lab.folder / "phone.crt").read_text())
    return path


# So that every packet of media is as long as baresip's.
PCMU_ALONE = "".join(f"[audio_codec_{i}]\nmime={mime}\nrate={rate}\nchannels={channels}\nenabled={int(mime == 'PCMU')}\n"
                     for i, (mime, rate, channels) in enumerate((
                         ("PCMU", 8000, 1), ("PCMA", 8000, 1), ("opus", 48000, 2), ("speex", 8000, 1), ("speex", 16000, 1),
                         ("speex", 32000, 1), ("BV16", 8000, 1), ("GSM", 8000, 1), ("G722", 8000, 1))))


class Linphone(Phone):
    """linphonec. All of them on 127.0.0.1 (with bind_address it listens nowhere), each on ports of its own, but on a
    machine of its own as it comes."""
    kind = "linphone"
    address = "127.0.0.1"
    cipher_says = r"Negotiated media encryption is LinphoneMediaEncryption(?!None)\w+|fully encrypted"

    def configure(self, registrar, transport, media, patience, regint):
        need("linphonec")
        (self.folder / ".local/share/linphone").mkdir(parents=True)
        lines = {"sip": {"verify_server_certs": 0, "verify_server_cn": 0, "default_proxy": 0, "inc_timeout": patience,
                         "media_encryption": {"dtls_srtp": "dtls", "webrtc": "dtls", "srtp": "srtp", "zrtp": "zrtp"}.get(media, "none")},
                 "misc": {"max_calls": 1},
                 "auth_info_0": {"username": self.user, "passwd": self.password, "realm": "hedgewitch"},
                 "proxy_0": {"reg_proxy": f"<sip:{registrar};transport={transport}>",
                             "reg_identity": f"sip:{self.user}@{registrar}", "reg_expires": regint,
                             "reg_sendregister": 1},
                 "video": {"enabled": 0}}
        if self.proxy:
            lines["proxy_0"]["reg_route"] = f"<sip:{self.proxy};transport={transport}>"
        if media in ("ice", "webrtc"):
            lines["proxy_0"]["nat_policy_ref"] = lines.setdefault("net", {})["nat_policy_ref"] = "home"
            lines["nat_policy_0"] = {"ref": "home", "stun_server": self.stun, "protocols": "stun,ice"}
        if not self.space:
            port = 5200 + 10 * self.number
            lines["sip"].update(use_ipv6=0, sip_port=port, sip_tcp_port=port, sip_tls_port=port + 1)
            lines["rtp"] = {"audio_rtp_port": f"{self.rtp.start}-{self.rtp.stop - 1}"}
        text = "".join(f"[{section}]\n" + "".join(f"{key}={value}\n" for key, value in keys.items())
                       for section, keys in lines.items())
        (self.folder / "rc").write_text(text + ("" if self.space else PCMU_ALONE))

    def start(self):
        self.terminal, slave = pty.openpty()
        where = self.space.prefix if self.space else []
        # PULSE_SERVER: else it looks for a sound server for 10 s.
        self.process = subprocess.Popen(
            [*where, "linphonec", "-c", self.folder / "rc", "-d", "6", "-l", self.log], stdin=slave, stdout=slave, stderr=slave,
            cwd=self.folder, env={**os.environ, "HOME": str(self.folder), "PULSE_SERVER": "unix:/nonexistent"})
        os.close(slave)
        self.lab.processes.append(self.process)
        self.shown = ""
        threading.Thread(target=self._drain, daemon=True).start()
        threading.Thread(target=self._follow_log, daemon=True).start()
        self.command("soundcard use files")
        self.command(f"play {self.tone}")
        return self

    def _drain(self):  # a full pty would stop it
        try:
            while data := os.read(self.terminal, 65536):
                self.shown += data.decode(errors="replace")
        except OSError:
            pass

    EVENTS = {"OutgoingRinging": "ringing", "OutgoingEarlyMedia": "ringing", "IncomingReceived": "incoming",
              "StreamsRunning": "established", "Paused": "paused", "PausedByRemote": "held", "End": "closed",
              "Error": "closed"}

    def _follow_log(self):
        wait_for(f"{self.name} to write its log", self.log.exists, 20)
        with open(self.log, errors="replace") as log:
            rest = ""
            while self.process.poll() is None:
                *lines, rest = (rest + log.read()).split("\n")
                for line in lines:
                    state = re.search(r"CallSession .* moving from state LinphoneCall\w+ to LinphoneCall(\w+)", line)
                    if state and state[1] in self.EVENTS:
                        self.tell(self.EVENTS[state[1]], state[1])
                time.sleep(0.03)

    def command(self, text):
        os.write(self.terminal, f"{text}\n".encode())

    def code(self):
        """The short code of ZRTP, that the two people read to each other."""
        return wait_for(f"{self.name} to show its code",
                        lambda: re.search(r"fully encrypted and auth token is (\S+)\.", self.shown), 15)[1]

    def dial(self, uri):
        self.command(f"call {uri}")

    def answer(self):
        self.command("answer")

    def hang_up(self):  # while it rings: 603 Decline
        self.command("terminate")

    def hold(self):
        self.command("pause")

    def resume(self):
        self.command("resume")


def ring(caller, callee, uri, seconds=15):
    """Calls; returns how many seconds it took until it rang at both."""
    caller.skip(), callee.skip()
    began = time.monotonic()
    caller.dial(uri)
    callee.expect("incoming", seconds)
    caller.expect("ringing", seconds)
    return time.monotonic() - began


class Sipp:
    """sipp with scenarios of tests/interop/sipp, as a user's phone at an address."""

    def __init__(self, lab, address, user=None, port=5060):
        need("sipp")
        self.lab, self.address = lab, address
        self.where = ["-i", address, "-p", port, *(["-s", user] if user else [])]
        self.user = user

    def command(self, scenario, server, *more):
        command = ["sipp", "-nostdin", *([f"{server}:5060"] if server else []), "-sf", HERE / f"sipp/{scenario}.xml",
                   *self.where, *more]
        return list(map(str, command))

    def run(self, scenario, server, *more, seconds=40):
        """Plays it to its end; what subprocess.run() says. It gives up by itself before `seconds`."""
        return subprocess.run(self.command(scenario, server, "-timeout", seconds // 2, *more), cwd=self.lab.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)

    def register(self, server, password):
        done = self.run("register_401_200", server, "-m", 1, "-au", self.user, "-ap", password)
        check(done.returncode == 0, f"sipp registers as {self.user} at {self.address}")
        return self

    def start(self, scenario, server=None, *more):
        """Plays it beside others; the process."""
        return self.lab.start(f"sipp-{self.address}", self.command(scenario, server, *more))


PHONES = {"baresip": Baresip, "linphone": Linphone}
