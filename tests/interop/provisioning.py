#!/usr/bin/env python3
# tests/interop/provisioning.py - phones set up by a link alone: linphonec is given the link as its config-uri and nothing
# else, baresip the line that the link answers; they register, call each other and are heard. A link is good once.
# Run all: provisioning.py; one: provisioning.py linphone_by_its_link
import copy
import http.client
import json
import re
import shutil
import ssl
import subprocess
import time
import urllib.parse

from lab import BINARY, Baresip, Linphone, Node, check, main, say, wait_for
from lab.spaces import Spaces
from lab.wire import PhoneWire

SERVER = "192.168.1.20"
PASSWORD = {"alice": "alice-47114711", "bob": "bob-08150815"}


class House:
    """A network of machines and nothing else: 192.168.1.x, the router at .1."""

    def __init__(self, lab):
        self.spaces = Spaces(lab)
        self.lan = self.spaces.new("lan")
        self.lan.bridge("lan0")
        self.lan.address("lan0", "192.168.1.1/24")

    def machine(self, host):
        space = self.spaces.new(f"m{host}").plug("eth0", self.lan, "lan0")
        space.address("eth0", f"192.168.1.{host}/24")
        space.route("default", "192.168.1.1")
        return space


class HouseNode(Node):
    """As it is by default, but that it looks for nobody outside."""

    def __init__(self, lab, name, space, lines="", address=SERVER, dht="enabled = false"):
        self.space, self.lines, self.dht = space, lines, dht
        super().__init__(lab, name, address, 0)

    def write_config(self, **changes):
        self.config.write_text(f'[state]\ndir = "{self.folder}/state"\n[dht]\n{self.dht}\n[dns]\nenabled = false\n{self.lines}')

    def start(self):
        self.process = self.space.start(self.name, [BINARY, "--config", self.config, "run"])
        wait_for(f"{self.name} to answer its control socket",
                 lambda: self.command("status", "--json", ok=False).returncode == 0, 30)
        return self

    def link(self, user, *more):
        return json.loads(self.command("user", "link", user, "--json", *more).stdout)

    def phones(self, user):
        return next(each["phones"] for each in self.status()["users"] if each["user"] == user)


def get(space, url, accept="*/*"):
    """(status, text) of what a program on that machine is answered."""
    where = urllib.parse.urlsplit(url)

    def ask():
        if where.scheme == "https":
            blind = ssl.create_default_context()
            blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
            line = http.client.HTTPSConnection(SERVER, where.port, timeout=10, context=blind)
        else:
            line = http.client.HTTPConnection(where.hostname, where.port, timeout=10)
        line.request("GET", url.removeprefix(f"{where.scheme}://{where.netloc}"), headers={"Host": where.netloc, "Accept": accept})
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    return space.inside(ask)


class LinkedLinphone(Linphone):
    """Knows the link, and nothing else."""

    def __init__(self, lab, name, number, space, link):
        self.link = link
        super().__init__(lab, name, number, None, None, None, space=space)

    def configure(self, *_):
        (self.folder / ".local/share/linphone").mkdir(parents=True)
        (self.folder / "rc").write_text(f"[misc]\nconfig-uri={self.link}\n")

    def registered(self):
        super().registered()
        self.command("soundcard use files")  # what it was told while it fetched its settings is gone
        self.command(f"play {self.tone}")
        return self


class LinkedBaresip(Baresip):
    """Its accounts are what the link has answered."""

    def __init__(self, lab, name, number, space, line):
        super().__init__(lab, name, number, "nobody", "nobody", SERVER, media="ice", stun=SERVER, space=space)
        (self.folder / "accounts").write_text(line)


