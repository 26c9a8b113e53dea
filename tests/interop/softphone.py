#!/usr/bin/env python3
# tests/interop/softphone.py - the phone in the browser, at /phone of a node: set up by a one-time link, clicked and typed
# into as people do, and listened to. Each microphone hears a tone of its own; what comes out at the other end is measured
# there, in the page (Web Audio) and in what linphone records.
import json
import math
import struct
import time
import wave

from browser import npm_file
from lab import UNLIMITED, Linphone, Node, check, main, say, wait_for
from lab.chromium import Chromium
from page import axe, picture

ONE, TWO, PORT = "127.0.0.2", "127.0.0.3", 8443
PASSWORD = "softphone-4711"
HZ = {"alice": 700, "bob": 950, "carol": 440}  # linphone's is lab.phones.tone()
STATE = "document.body.dataset.call"

# The loudest frequency of what the page plays, over a second and a half.
HEARD = """(async () => {
  const context = new AudioContext(), look = context.createAnalyser(), heard = { hz: 0, db: -Infinity };
  await context.resume();
  look.fftSize = 8192;
  look.smoothingTimeConstant = 0;
  context.createMediaStreamSource(document.querySelector('#remote').srcObject).connect(look);
  const bins = new Float32Array(look.frequencyBinCount);
  for (let i = 0; i < 15; ++i) {
    await new Promise(done => setTimeout(done, 100));
    look.getFloatFrequencyData(bins);
    bins.forEach((db, bin) => { if (db > heard.db) Object.assign(heard, { hz: bin * context.sampleRate / look.fftSize, db }); });
  }
  await context.close();
  return heard;
})()"""


def tone(lab, hz, rate=48000):
    path = lab.folder / f"tone-{hz}.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1), sound.setsampwidth(2), sound.setframerate(rate)
        sound.writeframes(b"".join(struct.pack("<h", int(12000 * math.sin(i * math.tau * hz / rate))) for i in range(2 * rate)))
    return path


def share_of(hz, samples, rate=8000):
    """Of that frequency in what was heard: 1 is a pure tone, silence or another tone next to nothing (Goertzel)."""
    step = 2 * math.cos(math.tau * hz / rate)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + step * last - before
    power = last * last + before * before - step * last * before
    return 2 * power / (len(samples) * (sum(s * s for s in samples) or 1))


# Did the node's STUN server answer? A browser never asks at some ports, and no call begins before it has waited.
GATHERS = """(async () => {
  const ice = new RTCPeerConnection({ iceServers: [{ urls: JSON.parse(localStorage.getItem('hedgewitch.phone')).stun }] });
  const whole = new Promise(done => { ice.onicegatheringstatechange = () => ice.iceGatheringState === 'complete' && done(true); });
  ice.addTransceiver('audio');
  await ice.setLocalDescription();
  const answered = await Promise.race([whole, new Promise(done => setTimeout(done, 5000, false))]);
  ice.close();
  return answered;
})()"""


# A browser makes voices of what it hears; a tone is noise to it, or an echo, and would be gone after a second.
AS_IT_IS = """if (self.MediaDevices) {
  const devices = MediaDevices.prototype, ask = devices.getUserMedia;
  devices.getUserMedia = function (wish) {
    const audio = wish.audio && { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    return ask.call(this, { ...wish, audio });
  };
}"""


class Softphone(Chromium):
    def __init__(self, lab, node, user, **more):
        super().__init__(lab, f"chromium-{user}", [node.status()["tls"]["key_hash"]], tone(lab, HZ[user]), **more)
        self.ask("Page.addScriptToEvaluateOnNewDocument", source=AS_IT_IS)
        self.node, self.user, self.page = node, user, f"https://{node.address}:{PORT}/phone"

    def link(self):
        made = json.loads(self.node.command("user", "link", self.user, "--json", "--https").stdout)
        return made["url"]

    def set_up(self):
        """As by a click on a link in a message: a page says what it is good for, this browser is the first of it."""
        self.open(self.link())
        self.click("a[href*='/phone#']")
        self.click("#login-form button")
        self.ready()
        return self

    def ready(self):
        self.wait("document.body.dataset.ready === 'true'", 30)
        self.shows(f"Ready, as {self.user}")

    def dial(self, text):
        self.write("#number", text)
        self.key("Enter")

    def is_now(self, state, seconds=20):
        self.wait(f"{STATE} === '{state}'", seconds)

    def hears(self, hz):
        """Three times at the most: the first packets may still be silence."""
        for _ in range(3):
            heard = self.run(HEARD)
            if abs(heard["hz"] - hz) < 12 and heard["db"] > -75:
                break
        check(abs(heard["hz"] - hz) < 12 and heard["db"] > -75, f"{self.user} hears {hz} Hz: {heard}")

    def is_well(self):
        """Nothing was refused by the page's own policy, and no script failed."""
        bad = [line for line in self.said if "Content Security Policy" in line or "exceptionThrown" in line or "Uncaught" in line]
        check(not bad, f"{self.user}: nothing was refused by the policy, no script failed {bad or ''}".rstrip())


