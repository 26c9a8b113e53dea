# tests/interop/page_client.py - a bare client of the page: it sends what no browser would, from whatever loopback address
# it likes, and shows the answer as it came.
import collections
import re
import socket
import ssl

NODE, PORT = "127.0.0.3", 8443
HOST = f"{NODE}:{PORT}"
STRANGER = "127.0.0.22"

TLS = ssl.create_default_context()
TLS.check_hostname, TLS.verify_mode = False, ssl.CERT_NONE

Reply = collections.namedtuple("Reply", "status fields body")


def connect(source=STRANGER, seconds=10):
    plain = socket.create_connection((NODE, PORT), seconds, (source, 0))
    return TLS.wrap_socket(plain)


def receive(connection):
    """One answer; nothing: the connection ended without a word."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = [tuple(line.split(": ", 1)) for line in lines[1:]]
    length = next((int(value) for name, value in fields if name.lower() == "content-length"), 0)
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            break
        body += more
    return Reply(int(lines[0].split()[1]), fields, body.decode("utf-8", "replace"))


def field(reply, name):
    return " | ".join(value for each, value in reply.fields if each.lower() == name.lower())


def ask(method, target, fields=(), body=b"", source=STRANGER, host=HOST, cookie=None, length=True):
    head = f"{method} {target} HTTP/1.1\r\n" + (f"Host: {host}\r\n" if host is not None else "")
    head += f"Cookie: __Host-hedgewitch={cookie}\r\n" if cookie else ""
    head += "".join(f"{name}: {value}\r\n" for name, value in fields)
    if body or method == "POST":
        head += "Content-Type: application/x-www-form-urlencoded\r\n" + (f"Content-Length: {len(body)}\r\n" if length else "")
    with connect(source) as connection:
        connection.sendall(head.encode("latin-1") + b"\r\n" + body)
        return receive(connection)


def raw(text, source=STRANGER, seconds=10):
    """What comes back for these bytes, until the other end closes; and the statuses in it."""
    with connect(source, seconds) as connection:
        came = b""
        try:
            connection.sendall(text.encode("latin-1"))
            while more := connection.recv(65536):
                came += more
        except (OSError, ssl.SSLError):
            pass
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", came)], came.decode("utf-8", "replace")
