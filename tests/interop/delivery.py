# tests/interop/delivery.py - calls that connect: baresip and linphonec call each other through a node in each
# delivery mode, over UDP and TCP; forks, failover, and 10,000 calls of sipp.
import json
import re
import subprocess
import time

from lab import HERE, Capture, Node, check, main, need, wait_for
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


SIPP = ["sipp", "-nostdin"]


def sipp_phone(lab, user, address, *more):
    """A phone of `user` that answers every call; registered, with sipp."""
    need("sipp")
    where = ["-i", address, "-p", "5060", "-s", user]
    done = subprocess.run([*SIPP, f"{NODE}:5060", "-m", "1", "-timeout", "20", "-sf", HERE / "sipp/register_401_200.xml",
                           *where, "-au", user, "-ap", PASSWORD], cwd=lab.folder, capture_output=True, timeout=40)
    check(done.returncode == 0, f"sipp registers as {user} at {address}")
    return lab.start(f"sipp-{address}", [*SIPP, "-sf", HERE / "sipp/uas_proxied.xml", *where, *more])


def resident_kib(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def ten_thousand_calls(lab):
    """None is lost at a steady rate; the INVITEs are strangers', and the dialogs stay on the recorded route."""
    a = node(lab, "proxy", ["bob"])
    sipp_phone(lab, "bob", "127.0.0.40")

    def calls(count, rate):
        done = subprocess.run([*SIPP, f"{NODE}:5060", "-sf", HERE / "sipp/uac_proxied.xml", "-i", "127.0.0.41", "-p", "5060",
                               "-s", "bob", "-m", str(count), "-r", str(rate), "-l", "2000", "-trace_err", "-timeout", "400"],
                              cwd=lab.folder, capture_output=True, text=True, timeout=450)
        check(done.returncode == 0, f"{count} calls at {rate}/s, none lost (sipp says {done.returncode})")

    calls(2000, 100)
    before = resident_kib(a.process)
    calls(10000, 100)
    after = resident_kib(a.process)
    sip = a.status()["sip"]
    check(sip["answers"].get("200", 0) >= 12000, f"all were answered: {sip['answers']}")
    check(after < before + 16 * 1024, f"memory stays flat: {before} KiB, {after} KiB")


def four_way_fork(lab):
    a = node(lab, "auto", ["bob"])
    for i in range(4):
        sipp_phone(lab, "bob", f"127.0.0.{42 + i}", "-d", "300" if i == 0 else "20000")
    done = subprocess.run([*SIPP, f"{NODE}:5060", "-sf", HERE / "sipp/uac_proxied.xml", "-i", "127.0.0.41", "-p", "5060",
                           "-s", "bob", "-m", "1", "-timeout", "30"], cwd=lab.folder, capture_output=True, timeout=60)
    check(done.returncode == 0, "a call is answered")
    check(a.status()["sip"]["proxy_branches"] >= 4, "after it went to all four phones")


SCENARIOS = {f"{mode}_{transport}": pairings(mode, transport)
             for mode in ("auto", "redirect", "proxy") for transport in ("udp", "tcp")}
SCENARIOS |= {"two_phones_of_one_user": two_phones_of_one_user, "no_answer": no_answer, "ten_thousand_calls": ten_thousand_calls, "four_way_fork": four_way_fork}

if __name__ == "__main__":
    main(SCENARIOS)
