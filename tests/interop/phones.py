# tests/interop/phones.py - real phones with one face: baresip and linphonec, driven headless. What they say of their
# calls is read from their logs.
import os
import pty
import re
import subprocess
import threading

from lab import Baresip, need, wait_for


class Phone:
    """What both kinds log: the SIP messages themselves."""

    def expect(self, pattern, seconds=40):
        """What it says from here on; the text before it is not looked at again."""
        def probe():
            found = re.compile(pattern).search(self.lab.log(self.name), self.mark)
            if found:
                self.mark = found.end()
            return found
        return wait_for(f"{self.name} to say /{pattern}/", probe, seconds)

    def skip(self):
        """Forgets what was said so far."""
        self.mark = len(self.lab.log(self.name))

    def bye(self):
        self.expect(r"BYE sip[^\n]*SIP/2\.0[\s\S]*?SIP/2\.0 200")

    def cancelled(self):
        self.expect(r"CANCEL sip[^\n]*SIP/2\.0[\s\S]*?SIP/2\.0 487")

    def refused(self, status, seconds=40):
        self.expect(rf"SIP/2\.0 {status} ", seconds)


class BaresipPhone(Phone, Baresip):
    kind = "baresip"

    def __init__(self, lab, name, number, registrar, user, password, transport="udp", proxy=None):
        super().__init__(lab, name, f"127.0.0.{30 + number}", registrar, user, password, 12000 + 200 * number,
                         transport=transport, proxy=proxy)
        self.mark = 0

    def command(self, text):
        self.process.stdin.write(f"/{text}\n".encode())
        self.process.stdin.flush()

    def register(self):
        command = ["baresip", "-s", "-f", self.folder]  # -s: every SIP message into the log
        self.process = self.lab.start(self.name, command, stdin=subprocess.PIPE)
        self.expect(r"REGISTER sip[\s\S]*?SIP/2\.0 200 OK", 40)
        return self

    def dial(self, uri):
        self.command(f"dial {uri}")

    def rings(self):
        self.expect(r"Incoming call|incoming call")

    def answer(self):
        self.command("accept")

    def reject(self):
        self.command("hangup")  # of a call that rings: 486 Busy Here

    def established(self):
        self.expect(r"Call established")

    def hold(self):
        self.command("hold")

    def resume(self):
        self.command("resume")

    def hang_up(self):
        self.command("hangup")


class LinphonePhone(Phone):
    """linphonec; all of them on 127.0.0.1 (its bind_address listens nowhere), each on a port of its own."""
    kind = "linphone"

    def __init__(self, lab, name, number, registrar, user, password, transport="udp"):
        need("linphonec")
        self.lab, self.name, self.mark = lab, name, 0
        self.folder = lab.folder / name
        (self.folder / ".local/share/linphone").mkdir(parents=True)
        self.rtp = range(17000 + 100 * number, 17100 + 100 * number)
        port = 5070 + 10 * number
        (self.folder / "rc").write_text(f"""
[sip]
use_ipv6=0
sip_port={port}
sip_tcp_port={port}
sip_tls_port=0
default_proxy=0
inc_timeout=120
[auth_info_0]
username={user}
passwd={password}
realm=hedgewitch
[proxy_0]
reg_proxy=<sip:{registrar}:5060;transport={transport}>
reg_identity=sip:{user}@{registrar}
reg_expires=300
reg_sendregister=1
[rtp]
audio_rtp_port={self.rtp.start}-{self.rtp.stop - 1}
[video]
enabled=0
""")

    def register(self):
        master, slave = pty.openpty()
        log = self.lab.folder / f"{self.name}.log"
        self.process = subprocess.Popen(
            ["linphonec", "-c", self.folder / "rc", "-d", "6", "-l", log], stdin=slave, stdout=slave,
            stderr=subprocess.STDOUT, cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder), "PULSE_SERVER": "unix:/nonexistent"})
        os.close(slave)
        self.lab.processes.append(self.process)
        self.terminal = master
        threading.Thread(target=self._drain, daemon=True).start()
        self.expect(r"\[LinphoneRegistrationOk\]|LinphoneRegistrationOk", 60)
        self.command("soundcard use files")
        return self

    def _drain(self):  # a full pty would stop it
        try:
            while os.read(self.terminal, 65536):
                pass
        except OSError:
            pass

    def command(self, text):
        os.write(self.terminal, f"{text}\n".encode())

    def dial(self, uri):
        self.command(f"call {uri}")

    def rings(self):
        self.expect(r"to (LinphoneCallIncomingReceived|IncomingReceived)")

    def answer(self):
        self.command("answer")

    def reject(self):
        self.command("terminate")

    def established(self):
        self.expect(r"to (LinphoneCallStreamsRunning|StreamsRunning)")

    def hold(self):
        self.command("pause")

    def resume(self):
        self.command("resume")

    def hang_up(self):
        self.command("terminate")


PHONES = {"baresip": BaresipPhone, "linphone": LinphonePhone}
