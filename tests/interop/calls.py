#!/usr/bin/env python3
# tests/interop/calls.py - baresip and linphonec call each other through one node, in all four pairings at once, in
# each delivery mode and over each transport.
# Every pairing: established, held by either end, busy, hung up from either end, cancelled while it rings, refused, no
# answer. Then one user's two phones, and that no packet of media met the node.
import re
import threading
import time
import traceback

from lab import PHONES, Capture, Failure, Node, check, main, ring, say, wait_for

NODE = "127.0.0.2"
PASSWORD = "correct-horse-battery"
PAIRINGS = [(caller, callee) for caller in PHONES for callee in PHONES]
BARE = 172  # bytes: a PCMU packet of 20 ms, without a tag of SRTP
PATIENCE = 6  # seconds that a called phone rings


class Edge(Node):
    """One node, alone: no DHT, no DNS."""

    def __init__(self, lab, mode, transport, users):
        super().__init__(lab, "node", NODE, 99, delivery=mode, dht_enabled=False,
                         listen=[f"tls:{NODE}:5061"] if transport == "tls" else [])
        self.init()
        for user in users:
            self.add_user(user, PASSWORD)
        self.start()


# --- deeds: each leaves no call behind

def talk(caller, callee, uri):
    ring(caller, callee, uri)
    callee.answer()
    callee.expect("established")
    caller.expect("established")
    callee.says(r"ACK sip:")
    time.sleep(0.4)  # some media


def hold(phone, other):
    phone.skip(), other.skip()
    phone.hold()
    other.says(r"INVITE sip:[\s\S]*?a=(sendonly|inactive)[\s\S]*?ACK sip:")
    phone.skip(), other.skip()
    time.sleep(0.2)
    phone.resume()
    other.says(r"INVITE sip:[\s\S]*?ACK sip:")
    time.sleep(0.2)


def hang_up(phone, other):
    phone.skip(), other.skip()
    phone.hang_up()
    other.expect("closed")
    phone.says(r"SIP/2\.0 200 [^\n]*\n(?:[^\n]+\n)*?CSeq: *\d+ BYE")


def cancel(caller, callee, uri):
    ring(caller, callee, uri)
    caller.hang_up()
    callee.expect("closed")
    callee.says(r"CANCEL sip:")
    caller.says(r"SIP/2\.0 487 ")


def refuse(caller, callee, uri):
    ring(caller, callee, uri)
    callee.hang_up()
    caller.expect("closed")
    caller.says(r"SIP/2\.0 (486|603) ")


def no_answer(caller, callee, uri):
    ring(caller, callee, uri)
    callee.expect("closed", PATIENCE + 10)
    caller.expect("closed")
    caller.says(r"SIP/2\.0 (408|480|486|487|603) ")


def busy(passer_by, uri):
    """The callee talks to somebody else, and takes one call at a time."""
    passer_by.skip()
    passer_by.dial(uri)
    passer_by.expect("closed")
    passer_by.says(r"SIP/2\.0 486 ")


class Pairing(threading.Thread):
    """Two phones and what they do to each other, beside the other pairings."""

    def __init__(self, caller, callee, passer_by):
        super().__init__(name=f"{caller.kind} -> {callee.kind}", daemon=True)
        self.caller, self.callee, self.passer_by = caller, callee, passer_by
        self.done, self.failure, self.seconds = [], None, 0

    def run(self):
        began = time.monotonic()
        try:
            self.exercise(f"sip:{self.callee.user}@{NODE}")
        except Exception as failure:  # told in the main thread
            self.failure = f"{failure!r} after {', '.join(self.done) or 'nothing'}"
            if not isinstance(failure, Failure):
                traceback.print_exc()
        self.seconds = time.monotonic() - began

    def exercise(self, uri):
        caller, callee = self.caller, self.callee

        def deed(text, act, *arguments):
            act(*arguments)
            self.done.append(text)
            time.sleep(0.2)  # what ends a transaction is still on its way

        deed("established", talk, caller, callee, uri)
        deed("held by the caller", hold, caller, callee)
        deed("held by the callee", hold, callee, caller)
        with self.passer_by.alone:
            deed("busy", busy, self.passer_by, uri)
        deed("hung up by the caller", hang_up, caller, callee)
        deed("established again", talk, caller, callee, uri)
        deed("hung up by the callee", hang_up, callee, caller)
        deed("cancelled", cancel, caller, callee, uri)
        deed("refused", refuse, caller, callee, uri)
        deed("no answer", no_answer, caller, callee, uri)


