"""What passes through: methods, bodies, fields, identity, connections."""

import json
import re
import subprocess

import pytest

from support.origin import Faults
from support.wait import until

FORGED = [("X-Forwarded-For", "203.0.113.66"), ("X-Forwarded-Proto", "gopher"), ("X-Forwarded-Host", "evil.example"),
          ("X-Real-IP", "203.0.113.66"), ("Forwarded", "for=203.0.113.66"), ("X-Request-ID", "forged")]
BEHIND = {"client_identity": {"trusted_proxies": ["127.0.0.1/32"], "headers": ["X-Forwarded-For"]}}


def seen(answer):
    """What the echoing origin saw: its JSON, with fields as a map."""
    body = json.loads(answer.body)
    body["field"] = dict(body["fields"])
    return body


@pytest.mark.parametrize("method, body", [("GET", None), ("POST", b"name=value"), ("PUT", b"x" * 200_000), ("DELETE", None), ("POST", b"")],
                         ids=["get", "post", "put", "delete", "empty"])
def test_a_request_and_its_answer_pass(bench, protocol, method, body):
    server = bench.gateway(bench.origin())
    answer = bench.client(server, protocol).request(method, "/path/to?q=1&r=%20x", body=body)
    request = seen(answer)
    assert answer.status == 200
    assert (request["method"], request["target"]) == (method, "/path/to?q=1&r=%20x")
    assert request["body"].encode("latin-1") == (body or b"")
    assert request["field"].get("content-length") == (None if body is None else str(len(body)))
    assert request["field"]["host"] == "localhost"


def test_a_head_request_has_no_body(bench, protocol):
    origin = bench.origin()
    answer = bench.client(bench.gateway(origin), protocol).request("HEAD", "/")
    assert (answer.status, answer.body) == (200, b"")
    assert origin.requests[0].method == "HEAD"


def test_a_real_nginx_answers_through_it(bench, nginx_origin, protocol):
    client = bench.client(bench.gateway(nginx_origin), protocol)
    (nginx_origin.site / "page.txt").write_text("a page\n" * 10_000)
    assert client.request(path="/").body == b"hello from nginx\n"
    answer = client.request(path="/site/page.txt")
    assert (answer.status, answer.body) == (200, b"a page\n" * 10_000)
    tag = answer.field("etag")
    assert client.request(path="/site/page.txt", fields=[("If-None-Match", tag)]).status == 304
    part = client.request(path="/site/page.txt", fields=[("Range", "bytes=7-12")])
    assert (part.status, part.body) == (206, b"a page")
    assert client.request(path="/site/none").status == 404


def test_curl_gets_a_page_over_both_protocols(bench, nginx_origin):
    server = bench.gateway(nginx_origin)
    for option, version in (("--http1.1", "1.1"), ("--http2", "2")):
        done = subprocess.run(["curl", "-sk", option, "-w", "%{http_version} %{http_code}", f"https://localhost:{server.port}/"],
                              capture_output=True, text=True, timeout=20)
        assert done.stdout == f"hello from nginx\n{version} 200"


def test_a_chunked_upload_arrives_whole(bench):
    raw = bench.raw(bench.gateway(bench.origin()))
    raw.send(b"POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n")
    assert seen(raw.read_response())["body"] == "hello world"


