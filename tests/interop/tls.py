#!/usr/bin/env python3
# tests/interop/tls.py - TLS with real phones, with openssl, and between two nodes.
import hashlib
import signal
import subprocess
import time

import caller as sip_caller
from lab import Baresip, Capture, Node, check, main, need, wait_for
from strangers import PASSWORD as PASSWORDS, Desk

A, B = "127.0.0.2", "127.0.0.3"
PASSWORD = "tls-47114711"


def pair(lab):
    """Alice's node and bob's, each with its phone, in a DHT of the two."""
    capture = Capture(lab)
    a = Node(lab, "a", A, 4252, listen=[f"tls:{A}:5061"], delivery="proxy").init()
    b = Node(lab, "b", B, 4252, bootstrap=[f"{A}:4222"], listen=[f"tls:{B}:5061"], delivery="proxy").init()
    a.add_user("alice", PASSWORD)
    b.add_user("bob", PASSWORD)
    a.start(), b.start()
    alice = Baresip(lab, "alice", 1, "alice", PASSWORD, A, address="127.0.0.12", proxy=A)
    bob = Baresip(lab, "bob", 2, "bob", PASSWORD, B, address="127.0.0.13", answers=True)
    bob.start().says("200 OK")
    wait_for("bob's record to be read back",
             lambda: any(r["label"] == "bob" and r["read_back"] > 0 for r in b.status()["overlay"]["published"]), 30)
    return capture, a, b, alice, bob


def clear_between(capture, x, y):
    return [m for m in capture.sip("", to=y, source=x) + capture.sip("", to=x, source=y) if "SIP/2.0" in m]


def two_nodes_over_pinned_tls(lab):
    """A call between two zones: not one SIP message in clear between the nodes, both know who the other is."""
    capture, a, b, alice, bob = pair(lab)
    alice.start()
    alice.dial(f"sip:bob@{b.host}")
    alice.says("Call established")
    bob.says("Call established")
    check(a.status()["tls"]["edges_called"] == 1, "alice's node met the key that bob's record gave")
    check(b.status()["tls"]["edges_that_called"] == 1, "bob's node saw the certificate of alice's zone")
    alice.stop()  # hangs up
    bob.says("session closed")
    time.sleep(0.3)
    check(not clear_between(capture, A, B), "no SIP went in clear between the nodes over UDP")
    check(a.status()["transport"]["connections_accepted"] == 0, "nor did bob's node connect back in clear")
    check(b.status()["transport"]["connections_accepted"] == b.status()["tls"]["accepted"],
          "and every connection to bob's node was TLS")


def the_callee_hangs_up(lab):
    """BYE from the callee's side goes back over the connection on which the call came."""
    capture, a, b, alice, bob = pair(lab)
    alice.start()
    alice.dial(f"sip:bob@{b.host}")
    alice.says("Call established")
    bob.stop()
    alice.says("session closed")
    check(not clear_between(capture, A, B), "in clear between the nodes: nothing")


def a_node_without_tls_is_called_in_clear(lab):
    capture = Capture(lab)
    a = Node(lab, "a", A, 4252, listen=[f"tls:{A}:5061"], delivery="proxy").init()
    b = Node(lab, "b", B, 4252, bootstrap=[f"{A}:4222"], delivery="proxy").init()
    a.add_user("alice", PASSWORD)
    b.add_user("bob", PASSWORD)
    a.start(), b.start()
    bob = Baresip(lab, "bob", 2, "bob", PASSWORD, B, address="127.0.0.13", answers=True).start()
    bob.says("200 OK")
    wait_for("bob's record to be read back",
             lambda: any(r["label"] == "bob" and r["read_back"] > 0 for r in b.status()["overlay"]["published"]), 30)
    alice = Baresip(lab, "alice", 1, "alice", PASSWORD, A, address="127.0.0.12", proxy=A).start()
    alice.dial(f"sip:bob@{b.host}")
    alice.says("Call established")
    check(clear_between(capture, A, B), "over UDP, which the capture of the other tests would have seen")


