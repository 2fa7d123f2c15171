"""The core rule set at work: what it blocks, what it lets pass, and what is said of it."""

import asyncio
import json
import signal
import threading
import urllib.parse

import pytest

from support.gateway import run_command
from support.wait import until

WAF = {"waf": {"rules": ["crs"], "paranoia": 1}}
SQLI = "1' OR '1'='1"
ATTACKS = {
    "sql": ("/?id=" + urllib.parse.quote(SQLI), "942100"),
    "script": ("/?q=" + urllib.parse.quote("<script>alert(1)</script>"), "941100"),
    "file": ("/?f=" + urllib.parse.quote("../../../../etc/passwd"), "930"),
    "shell": ("/?c=" + urllib.parse.quote(";cat /etc/passwd"), "932"),
}


@pytest.fixture
def server(bench):
    return bench.gateway(bench.origin(), modules=[WAF])


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_blocked_and_recorded(bench, server, protocol, name):
    path, rule = ATTACKS[name]
    answer = bench.client(server, protocol).request(path=path, fields=[("Accept", "application/json"), ("User-Agent", "tester")])
    assert answer.status == 403
    assert json.loads(answer.body)["reason"] == "waf"
    assert "942" not in answer.text.replace(answer.id, ""), "a rule id is not for the client"
    assert bench.origins[0].requests == []
    event = server.event(server.security_log, answer.id)
    assert event["event"]["kind"] == "alert" and event["event"]["dataset"] == "ravelin.security"
    assert event["event"]["action"] == "blocked"
    assert event["event"]["reason"] == event["ravelin"]["reason"] and event["ravelin"]["reason"].startswith("waf:")
    assert event["ravelin"]["module"] == "waf"
    assert any(matched.startswith(rule) for matched in event["ravelin"]["waf"]["rules"])
    assert event["ravelin"]["waf"]["score"] >= 5
    assert event["rule"]["id"] in event["ravelin"]["waf"]["rules"] and event["rule"]["name"]
    access = server.event(server.access_log, answer.id)
    assert access["http"]["response"]["status_code"] == 403
    assert access["ravelin"]["reason"] == event["ravelin"]["reason"]


def test_an_attack_in_a_body_is_blocked_before_the_origin_sees_any_of_it(bench, server, protocol):
    body = ("user=" + urllib.parse.quote(SQLI)).encode()
    answer = bench.client(server, protocol).request("POST", "/login", body=body, fields=[("Content-Type", "application/x-www-form-urlencoded")])
    assert answer.status == 403
    assert bench.origins[0].requests == []


def test_an_attack_in_json_is_blocked(bench, server, protocol):
    body = json.dumps({"user": {"name": SQLI}}).encode()
    answer = bench.client(server, protocol).request("POST", "/api", body=body, fields=[("Content-Type", "application/json")])
    assert answer.status == 403


@pytest.mark.parametrize("path", ["/", "/search?q=select+a+nice+hat", "/products/42?colour=blue&size=XL", "/a?text=O%27Neill"])
def test_ordinary_requests_pass(bench, server, protocol, path):
    answer = bench.client(server, protocol).request(path=path, host="localhost", fields=[("User-Agent", "Mozilla/5.0"), ("Accept", "*/*")])
    assert answer.status == 200
    assert server.events(server.security_log, answer.id) == []


def test_ordinary_bodies_pass_unchanged(bench, server, protocol):
    body = b"name=Ada&comment=" + b"hello+world+" * 2000
    answer = bench.client(server, protocol).request("POST", "/form", body=body, fields=[
        ("Content-Type", "application/x-www-form-urlencoded"), ("User-Agent", "Mozilla/5.0"), ("Accept", "*/*")])
    assert answer.status == 200
    assert json.loads(answer.body)["body"].encode() == body