def test_the_client_that_expects_100_continue_gets_it_from_the_origin(bench):
    raw = bench.raw(bench.gateway(bench.origin()))
    raw.send(b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert raw.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100")
    raw.send(b"hello")
    assert seen(raw.read_response())["body"] == "hello"


def test_the_origin_learns_who_asks_and_how(bench, protocol):
    answer = bench.client(bench.gateway(bench.origin()), protocol).request(host="shop.example")
    field = seen(answer)["field"]
    assert field["x-forwarded-for"] == "127.0.0.1"
    assert field["x-forwarded-proto"] == "https"
    assert field["x-forwarded-host"] == "shop.example"
    assert field["x-request-id"] == answer.id and re.fullmatch(r"[\w.-]{8,128}", answer.id)


def test_every_request_has_an_id_of_its_own(bench, protocol):
    client = bench.client(bench.gateway(bench.origin()), protocol)
    assert len({client.request().id for _ in range(20)}) == 20


def test_what_an_untrusted_peer_says_of_itself_is_not_believed(bench, protocol):
    answer = bench.client(bench.gateway(bench.origin()), protocol).request(fields=FORGED)
    request = seen(answer)
    assert request["field"]["x-forwarded-for"] == "127.0.0.1"
    assert request["field"]["x-forwarded-proto"] == "https"
    assert request["field"]["x-forwarded-host"] == "localhost"
    assert request["field"]["x-request-id"] == answer.id != "forged"
    assert "203.0.113.66" not in json.dumps(request["fields"])


def test_the_client_named_by_a_trusted_hop_is_the_client(bench, protocol):
    server = bench.gateway(bench.origin(), **BEHIND)
    answer = bench.client(server, protocol).request(fields=[("X-Forwarded-For", "198.51.100.9, 203.0.113.5"), ("X-Request-ID", "from-the-hop-1")])
    assert seen(answer)["field"]["x-forwarded-for"].split(", ")[-1] == "127.0.0.1"
    assert "203.0.113.5" in seen(answer)["field"]["x-forwarded-for"]
    assert answer.id == seen(answer)["field"]["x-request-id"] == "from-the-hop-1"
    event = server.event(server.access_log, "from-the-hop-1")
    # Right to left: the nearest address that is not a trusted hop; what stands before it is hearsay.
    assert (event["client"]["ip"], event["source"]["ip"]) == ("203.0.113.5", "127.0.0.1")


def test_hop_by_hop_fields_stay_on_their_hop(bench):
    async def answer_with_hop_fields(request, reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: x-private\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\n"
                     b"Proxy-Authenticate: Basic\r\nX-Public: 2\r\nContent-Length: 0\r\n\r\n")

    origin = bench.origin()
    origin.on("/", answer_with_hop_fields)
    answer = bench.client(bench.gateway(origin)).request(fields=[
        ("Connection", "x-secret, keep-alive"), ("X-Secret", "1"), ("Keep-Alive", "timeout=5"), ("TE", "gzip"),
        ("Proxy-Connection", "keep-alive"), ("X-Open", "2")])
    request = origin.requests[0]
    for name in ("x-secret", "keep-alive", "proxy-connection", "upgrade"):
        assert request.field(name) is None, name
    assert request.field("te") in (None, "trailers")
    assert request.field("x-open") == "2"
    assert answer.field("x-public") == "2"
    for name in ("x-private", "keep-alive", "proxy-connection", "proxy-authenticate", "connection"):
        assert answer.field(name) is None, name


@pytest.mark.parametrize("twin", ["x_forwarded_for", "x-forwarded_proto", "x~forwarded~for", "x.real.ip"])
def test_underscore_twins_of_identity_fields_are_not_passed(bench, protocol, twin):
    origin = bench.origin()
    assert bench.client(bench.gateway(origin), protocol).request(fields=[(twin, "203.0.113.66")]).status == 400
    assert origin.requests == []


@pytest.mark.parametrize("sent, arrives", [
    ("/a/../b", "/b"), ("/a/./b", "/a/b"), ("/%61dmin", "/admin"), ("/a/%2e%2e/b", "/b"), ("/a%20b?x=/../y", "/a%20b?x=/../y"),
])
def test_the_origin_sees_the_path_that_was_judged(bench, protocol, sent, arrives):
    origin = bench.origin()
    assert bench.client(bench.gateway(origin), protocol).request(path=sent).status == 200
    assert origin.paths() == [arrives]


def test_connections_to_the_origin_are_used_again(bench, protocol):
    origin = bench.origin()
    client = bench.client(bench.gateway(origin, workers=1), protocol)
    for _ in range(20):
        assert client.request().status == 200
    assert origin.connections == 1


def test_a_client_keeps_its_connection_and_close_is_honoured(bench):
    server = bench.gateway(bench.origin())
    client = bench.client(server)
    for _ in range(5):
        assert client.request().status == 200
    answer = client.request(fields=[("Connection", "close")])
    assert answer.status == 200 and answer.field("connection") == "close"
    assert client.raw.rest() == b""


def test_pipelined_requests_are_answered_in_order(bench):
    raw = bench.raw(bench.gateway(bench.origin()))
    raw.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(5)))
    assert [seen(raw.read_response())["target"] for _ in range(5)] == [f"/{number}" for number in range(5)]


def test_http_1_0_is_answered_and_closed(bench):
    raw = bench.raw(bench.gateway(bench.origin()))
    raw.send(b"GET /old HTTP/1.0\r\nHost: a\r\n\r\n")
    assert raw.read_response().status == 200
    assert raw.rest() == b""


def test_routes_choose_by_host_and_longest_path(bench, protocol):
    origins = {name: bench.origin() for name in ("shop", "api", "other")}
    server = bench.gateway(
        upstreams={name: {"endpoints": [origin.endpoint]} for name, origin in origins.items()},
        routes=[{"match": {"host": "shop.example"}, "upstream": "shop"},
                {"match": {"host": "shop.example", "path_prefix": "/api/"}, "upstream": "api"},
                {"match": {"host": "*.example"}, "upstream": "other"}])
    client = bench.client(server, protocol)
    for host, path, name in (("shop.example", "/", "shop"), ("shop.example", "/api/x", "api"), ("b.example", "/api/x", "other")):
        assert client.request(path=path, host=host).status == 200
        assert origins[name].paths()[-1] == path
    assert client.request(path="/none", host="nowhere.test").status in (404, 421)


def test_the_access_record_tells_what_happened(bench, protocol):
    server = bench.gateway(bench.origin())
    answer = bench.client(server, protocol).request("POST", "/p?token=hunter2&q=1", body=b"12345", fields=[("User-Agent", "tester")])
    event = server.event(server.access_log, answer.id)
    assert event["event"]["kind"] == "event" and event["event"]["dataset"] == "ravelin.access"
    assert event["event"]["duration"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", event["@timestamp"])
    assert event["http"]["request"]["method"] == "POST" and event["http"]["request"]["body"]["bytes"] == 5
    assert event["http"]["response"]["status_code"] == 200
    assert event["http"]["response"]["body"]["bytes"] == len(answer.body)
    assert event["http"]["version"] == ("2" if protocol == "h2" else "1.1")
    assert event["url"]["path"] == "/p" and event["url"]["domain"] == "localhost"
    assert "hunter2" not in json.dumps(event) and "q=1" in event["url"]["query"]
    assert event["user_agent"]["original"] == "tester"
    assert event["tls"]["version"] in ("1.2", "1.3")
    assert event["ravelin"]["upstream"] == "origin"


def test_uploads_that_have_ended_give_their_credit_back(bench):
    """24 uploads of 60 KB wait on one connection, whose window is 1 MiB: the origin has all of every one."""
    origin = bench.origin()
    origin.on("/wait", Faults.hang)
    client = bench.client(bench.gateway(origin), "h2")
    for number in range(24):
        client.send("POST", "/wait", body=b"x" * 60000)
        until(lambda: len(origin.requests) == number + 1 and origin.requests[number].body_size == 60000,
              f"upload {number} did not arrive")