def two_phones(caller, desk, mobile):
    uri = f"sip:{desk.user}@{NODE}"
    for winner, loser in ((desk, mobile), (mobile, desk)):
        caller.skip(), desk.skip(), mobile.skip()
        caller.dial(uri)
        desk.expect("incoming"), mobile.expect("incoming")
        winner.answer()
        winner.expect("established"), caller.expect("established")
        loser.expect("closed")
        loser.says(r"CANCEL sip:")
        hang_up(caller, winner)
        time.sleep(0.2)


# --- what the wire and the logs say afterwards

def redirects_of(phone):
    return len(re.findall(r"SIP/2\.0 302 [^\n]*\n(?:[^\n]+\n)*?CSeq: *\d+ INVITE", phone.log.read_text(errors="replace")))


def follows_by_itself(pairing, transport):
    """In auto: a baresip, to a phone that others can reach; linphonec would come back to the node."""
    return pairing.caller.kind == "baresip" and transport == "udp"


def check_delivery(mode, transport, pairings):
    for pairing in pairings:
        seen = redirects_of(pairing.caller)
        wanted = mode == "redirect" or (mode == "auto" and follows_by_itself(pairing, transport))
        if transport != "udp" and pairing.callee.kind == "linphone":
            wanted = False  # it can be reached on the connection that it opened, and nowhere else
        if bool(seen) != wanted:
            raise Failure(f"{pairing.name}, {mode}, {transport}: {seen} calls were redirected")
        print(f"  ok: {pairing.name}: {', '.join(pairing.done)} ({seen} redirected, {pairing.seconds:.1f} s)", flush=True)


def check_node_without_media(capture, phones):
    """RTP, RTCP, STUN, the handshakes of ZRTP and DTLS: whatever came from or went to a phone's media ports."""
    ports = {port for phone in phones for port in phone.rtp}
    media = [(a, b) for a, b, _ in list(capture.packets) if a[1] in ports or b[1] in ports]
    met = [pair for pair in media if NODE in (pair[0][0], pair[1][0])]
    check(len(media) > 100 and not met, f"none of {len(media)} packets of media met the node {met[:3] or ''}".rstrip())


def check_tls(phones):
    """Every SIP message of theirs, as their logs say: to the node, and over TLS; between baresips too, when redirected."""
    other = [f"{phone.name}: {line}" for phone in phones for line in re.findall(
        r"^(?:UDP|TCP) \S+ -> \S+$|message sent to \[(?:UDP|TCP):[^\n]*|new bytes from \[(?:UDP|TCP):[^\n]*",
        phone.log.read_text(errors="replace"), re.M)]
    check(not other, f"all of their SIP went over TLS {other[:3] or ''}".rstrip())


def check_media(capture, pairings):
    check_node_without_media(capture, [phone for p in pairings for phone in (p.caller, p.callee)])
    rtp = [(a, b) for a, b, payload in list(capture.packets)
           if len(payload) == BARE and payload[0] >> 6 == 2 and payload[1] & 0x7f in (0, 8)]
    for pairing in pairings:
        there = sum(a[1] in pairing.caller.rtp and b[1] in pairing.callee.rtp for a, b in rtp)
        back = sum(a[1] in pairing.callee.rtp and b[1] in pairing.caller.rtp for a, b in rtp)
        check(there > 10 and back > 10, f"{pairing.name}: RTP straight from phone to phone, {there} and {back} packets")


# --- scenarios

def phone_of(kind, lab, number, user, transport, **more):
    return PHONES[kind](lab, f"{user}-{kind}", number, user, PASSWORD, NODE, transport, **more)


