#!/usr/bin/env python3
# tests/interop/page.py - the page as a person meets it, in headless Chromium, by clicks and keys alone: from the link of the
# first start to two phones that hear each other; an invite that goes from one node's page to another's, as text and as a
# picture; a stranger who waits and is accepted. And what a tool for accessibility says of every page (axe-core).
# Run all: page.py; one: page.py first_start. Pictures of the pages go to build/page.
import base64
import json
import re

from browser import npm_file
from lab import ROOT, UNLIMITED, Baresip, Capture, Node, check, main, say, wait_for
from lab.chromium import Chromium
from strangers import Stranger
from two_nodes import published

ONE, TWO, PORT, NETWORK = "127.0.0.2", "127.0.0.3", 8443, 4281
PASSWORD = "page-test-4711"
PAGES = ("/", "/phones", "/people", "/trust", "/refused", "/settings")


def start(lab, name, address, delivery="auto", **more):
    return Node(lab, name, address, NETWORK, listen=[f"wss:{address}:{PORT}"], sip_lines=UNLIMITED, delivery=delivery,
                **more).init().start()


class Person(Chromium):
    """At the page of `node`, which was started just now: with the link that it prints."""

    def __init__(self, lab, node, **more):
        super().__init__(lab, f"person-{node.name}", [node.status()["tls"]["key_hash"]], **more)
        self.node, self.page = node, f"https://{node.address}:{PORT}"

    def open_first_link(self):
        found = wait_for("the node to print its link", lambda: re.search(r"https://\S+/first/\S+", self.node.lab.log(self.node.name)), 10)
        return self.open(found[0])

    def first_start(self):
        self.open_first_link()
        self.write("#password", PASSWORD)
        self.submit("main form button")
        self.wait("location.pathname === '/' && document.querySelector('nav')")
        return self

    def submit(self, selector):
        """A click that leads to another page, which is then there."""
        self.run("window.old = true")
        self.click(selector)
        self.wait("window.old === undefined && document.readyState === 'complete'")

    def go(self, path):
        self.submit(f"nav a[href='{path}']")

    def told(self):
        """What came of the last form."""
        return self.text("#notice")

    def choose(self, selector, value):
        """As with the keyboard: browsers draw what a <select> opens outside of the page."""
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        for _ in range(8):
            if self.run(f"document.querySelector({json.dumps(selector)}).value") == value:
                return
            self.key("ArrowDown")
        self.run(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(value)}")

    def add_user(self, user, password=""):
        self.go("/phones")
        self.write("#add-user", user)
        if password:
            self.write("#add-password", password)
        self.submit("#add button")
        check(f"{user} is added." in self.told(), f"the page has added {user}")
        return password or self.text("#password-made")


def hear_each_other(lab, one, two):
    """RTP that is no silence, to both phones; whoever passes it on."""
    capture = Capture(lab)

    def heard():
        came = {one.address: 0, two.address: 0}
        for _, destination, payload in list(capture.packets):
            if destination[0] in came and len(payload) == 172 and payload[0] >> 6 == 2 and len(set(payload[12:])) > 8:
                came[destination[0]] += 1
        return came if min(came.values()) >= 50 else None
    say(f"each hears the other: packets with a tone to {wait_for('both to hear a tone', heard, 15)}")
    capture.stop()


def first_start(lab):
    """The link that the node prints, a password, two users; then two phones with what the page showed."""
    node = start(lab, "one", ONE)
    person = Person(lab, node).first_start()
    check("Can others reach me and hear me?" in person.text("main"), "the first page says whether others reach and hear me")
    sentence = node.status()["reach"]["says"]
    person.shows(sentence.split(". ")[0], selector="#reach")
    say(f"in the very words of `hedgewitch status`: {sentence}")
    alice_password = person.add_user("alice", PASSWORD)
    bob_password = person.add_user("bob")
    check(re.fullmatch(r"\d{20}", bob_password), "a password was made, and is shown")
    person.go("/phones")
    check(bob_password not in person.text(), "once")
    person.submit("form[action='/phones/link'] button")
    check(re.fullmatch(r"https?://\S+/p/\w+", person.run("document.querySelector('#link-made').value")) and
          person.run("document.querySelector('#notice svg.qr') !== null"), "and a link that sets up a phone, to be scanned")
    alice = Baresip(lab, "alice", 1, "alice", alice_password, ONE).start().registered()
    bob = Baresip(lab, "bob", 2, "bob", bob_password, ONE, answers=True).start().registered()
    person.wait("document.querySelector('#phones-of-alice li') && document.querySelector('#phones-of-bob li')", 20)
    say("both phones are shown as registered, without a reload")
    alice.dial(f"sip:bob@{ONE}")
    alice.expect("established"), bob.expect("established")
    hear_each_other(lab, alice, bob)
    alice.hang_up()


