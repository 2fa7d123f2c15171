"""The life of the process: start, drain, end, logs; and the sentences of those that do not start."""

import asyncio
import json
import re
import signal
import socket
import threading
import time

import pytest

from support.clients import Closed, open_socket
from support.gateway import run_command
from support.origin import response
from support.wait import until


class Slow:
    """A path of an origin whose answer waits for `release()`."""

    def __init__(self, origin, path="/slow"):
        self.origin, self._released = origin, threading.Event()
        origin.on(path, self._answer)

    async def _answer(self, request, reader, writer):
        while not self._released.is_set():
            await asyncio.sleep(0.01)
        writer.write(response(200, b"finished"))

    def wait_until_asked(self, times=1):
        until(lambda: len(self.origin.requests) >= times, "the request did not arrive")

    def release(self):
        self._released.set()


def test_it_starts_in_two_seconds_with_the_core_rule_set(bench):
    server = bench.gateway(bench.origin(), is_started=False, modules=[{"waf": {"rules": ["crs"], "paranoia": 1}}])
    seconds = min(server.start(), restart(server), restart(server))
    print(f"ready after {seconds:.2f} s")
    assert seconds < 2.0


def restart(server):
    server.signal(signal.SIGTERM)
    assert server.wait_for_end() == 0
    return server.start()


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGQUIT, "drain"])
def test_a_drain_finishes_the_requests_that_run(bench, protocol, order):
    origin = bench.origin()
    slow, server = Slow(origin), bench.gateway(origin)
    client = bench.client(server, protocol)
    client.send(path="/slow")
    slow.wait_until_asked()
    if order == "drain":
        assert server.command("drain").returncode == 0
    else:
        server.signal(order)
    until(lambda: server.status()["state"] == "draining", "it does not drain")
    assert server.admin("/readyz")[0] == 503
    assert server.admin("/healthz")[0] == 200
    assert server.process.poll() is None
    slow.release()
    answer = client.receive()
    assert (answer.status, answer.body) == (200, b"finished")
    client.close()
    if order == "drain" and server.process.poll() is None:
        server.signal(signal.SIGTERM)
    assert server.wait_for_end() == 0


@pytest.mark.parametrize("order", [signal.SIGQUIT, "drain"])
def test_the_first_sigterm_after_a_drain_was_begun_cuts_nothing(bench, order):
    origin = bench.origin()
    slow, server = Slow(origin), bench.gateway(origin)
    client = bench.client(server)
    client.send(path="/slow")
    slow.wait_until_asked()
    server.command("drain") if order == "drain" else server.signal(order)
    until(lambda: server.status()["state"] == "draining", "it does not drain")
    server.signal(signal.SIGTERM)
    assert server.status()["state"] == "draining"
    slow.release()
    assert client.receive().status == 200
    client.close()
    assert server.wait_for_end() == 0


def test_a_drain_takes_no_new_connections_and_closes_idle_ones(bench):
    origin = bench.origin()
    slow, server = Slow(origin), bench.gateway(origin)
    idle, busy = bench.client(server), bench.client(server)
    assert idle.request().status == 200
    busy.send(path="/slow")
    slow.wait_until_asked(2)
    server.signal(signal.SIGTERM)
    assert idle.raw.rest() == b""
    # Each worker stops accepting in a turn of its own, and serves what it had accepted before.
    until(lambda: is_refused(bench.client, server), "the gateway still takes connections")
    slow.release()
    assert busy.receive().status == 200
    assert server.wait_for_end() == 0


def test_a_drain_may_go_on_to_accept_until_balancers_have_noticed(bench):
    server = bench.gateway(bench.origin(), drain_delay="1s")
    server.signal(signal.SIGTERM)
    until(lambda: server.admin("/readyz")[0] == 503, "it says that it is ready")
    assert bench.client(server).request().status == 200
    until(lambda: is_refused(bench.client, server), "the gateway still takes connections")
    assert server.wait_for_end() == 0


def test_a_drain_that_was_begun_without_a_deadline_keeps_its_delay(bench):
    server = bench.gateway(bench.origin(), drain_delay="2s", drain_timeout="100ms")
    server.signal(signal.SIGQUIT)
    until(lambda: server.admin("/readyz")[0] == 503, "it says that it is ready")
    server.signal(signal.SIGTERM)
    begin = time.monotonic()
    while time.monotonic() < begin + 0.4:  # longer than drain_timeout
        client = bench.client(server)
        assert client.request().status == 200
        client.close()
    assert server.wait_for_end() == 0


