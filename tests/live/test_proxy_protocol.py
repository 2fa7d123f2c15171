"""PROXY protocol in front of plain and TLS listeners, from curl and from raw sockets."""

import socket
import ssl
import struct
import subprocess

import pytest

from support import clients
from support.wait import until

V2 = b"\r\n\r\n\0\r\nQUIT\n"


def v1(source="203.0.113.7"):
    return f"PROXY TCP4 {source} 198.51.100.1 4711 443\r\n".encode()


def v2(source="203.0.113.7"):
    block = socket.inet_aton(source) + socket.inet_aton("198.51.100.1") + struct.pack("!HH", 4711, 443)
    tlv = b"\x04\x00\x05hello"  # NOOP
    return V2 + b"\x21\x11" + struct.pack("!H", len(block) + len(tlv)) + block + tlv


def behind(bench, *proxies, **config):
    """A gateway whose listeners want a header from these."""
    server = bench.gateway(bench.origin(), is_started=False, **config)
    for listener in server.config["listeners"]:
        listener["proxy_protocol"] = {"from": list(proxies)}
    server.write_config()
    server.start()
    return server


def request(server, header, is_tls, split=None):
    """Sends a header, in two parts if `split` is given, and then a request."""
    plain = socket.create_connection(("127.0.0.1", server.port if is_tls else server.plain_port), 15)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for part in [header] if split is None else [header[:split], header[split:]]:
        plain.sendall(part)
    raw = clients.Raw(clients.open_socket(0, ["http/1.1"], plain=plain) if is_tls else plain)
    raw.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = raw.read_response()
    raw.close()
    return answer


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("header", [v1, v2])
def test_the_client_is_who_the_header_names(bench, is_tls, header):
    server = behind(bench, "127.0.0.0/8")
    for split in [None, 1, 5, 12, 16, len(header()) - 1]:
        answer = request(server, header(), is_tls, split)
        assert answer.status == 200
        record = server.event(server.access_log, answer.id)
        assert record["client"]["ip"] == "203.0.113.7"
        assert record["source"]["ip"] == "127.0.0.1"


@pytest.mark.parametrize("protocol", ["--http1.1", "--http2"])
def test_curl_as_a_proxy_is_understood(bench, protocol):
    server = behind(bench, "loopback")
    done = subprocess.run(["curl", "-sk", protocol, "--haproxy-protocol", "-o", "/dev/null", "-w", "%{http_code}",
                           f"https://localhost:{server.port}/"], capture_output=True, text=True, timeout=30)
    assert done.stdout == "200"


def test_refused_from_others(bench):
    server = behind(bench, "10.0.0.0/8")
    assert request(server, v1(), is_tls=False).status == 400
    with pytest.raises((clients.Closed, ssl.SSLError, OSError)):
        request(server, v1(), is_tls=True)
    assert request(server, b"", is_tls=False).status == 200
    assert request(server, b"", is_tls=True).status == 200


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
def test_a_listed_proxy_without_a_header_is_closed_and_counted(bench, is_tls):
    server = behind(bench, "127.0.0.1")
    with pytest.raises((clients.Closed, ssl.SSLError, OSError)):
        request(server, b"", is_tls)
    with pytest.raises((clients.Closed, ssl.SSLError, OSError)):
        request(server, b"PROXY TCP4 nobody 198.51.100.1 1 2\r\n", is_tls)
    assert server.metric("ravelin_tls_handshakes_total") == 0, "no handshake had begun"
    for reason in ["proxy:missing", "proxy:malformed"]:
        until(lambda: server.metric("ravelin_refused_total", module="core", reason=reason) == 1, f"{reason} is not counted")


def test_a_header_that_does_not_come_is_not_awaited_for_ever(bench):
    server = behind(bench, "127.0.0.1", limits={"handshake_timeout": "300ms"})
    raw = bench.raw(server)
    raw.send(v1()[:20])
    assert raw.rest() == b""
    assert server.metric("ravelin_refused_total", reason="proxy:missing") == 1
