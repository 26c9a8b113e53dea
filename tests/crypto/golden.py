#!/usr/bin/env python3
# tests/crypto/golden.py - a second implementation of names, blinding and blocks, for the golden literals in the tests.
# Plain Python integers and hashlib, written from crypto/README.md and overlay/README.md; it
# shares no code with crypto/ or overlay/.
# Slow and not constant-time: for test keys alone. Prints every literal: ./golden.py
import base64, ctypes, hashlib, hmac, struct

p = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
d = -121665 * pow(121666, p - 2, p) % p
sqrt_m1 = pow(2, (p - 1) // 4, p)


def recover_x(y, sign):
    x2 = (y * y - 1) * pow(d * y * y + 1, p - 2, p) % p
    x = pow(x2, (p + 3) // 8, p)
    if (x * x - x2) % p:
        x = x * sqrt_m1 % p
    assert (x * x - x2) % p == 0
    return p - x if x % 2 != sign else x


def add(P, Q):
    (x1, y1), (x2, y2) = P, Q
    k = d * x1 * x2 * y1 * y2
    return ((x1 * y2 + x2 * y1) * pow(1 + k, p - 2, p) % p, (y1 * y2 + x1 * x2) * pow(1 - k, p - 2, p) % p)


def times(n, P):
    Q = (0, 1)
    for bit in bin(n)[2:]:
        Q = add(Q, Q)
        if bit == "1":
            Q = add(Q, P)
    return Q


B = (recover_x(4 * pow(5, p - 2, p) % p, 0), 4 * pow(5, p - 2, p) % p)


def pack(P):
    return (P[1] | (P[0] & 1) << 255).to_bytes(32, "little")


def unpack(b):
    n = int.from_bytes(b, "little")
    y = n & (2**255 - 1)
    return (recover_x(y, n >> 255), y)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def sha512(*parts):
    return hashlib.sha512(b"".join(parts)).digest()


def number(b):
    return int.from_bytes(b, "little")


def hkdf(salt, ikm, info, size):
    prk = hmac.new(salt, ikm, "sha512").digest()
    out, block, i = b"", b"", 1
    while len(out) < size:
        block = hmac.new(prk, block + info + bytes([i]), "sha512").digest()
        out, i = out + block, i + 1
    return out[:size]


class Key:
    def __init__(self, seed):
        self.seed, e = seed, sha512(seed)
        self.a = number(e[:32]) & ~7 & (2**255 - 1) | 2**254
        self.prefix = e[32:]
        self.A = pack(times(self.a, B))


def raw_sign(scalar, prefix, A, m):
    r = number(sha512(prefix, m)) % L
    R = pack(times(r, B))
    k = number(sha512(R, A, m)) % L
    return R + ((k * scalar + r) % L).to_bytes(32, "little")


def sign(key, domain, message):
    return raw_sign(key.a, key.prefix, key.A, domain + b"\0" + message)


class Blinding:
    def __init__(self, A, secret, label, period):
        info = bytes([len(label)]) + label + struct.pack(">I", period)
        self.derive(A, hkdf(b"hedgewitch/v1/name", A + secret, info, 96))

    def derive(self, A, okm):
        self.okm, self.h, self.K = okm[:64], number(okm[:64]) % L, okm[64:]
        self.A = pack(times(self.h, unpack(A)))

    def sign(self, key, domain, message):
        prefix = hkdf(b"hedgewitch/v1/nonce", key.prefix, self.okm, 32)
        return raw_sign(self.h * key.a % L, prefix, self.A, domain + b"\0" + message)


class Writer(Blinding):
    def __init__(self, A, name):
        self.derive(A, hkdf(b"hedgewitch/v1/writer", A + name.okm, b"", 96))


def text(value, domain):
    return base64.b32encode(value + sha256(domain, value, b"\1")[:2] + b"\1").decode().lower()


# XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03, RFC 8439).
def quarter(s, a, b, c, e):
    for x, y, z, n in ((a, b, e, 16), (c, e, b, 12), (a, b, e, 8), (c, e, b, 7)):
        s[x] = s[x] + s[y] & 0xFFFFFFFF
        s[z] ^= s[x]
        s[z] = (s[z] << n | s[z] >> 32 - n) & 0xFFFFFFFF


def rounds(s):
    for _ in range(10):
        for q in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                  (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(s, *q)
    return s


SIGMA = struct.unpack("<4I", b"expand 32-byte k")


def chacha(key, nonce, counter, data):
    out = b""
    for i in range(0, len(data), 64):
        s = [*SIGMA, *struct.unpack("<8I", key), counter + i // 64, *struct.unpack("<3I", nonce)]
        w = rounds(list(s))
        stream = struct.pack("<16I", *(x + y & 0xFFFFFFFF for x, y in zip(w, s)))
        out += bytes(x ^ y for x, y in zip(data[i:i + 64], stream))
    return out


def seal(key, nonce, ad, plain):
    w = rounds([*SIGMA, *struct.unpack("<8I", key), *struct.unpack("<4I", nonce[:16])])
    return nonce + seal_ietf(struct.pack("<8I", *w[:4], *w[12:]), bytes(4) + nonce[16:], ad, plain)


def seal_ietf(sub, short, ad, plain):
    cipher = chacha(sub, short, 1, plain)
    one_time = chacha(sub, short, 0, bytes(32))
    r, s = number(one_time[:16]) & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF, number(one_time[16:])
    pad = lambda b: b + bytes(-len(b) % 16)
    data, acc = pad(ad) + pad(cipher) + struct.pack("<QQ", len(ad), len(cipher)), 0
    for i in range(0, len(data), 16):
        acc = (acc + number(data[i:i + 16]) + 2**128) * r % (2**130 - 5)
    return cipher + ((acc + s) % 2**128).to_bytes(16, "little")


# msgpack in shortest encodings.
def mp(v):
    if v is None:
        return b"\xc0"
    if isinstance(v, int):
        for limit, head, form in ((0x80, b"", ">B"), (0x100, b"\xcc", ">B"), (0x10000, b"\xcd", ">H"),
                                  (2**32, b"\xce", ">I"), (2**64, b"\xcf", ">Q")):
            if v < limit:
                return head + struct.pack(form, v)
    if isinstance(v, bytes):
        return (b"\xc4" + struct.pack(">B", len(v)) if len(v) < 256 else b"\xc5" + struct.pack(">H", len(v))) + v
    if isinstance(v, str):
        return (bytes([0xA0 | len(v)]) if len(v) < 32 else b"\xd9" + bytes([len(v)])) + v.encode()
    if isinstance(v, list):
        assert len(v) < 16
        return bytes([0x90 | len(v)]) + b"".join(map(mp, v))
    if isinstance(v, dict):
        assert len(v) < 16 and list(v) == sorted(v)
        return bytes([0x80 | len(v)]) + b"".join(mp(k) + mp(x) for k, x in v.items())
    raise TypeError(v)


def block(blinding, signer, inner, exp, slot, seq, nonce, cert=None):
    plain = inner + bytes(next(n for n in (256, 512, 1024) if n >= len(inner)) - len(inner))
    ad = blinding.A + struct.pack(">QBH", exp, slot, seq)
    body = b"".join(map(mp, (1, blinding.A, exp, slot, seq, cert, seal(blinding.K, nonce, ad, plain))))
    return b"\x98" + body + mp(signer(b"hedgewitch/v1/block", body))


def x25519(scalar, u):
    """RFC 7748 §5."""
    k = number(scalar) & ~7 & (2**255 - 1) | 2**254
    x1 = number(u) & (2**255 - 1)
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in reversed(range(255)):
        if swap ^ (k >> t & 1):
            x2, z2, x3, z3 = x3, z3, x2, z2
        swap = k >> t & 1
        a, b, c, e = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = e * a, c * b, a * a, b * b
        x3, z3 = (da + cb) ** 2 % p, x1 * (da - cb) ** 2 % p
        x2, z2 = aa * bb % p, (aa - bb) * (aa + 121665 * (aa - bb)) % p
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, p - 2, p) % p).to_bytes(32, "little")


def ticket(caller, label, made_at, T, B, callee, ephemeral, signer=None, kind=2, call=bytes(32)):
    """`signer`: whose scalar makes the proof, when a forger's does."""
    base = (9).to_bytes(32, "little")
    E = x25519(ephemeral, base)
    about = bytes([kind]) + E + T + B + bytes([len(callee)]) + callee + call
    okm = hkdf(b"hedgewitch/v1/ticket", x25519(ephemeral, T), about, 44)
    plain = struct.pack(">I", made_at) + caller.A + bytes([len(label)]) + label.ljust(18 if len(label) <= 18 else 63, b"\0")
    a = (signer or caller).a.to_bytes(32, "little")
    plain += hkdf(b"hedgewitch/v1/ticket-proof", x25519(a, T), about + plain, 16)
    return base64.urlsafe_b64encode(bytes([kind]) + E + seal_ietf(okm[:32], okm[32:], b"", plain)).decode()


def keystore(seed, passphrase, salt, nonce, t, m, lanes):
    header = b"HWKEY1\n\0" + struct.pack(">4I", 1, t, m, lanes) + salt
    header += sha256(b"hedgewitch/v1/keystore/header", header)[:8]
    key = ctypes.create_string_buffer(32)
    argon2 = ctypes.CDLL("libargon2.so.1").argon2id_hash_raw
    size = ctypes.c_size_t
    assert argon2(t, m, lanes, passphrase, size(len(passphrase)), salt, size(len(salt)), key, size(32)) == 0
    whole = header + seal(key.raw, nonce, header, seed)
    return whole + sha256(b"hedgewitch/v1/keystore/file", whole)[:16]


# What the GNU Name System makes of the same arithmetic (RFC 9498 §5.1.2, EDKEY): h big-endian, HKDF with SHA-512 and
# SHA-256, XSalsa20-Poly1305 (the secretbox of NaCl).
def salsa_rounds(s):
    def quarter_round(a, b, c, e):
        for x, y, z, n in ((b, a, e, 7), (c, b, a, 9), (e, c, b, 13), (a, e, c, 18)):
            t = s[y] + s[z] & 0xFFFFFFFF
            s[x] ^= (t << n | t >> 32 - n) & 0xFFFFFFFF
    for _ in range(10):
        for q in ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
                  (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)):
            quarter_round(*q)
    return s


def salsa_state(key, sixteen):
    k, n = struct.unpack("<8I", key), struct.unpack("<4I", sixteen)
    return [SIGMA[0], *k[:4], SIGMA[1], *n, SIGMA[2], *k[4:], SIGMA[3]]


def secretbox(key, nonce, plain):
    w = salsa_rounds(salsa_state(key, nonce[:16]))
    sub, stream = struct.pack("<8I", w[0], w[5], w[10], w[15], *w[6:10]), b""
    for i in range((len(plain) + 32 + 63) // 64):
        start = salsa_state(sub, nonce[16:] + struct.pack("<Q", i))
        stream += struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(start, salsa_rounds([*start]))))
    cipher = bytes(a ^ b for a, b in zip(plain, stream[32:]))
    r, acc = number(stream[:16]) & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF, 0
    for i in range(0, len(cipher), 16):
        acc = (acc + number(cipher[i:i + 16] + b"\1")) * r % (2**130 - 5)
    return ((acc + number(stream[16:32])) % 2**128).to_bytes(16, "little") + cipher