def invite_and_stranger(lab):
    """Alice's invite is made by her node's page and accepted by Bob's, as text and as a picture. Bob calls and waits, for he is
    no contact there; her page makes him one, and he rings."""
    one = start(lab, "one", ONE)
    two = start(lab, "two", TWO, bootstrap=[f"{ONE}:4222"])
    at_one, at_two = Person(lab, one).first_start(), Person(lab, two).first_start()
    at_one.add_user("alice", PASSWORD), at_two.add_user("bob", PASSWORD)
    at_one.go("/settings")
    at_one.choose("#strangers-alice", "ask")
    at_one.submit("form[action='/settings/strangers'] button")
    check("alice: ask" in at_one.told(), "strangers wait for Alice's decision")

    at_one.go("/people")
    at_one.click("#invite-secret")
    at_one.write("#invite-note", "Bob <b>")
    at_one.submit("form[action='/people/invite'] button")
    invite = at_one.run("document.querySelector('#invite-made').value")
    picture = lab.folder / "invite.png"
    at_one.run("document.querySelector('#notice .qr').scrollIntoView()")
    box = at_one.run("(() => { const r = document.querySelector('#notice .qr').getBoundingClientRect();"
                     "return { x: r.x + scrollX, y: r.y + scrollY, width: r.width, height: r.height, scale: 1 }; })()")
    shot = at_one.ask("Page.captureScreenshot", format="png", clip=box, captureBeyondViewport=True)
    picture.write_bytes(base64.b64decode(shot["data"]))

    at_two.go("/people")
    at_two.write("#add-name", "sister")
    at_two.write("#add-invite", f"Hello Bob! Here it is: {invite}")
    at_two.submit("#add button")
    check("sister is sip:alice@" in at_two.told(), f"Bob's page has taken the text: {at_two.told().splitlines()[0]}")
    at_two.write("#add-name", "picture")
    root = at_two.ask("DOM.getDocument")["root"]["nodeId"]
    field = at_two.ask("DOM.querySelector", nodeId=root, selector="#add-picture")["nodeId"]
    at_two.ask("DOM.setFileInputFiles", nodeId=field, files=[str(picture)])
    at_two.submit("#add button")
    check("picture is sip:alice@" in at_two.told(), f"and the picture: {at_two.told().splitlines()[0]}")

    alice = Baresip(lab, "alice", 1, "alice", PASSWORD, ONE, answers=True).start().registered()
    bob = Baresip(lab, "bob", 2, "bob", PASSWORD, TWO).start().registered()
    published(one, "alice"), published(two, "bob")
    wait_for("Alice to be found", lambda: two.lookup(f"sip:sister@{TWO}")["status"] == 302, 30)
    can_i_reach(at_two, "sister")
    at_one.go("/people")
    bob.dial(f"sip:sister@{TWO}")
    bob.expect("closed")
    check(not alice.said("incoming"), "a stranger does not ring")
    at_one.wait("document.querySelector('#waiting article')", 20)
    check("bob" in at_one.text("#waiting article") and "Verified" in at_one.text("#waiting article"),
          "he is shown as one who waits, without a reload, and his address is proven")
    at_one.write("#waiting input[name=name]", "brother")
    at_one.submit("form[action='/people/accept'] button")
    check("and rings from now on" in at_one.told(), f"accepted: {at_one.told().splitlines()[0]}")
    bob.skip()
    bob.dial(f"sip:sister@{TWO}")
    alice.expect("established"), bob.expect("established")
    say("and he rings")


def can_i_reach(person, whom):
    """The page asks as the commands do, and says what they say."""
    def timeless(text):
        return re.sub(r"\s+", " ", re.sub(r"in \d+ ms|within a millisecond|\d+ ms", "in time", text)).strip()
    person.go("/people")
    person.submit(f"article[aria-labelledby='contact-{whom}'] form[action='/people/reach'] button")
    said = timeless(person.node.command("ping", whom).stdout)
    check("node answers" in said and said in timeless(person.told()), f"Can I reach {whom}? {said}")
    person.write("#reach-whom", f"{whom}@{person.node.address}")
    person.submit("#can-i-reach button[value=explain]")
    said = timeless(person.node.command("explain", f"{whom}@{person.node.address}").stdout.split("\n\nWhat was asked:")[0])
    check(said in timeless(person.told()), f"what would a call do? {said}")
    person.click("#notice summary")
    check("dht" in person.text("#notice pre"), "and all that was asked can be read")