def test_events_are_not_held_back(bench):
    origin, is_read = bench.origin(), threading.Event()

    async def events(request, reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nb\r\ndata: one\n\n\r\n")
        await writer.drain()
        await asyncio.get_running_loop().run_in_executor(None, is_read.wait, 10)
        writer.write(b"b\r\ndata: two\n\n\r\n0\r\n\r\n")

    origin.on("/events", events)
    raw = bench.raw(bench.gateway(origin, modules=[{"waf": {"rules": ["crs"]}}]))
    raw.send(b"GET /events HTTP/1.1\r\nHost: localhost\r\nUser-Agent: test\r\nAccept: text/event-stream\r\n\r\n")
    assert raw.until(b"data: one").startswith(b"HTTP/1.1 200")
    is_read.set()
    assert raw.until(b"data: two")


def test_rules_are_found_relative_to_the_file_that_names_them(bench):
    """Also those that a route has from there, whose other keys stand in another file."""
    server = bench.gateway(bench.origin(), is_started=False)
    (server.folder / "rules").mkdir()
    (server.folder / "rules" / "own.conf").write_text('SecRule ARGS "@streq bad" "id:1,phase:1,deny"\n')
    (server.folder / "conf.d").mkdir()
    server.config["modules"] = [{"waf": {"rules": ["rules/own.conf"], "mode": "detect"}}]
    (server.folder / "conf.d" / "shop.yaml").write_text(
        json.dumps({"routes": [{"match": {"path_prefix": "/shop/"}, "upstream": "origin", "modules": {"waf": {"mode": "enforce"}}}]}))
    server.write_config()
    server.start()
    client = bench.client(server)
    assert client.request(path="/?a=bad").status == 200
    assert client.request(path="/shop/?a=bad").status == 403


def test_explain_names_the_rules_and_the_line_of_the_configuration(bench, server, protocol):
    answer = bench.client(server, protocol).request(path=ATTACKS["sql"][0])
    done = server.command("explain", answer.id)
    assert done.returncode == 0, done.stderr
    for part in (answer.id, "127.0.0.1", "waf", "942100", "ravelin.yaml:"):
        assert part in done.stdout, done.stdout
    missing = server.command("explain", "no-such-id")
    assert missing.returncode == 1 and "no-such-id" in missing.stderr


def test_detect_mode_records_and_lets_pass(bench, protocol):
    server = bench.gateway(bench.origin(), modules=[{"waf": {"rules": ["crs"], "mode": "detect"}}])
    answer = bench.client(server, protocol).request(path=ATTACKS["sql"][0])
    assert answer.status == 200
    event = server.event(server.security_log, answer.id)
    assert event["event"]["action"] == "detected"
    assert "942100" in event["ravelin"]["waf"]["rules"]


def test_ordinary_requests_are_proved_clean_an_attack_is_scored_and_all_are_judged_again(bench, protocol):
    server = bench.gateway(bench.origin(), modules=[{"waf": {"rules": ["crs"], "recheck_every": 1}}])
    until(lambda: server.metric("ravelin_waf_fast_path_ready", route="default") == 1, "the fast path is not ready", seconds=60)
    client = bench.client(server, protocol)
    fields = [("User-Agent", "Mozilla/5.0"), ("Accept", "*/*")]
    for path in ("/", "/products/42?colour=blue&size=XL", "/search?q=a+nice+hat"):
        assert client.request(path=path, host="localhost", fields=fields).status == 200
    answer = client.request(path=ATTACKS["sql"][0], host="localhost", fields=fields)
    assert answer.status == 403
    assert "942100" in server.event(server.security_log, answer.id)["ravelin"]["waf"]["rules"]
    assert server.metric("ravelin_waf_proofs_total", route="default", result="clean") == 3
    assert server.metric("ravelin_waf_proofs_total", route="default", result="scored") == 1
    assert server.metric("ravelin_waf_fast_path_contradictions", route="default") == 0


def test_a_gateway_that_is_still_compiling_ends_well(bench, tmp_path):
    server = bench.gateway(bench.origin(), modules=[{"waf": {"rules": ["crs"], "paranoia": 2, "cache_directory": str(tmp_path / "cache")}}])
    assert server.metric("ravelin_waf_fast_path_ready", route="default") == 0
    server.signal(signal.SIGTERM)
    assert server.wait_for_end(60) == 0


def test_routes_that_only_override_the_mode_and_bounds_share_rules_and_plan(bench):
    server = bench.gateway(bench.origin(), modules=[WAF], routes=[
        {"match": {"path_prefix": "/a/"}, "upstream": "origin", "modules": {"waf": {"mode": "detect"}}},
        {"match": {"path_prefix": "/b/"}, "upstream": "origin", "modules": {"waf": {"body_limit": "1m"}}},
        {"match": {}, "upstream": "origin"}])
    assert server.metric("ravelin_waf_rule_sets") == 1
    assert server.metric("ravelin_waf_plans") == 1
    client = bench.client(server, "h1")
    assert client.request(path="/a" + ATTACKS["sql"][0]).status == 200
    assert client.request(path="/b" + ATTACKS["sql"][0]).status == 403


def test_a_route_can_override_the_mode(bench, protocol):
    server = bench.gateway(bench.origin(), modules=[WAF], routes=[
        {"match": {"path_prefix": "/cms/"}, "upstream": "origin", "modules": {"waf": {"mode": "off"}}},
        {"match": {}, "upstream": "origin"}])
    client = bench.client(server, protocol)
    assert client.request(path="/cms" + ATTACKS["sql"][0]).status == 200
    assert client.request(path=ATTACKS["sql"][0]).status == 403


def test_a_route_has_an_engine_of_its_own(bench, protocol):
    server = bench.gateway(bench.origin(), modules=[WAF], routes=[
        {"name": "slow", "match": {"path_prefix": "/slow/"}, "upstream": "origin", "modules": {"waf": {"engine": "library"}}},
        {"name": "both", "match": {"path_prefix": "/both/"}, "upstream": "origin", "modules": {"waf": {"engine": "shadow"}}},
        {"name": "rest", "match": {}, "upstream": "origin"}])
    for route in ("both", "rest"):
        until(lambda: server.metric("ravelin_waf_fast_path_ready", route=route) == 1, "the fast path is not ready", seconds=60)
    client = bench.client(server, protocol)
    fields = [("User-Agent", "Mozilla/5.0"), ("Accept", "*/*")]
    for path, engine in (("/slow/", "library"), ("/both/", "library"), ("/rest/", "plan")):
        answer = client.request(path=path, host="localhost", fields=fields)
        assert server.event(server.access_log, answer.id)["ravelin"]["waf"]["engine"] == engine, path


def test_secrets_are_masked_in_what_is_recorded(bench, server, protocol):
    path = "/?password=hunter2&id=" + urllib.parse.quote(SQLI)
    answer = bench.client(server, protocol).request(path=path)
    assert answer.status == 403
    for log in (server.security_log, server.access_log):
        assert "hunter2" not in json.dumps(server.event(log, answer.id))
    assert "hunter2" not in server.command("explain", answer.id).stdout


def test_a_rule_file_that_is_missing_is_named(bench):
    server = bench.gateway("127.0.0.1:1", is_started=False, modules=[{"waf": {"rules": ["no-such-file.conf"]}}])
    done = run_command("check", "-c", server.file)
    assert done.returncode == 1 and "no-such-file.conf" in done.stdout + done.stderr


def test_the_status_tells_who_judges_and_why(bench, protocol):
    server = bench.gateway(bench.origin(), modules=[{"waf": {"rules": ["crs"], "recheck_every": 1}}])
    assert server.command("waf", "status").returncode == 0, "while the plan may be compiled still"
    until(lambda: server.metric("ravelin_waf_fast_path_rules", route="default") > 0, "the fast path is not ready", seconds=60)
    client = bench.client(server, protocol)
    fields = [("User-Agent", "Mozilla/5.0"), ("Accept", "*/*")]
    clean = client.request(path="/products/42?colour=blue", host="localhost", fields=fields)
    attack = client.request(path=ATTACKS["sql"][0], host="localhost", fields=fields)
    part = b"--x\r\nContent-Disposition: form-data; name=\"a\"; filename*=utf-8''b\r\n\r\n1\r\n--x--\r\n"
    odd = client.request("POST", "/feed", host="localhost", body=part, fields=[*fields, ("Content-Type", "multipart/form-data; boundary=x")])
    assert (clean.status, attack.status, odd.status) == (200, 403, 400)

    until(lambda: server.metric("ravelin_waf_rechecks_total", result="agreed") == 2, "what the plan judged is not judged again")
    done = server.command("waf", "status", "--json")
    assert done.returncode == 0, done.stderr
    [policy] = json.loads(done.stdout)["instances"]
    assert policy["routes"] == ["default"] and policy["mode"] == "enforce" and policy["engine"] == "auto"
    assert policy["fast_path"]["state"] == "ready" and policy["fast_path"]["gaps"] == 0
    assert policy["fast_path"]["phases"][1]["rules"] == policy["fast_path"]["phases"][1]["planned"] > 100
    assert policy["proofs"]["requests"] == 3 and policy["proofs"]["clean"] == policy["proofs"]["scored"] == policy["proofs"]["doubtful"] == 1
    assert policy["library_by_doubt"] == [{"why": "a part with filename* only", "requests": 1}]
    assert policy["rechecks"]["agreed"] == 2 and policy["rechecks"]["contradicted"] == 0
    assert policy["cost"]["proof"]["requests"] == 3 and policy["cost"]["library"]["requests"] >= 1
    assert server.metric("ravelin_waf_unproved_total", route="default", cause="multipart") == 1

    page = server.command("waf", "status").stdout
    for part in ("routes default: enforce, engine auto", "fast path   ready", "1 clean", "1 scored", "a part with filename* only: 1", "2 agreed"):
        assert part in page, page

    assert server.event(server.access_log, clean.id)["ravelin"]["waf"] == {"engine": "plan", "rechecked": True}
    assert server.event(server.access_log, odd.id)["ravelin"]["waf"] == {"engine": "library"}
    assert server.event(server.security_log, attack.id)["ravelin"]["waf"]["engine"] == "plan"
    assert "judged by plan, rechecked" in server.command("explain", clean.id).stdout
    assert "judged by library" in server.command("explain", odd.id).stdout


def test_the_status_says_that_there_is_no_waf_or_why_it_does_not_judge_fast(bench):
    server = bench.gateway(bench.origin(), modules=[])
    done = server.command("waf", "status")
    assert done.returncode == 0 and "there is no waf" in done.stdout
    assert server.admin("/v1/modules/no-such-module")[0] == 404
    server.config["modules"] = [{"waf": {"rules": ["crs"], "engine": "library"}}]
    server.config["routes"] = [{"match": {"path_prefix": "/cms/"}, "upstream": "origin", "modules": {"waf": {"mode": "off"}}},
                               {"match": {}, "upstream": "origin"}]
    server.write_config()
    server.reload()
    page = server.command("waf", "status").stdout
    assert "off, libmodsecurity judges every request: engine: library" in page, page
    assert page.count("without a waf") == 1 and "/cms/" in page, page