def node(lab, name, address, users, **more):
    made = Node(lab, name, address, 4271, listen=[f"wss:{address}:{PORT}"], sip_lines=UNLIMITED, delivery="auto", **more).init()
    for user in users:
        made.add_user(user, PASSWORD)
    return made.start()


def two_browsers(lab):
    """A stranger's call, a contact's, one that is missed; sound both ways, on hold, keys, a picture."""
    one = node(lab, "one", ONE, ["alice"])
    two = node(lab, "two", TWO, ["bob"], bootstrap=[f"{ONE}:4222"])
    uri = f"sip:bob@{two.host}"
    one.command("contact", "add", "brother", uri, "--number", "12")
    alice, bob = Softphone(lab, one, "alice"), Softphone(lab, two, "bob")
    alice.set_up(), bob.set_up()
    wait_for("bob to be found", lambda: one.lookup(uri).get("contacts"), 40)

    alice.dial(uri)
    bob.is_now("is_calling")
    bob.shows("New: the address is proved, and the caller is no contact of yours.", selector="#call-mark")
    check(bob.text("#call-who") == "alice", "a stranger's call rings, and is shown as one")
    alice.is_now("ringing")
    bob.key("Enter")  # the cursor is on Answer
    alice.is_now("talking"), bob.is_now("talking")
    alice.hears(HZ["bob"]), bob.hears(HZ["alice"])
    alice.click("#hold")
    alice.is_now("on_hold"), bob.is_now("held")
    alice.click("#hold")
    alice.is_now("talking"), bob.is_now("talking")
    say("held, and taken back")
    alice.click("#keys"), alice.click("#keypad button[value='5']")
    alice.shows("Sent: 5", selector="#sent-keys")
    alice.click("#camera")
    bob.wait("document.querySelector('#remote').videoWidth > 0")
    say("alice's picture is at bob's")
    bob.click("#hang-up")
    alice.is_now("ended"), bob.is_now("ended")

    two.command("contact", "add", "sister", f"sip:alice@{one.host}")
    alice.shows("12 · brother@", selector="#contacts")
    alice.click("#contacts button")
    bob.is_now("is_calling")
    picture(bob, "phone", 360)
    bob.shows("Your contact: the caller has proved it.", selector="#call-mark")
    check(bob.text("#call-who") == "sister", "a contact's call is shown by the contact's name, as proved")
    say("she called him by the phone book of her node")
    alice.click("#hang-up")
    bob.is_now("ended")
    bob.shows("Missed", selector="#recent")
    bob.click("#recent .missed button")
    alice.is_now("is_calling")
    say("a missed call is called back")
    alice.click("#hang-up")
    bob.shows("Declined.", selector="#call-state")
    alice.is_well(), bob.is_well()


def with_linphone(lab):
    """linphone, set up for DTLS-SRTP and ICE, calls the browser and is called by it."""
    home = node(lab, "one", ONE, ["alice", "carol"], dht_enabled=False)
    alice = Softphone(lab, home, "alice").set_up()
    carol = Linphone(lab, "carol", 1, "carol", PASSWORD, ONE, media="webrtc", stun=ONE, proxy=ONE)
    carol.start().registered()

    alice.dial("carol")
    carol.expect("incoming")
    carol.answer()
    alice.is_now("talking")
    linphone_hears(lab, carol, alice)
    alice.hears(HZ["carol"])
    alice.click("#hang-up")
    carol.expect("closed")

    carol.dial(f"sip:alice@{ONE}")
    alice.is_now("is_calling")
    alice.shows("A phone of your own node.", selector="#call-mark")
    alice.click("#answer")
    alice.is_now("talking")
    linphone_hears(lab, carol, alice)
    alice.hears(HZ["carol"])
    carol.hold()
    alice.is_now("held")
    carol.resume()
    alice.is_now("talking")
    carol.hang_up()
    alice.is_now("ended")
    alice.is_well()


