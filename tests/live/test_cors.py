"""CORS: preflights are answered at the edge, and the policy of the gateway is the only one a browser sees."""

import json

import pytest

from support.gateway import run_command
from support.origin import response

APP, OTHER = "https://app.example.com", "https://evil.example.net"
VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


def cors(**keys):
    return [{"cors": {"allow_origins": [APP, "https://*.apps.example.com"], **keys}}]


def preflight(client, origin, method="PUT", path="/api/cart", body=None):
    return client.request("OPTIONS", path, [("Origin", origin), ("Access-Control-Request-Method", method)], body)


def allowed(answer):
    return {name: value for name, value in answer.fields if name.startswith("access-control-")}


def test_a_preflight_is_answered_without_the_origin_server(bench, protocol):
    origin = bench.origin()
    server = bench.gateway(origin, modules=cors(allow_methods=["GET", "PUT"], allow_headers=["Content-Type"],
                                                allow_credentials=True, max_age="1h"))
    client = bench.client(server, protocol)
    for _ in range(2):
        answer = preflight(client, APP)
        assert answer.status == 204 and answer.body == b""
        assert answer.field("content-length") is None and answer.field("content-type") is None
        assert answer.field("vary") == VARY
        assert allowed(answer) == {
            "access-control-allow-origin": APP, "access-control-allow-credentials": "true",
            "access-control-allow-methods": "GET, PUT", "access-control-allow-headers": "Content-Type",
            "access-control-max-age": "3600"}
    assert origin.requests == []
    assert client.request(path="/next").status == 200, "the connection goes on"

    event = server.event(server.access_log, answer.id)
    assert event["http"]["response"]["status_code"] == 204
    assert "reason" not in event["ravelin"] and event["ravelin"]["ended_by"] == "done"
    assert server.events(server.security_log) == [], "an answer is no refusal"
    assert server.metric("ravelin_refused_total", module="cors") == 0
    assert server.metric("ravelin_module_verdicts_total", module="cors", verdict="answer") == 2
    told = server.command("explain", answer.id)
    assert "cors:preflight" in told.stdout and "not asked" in told.stdout


def test_a_preflight_with_a_body_leaves_the_connection_whole(bench, protocol):
    client = bench.client(bench.gateway(bench.origin(), modules=cors()), protocol)
    assert preflight(client, APP, body=b"hello").status == 204
    assert client.request().status == 200


def test_a_preflight_from_elsewhere_is_refused_and_counted(bench, protocol):
    origin = bench.origin()
    server = bench.gateway(origin, modules=cors())
    client = bench.client(server, protocol)
    for other in (OTHER, "null", "https://apps.example.com"):
        answer = preflight(client, other)
        assert answer.status == 403 and allowed(answer) == {} and answer.field("vary") == VARY
    assert origin.requests == []
    event = server.event(server.security_log, answer.id)
    assert event["event"]["action"] == "blocked" and event["ravelin"]["reason"] == "cors:origin"
    assert server.metric("ravelin_refused_total", module="cors", reason="cors:origin") == 3


def test_a_request_passes_and_its_answer_has_one_policy(bench, protocol):
    async def with_own_policy(request, reader, writer):
        writer.write(response(200, b"hi", [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", "DELETE"),
                                           ("Vary", "Accept-Encoding")]))

    origin = bench.origin()
    origin.on("/", with_own_policy)
    client = bench.client(bench.gateway(origin, modules=cors(expose_headers=["ETag"])), protocol)
    answer = client.request(fields=[("Origin", "https://a.b.apps.example.com")])
    assert answer.status == 200 and answer.body == b"hi"
    assert allowed(answer) == {"access-control-allow-origin": "https://a.b.apps.example.com",
                               "access-control-expose-headers": "ETag"}
    for fields in ([("Origin", OTHER)], []):
        answer = client.request(fields=fields)
        assert answer.status == 200 and allowed(answer) == {}
        assert answer.field("vary") == "Accept-Encoding, Origin"


def test_scripts_can_read_the_refusals_of_the_modules_below(bench, protocol):
    modules = cors() + [{"ratelimit": {"limits": {"site": {"key": "client", "rate": "1/m"}}}}]
    client = bench.client(bench.gateway(bench.origin(), modules=modules), protocol)
    answers = [client.request(fields=[("Origin", APP)]) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 429]
    assert allowed(answers[1]) == {"access-control-allow-origin": APP}
    assert preflight(client, APP).status == 204, "a preflight costs nothing of the limit"


def test_a_route_may_have_a_policy_of_its_own(bench, protocol):
    routes = [{"match": {"path_prefix": "/public/"}, "upstream": "origin", "modules": {"cors": {"allow_origins": "*"}}},
              {"match": {}, "upstream": "origin"}]
    client = bench.client(bench.gateway(bench.origin(), modules=cors(), routes=routes), protocol)
    public = client.request(path="/public/x", fields=[("Origin", OTHER)])
    assert allowed(public) == {"access-control-allow-origin": "*"} and public.field("vary") is None
    assert preflight(client, OTHER, path="/public/x").status == 204
    assert preflight(client, OTHER).status == 403


def test_detect_mode_changes_nothing(bench, protocol):
    origin = bench.origin()
    server = bench.gateway(origin, modules=cors(mode="detect"))
    client = bench.client(server, protocol)
    assert allowed(preflight(client, APP)) == {} and len(origin.requests) == 1
    answer = preflight(client, OTHER)
    assert answer.status == 200 and len(origin.requests) == 2
    assert server.event(server.security_log, answer.id)["event"]["action"] == "detected"


@pytest.mark.parametrize("keys, problem", [
    ({"allow_origins": "*", "allow_credentials": True}, "'*' cannot be allowed with credentials"),
    ({"allow_origins": ["https://a.example/"]}, "'https://a.example/' can never match"),
    ({"allow_origins": ["a.example"]}, "expected an origin such as https://app.example.com"),
    ({"max_age": "2d"}, "max_age"),
    ({"match": {"method": "GET"}}, "a preflight is always OPTIONS"),
], ids=lambda value: json.dumps(value) if isinstance(value, dict) else "")
def test_a_policy_that_cannot_work_is_refused_at_check(bench, keys, problem):
    server = bench.gateway(bench.origin(), is_started=False, modules=cors(**keys))
    done = run_command("check", "-c", server.file)
    assert done.returncode == 1 and problem in done.stdout + done.stderr