def heard(caller, callee, wires, uri):
    """Rings, is answered, and each hears the other one; then the caller hangs up, and the callee hears of it."""
    caller.skip(), callee.skip()
    caller.dial(uri)
    callee.expect("incoming", 20)
    callee.answer()
    callee.expect("established"), caller.expect("established")
    began = time.monotonic()
    here, there = wires
    both = lambda: min(here.heard(there, began, time.monotonic())[0], there.heard(here, began, time.monotonic())[0]) >= 100
    wait_for("each phone to get 100 packets of the other one", both, 20)
    say(f"{uri} rang, was answered, and each heard the other one within {time.monotonic() - began:.1f} s")
    caller.hang_up()
    callee.expect("closed")


def house_with_bob(lab, lines="", plain=True):
    house = House(lab)
    node = HouseNode(lab, "node", house.machine(20), lines).init()
    for user, password in PASSWORD.items():
        node.add_user(user, password)
    node.start()
    machine = house.machine(31)
    link = node.link("bob", "--transport", "udp")
    status, line = get(machine, link["url"] + "/baresip")
    check(status == 200 and line.startswith(f"<sip:bob@{SERVER};transport=udp>") and line.count("\n") == 1 and link["plain"] == plain,
          f"bob's link answers a line for baresip: {re.sub('auth_pass=[0-9]+', 'auth_pass=..', line.strip())}")
    bob = LinkedBaresip(lab, "phone-bob", 1, machine, line).start().registered()
    say("baresip registers with it, and its new password")
    return house, node, bob


def linphone_by_its_link(lab):
    house, node, bob = house_with_bob(lab)
    link = node.link("alice")
    check(link["plain"] and re.fullmatch(rf"http://{SERVER}:8088/p/[a-z2-7]{{32}}", link["url"]),
          f"alice's link goes to her node, at home: {link['url'][:-30]}..")
    machine = house.machine(30)
    began = time.monotonic()
    alice = LinkedLinphone(lab, "phone-alice", 2, machine, link["url"])
    wires = PhoneWire(lab, machine), PhoneWire(lab, bob.space)
    alice.start().registered()
    say(f"linphonec, which knows the link alone, is registered {time.monotonic() - began:.1f} s after its start")
    heard(alice, bob, wires, f"sip:bob@{SERVER}")
    heard(bob, alice, wires[::-1], f"sip:alice@{SERVER}")
    counted = node.status()["sip"]
    check(counted["relay_refused"] == counted["credentials_refused"] == 0, "none of it is counted as refused")

    status, text = get(machine, link["url"])
    check(status == 410 and "used already" in text and "192.168.1.30" in text and "ha1" not in text,
          f"the same link a second time: {status} {text.strip()}")
    second = LinkedLinphone(lab, "phone-second", 3, house.machine(32), link["url"]).start()
    second.says(r"HTTP/1\.1 410", 20)
    time.sleep(1)
    check("REGISTER sip:" not in second.news() and node.phones("alice") == 1, "a second linphonec gets 410 and no account")

    alice.command("quit")
    alice.process.wait(20)
    alice.log.rename(alice.log.with_suffix(".before"))  # linphonec begins its log anew
    alice.mark = 0
    alice.start().registered()
    check("GET /p/" not in alice.news(), "started again it needs no link")


def links_are_guarded(lab):
    house, node, _ = house_with_bob(lab)
    machine = house.machine(30)
    link = node.link("alice")["url"]
    base = link.rsplit("/", 1)[0]
    check(get(machine, f"{base}/{'a' * 32}")[0] == 404, "who guesses gets 404")
    check(get(machine, base.removesuffix("/p") + "/")[0] == 404, "there is nothing else at that port")
    check(get(machine, link + "/toaster")[0] == 404, "an unknown phone gets 404")
    status, text = get(machine, link, accept="text/html,*/*")
    check(status == 200 and "This link sets up one phone for alice" in text and "ha1" not in text,
          "a browser is told what to do with it")
    house.lan.address("lan0", "203.0.113.1/24")
    stranger = house.spaces.new("stranger").plug("eth0", house.lan, "lan0")
    stranger.address("eth0", "203.0.113.9/24")
    stranger.route("default", "203.0.113.1")
    house.lan.forward()
    refused = False
    try:
        get(stranger, link)
    except OSError as why:
        refused = True
        say(f"from outside of the house: {why}")
    check(refused, "nobody from outside is answered")
    node.command("user", "passwd", "alice", "--password-stdin", stdin="another-47114711\n")
    status, text = get(machine, link)
    check(status == 200 and "<entry name=\"ha1\"" in text, "and all the while the link was good")
    links = [node.link("alice")["url"] for _ in range(33)]
    status, text = get(machine, links[0])
    check(status == 410 and "made room" in text and get(machine, links[-1])[0] == 200, "of 33 open links the oldest made room")
    node.kill9()
    node.start()
    node.link("alice")
    check(get(machine, links[-2])[0] == 404, "a node that has started again knows no link of before")


