"""The admin endpoint: is it alive, is it ready, what does it count, what does it know."""

import json
import signal
import socket
import subprocess
import threading
import time

import pytest

from support.clients import Raw
from support.gateway import run_command


def test_it_is_alive_and_ready(bench):
    server = bench.gateway(bench.origin())
    assert server.admin("/healthz")[0] == 200
    assert server.admin("/readyz")[0] == 200
    assert server.admin("/no/such/page")[0] == 404
    assert server.admin("/healthz", "DELETE")[0] == 403  # changes go over the socket only


def test_metrics_are_valid_and_count_what_happened(bench, nginx_origin, protocol):
    modules = [{"ban": {"jails": {"scan": {"match": {"status": [404]}, "maxretry": 20, "findtime": "1m", "bantime": "10m"}}}},
               {"ratelimit": {"limits": {"site": {"key": "client", "rate": "100/s", "burst": 200}}}}, {"waf": {"rules": ["crs"]}}]
    server = bench.gateway(nginx_origin, modules=modules)
    client = bench.client(server, protocol)
    for path in ("/", "/", "/nothing/here", "/?id=1%27%20OR%20%271%27=%271"):
        client.request(path=path, fields=[("User-Agent", "Mozilla/5.0")])
    text = server.admin("/metrics")[1]
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=20)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert server.metric("ravelin_requests_total", code="200") == 2
    assert server.metric("ravelin_requests_total", code="404") == 1
    assert server.metric("ravelin_requests_total", code="403") == 1
    assert server.metric("ravelin_refused_total", module="waf") == 1
    assert server.metric("ravelin_request_duration_seconds_count") == 4
    assert server.metric("ravelin_upstream_requests_total", upstream="origin") == 3
    assert server.metric("ravelin_tls_handshakes_total") >= 1
    assert server.metric("ravelin_waf_rules_loaded") > 100
    assert server.metric("ravelin_waf_evaluation_seconds_count", route="default") >= 4
    assert server.metric("ravelin_config_last_reload_success") == 1
    assert server.metric("ravelin_build_info") == 1
    assert "127.0.0.1\"" not in text.replace(nginx_origin.endpoint, ""), "an address is no label"


def test_requests_that_no_route_took_are_counted_as_well(bench):
    server = bench.gateway(bench.origin(), routes=[{"match": {"host": "shop.test"}, "upstream": "origin"}])
    assert bench.client(server).request().status == 404
    raw = bench.raw(server)
    raw.send(b"GET / HTTP/1.1\r\n\r\n")
    assert raw.read_response().status == 400
    assert server.metric("ravelin_requests_total", route="none", code="404", protocol="http/1.1") == 1
    assert server.metric("ravelin_requests_total", route="none", code="400") == 1
    assert server.metric("ravelin_request_duration_seconds_count", route="none") == 2


def test_turns_that_leave_work_to_the_next_are_counted(bench):
    server = bench.gateway(bench.origin())
    clients = [bench.raw(server) for _ in range(48)]
    body = b"x" * 60_000
    assert server.metric("ravelin_full_turns_total") == 0
    for _ in range(2):  # the loop takes 32 events at a time at first
        server.signal(signal.SIGSTOP)
        for client in clients:
            client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        server.signal(signal.SIGCONT)
        for client in clients:
            assert client.read_response().status == 200
    assert server.metric("ravelin_full_turns_total") > 0


