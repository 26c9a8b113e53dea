# tests/interop/delivery.py - calls that connect: baresip and linphonec call each other through a node in each
# delivery mode, over UDP and TCP; two phones of one user, and nobody answers. Calls of sipp: proxying.py.
import time

from lab import Capture, Node, check, main, need
from phones import PHONES

NODE = "127.0.0.2"
PASSWORD = "correct-horse-battery"
PAIRS = [(a, b) for a in PHONES for b in PHONES]


def node(lab, mode, users=("alice", "bob")):
    a = Node(lab, "A", NODE, 99, delivery=mode, dht_enabled=False).init()
    for user in users:
        a.add_user(user, PASSWORD)
    return a.start()


def talk(caller, callee, uri):
    caller.skip(), callee.skip()
    caller.dial(uri)
    callee.rings()
    callee.answer()
    callee.established()
    caller.established()


def hold(phone, other):
    """re-INVITE with sendonly (or inactive), answered by the other end."""
    phone.skip(), other.skip()
    phone.hold()
    other.expect(r"INVITE sip[^\n]*SIP/2\.0[\s\S]*?a=(sendonly|inactive)[\s\S]*?SIP/2\.0 200")
    time.sleep(1)
    phone.skip(), other.skip()
    phone.resume()
    other.expect(r"INVITE sip[^\n]*SIP/2\.0[\s\S]*?SIP/2\.0 200")
    time.sleep(1)


def exercise(caller, callee, uri):
    talk(caller, callee, uri)
    hold(caller, callee)
    hold(callee, caller)
    caller.skip(), callee.skip()
    caller.hang_up()
    callee.bye()
    talk(caller, callee, uri)
    caller.skip(), callee.skip()
    callee.hang_up()
    caller.bye()
    time.sleep(1)
    caller.skip(), callee.skip()
    caller.dial(uri)  # and thinks better of it
    callee.rings()
    time.sleep(1)
    caller.hang_up()
    callee.cancelled()
    time.sleep(1)
    caller.skip(), callee.skip()
    caller.dial(uri)
    callee.rings()
    callee.reject()
    caller.refused("(486|603)")
    time.sleep(1)


def rtp_between_phones_only(capture):
    rtp = [(a, b) for a, b, payload in list(capture.packets)
           if len(payload) == 172 and payload[0] >> 6 == 2 and payload[1] & 0x7f == 0]
    check(len(rtp) > 100, f"RTP was sent: {len(rtp)} packets")
    check(not [pair for pair in rtp if NODE in (pair[0][0], pair[1][0])], "none of it to or from the node")


def pairings(mode, transport):
    def scenario(lab):
        for kind in PHONES.values():
            need("baresip" if kind.kind == "baresip" else "linphonec")
        a = node(lab, mode, [f"{user}{n}" for user in ("alice", "bob") for n in range(len(PAIRS))])
        capture = Capture(lab)
        for number, (first, second) in enumerate(PAIRS):
            caller = PHONES[first](lab, f"alice{number}-{first}", 2 * number, NODE, f"alice{number}", PASSWORD, transport)
            callee = PHONES[second](lab, f"bob{number}-{second}", 2 * number + 1, NODE, f"bob{number}", PASSWORD, transport)
            caller.register(), callee.register()
            before = a.status()["sip"]
            exercise(caller, callee, f"sip:bob{number}@{NODE}")
            sip = a.status()["sip"]
            print(f"  ok: {first} -> {second}, {mode}, {transport}: established twice, held, resumed, hung up from both "
                  f"ends, cancelled, busy; {sip['proxied'] - before['proxied']} proxied, "
                  f"{sip['sent_302'] - before['sent_302']} redirected", flush=True)
            if mode == "proxy":
                check(sip["sent_302"] == 0, "nothing was redirected")
            if mode == "redirect":
                check(sip["sent_302"] > before["sent_302"], "calls were redirected")
            for phone in (caller, callee):
                phone.process.terminate()
                phone.process.wait(10)
        rtp_between_phones_only(capture)
    return scenario


def two_phones_of_one_user(lab):
    a = node(lab, "auto")
    alice = PHONES["baresip"](lab, "alice", 0, NODE, "alice", PASSWORD).register()
    desk = PHONES["baresip"](lab, "desk", 1, NODE, "bob", PASSWORD).register()
    mobile = PHONES["linphone"](lab, "mobile", 2, NODE, "bob", PASSWORD, "tcp").register()
    for phone in (alice, desk, mobile):
        phone.skip()
    alice.dial(f"sip:bob@{NODE}")
    desk.rings(), mobile.rings()
    check(True, "both ring")
    desk.answer()
    desk.established(), alice.established()
    mobile.cancelled()
    check(True, "one answers, the other is cancelled")
    alice.hang_up()
    desk.bye()
    check(a.status()["sip"]["proxy_branches"] == 2, "two branches of one call")


def no_answer(lab):
    node(lab, "proxy")
    alice = PHONES["baresip"](lab, "alice", 0, NODE, "alice", PASSWORD).register()
    bob = PHONES["baresip"](lab, "bob", 1, NODE, "bob", PASSWORD)
    config = bob.folder / "config"
    config.write_text(config.read_text().replace("call_local_timeout 120", "call_local_timeout 3"))
    bob.register()
    alice.skip()
    alice.dial(f"sip:bob@{NODE}")
    bob.rings()
    alice.refused("(408|480|486)")
    check(True, "the phone gives up ringing, and the caller is told")


SCENARIOS = {f"{mode}_{transport}": pairings(mode, transport)
             for mode in ("auto", "redirect", "proxy") for transport in ("udp", "tcp")}
SCENARIOS |= {"two_phones_of_one_user": two_phones_of_one_user, "no_answer": no_answer}

if __name__ == "__main__":
    main(SCENARIOS)