def gns_hkdf(salt, ikm, info, size):
    prk = hmac.new(salt, ikm, "sha512").digest()
    out, block, i = b"", b"", 1
    while len(out) < size:
        block = hmac.new(prk, block + info + bytes([i]), "sha256").digest()
        out, i = out + block, i + 1
    return out[:size]


def gns(seed, label, data, expiration):
    """(zone key, storage key, block) of a zone's record."""
    zone = Key(seed)
    factor = gns_hkdf(b"key-derivation", zone.A, label + b"gns", 64)
    h = int.from_bytes(factor, "big") % L
    A = pack(times(h, unpack(zone.A)))
    at = struct.pack(">Q", expiration)
    key, nonce = (gns_hkdf(salt, zone.A, label, size) for salt, size in ((b"gns-xsalsa-ctx-key", 32), (b"gns-xsalsa-ctx-iv", 16)))
    body = at + secretbox(key, nonce + at, data)
    signed = struct.pack(">II", 8 + len(body), 15) + body
    signature = raw_sign(h * zone.a % L, sha256(zone.prefix, factor), A, signed)
    whole = struct.pack(">I", 0x10014) + A + signature + body
    return zone.A, sha512(A), struct.pack(">I", 4 + len(whole)) + whole


if __name__ == "__main__":
    show = lambda name, value: print(name, value.hex() if isinstance(value, bytes) else value)
    rfc = Key(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    owner = Key(bytes(range(32)))
    show("name", text(rfc.A, b"hedgewitch/v1/checksum"))
    show("paper_seed", text(rfc.seed, b"hedgewitch/v1/seed"))
    show("rfc_key_plus_order_2", pack(add(unpack(rfc.A), (0, p - 1))))
    show("owner_key", owner.A)
    show("owner_key_plus_order_2", pack(add(unpack(owner.A), (0, p - 1))))
    show("hkdf42", hkdf(bytes(range(13)), b"\x0b" * 22, bytes(range(0xF0, 0xFA)), 42))
    show("hkdf200", hkdf(b"", b"ikm", b"info", 200))
    listed, unlisted = (Blinding(owner.A, s, b"alice", 20000) for s in (b"", bytes(range(0xA0, 0xB0))))
    show("listed_A", listed.A)
    show("listed_K", listed.K)
    show("listed_h", listed.h.to_bytes(32, "little"))
    show("listed_okm", listed.okm)
    show("listed_ask_key", hkdf(b"hedgewitch/v1/ask", listed.okm, b"", 32))
    question = b"HWq\2" + bytes(range(1, 9)) + listed.A
    question += hmac.new(hkdf(b"hedgewitch/v1/ask", listed.okm, b"", 32), question, "sha512").digest()[:32]
    show("question", question)
    show("unlisted_A", unlisted.A)
    show("unlisted_K", unlisted.K)
    show("blinded_signature", listed.sign(owner, b"hedgewitch/v1/block", b"message"))
    show("plain_signature", sign(owner, b"hedgewitch/v1/test", b"message"))
    show("keystore", keystore(owner.seed, b"correct horse", bytes(range(16)), bytes(range(24)), 3, 65536, 4))
    show("listed_A_plus_order_2", pack(add(unpack(listed.A), (0, p - 1))))
    show("location_0", sha256(b"hedgewitch/v1/loc", b"\0", listed.A)[:20])
    show("location_3", sha256(b"hedgewitch/v1/loc", b"\3", listed.A)[:20])

    inner = mp({0: 0, 1: 20000 * 86400 + 1,
                2: [[bytes(32), [[0, bytes([192, 0, 2, 1]), 5060], [1, bytes([192, 0, 2, 1]), 5060]]]],
                3: [[0, 1000, 0, bytes(range(8))], [0, 500, 3, bytes(range(8, 16))]],
                7: [[0, bytes.fromhex("20010db8000000000000000000000001"), 5062, "alice-0x55.~+", 900]]})
    nonce = bytes(range(24))
    show("inner", inner)
    exp = 20000 * 86400 + 7200
    golden = block(listed, lambda dom, m: listed.sign(owner, dom, m), inner, exp, 3, 601, nonce)
    show("block_size", len(golden))
    show("block", golden)
    writer = Key(bytes(range(32, 64)))
    w = Writer(writer.A, listed)
    show("writer_W", w.A)
    cert = w.A + listed.sign(owner, b"hedgewitch/v1/cert", listed.A + b"\3" + w.A)
    certified = block(listed, lambda dom, m: w.sign(writer, dom, m), inner, exp, 3, 601, nonce, cert)
    show("certified_size", len(certified))
    show("certified_sha256", sha256(certified))
    show("value_id", sha256(golden[-64:])[:8])

    epoch = 219  # holds the period 20000
    revocation = Blinding(owner.A, b"", b"", epoch)
    tombstone = block(revocation, lambda dom, m: revocation.sign(owner, dom, m), mp({0: 2, 1: epoch * 91 * 86400}),
                      (epoch + 1) * 91 * 86400, 0, 0, nonce)
    show("revocation_A", revocation.A)
    show("revocation_K", revocation.K)
    show("tombstone_size", len(tombstone))
    show("tombstone_sha256", sha256(tombstone))
    show("tombstone_file_sha256", sha256(b"HWTOMB\n\0", mp([1, owner.A, [[epoch, tombstone]]])))

    caller, callee = Key(bytes(range(32))), Key(bytes(range(32, 64)))
    t = hkdf(b"hedgewitch/v1/ticket-key", callee.seed, struct.pack(">I", 20000), 32)
    T = x25519(t, (9).to_bytes(32, "little"))
    made_at, e = 20000 * 86400 + 1, bytes(range(64, 96))
    show("ticket_T", T)
    show("ticket", ticket(caller, b"alice", made_at, T, callee.A, b"bob", e))
    show("passed_on_ticket",
         ticket(caller, b"alice", made_at, T, callee.A, b"bob", e, kind=3, call=hashlib.sha256(b"call").digest()))
    show("long_ticket", ticket(caller, b"a" * 19, made_at, T, callee.A, b"bob", e))
    show("forged_ticket", ticket(caller, b"alice", made_at, T, callee.A, b"bob", e, signer=callee))

    for label, data in ((b"phone", bytes(range(48))), ("häuschen".encode(), bytes(range(200, 248)) * 3)):
        for what, value in zip(("zone", "storage", "block"), gns(bytes(range(100, 132)), label, data, 1 << 50)):
            show(f"gns_{label.decode()}_{what}", value)