NAME = "home.test"


def certified(lab):
    """Somebody whom phones know has issued a certificate for the node's name: (the authority's file, lines of [sip])."""
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=lab.folder)
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 5)
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=Lab CA")
    openssl("req", *curve, "-keyout", "home.key", "-out", "home.csr", "-subj", f"/CN={NAME}")
    (lab.folder / "san").write_text(f"subjectAltName=DNS:{NAME}\n")
    openssl("x509", "-req", "-in", "home.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", 5, "-extfile",
            "san", "-out", "home.crt")
    listen = [f"{how}:0.0.0.0:{port}" for how, port in (("udp", 5060), ("tcp", 5060), ("tls", 5061), ("wss", 8443))]
    return lab.folder / "ca.crt", (f'[sip]\nlisten = {json.dumps(listen)}\ndomains = ["{NAME}"]\ntls_certificate = "{lab.folder}/home.crt"\n'
                                   f'tls_key = "{lab.folder}/home.key"\n[page]\nnames = ["{NAME}"]\n')


def trusting(lab, space, authority):
    """That machine, where the name is known, and the authority believed."""
    folder = lab.folder / f"etc-{space.name}"
    folder.mkdir()
    (folder / "hosts").write_text(f"127.0.0.1 localhost\n{SERVER} {NAME}\n")
    (folder / "certs").mkdir()
    shutil.copy(authority, folder / "certs")
    made = copy.copy(space)
    made.prefix = [*space.prefix, "unshare", "--mount", "sh", "-c", f"mount --bind {folder}/hosts /etc/hosts && "
                   f"mount --bind {folder}/certs /etc/ssl/certs && exec \"$@\"", "sh"]
    return made


def linphone_over_https(lab):
    """The node has a certificate that phones can check: the link is HTTPS at its name, and the phone speaks TLS."""
    authority, lines = certified(lab)
    house, node, bob = house_with_bob(lab, lines, plain=False)
    link = node.link("alice")
    check(not link["plain"] and link["url"].startswith(f"https://{NAME}:8443/p/") and link["transport"] == "tls",
          f"alice's link is HTTPS at the name in the certificate: {link['url'][:-30]}..")
    machine = trusting(lab, house.machine(30), authority)
    began = time.monotonic()
    alice = LinkedLinphone(lab, "phone-alice", 2, machine, link["url"])
    wires = PhoneWire(lab, machine), PhoneWire(lab, bob.space)
    alice.start().registered()
    say(f"linphonec, which knows the link alone, is registered {time.monotonic() - began:.1f} s after its start")
    rc = (alice.folder / "rc").read_text()
    check("verify_server_certs=0" not in rc and "transport=tls" in alice.news(), "over TLS, whose certificate it has checked")
    heard(alice, bob, wires, f"sip:bob@{NAME}")
    status, text = get(machine, link["url"])
    check(status == 410 and "used already" in text, f"the same link a second time: {status} {text.strip()}")
    stranger = LinkedLinphone(lab, "phone-stranger", 3, trusting(lab, house.machine(33), lab.folder / "home.csr"),
                              node.link("alice")["url"]).start()
    stranger.says(r"not-trusted", 20)
    say("a phone that does not know the authority takes nothing")
    status, text = get(machine, node.link("alice")["phonebook"].replace(".xml", ".vcf"))
    check(status == 200 and text == "", "the phonebook, by its own key, is empty so far")
    node.command("contact", "add", "mum", "sip:mum@example.org", "--number", "12")
    url = node.link("alice")["phonebook"]
    status, text = get(machine, url + "&for=yealink")
    check(status == 200 and "<Telephone>12</Telephone>" in text and "example.org" not in text, "and then names mum, and her number")
    check(get(machine, url.replace("key=", "key=a") + "&for=yealink")[0] == 403, "with another key it is closed")


