"""TLS: the certificate by name, the versions, the protocol."""

import os
import re
import subprocess

import pytest

from support import certificates
from support.clients import Raw, open_socket
from support.gateway import run_command
from support.wait import until


def handshake(server, *options):
    """What openssl s_client says of a handshake."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", *options],
                          input="", capture_output=True, text=True, errors="replace", timeout=20)
    return done.stdout + done.stderr


@pytest.fixture
def server(bench, tmp_path):
    folder = tmp_path / "certificates"
    folder.mkdir()
    made = [certificates.make(folder, "default", "default.test"), certificates.make(folder, "shop", "shop.example", "www.shop.example"),
            certificates.make(folder, "wild", "*.wild.example")]
    made_server = bench.gateway(bench.origin(), is_started=False)
    made_server.config["listeners"][0]["tls"]["certificates"] = made
    made_server.write_config()
    made_server.start()
    return made_server


@pytest.mark.parametrize("asked, given", [
    ("shop.example", "shop.example"), ("www.shop.example", "shop.example"), ("SHOP.example", "shop.example"),
    ("a.wild.example", "*.wild.example"), ("wild.example", "default.test"), ("a.b.wild.example", "default.test"),
    ("unknown.example", "default.test"),
])
def test_the_certificate_is_chosen_by_name(server, asked, given):
    assert re.search(rf"subject=CN = {re.escape(given)}$", handshake(server, "-servername", asked), re.M)


def test_a_host_with_another_certificate_than_the_connection_is_misdirected(bench, server, protocol):
    client = bench.client(server, protocol, server_name="shop.example")
    assert client.request(host="shop.example").status == 200
    assert client.request(host="www.shop.example").status == 200
    refused = client.request(host="a.wild.example", fields=[("accept", "application/problem+json")])
    assert refused.status == 421
    assert server.metric("ravelin_refused_total", module="core", reason="http:misdirected") == 1
    assert client.request(host="shop.example").status == 200
    wild = bench.client(server, protocol, server_name="a.wild.example")
    assert wild.request(host="b.wild.example").status == 200


def test_without_a_server_name_every_host_may_be_asked_for(bench, server, protocol):
    client = bench.client(server, protocol, server_name=None)
    assert [client.request(host=host).status for host in ("shop.example", "a.wild.example")] == [200, 200]


def test_without_a_name_the_first_certificate_is_given(server):
    assert "subject=CN = default.test" in handshake(server, "-noservername")


def test_unknown_names_are_refused_if_asked_so(bench, server):
    server.config["listeners"][0]["tls"]["unknown_names"] = "refuse"
    server.write_config()
    server.reload()
    assert "subject=CN" not in handshake(server, "-servername", "unknown.example")
    assert "subject=CN = shop.example" in handshake(server, "-servername", "shop.example")


@pytest.mark.parametrize("option, is_spoken", [("-tls1_3", True), ("-tls1_2", True), ("-tls1_1", False)])
def test_the_versions_spoken(server, option, is_spoken):
    output = handshake(server, option, "-servername", "shop.example", *(["-cipher", "DEFAULT@SECLEVEL=0"] if option == "-tls1_1" else []))
    assert ("subject=CN = shop.example" in output) == is_spoken


@pytest.mark.parametrize("offered, chosen", [("h2,http/1.1", "h2"), ("http/1.1", "http/1.1"), ("http/1.1,h2", "h2")])
def test_the_protocol_is_agreed_on(server, offered, chosen):
    assert f"ALPN protocol: {chosen}" in handshake(server, "-alpn", offered)


@pytest.mark.parametrize("cipher", ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256"])
def test_weak_ciphers_are_refused(server, cipher):
    assert "subject=CN" not in handshake(server, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")


# RFC 9113 section 9.2.1, and against attacks that read the length of what was compressed.
def test_tls_compresses_nothing(server):
    assert "Compression: NONE" in handshake(server, "-tls1_2", "-comp", "-servername", "shop.example")


def test_plain_http_on_the_tls_port_is_refused(bench, server):
    raw = Raw(open_socket(server.port))
    bench.clients.append(raw)
    raw.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"HTTP/1.1 200" not in raw.rest()


def test_a_handshake_that_does_not_end_is_ended(bench):
    server = bench.gateway(bench.origin(), limits={"handshake_timeout": "300ms"})
    raw = Raw(open_socket(server.port))
    bench.clients.append(raw)
    raw.send(b"\x16\x03\x01")
    assert raw.rest() == b""


def test_handshakes_under_way_are_bounded_and_clients_still_get_in(bench):
    server = bench.gateway(bench.origin(), limits={"handshakes": 5}, workers=1)
    hanging = [Raw(open_socket(server.port)) for _ in range(20)]
    bench.clients.extend(hanging)
    for raw in hanging[:15]:
        assert raw.rest() == b""
    assert bench.client(server).request().status == 200
    assert server.metric("ravelin_refused_total", module="core", reason="limit:handshakes") >= 15


def test_a_key_that_does_not_fit_is_named(bench, tmp_path, certificate):
    other = certificates.make(tmp_path, "other", "other.test")
    server = bench.gateway("127.0.0.1:1", is_started=False)
    server.config["listeners"][0]["tls"]["certificates"] = [{"cert": certificate["cert"], "key": other["key"]}]
    server.write_config()
    done = run_command("check", "-c", server.file)
    assert done.returncode == 1 and "other.key" in done.stdout + done.stderr


def test_renewed_certificates_are_used_without_a_reload(bench, server, tmp_path):
    folder = tmp_path / "certificates"
    long_lived = bench.client(server, server_name="shop.example")
    assert long_lived.request(host="shop.example").status == 200
    before = certificate_of(server)

    def replace(name, suffix):
        os.replace(folder / f"{name}.{suffix}", folder / f"shop.{suffix}")

    certificates.make(folder, "next", "shop.example", "www.shop.example")
    replace("next", "crt")  # half of the pair, as one who looks too early sees it
    until(lambda: "certificates of before go on" in server.log_text, "the broken pair was not seen", seconds=15)
    assert certificate_of(server) == before
    replace("next", "key")
    until(lambda: certificate_of(server) not in (before, None), "the new pair is not used", seconds=15, every=0.1)
    assert server.log_text.count("certificates of before go on") == server.log_text.count("new certificates are in use") == 1
    assert server.status()["generation"] == 1
    assert long_lived.request(host="shop.example").status == 200


def test_files_that_could_not_be_used_are_tried_again_though_they_look_the_same(bench, server, tmp_path):
    folder = tmp_path / "certificates"
    before = certificate_of(server)
    certificates.make(folder, "next", "shop.example", "www.shop.example")
    os.replace(folder / "next.crt", folder / "shop.crt")
    until(lambda: "certificates of before go on" in server.log_text, "the broken pair was not seen", seconds=15)
    key, seen = folder / "shop.key", (folder / "shop.key").stat()
    key.write_bytes((folder / "next.key").read_bytes())
    os.utime(key, ns=(seen.st_atime_ns, seen.st_mtime_ns))  # as if only its owner had been wrong
    assert (key.stat().st_ino, key.stat().st_size) == (seen.st_ino, seen.st_size)
    until(lambda: certificate_of(server) not in (before, None), "the pair is not tried again", seconds=15, every=0.1)


def certificate_of(server):
    """The certificate that shop.example has now."""
    pem = re.search(r"-----BEGIN.*?END CERTIFICATE-----", handshake(server, "-servername", "shop.example"), re.S)
    return pem and pem[0]
