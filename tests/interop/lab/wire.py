# tests/interop/lab/wire.py - what goes over loopback, or over a phone's cable, for all to see.
import socket
import struct
import threading
import time

from .processes import Skip

ETH_P_ALL = 3  # ETH_P_IP would not show what leaves


class Capture:
    """Every UDP packet on an interface, once, as (source, destination, payload); beside them what TCP carried, a message a
    segment as long as there is room for it (as on lo). Needs root (AF_PACKET). `space`: where the interface is."""

    def __init__(self, lab, interface="lo", space=None):
        def listen():
            try:
                wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            except PermissionError:
                raise Skip("looking at the wire needs root (AF_PACKET)")
            wire.bind((interface, 0))
            return wire
        self.interface = interface
        self.socket = space.inside(listen) if space else listen()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.settimeout(0.2)
        self.packets, self.spoken, self.running = [], [], True
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        lab.captures.append(self)

    def _read(self):
        while self.running:
            try:
                frame, origin = self.socket.recvfrom(65535)
            except (TimeoutError, OSError):
                continue
            if self.interface == "lo" and origin[2] == socket.PACKET_OUTGOING:
                continue  # lo shows each packet going out and coming in
            if seen := unpack(frame):
                self.take(origin[2] == socket.PACKET_OUTGOING, *seen)

    def take(self, outgoing, protocol, source, destination, payload):
        self.spoken.append((source, destination, payload))
        if protocol == socket.IPPROTO_UDP:
            self.packets.append((source, destination, payload))

    def stop(self):
        self.running = False
        self.thread.join(1)
        self.socket.close()

    def sip(self, start, to=None, source=None):
        """SIP messages whose first line starts so, as text."""
        return [payload.decode(errors="replace") for origin, destination, payload in list(self.spoken)
                if payload.startswith(start.encode()) and (to is None or destination[0] == to)
                and (source is None or origin[0] == source)]


class PhoneWire(Capture):
    """What RTP comes to a phone and leaves it, on its own machine's cable, and whom it asked in DNS. Packets are known by
    their SSRC: what one phone sent and another got under the same is that stream, through whatever was between."""

    def __init__(self, lab, space, interface="eth0"):
        self.sent, self.got, self.asked = [], [], []  # (moment, SSRC, (address, port) of the other side)
        super().__init__(lab, interface, space)

    def take(self, outgoing, protocol, source, destination, payload):
        if protocol != socket.IPPROTO_UDP:
            return
        if destination[1] == 53:
            self.asked.append(payload)
        if len(payload) < 13 or payload[0] >> 6 != 2 or 192 <= payload[1] <= 223:
            return  # no RTP (RFC 3550 §5.1), or RTCP (RFC 5761 §4)
        ssrc = payload[8:12]
        (self.sent if outgoing else self.got).append((time.monotonic(), ssrc, destination if outgoing else source))

    def heard(self, other, since, until):
        """How many packets of the other phone's came between the two moments; from where."""
        streams = {ssrc for _, ssrc, _ in list(other.sent)}
        came = [(at, source) for at, ssrc, source in list(self.got) if since <= at < until and ssrc in streams]
        return len(came), {source for _, source in came}

    def said(self, since, until):
        """How many packets left the phone meanwhile."""
        return sum(since <= at < until for at, _, _ in list(self.sent))

    def speaks_to(self, since, until):
        return {there for at, _, there in list(self.sent) if since <= at < until}


def unpack(frame):
    """(protocol, (address, port), (address, port), payload) of a frame with UDP or TCP in IPv4 or IPv6; None: another.
    Of what was cut into fragments the first counts."""
    kind = frame[12:14]
    if kind == b"\x08\x00" and len(frame) >= 42:
        header, protocol = 14 + (frame[14] & 15) * 4, frame[23]
        if (frame[20] & 0x1f) or frame[21]:
            return None  # a later fragment
        source, destination = socket.inet_ntoa(frame[26:30]), socket.inet_ntoa(frame[30:34])
    elif kind == b"\x86\xdd" and len(frame) >= 62:
        header, protocol = 54, frame[20]
        source, destination = (socket.inet_ntop(socket.AF_INET6, frame[at:at + 16]) for at in (22, 38))
    else:
        return None
    if protocol == socket.IPPROTO_UDP:
        body = header + 8
    elif protocol == socket.IPPROTO_TCP and len(frame) > header + 12:
        body = header + (frame[header + 12] >> 4) * 4
    else:
        return None
    source_port, destination_port = struct.unpack("!HH", frame[header:header + 4])
    return protocol, (source, source_port), (destination, destination_port), frame[body:]


def contacts(message):
    return [line.split(":", 1)[1].strip() for line in message.split("\r\n\r\n")[0].split("\r\n")
            if line.lower().startswith(("contact:", "m:"))]