def callee(lab, more=""):
    """Bob's node, which does TLS, and a phone that keeps what it gets; alice's node, with alice and king."""
    a = Node(lab, "a", A, 4252, listen=[f"tls:{A}:5061"], delivery="proxy").init()
    b = Node(lab, "b", B, 4252, bootstrap=[f"{A}:4222"], listen=[f"tls:{B}:5061"], delivery="auto",
             sip_lines=more).init()
    for user in ("alice", "king"):
        a.add_user(user, PASSWORDS[user])
    b.add_user("bob", PASSWORDS["bob"])
    a.start(), b.start()
    desk = Desk(b, "bob", "127.0.0.13")
    wait_for("bob's record to be read back",
             lambda: any(r["label"] == "bob" and r["read_back"] > 0 for r in b.status()["overlay"]["published"]), 30)
    return a, b, desk


def rule(words):
    subprocess.run(["ip", "rule", *words.split()], check=True)


def nothing_in_clear_when_tls_is_dropped(lab):
    """Somebody on the way drops TCP to port 5061."""
    need("ip")
    capture = Capture(lab)
    a, b, desk = callee(lab)
    uri = f"sip:bob@{b.host}"
    dropped = f"pref 5 to {B} ipproto tcp dport 5061 blackhole"
    for words in ("add pref 10 lookup local", "del pref 0 lookup local", f"add {dropped}"):
        rule(words)
    seen = sip_caller.call(A, uri, "alice", PASSWORDS["alice"], local="127.0.0.12")
    check(seen["status"] == 480 and "TLS" in seen["warning"], f"480, and why: {seen['status']} {seen['warning']}")
    check(not desk.invites() and not clear_between(capture, A, B), "nothing went in clear")
    rule(f"del {dropped}")
    seen = sip_caller.call(A, uri, "alice", PASSWORDS["alice"], local="127.0.0.12")
    check(seen["status"] == 486 and len(desk.invites()) == 1, f"over TLS it rings: {seen['status']}")
    desk.stop()


def nobody_is_shown_as_his_neighbour(lab):
    """Alice and king are users of one node, whose zone its connection proves. Bob knows king as mum."""
    a, b, desk = callee(lab, more='strangers = "allow"')
    b.command("contact", "add", "mum", f"sip:king@{a.host}")
    uri = f"sip:bob@{b.host}"
    call = sip_caller.Call("127.0.0.12", A, "alice", PASSWORDS["alice"])
    for sender, shown in (("sip:king@evil.example", "(new) alice"), (f"sip:alice@{A}", "(new) alice")):
        call = sip_caller.Call("127.0.0.12", A, "alice", PASSWORDS["alice"])
        call.sender = sender
        answer = call.invite(uri, f"<{uri}>", sip_caller.Channel("127.0.0.12", (A, 5060), "udp"), {})
        check(answer.status == 486, f"{sender}: {answer.first}")
        check(desk.invites()[-1].one("from").startswith(f'"{shown}" <sip:alice@{a.host}>'),
              f"{sender} is shown as {desk.invites()[-1].one('from')}")
    for sender in (f"sip:king@{A}", f"sip:king@{a.host}"):
        call = sip_caller.Call("127.0.0.12", A, "alice", PASSWORDS["alice"])
        call.sender = sender
        answer = call.invite(uri, f"<{uri}>", sip_caller.Channel("127.0.0.12", (A, 5060), "udp"), {})
        check(answer.status == 403, f"{sender}: {answer.first}")
    rang = len(desk.invites())
    call = sip_caller.Call("127.0.0.12", A, "alice", PASSWORDS["alice"])  # who hides has no ticket, and is nobody
    call.sender = "sip:king@evil.example"
    channel = sip_caller.Channel("127.0.0.12", (A, 5060), "udp")
    call.cseq = 1
    answer, _ = call.transact("INVITE", uri, f"<{uri}>", channel)
    more = sip_caller.credentials(answer, "INVITE", uri, "alice", PASSWORDS["alice"])
    call.cseq = 2
    answer, _ = call.transact("INVITE", uri, f"<{uri}>", channel, more + "Privacy: id\r\n")
    invite = wait_for("a call at the phone", lambda: len(desk.invites()) > rang and desk.invites()[-1], 5)
    check(invite.one("from").startswith('"? king" <') and not invite.all("p-asserted-identity"),
          f"without a ticket, over the connection of her node: {invite.one('from')}")
    check(b.status()["tls"]["edges_that_called"] >= 1, "whose zone was proved")
    desk.stop()