def axe(person, library, what):
    """No violation of WCAG 2 A and AA, nor of what axe-core calls best practice."""
    person.run(library + ";0")
    found = person.run("axe.run(document, { resultTypes: ['violations'] }).then(result => result.violations.map(v =>"
                       "({ id: v.id, what: v.nodes.map(n => n.html.slice(0, 160) + ' ' + n.failureSummary) })))", 30)
    if found:
        print(json.dumps(found, indent=2), flush=True)
    check(not found, f"axe-core finds nothing at {what}")


def picture(person, name, width):
    """Of the whole page; the page is no wider than the screen."""
    folder = ROOT / "build/page"
    folder.mkdir(parents=True, exist_ok=True)
    person.ask("Emulation.setDeviceMetricsOverride", width=width, height=760, deviceScaleFactor=1, mobile=False)
    wide = person.run("document.documentElement.scrollWidth")
    shot = person.ask("Page.captureScreenshot", format="webp", quality=25, captureBeyondViewport=True)
    person.ask("Emulation.clearDeviceMetricsOverride")
    (folder / f"{name}-{width}.webp").write_bytes(base64.b64decode(shot["data"]))
    if wide > width:
        check(False, f"{name} fits a screen of {width} pixels: it is {wide} wide")


def everybody_can_use_it(lab):
    """axe-core on every page, in both languages, light and dark; small and large screens; the keyboard alone; no script."""
    library = npm_file("axe-core/axe.min.js").read_text()
    node = start(lab, "one", ONE)
    person = Person(lab, node)
    person.open(f"{person.page}/login")
    axe(person, library, "/login")
    axe(person.open_first_link(), library, "the page of the first link")
    axe(person.open(f"{person.page}/i#{node.key}/alice"), library, "the page of an invite")
    person.shows(f"hedgewitch contact add NAME 'hedgewitch:{node.key}/alice'")
    person.first_start()
    person.add_user("alice")
    axe(person, library, "the page that shows a new user")
    for width in (360, 1280):
        picture(person, "added-en", width)
    for user in ("bob", "carol"):
        node.add_user(user, PASSWORD)
    node.command("user", "strangers", "alice", "ask")
    node.command("contact", "add", "riverside", "sip:office@example.org", "--number", "14")
    node.command("trust", "pin", "example.org", node.key)
    node.command("invite", "alice", "--unlisted", "--note", "for Bob")
    stranger = Stranger("127.0.0.77", ONE)
    stranger.ask(f"sip:alice@{ONE}", sender='"Eve <script>alert(1)</script>" <sip:eve@evil.test>')
    person.go("/")
    Baresip(lab, "alice", 1, "alice", "wrong-password-1", ONE).start().says("401|403")
    person.shows("tries alice with a wrong password", selector="#warnings")
    say("a warning comes without a reload")
    wait_for("the stranger to wait", lambda: node.status()["inbound"]["waiting"] > 0, 10)

    for language, word in (("en", "People"), ("de", "Menschen")):
        if language == "de":
            person.submit("button[value=de]")
        for path in PAGES:
            person.open(person.page + path)
            check(person.run("document.documentElement.lang") == language, f"{path} is in {language}")
            axe(person, library, f"{path} in {language}")
            name = f"{path.strip('/') or 'overview'}-{language}"
            for width in (360, 1280):
                picture(person, name, width)
        check(word in person.text("nav"), f"the navigation is in {language}")
    check("alert(1)" in person.open(person.page + "/people").text("#waiting") and not person.run("document.querySelector('main script')"),
          "what a caller calls himself is text")
    bad = [line for line in person.said if "Content Security Policy" in line or "exceptionDetails" in line]
    check(not bad, f"the policy had nothing to refuse {bad or ''}".rstrip())

    person.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    for path in PAGES:
        person.open(person.page + path)
        axe(person, library, f"{path} in the dark")
    picture(person, "people-dark", 360)
    person.ask("Emulation.setEmulatedMedia", features=[])

    person.open(person.page + "/")
    person.key("Tab")
    check(person.run("document.activeElement.className") == "skip", "the first Tab comes to the link that skips the navigation")
    person.key("Tab"), person.key("Tab")
    check(person.run("getComputedStyle(document.activeElement).outlineStyle") == "solid", "what has the focus shows it")
    person.run("window.old = true")
    person.key("Enter")
    person.wait("window.old === undefined && location.pathname === '/phones'")
    say("the keyboard alone leads to the phones")

    person.ask("Emulation.setScriptExecutionDisabled", value=True)
    person.open(person.page + "/phones")
    person.write("#add-user", "dora"), person.key("Enter")
    wait_for("dora to be added without script", lambda: "dora" in node.command("user", "list").stdout, 10)
    say("a form is sent without script")


if __name__ == "__main__":
    main({f.__name__: f for f in (first_start, invite_and_stranger, everybody_can_use_it)})