def matrix(mode, transport):
    def scenario(lab):
        began = time.monotonic()
        users = [f"{name}{i}" for i in range(len(PAIRINGS)) for name in ("caller", "callee")] + ["passer", "two"]
        node = Edge(lab, mode, transport, users)
        capture = Capture(lab)
        passer_by = phone_of("baresip", lab, 0, "passer", transport)
        passer_by.alone = threading.Lock()
        pairings = []
        for i, (first, second) in enumerate(PAIRINGS):
            caller = phone_of(first, lab, 2 * i + 1, f"caller{i}", transport)
            callee = phone_of(second, lab, 2 * i + 2, f"callee{i}", transport, patience=PATIENCE)
            pairings.append(Pairing(caller, callee, passer_by))
        desk, mobile = (phone_of(kind, lab, 20 + i, "two", transport) for i, kind in enumerate(PHONES))
        phones = [phone for p in pairings for phone in (p.caller, p.callee)] + [passer_by, desk, mobile]
        for phone in phones:
            phone.start()
        for phone in phones:
            phone.registered()
        print(f"  {len(phones)} phones after {time.monotonic() - began:.1f} s", flush=True)
        for pairing in pairings:
            pairing.start()
        for pairing in pairings:
            pairing.join()
        failed = [f"{p.name}: {p.failure}" for p in pairings if p.failure]
        if failed:
            raise Failure("; ".join(failed))
        check_delivery(mode, transport, pairings)
        check_media(capture, pairings)
        if transport == "tls":
            check_tls(phones)
        two_phones(passer_by, desk, mobile)
        two_phones(pairings[2].caller, desk, mobile)
        say("one user's two phones both ring, and when either answers, the other is cancelled")
        sip = node.status()["sip"]
        check((sip["sent_302"] == 0) == (mode == "proxy" or mode == "auto" and transport != "udp"),
              f"{sip['sent_302']} answers were 302, {time.monotonic() - began:.1f} s in all")
    return scenario


ENCRYPTED = [("baresip", "baresip", "srtp"), ("baresip", "linphone", "srtp"), ("linphone", "baresip", "srtp"),
             ("linphone", "linphone", "srtp"), ("linphone", "linphone", "zrtp"), ("baresip", "linphone", "dtls_srtp")]


def encrypted(transport):
    """SRTP, DTLS-SRTP and ZRTP are the phones' own affair: the bodies arrive as they were sent."""
    def scenario(lab):
        node = Edge(lab, "proxy", transport, [f"{name}{i}" for i in range(len(ENCRYPTED)) for name in ("caller", "callee")])
        capture = Capture(lab)
        pairs = []
        for i, (first, second, media) in enumerate(ENCRYPTED):
            pairs.append([phone_of(kind, lab, 2 * i + j, f"{name}{i}", transport, media=media).start()
                          for j, (kind, name) in enumerate(((first, "caller"), (second, "callee")))])
        for caller, callee in pairs:
            caller.registered(), callee.registered()
            talk(caller, callee, f"sip:{callee.user}@{NODE}")
        time.sleep(1)
        for (first, second, media), (caller, callee) in zip(ENCRYPTED, pairs):
            title = f"{first} -> {second}, {media}"
            caller.says(caller.cipher_says), callee.says(callee.cipher_says)
            offered, answered = callee.sdp() & caller.sdp(), callee.sdp() ^ caller.sdp()
            check(len(offered) >= 2 and not answered, f"{title}: offer and answer arrive byte for byte")
            if media == "zrtp":
                codes = caller.code(), callee.code()
                check(codes[0] == codes[1], f"{title}: both show the code {codes[0]}")
            here, there = list(caller.rtp), list(callee.rtp)
            media_packets = [payload for a, b, payload in list(capture.packets)
                             if (a[1] in here and b[1] in there or a[1] in there and b[1] in here)
                             and payload[0] >> 6 == 2 and payload[1] & 0x7f in (0, 8)]
            last = media_packets[-40:]  # those of ZRTP's first moments are bare
            check(len(last) == 40 and all(len(payload) > BARE for payload in last),
                  f"{title}: {len(media_packets)} packets of media, encrypted")
            hang_up(caller, callee)
        check_node_without_media(capture, [phone for pair in pairs for phone in pair])
        check(node.status()["sip"]["sent_302"] == 0, "every call was proxied")
    return scenario


SCENARIOS = {f"{mode}_{transport}": matrix(mode, transport)
             for mode in ("auto", "redirect", "proxy") for transport in ("udp", "tcp", "tls")}
SCENARIOS["encrypted"] = encrypted("tls")

if __name__ == "__main__":
    main(SCENARIOS)