MESH = '[mesh]\nprefixes = ["192.168.1.0/24"]\n'


def a_whole_restore(lab):
    """A node's machine is lost; what `backup --all` has kept makes another machine, with another address, the same node: its
    phone logs in as before, and a friend who dials the address that he knows is heard."""
    house = House(lab)
    def node(name, host, bootstrap):
        dht = f'network = 4711\nbootstrap = {json.dumps(bootstrap)}\nlan = false'
        return HouseNode(lab, name, house.machine(host), MESH, f"192.168.1.{host}", dht)
    friend = node("friend", 21, []).init()
    friend.add_user("carol", "carol-47114711")
    friend.start()
    carol = Baresip(lab, "phone-carol", 1, "carol", "carol-47114711", friend.address, proxy=friend.address,
                    space=house.machine(31)).start().registered()
    lost = node("lost", 20, ["192.168.1.21:4222"]).init()
    lost.add_user("alice", PASSWORD["alice"])
    lost.command("contact", "add", "carol", f"sip:carol@{friend.host}", "--number", "12")
    uri = f"sip:alice@{lost.host}"
    before = {words: lost.command(*words.split()).stdout
              for words in ("address", "user list", "contact export", "trust list", "invite list --json", "zone list --json")}
    lost.start()
    saved = lab.folder / "all.hwb"
    said = lost.command("backup", "--all", saved).stdout
    passphrase = re.search(r"^  (\d{4}(?: \d{4}){4})$", said, re.M)[1]
    check(b"alice" not in saved.read_bytes(), f"the backup is sealed: {saved.stat().st_size} bytes; {said.splitlines()[0]}")
    lost.kill9()

    again = node("again", 25, ["192.168.1.21:4222"])
    wrong = again.command("restore", saved, stdin="0000 0000 0000 0000 0000\n", ok=False)
    check(wrong.returncode == 1 and "not its passphrase" in wrong.stderr, f"another passphrase: {wrong.stderr.strip()}")
    say(again.command("restore", saved, stdin=passphrase + "\n").stdout.strip())
    after = {words: again.command(*words.split()).stdout for words in before}
    check(after == before, "address, users, contacts, trust, invites and zone are those of before")
    began = time.monotonic()
    again.start()
    alice = Baresip(lab, "phone-alice", 2, "alice", PASSWORD["alice"], again.address, proxy=again.address,
                    space=house.machine(32)).start().registered()
    say("alice's phone logs in with the password of before")
    wires = PhoneWire(lab, carol.space), PhoneWire(lab, alice.space)
    wait_for("the friend's node to find it", lambda: any("192.168.1.25" in str(each) for each in
                                                         friend.lookup(uri).get("contacts", [])), 60)
    say(f"the friend's node finds {uri[:22]}.. at its new address {time.monotonic() - began:.1f} s after its start")
    heard(carol, alice, wires, uri)
    wait_for("it to find the friend", lambda: again.lookup("sip:12")["status"] == 302, 60)
    heard(alice, carol, wires[::-1], f"sip:12@{again.address}")


if __name__ == "__main__":
    main({f.__name__: f for f in (linphone_by_its_link, linphone_over_https, links_are_guarded, a_whole_restore)})