def is_refused(client, server):
    try:
        client(server).request()
        return False
    except (Closed, OSError):
        return True


def test_a_drain_serves_a_connection_that_waits_in_the_backlog(bench):
    server = bench.gateway(bench.origin())
    server.signal(signal.SIGSTOP)
    waiting = bench.raw(server)
    waiting.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    server.signal(signal.SIGTERM)
    server.signal(signal.SIGCONT)
    answer = waiting.read_response()
    assert answer.status == 200 and waiting.rest() == b""
    assert server.wait_for_end() == 0


def test_a_drain_lets_a_handshake_finish_and_serves_one_request(bench, protocol):
    origin = bench.origin()
    slow, server = Slow(origin), bench.gateway(origin)
    busy = bench.client(server)
    busy.send(path="/slow")
    slow.wait_until_asked()
    plain = open_socket(server.port)
    until(lambda: server.metric("ravelin_connections", state="handshaking") == 1, "the connection was not accepted")
    server.signal(signal.SIGTERM)
    until(lambda: server.status()["state"] == "draining", "it does not drain")
    late = bench.client(server, protocol, plain=plain)
    assert late.request().status == 200
    slow.release()
    assert busy.receive().status == 200
    late.close()
    assert server.wait_for_end() == 0


def test_a_second_sigterm_ends_it_now(bench):
    origin = bench.origin()
    slow, server = Slow(origin), bench.gateway(origin)
    client = bench.client(server)
    client.send(path="/slow")
    slow.wait_until_asked()
    server.signal(signal.SIGTERM)
    until(lambda: server.status()["state"] == "draining", "it does not drain")
    server.signal(signal.SIGTERM)
    server.wait_for_end(5)
    server.process = None
    with pytest.raises(Closed):
        client.receive()
    slow.release()


def test_logs_are_reopened_by_sigusr1(bench):
    server = bench.gateway(bench.origin())
    client = bench.client(server)
    first = client.request().id
    server.event(server.access_log, first)
    rotated = server.folder / "access.jsonl.1"
    server.access_log.rename(rotated)
    server.signal(signal.SIGUSR1)
    until(server.access_log.exists, "the log was not reopened")
    second = client.request().id
    server.event(server.access_log, second)
    assert server.events(rotated, first) and not server.events(rotated, second)


def test_the_version_is_told(bench):
    assert run_command("--version").stdout == run_command("version").stdout
    done = run_command("version")
    assert done.returncode == 0 and re.search(r"\d+\.\d+\.\d+", done.stdout)
    assert "OpenSSL" in done.stdout


@pytest.mark.parametrize("words, status", [
    ((), 2), (("no-such-command",), 2), (("status", "--admin", "no-such.sock"), 4), (("check", "-c", "no-such.yaml"), 1),
], ids=["nothing", "unknown", "unreachable", "no file"])
def test_exit_codes(words, status):
    done = run_command(*words)
    assert done.returncode == status
    assert done.stderr.strip(), "an error says what is wrong, on standard error"


def test_words_are_taken_as_other_servers_take_them(bench):
    server = bench.gateway("127.0.0.1:1", is_started=False)
    for words in (("check", server.file), ("-t", "-c", server.file), ("check", "--config", server.file)):
        assert run_command(*words).returncode == 0, words
    assert "Usage: ravelin " in run_command("--help").stdout
    assert run_command("-V").stdout == run_command("version").stdout
    assert "unknown command 'relaod' (did you mean 'reload'?)" in run_command("relaod").stderr


def test_check_tells_every_problem_at_once_with_its_place(bench):
    server = bench.gateway("127.0.0.1:1", is_started=False)
    server.write_config("\n".join([
        "listeners:", "  - {name: a, bind: '127.0.0.1:0x'}", "limits: {request_head: many}", "upstreems: {}",
        "modules:", "  - ratelimt: {}", "routes: [{match: {}, upstream: nowhere}]", ""]))
    done = run_command("check", "-c", server.file)
    output = done.stdout + done.stderr
    assert done.returncode == 1
    for line, words in ((2, "0x"), (3, "request_head|many"), (4, "unknown key 'upstreems'.*did you mean 'upstreams'"),
                        (6, "unknown key 'ratelimt' in modules .*did you mean 'ratelimit'")):
        assert re.search(rf"^{re.escape(str(server.file))}:{line}:\d+: error: .*({words})", output, re.M), output
    started = run_command("run", "-c", server.file)
    assert started.returncode == 1 and "upstreems" in started.stderr


