# tests/interop/lab/wire.py - what goes over loopback, for all to see.
import socket
import struct
import threading

from .processes import Skip


class Capture:
    """Every UDP packet on lo, once, as (source, destination, payload); beside them what TCP carried, a message a segment as
    long as lo has room for it. Needs root (AF_PACKET)."""

    def __init__(self, lab):
        try:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        except PermissionError:
            raise Skip("looking at the wire needs root (AF_PACKET)")
        self.socket.bind(("lo", 0))
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
            if origin[2] == socket.PACKET_OUTGOING or len(frame) < 42:
                continue  # lo shows each packet going out and coming in
            header = 14 + (frame[14] & 15) * 4
            if frame[23] == socket.IPPROTO_UDP:
                body = header + 8
            elif frame[23] == socket.IPPROTO_TCP and len(frame) > header + 12:
                body = header + (frame[header + 12] >> 4) * 4
            else:
                continue
            source_port, destination_port = struct.unpack("!HH", frame[header:header + 4])
            seen = ((socket.inet_ntoa(frame[26:30]), source_port), (socket.inet_ntoa(frame[30:34]), destination_port),
                    frame[body:])
            self.spoken.append(seen)
            if frame[23] == socket.IPPROTO_UDP:
                self.packets.append(seen)

    def stop(self):
        self.running = False
        self.thread.join(1)
        self.socket.close()

    def sip(self, start, to=None, source=None):
        """SIP messages whose first line starts so, as text."""
        return [payload.decode(errors="replace") for origin, destination, payload in list(self.spoken)
                if payload.startswith(start.encode()) and (to is None or destination[0] == to)
                and (source is None or origin[0] == source)]


def contacts(message):
    return [line.split(":", 1)[1].strip() for line in message.split("\r\n\r\n")[0].split("\r\n")
            if line.lower().startswith(("contact:", "m:"))]