def baresip_registers(lab):
    """A phone over TLS; calls to it come over the connection that it opened."""
    node = Node(lab, "node", A, 4252, listen=[f"tls:{A}:5061"], delivery="proxy").init()
    for user in ("alice", "bob"):
        node.add_user(user, PASSWORD)
    node.start()
    bob = Baresip(lab, "bob", 2, "bob", PASSWORD, f"{A}:5061", "tls", address="127.0.0.13", answers=True)
    bob.start().says("200 OK")
    check(node.status()["tls"]["accepted"] == 1, "over TLS")
    alice = Baresip(lab, "alice", 1, "alice", PASSWORD, A, address="127.0.0.12", proxy=A).start()
    alice.dial(f"sip:bob@{A}")
    alice.says("Call established")
    bob.says("Call established")
    alice.stop()
    bob.says("session closed")
    check(node.status()["tls"]["opened"] == 0, "the node opened no connection of its own")


def openssl_sees_no_zone(lab):
    """What a stranger sees who connects: versions, the certificate, the key that the record gives."""
    need("openssl")
    node = Node(lab, "node", A, 4252, domains=["example.test"], listen=[f"tls:{A}:5061", f"wss:{A}:8443"]).init()
    node.start()

    def s_client(port, *more):
        return subprocess.run(["openssl", "s_client", "-connect", f"{A}:{port}", "-showcerts", *more], text=True,
                              capture_output=True, timeout=15, stdin=subprocess.DEVNULL)
    for version, works in (("-tls1", False), ("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)):
        done = s_client(5061, version, "-cipher", "ALL:@SECLEVEL=0")
        check(("BEGIN CERTIFICATE" in done.stdout) == works, f"{version[1:]} is {'taken' if works else 'refused'}")
    for port, offered, chosen in ((5061, "sip/2", "sip/2"), (5061, "sip", "sip"), (8443, "http/1.1", "http/1.1")):
        check(f"ALPN protocol: {chosen}" in s_client(port, "-alpn", offered).stdout, f"ALPN on {port}: {chosen}")
    shown = s_client(5061).stdout
    check(shown.count("BEGIN CERTIFICATE") == 1, "one certificate")
    pem = shown[shown.index("-----BEGIN"):shown.index("-----END CERTIFICATE-----") + 26]
    text = subprocess.run(["openssl", "x509", "-noout", "-text", "-pubkey"], input=pem, text=True, check=True,
                          capture_output=True, timeout=10).stdout
    check("DNS:example.test" in text and f"IP Address:{A}" in text, "it names the domain and the address")
    check(node.key not in text.lower(), "and not the key name")
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=text.encode(), check=True,
                         capture_output=True, timeout=10).stdout
    check(hashlib.sha256(der).hexdigest() == node.status()["tls"]["key_hash"], "its key is the one in the record")
    before = (node.folder / "state/tls.crt").read_text()
    node.stop()
    node.start()
    check((node.folder / "state/tls.crt").read_text() == before, "a restart changes nothing")


def own_certificate_reloaded(lab):
    """sip.tls_certificate: a file of the person's, read again on reload, and published."""
    need("openssl")
    folder = lab.folder

    def make(name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", folder / "a.key", "-out", folder / "a.crt", "-subj", f"/CN={name}", "-days", "30"],
                       check=True, capture_output=True, timeout=20)

    def shown():
        done = subprocess.run(["openssl", "s_client", "-connect", f"{A}:5061"], text=True, capture_output=True,
                              timeout=15, stdin=subprocess.DEVNULL)
        return done.stdout
    make("first.test")
    node = Node(lab, "node", A, 4252, listen=[f"tls:{A}:5061"],
                sip_lines=f'tls_certificate = "{folder}/a.crt"\ntls_key = "{folder}/a.key"').init()
    node.start()
    check("first.test" in shown(), "the certificate of the file is shown")
    first = node.status()["tls"]["key_hash"]
    make("second.test")
    node.process.send_signal(signal.SIGHUP)
    wait_for("the new certificate", lambda: "second.test" in shown(), 10)
    check(node.status()["tls"]["key_hash"] != first, "and its key is the one to publish now")
    (folder / "a.key").write_text("no key")
    node.process.send_signal(signal.SIGHUP)
    wait_for("the complaint", lambda: "sip.tls_key" in lab.log("node"), 10)
    check("second.test" in shown(), "a broken file leaves the last good certificate in use")


if __name__ == "__main__":
    main({f.__name__: f for f in (openssl_sees_no_zone, own_certificate_reloaded, baresip_registers,
                                  two_nodes_over_pinned_tls, the_callee_hangs_up,
                                  a_node_without_tls_is_called_in_clear, nothing_in_clear_when_tls_is_dropped,
                                  nobody_is_shown_as_his_neighbour)})
