"""Reload: no request is lost, a wrong file changes nothing, what was changed holds for the next request."""

import asyncio
import json
import os
import pathlib
import re
import signal
import subprocess
import threading

import pytest

from support.clients import H1, PROTOCOLS
from support.origin import response
from support.ports import free_port
from support.wait import until

LOAD = {"limits": {"keepalive_requests": 1_000_000_000}}


def generation(server):
    return server.status()["generation"]


class Load:
    """Clients that ask in a circle, each on its own connection, and check every answer."""

    def __init__(self, server, protocol, clients=8):
        self.server, self.protocol, self.stopped = server, protocol, threading.Event()
        self.answered, self.failures = 0, []
        self.threads = [threading.Thread(target=self._run, args=(number,)) for number in range(clients)]
        for thread in self.threads:
            thread.start()

    def _run(self, number):
        client, count = PROTOCOLS[self.protocol](self.server.port), 0
        while not self.stopped.is_set():
            count += 1
            path = f"/token/{number}-{count}"
            try:
                answer = client.request(path=path)
                if (answer.status, answer.text) != (200, path):
                    self.failures.append(answer)
                self.answered += 1
                if answer.field("connection") == "close":
                    client.close()
                    client = PROTOCOLS[self.protocol](self.server.port)
            except Exception as error:  # any failure at all is a lost request
                self.failures.append(error)
                break
        client.close()

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def test_a_reload_under_load_loses_no_request(bench, nginx_origin, protocol):
    server = bench.gateway(nginx_origin, **LOAD)
    load = Load(server, protocol)
    try:
        for round_number in range(6):
            before, answered = generation(server), load.answered
            server.signal(signal.SIGHUP)
            until(lambda: generation(server) > before, "the reload did not happen")
            until(lambda: load.answered > answered + 50, "requests are not answered after a reload")
            assert not load.failures, load.failures[:3]
    finally:
        load.stop()
    assert not load.failures, load.failures[:3]


@pytest.mark.parametrize("option", ["--h1", "--npn-list=h2"])
def test_a_reload_under_the_load_of_h2load_loses_no_request(bench, nginx_origin, option):
    server = bench.gateway(nginx_origin, **LOAD)
    load = subprocess.Popen(["h2load", option, "-n", "20000", "-c", "16", "-m", "1" if option == "--h1" else "8",
                             f"https://127.0.0.1:{server.port}/"], stdout=subprocess.PIPE, text=True)
    reloads = 0
    while load.poll() is None and reloads < 5:
        before = generation(server)
        server.signal(signal.SIGHUP)
        until(lambda: generation(server) > before, "the reload did not happen")
        reloads += 1
    output = load.communicate(timeout=120)[0]
    assert re.search(r"20000 succeeded, 0 failed, 0 errored, 0 timeout", output), output
    assert reloads >= 1


def test_what_was_changed_holds_for_the_next_request(bench, nginx_origin, protocol):
    server = bench.gateway(nginx_origin)
    client = bench.client(server, protocol)
    assert client.request(path="/?id=1%27%20OR%20%271%27=%271").status == 200
    server.config["modules"] = [{"waf": {"rules": ["crs"]}}]
    server.write_config()
    server.reload()
    # Also on a connection that is older than the reload: each request pins the generation of its start.
    assert client.request(path="/?id=1%27%20OR%20%271%27=%271").status == 403
    assert bench.client(server, protocol).request(path="/?id=1%27%20OR%20%271%27=%271").status == 403


def test_a_request_that_runs_finishes_on_its_generation(bench, protocol):
    origin, released = bench.origin(), threading.Event()

    async def slow(request, reader, writer):
        while not released.is_set():
            await asyncio.sleep(0.01)
        writer.write(response(200, b"after the reload"))

    origin.on("/slow", slow)
    server = bench.gateway(origin)
    client = bench.client(server, protocol)
    client.send(path="/slow")
    until(lambda: origin.requests, "the request did not arrive")
    server.config["upstreams"] = {"other": {"endpoints": [bench.origin().endpoint]}}
    server.config["routes"] = [{"match": {}, "upstream": "other"}]
    server.write_config()
    server.reload()
    released.set()
    assert client.receive().body == b"after the reload"
    assert client.request(path="/next").status == 200
    assert origin.paths() == ["/slow"]


@pytest.mark.parametrize("how", ["command", "signal"])
def test_a_wrong_file_changes_nothing(bench, nginx_origin, how):
    server = bench.gateway(nginx_origin)
    before = generation(server)
    lines = json.dumps(server.config, indent=2).splitlines()
    server.write_config("\n".join(["{", '  "ratelimt": 1,', *lines[1:]]))
    if how == "command":
        done = server.command("reload")
        assert done.returncode == 1
        assert re.search(rf"{re.escape(str(server.file))}:2:\d+: error: unknown key 'ratelimt'", done.stdout + done.stderr)
    else:
        server.signal(signal.SIGHUP)
        until(lambda: "unknown key 'ratelimt'" in server.log_text, "the refusal is not logged")
    assert generation(server) == before
    assert server.metric("ravelin_config_last_reload_success") == 0
    assert bench.client(server).request().status == 200
    server.write_config()
    server.reload()
    assert generation(server) > before
    assert server.metric("ravelin_config_last_reload_success") == 1