def test_check_prints_json_when_asked(bench):
    server = bench.gateway("127.0.0.1:1", is_started=False)
    server.config["listners"] = []
    server.write_config()
    done = run_command("check", "-c", server.file, "--json")
    assert done.returncode == 1 and "listners" in json.dumps(json.loads(done.stdout))


def test_check_warns_of_files_that_cannot_be_written(bench):
    server = bench.gateway("127.0.0.1:1", is_started=False)
    assert run_command("check", "-c", server.file, "--strict").returncode == 0
    server.config["events"] = {"access": {"file": str(server.folder)}, "security": {"file": "/no/such/folder/x"}}
    server.config["store"] = {"snapshot": "/no/such/folder/store"}
    server.write_config()
    done = run_command("check", "-c", server.file, "--strict")
    assert done.returncode == 3
    for words in ("events.access: .* it is a folder", "events.security: .* /no/such/folder is no folder", "store.snapshot: .* is no folder"):
        assert re.search(f"warning: {words}", done.stderr), done.stderr


NOT_YET = {
    "redis": {"store": {"redis": {"url": "redis://10.0.2.5:6379/0"}}},
    "geoip": {"modules": [{"geoip": {"database": "/var/lib/GeoIP/GeoLite2-Country.mmdb"}}]},
    "health": {"upstreams": {"origin": {"endpoints": ["127.0.0.1:1"], "health": {"path": "/ping"}}}},
    "weighted split": {"routes": [{"match": {}, "upstream": {"origin": 95, "other": 5}}]},
    "syslog": {"events": {"access": {"syslog": "local0"}}},
}


@pytest.mark.parametrize("name", NOT_YET)
def test_what_this_version_lacks_is_refused_and_not_ignored(bench, name):
    server = bench.gateway("127.0.0.1:1", is_started=False, **NOT_YET[name])
    done = run_command("check", "-c", server.file)
    assert done.returncode == 1 and "not available in this version" in done.stdout + done.stderr


def test_a_start_that_lacks_a_name_may_be_tried_again(bench, monkeypatch):
    monkeypatch.setenv("RES_OPTIONS", "timeout:1 attempts:1")
    server = bench.gateway("no-such-name.invalid:80", is_started=False)
    done = run_command("run", "-c", server.file)
    assert done.returncode == 5 and "cannot resolve 'no-such-name.invalid'" in done.stderr
    server.config["limits"] = {"encoders": "many"}
    server.write_config()
    assert run_command("run", "-c", server.file).returncode == 1


@pytest.mark.parametrize("order, told", [(signal.SIGTERM, ["STOPPING=1", "EXTEND_TIMEOUT_USEC=22000000"]), (signal.SIGQUIT, [])])
def test_systemd_is_told_how_long_a_drain_may_take(bench, monkeypatch, tmp_path, order, told):
    notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notified.bind(str(tmp_path / "notify"))
    notified.settimeout(10)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    server = bench.gateway(bench.origin(), drain_timeout="7s")
    server.signal(order)
    assert server.wait_for_end() == 0
    lines = []
    while "STATUS=draining" not in lines:
        lines += notified.recv(4096).decode().splitlines()
    assert "READY=1" in lines
    assert [line for line in lines if line.startswith(("STOPPING", "EXTEND"))] == told


def test_an_address_in_use_is_named(bench, nginx_origin):
    server = bench.gateway(nginx_origin, is_started=False)
    server.config["listeners"] = [{"name": "taken", "bind": nginx_origin.endpoint}]
    server.write_config()
    done = run_command("run", "-c", server.file)
    assert done.returncode == 5 and nginx_origin.endpoint in done.stderr


def test_the_effective_configuration_can_be_read_again(bench, nginx_origin):
    server = bench.gateway(nginx_origin, is_started=False, modules=[{"waf": {"rules": ["crs"]}}])
    shown = run_command("config", "show", "--effective", "-c", server.file)
    assert shown.returncode == 0, shown.stderr
    values = [line.split("  # ")[0] for line in shown.stdout.splitlines()]  # without where each comes from
    server.write_config(shown.stdout)
    again = run_command("config", "show", "--effective", "-c", server.file)
    assert [line.split("  # ")[0] for line in again.stdout.splitlines()] == values
    server.start()
    assert bench.client(server).request().status == 200