def linphone_hears(lab, phone, softphone):
    file = lab.folder / f"heard-{time.monotonic_ns()}.wav"
    phone.expect("established")
    phone.command(f"record {file}")
    hz = HZ[softphone.user]
    def share():  # linphone writes the file's head at its end: 44 bytes, then samples of 16 bits at 8 kHz
        sound = file.read_bytes()[44:] if file.exists() else b""
        last = [s for s, in struct.iter_unpack("<h", sound[:len(sound) // 2 * 2])][-8000:]
        found = share_of(hz, last) if len(last) == 8000 else 0
        return found if found > 0.7 else 0
    found = wait_for(f"{phone.name} to hear {hz} Hz", share, 15)
    say(f"{phone.name} hears {hz} Hz: {found:.0%} of what it recorded is that tone")


def a_link_is_good_once(lab):
    """By keyboard alone; remembered where its owner says so, and nowhere else; taken away; refused with another password."""
    home = node(lab, "one", ONE, ["alice", "bob"], dht_enabled=False)
    alice = Softphone(lab, home, "alice", language="de")
    link = alice.link()
    alice.open(f"{alice.page}#{'a' * 32}")
    alice.click("#login-form button")
    alice.shows("Dieser Link gilt nicht", selector="#login-fault")
    alice.write("#link", "https://example.org/")
    alice.key("Enter")
    alice.shows("Das ist kein Link eines Knotens", selector="#login-fault")
    say("a wrong link is refused, in German")
    library = npm_file("axe-core/axe.min.js").read_text()
    axe(alice, library, "the page without a phone")

    alice.write("#link", link)
    alice.key("Tab"), alice.key(" "), alice.key("Tab"), alice.key("Enter")
    alice.wait("document.body.dataset.ready === 'true'", 30)
    alice.shows("Bereit, als alice")
    check(alice.run("localStorage.length > 0 && sessionStorage.length === 0"), "remembered on the device, as its owner said")
    alice.open("about:blank").open(alice.page)
    alice.wait("document.body.dataset.ready === 'true'", 30)
    say("it is the same phone after the browser has come back")
    check(alice.run(GATHERS), "the STUN server that it was told of answers")
    tag = alice.run("fetch('/phone').then(answer => answer.headers.get('ETag'))")
    again = [alice.run(f"fetch('/phone', {{ headers: {{ 'If-None-Match': {json.dumps(has)} }} }}).then(answer => answer.status)")
             for has in (tag, '"0"')]
    check(again == [304, 200], "the page is not sent again to who has it, and to all others")
    check([u["phones"] for u in home.status()["users"] if u["user"] == "alice"] == [1], "and alice has one phone")

    second = Softphone(lab, home, "bob")
    second.open(second.page)
    second.write("#link", link)
    second.key("Enter")
    second.shows("This link does not work", selector="#login-fault")
    second.set_up()
    check(second.run("localStorage.length === 0"), "the same link a second time is refused; another's is forgotten with the tab")
    second.dial("alice")
    alice.is_now("is_calling")
    axe(alice, library, "a call that comes")
    alice.click("#answer")
    second.is_now("talking")
    second.click("#keys")
    axe(second, library, "a call with its keys")
    alice.click("#hang-up")
    second.is_now("ended")
    second.dial("alice")
    alice.is_now("is_calling")
    alice.click("#hang-up")
    second.shows("Declined.", selector="#call-state")
    axe(second, library, "the page with its calls")
    second.dial("nobody")
    second.shows("Nobody is known by that name.", selector="#call-state")

    home.command("user", "passwd", "bob", "--password-stdin", stdin="another-password-4711\n")
    second.open("about:blank")
    second.set_up()
    say("with a new link it works with the new password too")
    alice.click("#logout")
    alice.shows("Diesen Browser als Telefon einrichten")
    check(alice.run("localStorage.length + sessionStorage.length") == 0, "nothing is left of a phone that was taken away")
    wait_for("alice to have no phone", lambda: [u["phones"] for u in home.status()["users"] if u["user"] == "alice"] == [0], 10)
    alice.is_well(), second.is_well()


def comes_back_by_itself(lab):
    """The node starts anew: a call is heard all the while, and both are phones again. One of them dies: the other's call ends."""
    home = node(lab, "one", ONE, ["alice", "bob"], dht_enabled=False)
    alice, bob = Softphone(lab, home, "alice").set_up(), Softphone(lab, home, "bob").set_up()
    alice.dial("bob")
    bob.is_now("is_calling")
    bob.click("#answer")
    alice.is_now("talking"), bob.is_now("talking")
    home.stop()
    alice.shows("No connection to the node"), bob.shows("No connection to the node")
    alice.hears(HZ["bob"])
    home.start()
    alice.ready(), bob.ready()
    check([u["phones"] for u in home.status()["users"]] == [1, 1], "both are phones of the node that has started anew")
    alice.is_now("talking"), bob.is_now("talking")
    say("and they talk as before")
    bob.process.kill()
    alice.is_now("interrupted")
    alice.shows("The sound broke off and did not come back.", 40, "#call-state")
    alice.is_now("ended")
    say("who is gone is not waited for")
    alice.is_well()


if __name__ == "__main__":
    main({f.__name__: f for f in (two_browsers, with_linphone, a_link_is_good_once, comes_back_by_itself)})