def test_the_status_tells_what_is_alive(bench, protocol):
    server = bench.gateway(bench.origin())
    client = bench.client(server, protocol)
    client.request()
    status = server.status()
    assert status["state"] == "running" and status["flows"] == 0
    assert status["connections"]["client"] == 1 and status["connections"]["upstream"] == 1
    assert status["version"] and status["generation"] >= 1 and status["uptime_seconds"] >= 0
    done = server.command("status", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["state"] == "running"
    text = server.command("status").stdout
    assert "running" in text
    one, = status["certificates"]
    assert one["file"] == bench.certificate["cert"] and one["days_left"] in (1, 2)
    assert f"certificate {one['file']} of {one['listener']}: until {one['not_after']}, " in text
    expires = server.metric("ravelin_certificate_not_after_timestamp_seconds", listener=one["listener"], certificate=one["file"])
    assert 0 < expires - time.time() < 2 * 86400


def test_the_admin_endpoint_may_not_be_public(bench):
    server = bench.gateway("127.0.0.1:1", is_started=False)
    server.config["admin"]["bind"] = f"0.0.0.0:{server.admin_port}"
    server.write_config()
    done = run_command("check", "-c", server.file)
    assert done.returncode == 1 and "admin" in done.stdout + done.stderr


def test_only_those_who_may_can_use_the_admin_socket(bench):
    server = bench.gateway(bench.origin())
    assert server.socket.stat().st_mode & 0o007 == 0


def test_the_admin_socket_speaks_http(bench):
    server = bench.gateway(bench.origin())
    done = subprocess.run(["curl", "-s", "--unix-socket", str(server.socket), "http://admin/v1/status"],
                          capture_output=True, text=True, timeout=20)
    assert json.loads(done.stdout)["state"] == "running"


@pytest.mark.parametrize("answer, code, said", [
    (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"bans\": [", 4, "cut short"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", 1, "is this its admin socket"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 1, "unforeseen"),
    (b"", 4, "no answer"),
], ids=["cut", "no object", "another object", "none"])
def test_a_command_does_not_take_half_an_answer_for_a_whole_one(tmp_path, answer, code, said):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        listening.listen()

        def answer_one():
            with listening.accept()[0] as asked:
                asked.recv(65536)
                asked.sendall(answer)

        thread = threading.Thread(target=answer_one)
        thread.start()
        done = run_command("ban", "list", "--admin", tmp_path / "socket")
        thread.join()
    assert done.returncode == code and said in done.stderr, done.stderr


@pytest.fixture
def admin_socket(bench):
    """A gateway and a connection to its admin socket."""
    server = bench.gateway(bench.origin())
    plain = socket.socket(socket.AF_UNIX)
    plain.settimeout(20)
    plain.connect(str(server.socket))
    bench.clients.append(Raw(plain))
    return server, bench.clients[-1]


def post(path, body, fields="Host: admin"):
    return f"POST {path} HTTP/1.1\r\n{fields}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.mark.parametrize("body", ['{"prefix": 1}', '{"prefix": "192.0.2.1", "duration": 3}', "[1]", "{", "[" * 100_000])
def test_a_body_that_is_not_as_expected_is_refused_and_harms_nothing(admin_socket, body):
    server, raw = admin_socket
    raw.send(post("/v1/bans", body))
    answer = raw.read_response()
    assert answer.status == 400 and json.loads(answer.body)["error"]
    assert server.status()["bans"] == 0


def test_a_malformed_request_is_not_carried_out(admin_socket):
    server, raw = admin_socket
    raw.send(post("/v1/drain", "", fields="X-No-Host: 1"))
    assert raw.read_response().status == 400
    assert raw.rest() == b""
    assert server.status()["state"] == "running"


@pytest.mark.parametrize("framing", ["Content-Length: 1048577", "Transfer-Encoding: chunked"])
def test_a_body_above_the_bound_is_refused_and_not_cut(admin_socket, framing):
    server, raw = admin_socket
    raw.send(f"POST /v1/bans HTTP/1.1\r\nHost: admin\r\n{framing}\r\n\r\n".encode())
    if "chunked" in framing:
        raw.send(b"100001\r\n" + b"x" * 0x100001 + b"\r\n")
    assert raw.read_response().status == 413


def test_a_body_that_does_not_come_is_not_awaited_for_ever(admin_socket):
    server, raw = admin_socket
    raw.send(b"POST /v1/drain HTTP/1.1\r\nHost: admin\r\nContent-Length: 10\r\n\r\n12345")
    assert raw.read_response().status == 408
    assert raw.rest() == b""
    assert server.status()["state"] == "running"