def test_a_certificate_that_is_gone_is_named_and_changes_nothing(bench, nginx_origin):
    server = bench.gateway(nginx_origin)
    server.config["listeners"][0]["tls"]["certificates"] = [{"cert": "gone.crt", "key": "gone.key"}]
    server.write_config()
    done = server.command("reload")
    assert done.returncode == 1 and "gone.crt" in done.stdout + done.stderr
    assert bench.client(server).request().status == 200


def test_listeners_can_be_added_and_removed(bench, nginx_origin):
    server = bench.gateway(nginx_origin)
    port = free_port()
    server.config["listeners"].append({"name": "extra", "bind": f"127.0.0.1:{port}"})
    server.write_config()
    server.reload()
    extra = H1(port, tls=False)
    bench.clients.append(extra)
    assert extra.request().status == 200
    extra.close()
    del server.config["listeners"][-1]
    server.write_config()
    server.reload()
    with pytest.raises(OSError):
        until(lambda: H1(port, tls=False).close(), "the port is still open", seconds=2)


@pytest.mark.parametrize("workers", [1, 5])
def test_a_new_listener_has_a_socket_for_each_worker_whatever_workers_says_now(bench, nginx_origin, workers):
    server = bench.gateway(nginx_origin)
    port = free_port()
    server.config["workers"] = workers
    server.config["listeners"].append({"name": "extra", "bind": f"127.0.0.1:{port}"})
    server.write_config()
    done = server.command("reload")
    assert done.returncode == 0 and "number of workers changes with the next start" in done.stdout + done.stderr
    assert listening_sockets(port) == server.status()["workers"] == 2
    for _ in range(8):
        extra = H1(port, tls=False)
        bench.clients.append(extra)
        assert extra.request().status == 200


def test_a_change_of_the_admin_endpoint_is_not_ignored_in_silence(bench, nginx_origin):
    server = bench.gateway(nginx_origin)
    server.reload()
    assert "next start" not in server.log_text
    server.config["admin"]["bind"] = f"127.0.0.1:{free_port()}"
    server.write_config()
    done = server.command("reload")
    line = next(number for number, text in enumerate(server.file.read_text().splitlines(), 1) if '"admin"' in text)
    assert done.returncode == 0
    assert re.search(rf"{re.escape(str(server.file))}:{line}:\d+: warning: .*admin.*next start", done.stdout + done.stderr)
    assert server.is_ready()


def listening_sockets(port):
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


def test_idle_connections_to_an_endpoint_that_is_gone_are_closed_at_once(bench):
    before, after = bench.origin(), bench.origin()
    server = bench.gateway(before, workers=1)
    assert bench.client(server).request().status == 200
    assert before.open == 1
    server.config["upstreams"]["origin"]["endpoints"] = [after.endpoint]
    server.write_config()
    server.reload()
    # Nothing is asked of the gateway meanwhile: it has to end the turn by itself.
    until(lambda: before.open == 0, "the idle connection stays open", seconds=3)


def test_descriptors_do_not_grow_with_reloads(bench, nginx_origin):
    server = bench.gateway(nginx_origin)
    folder = f"/proc/{server.process.pid}/fd"

    def reload_and_count(times):
        for _ in range(times):
            server.reload()
            assert bench.client(server).request().status == 200
        bench.close_clients()
        server.wait_until_idle()
        return len(os.listdir(folder))

    few = reload_and_count(3)
    assert reload_and_count(10) <= few + 2


@pytest.mark.parametrize("more, reloads, growth", [([], 200, 8 * 2**20), (["crs"], 5, 48 * 2**20)], ids=["small", "core"])
def test_reloads_keep_no_rules_of_before(bench, tmp_path, more, reloads, growth):
    rules = tmp_path / "rules.conf"

    def write(number):
        rules.write_text(f'SecRule ARGS "@rx bad{number}x" "id:1,phase:2,deny,log"\n')

    def ready():
        return server.metric("ravelin_waf_fast_path_ready", route="default") == 1

    write(0)
    server = bench.gateway(bench.origin(), modules=[{"waf": {"rules": [str(rules), *more], "cache_directory": str(tmp_path / "cache")}}])
    until(ready, "the fast path is not ready", seconds=120)
    for number in range(1, reloads + 1):
        write(number)
        server.reload()
        if number == max(2, reloads // 10):
            until(ready, "the fast path is not ready", seconds=120)
            early = server.memory("VmRSS")
    until(ready, "the fast path is not ready", seconds=120)
    until(lambda: server.metric("ravelin_waf_rule_sets") == 1, "rule sets of before are still there")
    assert server.metric("ravelin_waf_plans") == 1
    assert server.memory("VmRSS") - early < growth
    client = bench.client(server, "h1")
    fields = [("User-Agent", "test"), ("Accept", "*/*")]
    assert client.request(path=f"/?a=bad{reloads}x", host="localhost", fields=fields).status == 403
    assert client.request(path=f"/?a=bad{reloads - 1}x", host="localhost", fields=fields).status == 200
