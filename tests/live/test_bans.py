"""Jails: who fails too often is shut out, for a while, everywhere; who must never be, is not."""

import json
import signal
import socket

import pytest

from support.clients import Closed
from support.wait import until

JAIL = {"match": {"path": "/login", "status": [401, 403]}, "maxretry": 5, "findtime": "10m", "bantime": "10m"}
BEHIND = {"client_identity": {"trusted_proxies": ["127.0.0.1/32"], "headers": ["X-Forwarded-For"]}}


def jailed(never=("192.0.2.0/24",), **jails):
    return [{"ban": {"never": list(never), "jails": jails or {"login": JAIL}}}]


@pytest.fixture
def server(bench, nginx_origin):
    return bench.gateway(nginx_origin, modules=jailed(), **BEHIND)


def login(client, address, path="/login"):
    return client.request("POST", path, body=b"x", fields=[("X-Forwarded-For", address)])


def test_six_bad_logins_end_in_a_ban(bench, server, protocol):
    client = bench.client(server, protocol)
    answers = [login(client, "203.0.113.7") for _ in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [403]
    # Everywhere, not only at the login; and nobody else.
    assert login(client, "203.0.113.7", "/").status == 403
    assert login(client, "203.0.113.8", "/").status == 200
    refused = server.event(server.security_log, answers[5].id)
    assert refused["ravelin"]["reason"] == "ban:login" and refused["ravelin"]["module"] == "ban"
    banned = [event for event in server.events(server.security_log) if event["event"]["action"] == "banned"]
    assert len(banned) == 1 and banned[0]["ravelin"]["jail"] == "login" and banned[0]["client"]["ip"] == "203.0.113.7"
    assert server.metric("ravelin_bans", jail="login") == 1


def test_a_direct_peer_that_is_banned_is_not_even_accepted(bench, nginx_origin):
    server = bench.gateway(nginx_origin, modules=jailed())
    client = bench.client(server, source="127.0.0.77")
    statuses = [client.request("POST", "/login", body=b"x").status for _ in range(5)]
    assert statuses == [401] * 5
    try:
        assert client.request(path="/").status == 403  # the connection that it still has
    except Closed:
        pass
    with pytest.raises((Closed, OSError)):
        bench.client(server, source="127.0.0.77").request(path="/")
    assert bench.client(server, source="127.0.0.78").request(path="/").status == 200


def test_bans_are_listed_added_and_removed_by_hand(bench, server, protocol):
    client = bench.client(server, protocol)
    for _ in range(5):
        login(client, "203.0.113.7")
    listed = server.command("ban", "list")
    assert listed.returncode == 0 and "203.0.113.7" in listed.stdout and "login" in listed.stdout
    assert "203.0.113.7" in json.dumps(json.loads(server.admin("/v1/bans")[1]))
    assert server.command("ban", "remove", "203.0.113.7").returncode == 0
    assert login(client, "203.0.113.7", "/").status == 200
    assert "203.0.113.7" not in server.command("ban", "list").stdout
    assert server.metric("ravelin_ban_events_total", jail="login", action="banned") == 1
    assert server.metric("ravelin_ban_events_total", jail="login", action="unbanned") == 1

    assert server.command("ban", "add", "198.51.100.0/24").returncode == 0
    assert login(client, "198.51.100.99", "/").status == 403
    assert login(client, "198.51.101.1", "/").status == 200
    assert server.metric("ravelin_ban_events_total", jail="manual", action="banned") == 1
    assert server.command("ban", "remove", "203.0.113.250").returncode == 1


def test_addresses_that_must_never_be_banned_are_refused_with_the_reason(bench, server):
    for address in ("192.0.2.1", "127.0.0.1", "0.0.0.0/0"):  # the never-set, a trusted hop, and what holds both
        done = server.command("ban", "add", address)
        assert done.returncode == 1 and "never" in done.stderr.lower(), (address, done.stderr)
    assert server.command("ban", "add", "nonsense").returncode in (1, 2)


def test_loopback_is_never_banned_unless_the_file_says_so(bench, nginx_origin):
    server = bench.gateway(nginx_origin, modules=[{"ban": {"jails": {"login": JAIL}}}])
    client = bench.client(server)
    assert [client.request("POST", "/login", body=b"x").status for _ in range(8)] == [401] * 8


def test_a_ban_ends(bench, nginx_origin):
    server = bench.gateway(nginx_origin, modules=jailed(login={**JAIL, "bantime": "1s"}), **BEHIND)
    client = bench.client(server)
    assert [login(client, "203.0.113.7").status for _ in range(6)][-1] == 403
    until(lambda: login(client, "203.0.113.7", "/").status == 200, "the ban of one second has not ended")


def test_bans_survive_a_reload(bench, server):
    assert server.command("ban", "add", "203.0.113.50").returncode == 0
    server.reload()
    assert login(bench.client(server), "203.0.113.50", "/").status == 403


def test_a_refused_reload_leaves_bans_and_who_is_never_banned_alone(bench, server):
    assert server.command("ban", "add", "203.0.113.50").returncode == 0
    server.config["modules"] = jailed(never=["203.0.113.0/24"])
    server.config["listeners"][0]["tls"]["certificates"] = [{"cert": "gone.crt", "key": "gone.key"}]
    server.write_config()
    assert server.command("reload").returncode == 1
    assert login(bench.client(server), "203.0.113.50", "/").status == 403
    assert server.command("ban", "add", "192.0.2.1").returncode == 1
    assert server.command("ban", "add", "203.0.113.51").returncode == 0


def test_who_is_never_banned_by_a_route_is_so_besides_the_others(bench, nginx_origin):
    routes = [{"match": {"path_prefix": "/own/"}, "upstream": "origin", "modules": {"ban": {"never": ["198.51.100.0/24"]}}},
              {"match": {}, "upstream": "origin"}]
    server = bench.gateway(nginx_origin, modules=jailed(), routes=routes, **BEHIND)
    for address in ("192.0.2.1", "198.51.100.1"):
        done = server.command("ban", "add", address)
        assert done.returncode == 1 and "never" in done.stderr.lower(), (address, done.stderr)
    assert server.command("ban", "add", "203.0.113.50").returncode == 0


def test_bans_survive_a_restart(bench, nginx_origin, tmp_path):
    server = bench.gateway(nginx_origin, modules=jailed(), store={"snapshot": str(tmp_path / "store")}, **BEHIND)
    assert server.command("ban", "add", "203.0.113.51").returncode == 0
    server.signal(signal.SIGTERM)
    assert server.wait_for_end() == 0
    server.start()
    assert login(bench.client(server), "203.0.113.51", "/").status == 403


def test_what_the_waf_blocks_can_end_in_a_ban(bench, nginx_origin, protocol):
    modules = jailed(waf={"match": {"reason": "waf:*"}, "maxretry": 3, "findtime": "1m", "bantime": "10m"}) + [{"waf": {"rules": ["crs"]}}]
    server = bench.gateway(nginx_origin, modules=modules, **BEHIND)
    client = bench.client(server, protocol)
    for _ in range(3):
        assert login(client, "203.0.113.7", "/?id=1%27%20OR%20%271%27=%271").status == 403
    answer = login(client, "203.0.113.7", "/")
    assert answer.status == 403
    assert server.event(server.security_log, answer.id)["ravelin"]["reason"] == "ban:waf"


@pytest.mark.parametrize("mode", ["enforce", "detect"])
def test_a_waf_that_is_only_tried_out_gets_nobody_banned(bench, nginx_origin, protocol, mode):
    modules = jailed(waf={"match": {"reason": "waf:*"}, "maxretry": 1, "findtime": "1m", "bantime": "10m"})
    server = bench.gateway(nginx_origin, modules=modules + [{"waf": {"rules": ["crs"], "mode": mode}}], **BEHIND)
    client = bench.client(server, protocol)
    noticed = [("X-Forwarded-For", "203.0.113.7"), ("User-Agent", "")]  # a notice of the core rule set, no refusal
    assert client.request("GET", "/", fields=noticed).status == 200
    assert login(client, "203.0.113.7", "/").status == (403 if mode == "enforce" else 200)


def test_a_ban_is_lifted_by_its_prefix_and_the_record_names_it(bench, server):
    for prefix in ("203.0.113.0/24", "203.0.113.7", "2001:db8:1:2::/64"):
        assert server.command("ban", "add", prefix, "--reason", f"for {prefix}").returncode == 0
    wider = server.command("unbanip", "2001:db8:1:2::5")
    assert wider.returncode == 1 and "2001:db8:1:2::/64" in wider.stderr
    assert server.command("unbanip", "203.0.113.0/24").returncode == 0
    lifted = [event for event in server.events(server.security_log) if event["event"]["action"] == "unbanned"]
    assert len(lifted) == 1 and "for 203.0.113.0/24" in json.dumps(lifted[0])
    assert "203.0.113.7 " in server.command("ban", "list").stdout


def test_a_shorter_ban_does_not_replace_a_longer_one_and_says_so(bench, server):
    assert server.command("banip", "203.0.113.7", "--for", "1w").returncode == 0
    again = server.command("banip", "203.0.113.7", "--for", "1m")
    assert again.returncode == 0 and "already banned" in again.stdout
    assert server.metric("ravelin_ban_events_total", jail="manual", action="banned") == 1
    assert server.command("banip", "203.0.113.7", "--for", "2w").stdout.startswith("banned")
    first, second = (event["@timestamp"] for event in server.events(server.security_log) if event["event"]["action"] == "banned")
    assert first < second, "the record is of when it was made longer, not of when it began"


@pytest.mark.parametrize("words, said", [
    (["--for", "15000w"], "at most 3650d"),
    (["--reason", "caf\udce9"], ""),
], ids=["too long", "not in UTF-8"])
def test_odd_words_of_a_ban_are_answered(bench, server, words, said):
    done = server.command("banip", "203.0.113.7", *words)
    assert done.returncode == (1 if said else 0) and said in done.stderr


def test_who_stands_for_many_clients_is_never_banned(bench, nginx_origin):
    server = bench.gateway(nginx_origin, modules=jailed(), is_started=False)
    server.config["listeners"][1]["proxy_protocol"] = {"from": ["198.51.100.9"]}
    server.write_config()
    server.start()
    for address in ("198.51.100.9", "104.16.0.1"):
        done = server.command("banip", address)
        assert done.returncode == 1 and "never" in done.stderr


def test_of_very_many_bans_some_are_listed_and_all_counted(bench, server):
    for first in range(0, 10_050, 670):  # requests of one connection
        texts = [json.dumps({"prefix": f"198.18.{i // 250}.{i % 250}"}) for i in range(first, first + 670)]
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(str(server.socket))
            ends = ["close" if i == 669 else "keep-alive" for i in range(670)]
            admin.sendall("".join(f"POST /v1/bans HTTP/1.1\r\nHost: a\r\nConnection: {end}\r\nContent-Length: {len(text)}\r\n\r\n{text}"
                                  for end, text in zip(ends, texts)).encode())
            while admin.recv(65536):
                pass
    listed = server.command("ban", "list")
    assert listed.stdout.endswith("and 50 more\n") and len(listed.stdout.splitlines()) == 10_001
    assert server.status()["bans"] == 10_050
