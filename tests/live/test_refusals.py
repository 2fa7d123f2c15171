"""What is refused: malformed messages end with 400 and a closed connection, and no origin ever hears of them."""

import json

import pytest
from h2.settings import SettingCodes

from conftest import Bench
from support.clients import Closed
from support.wait import until

HOST = b"Host: a\r\n"
MALFORMED = {
    "both lengths": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "a length list": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5, 5\r\n\r\nhello",
    "a signed length": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +5\r\n\r\nhello",
    "an empty length": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length:\r\n\r\n",
    "a length that overflows": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 18446744073709551617\r\n\r\nx",
    "an unknown coding": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked twice": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "a coding in 1.0": b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length : 0\r\n\r\n",
    "an empty name": b"GET / HTTP/1.1\r\n" + HOST + b": x\r\n\r\n",
    "a folded line": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "a bare LF": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\nY: b\r\n\r\n",
    "a bare CR": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rY: b\r\n\r\n",
    "a NUL": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\nX: y\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + b"Host: b\r\n\r\n",
    "an odd host": b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "a target that is no path": b"GET foo HTTP/1.1\r\n" + HOST + b"\r\n",
    "a fragment": b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n",
    "an encoded NUL": b"GET /a%00b HTTP/1.1\r\n" + HOST + b"\r\n",
    "an encoded backslash": b"GET /a%5cb HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path above the root": b"GET /../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    "two blanks": b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a version that is none": b"GET / HTTP/1.2.3\r\n" + HOST + b"\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "a method that is no token": b"GE T / HTTP/1.1\r\n" + HOST + b"\r\n",
    "garbage": b"\x00\x01\x02\x03\x04\r\n\r\n",
}
BAD_CHUNKS = {
    "no number": b"zz\r\nhello\r\n0\r\n\r\n",
    "a size that overflows": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "too few bytes": b"5\r\nhel\r\n0\r\n\r\n",
    "a bare LF": b"5\nhello\r\n0\r\n\r\n",
    "a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a bad trailer": b"0\r\nbad name: x\r\n\r\n",
}


def assert_refused(raw, origin, statuses=(400,)):
    answer = raw.read_response()
    assert answer.status in statuses, answer
    assert raw.rest() == b"", "the connection must end with the refusal"
    assert origin.requests == [], "the origin must not hear of it"


@pytest.fixture(scope="module")
def one_for_all(tmp_path_factory, certificate):
    bench = Bench(tmp_path_factory.mktemp("refusals"), certificate)
    origin = bench.origin()
    yield bench, bench.gateway(origin), origin
    bench.take_down()


@pytest.fixture
def shared(one_for_all):
    """One gateway for all malformed requests: they must not harm it either."""
    bench, server, origin = one_for_all
    origin.requests.clear()
    yield one_for_all
    bench.close_clients()
    server.wait_until_idle()


@pytest.mark.parametrize("name", MALFORMED)
def test_refuses_a_head_with(shared, name):
    bench, server, origin = shared
    raw = bench.raw(server)
    # A request that is fine follows on the same connection: it must not be answered.
    raw.send(MALFORMED[name] + b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
    statuses = {"a version that is none": (400, 505)}.get(name, (400,))
    assert_refused(raw, origin, statuses)


@pytest.mark.parametrize("name", BAD_CHUNKS)
def test_a_body_with_bad_chunks_is_never_whole_at_the_origin(shared, name):
    bench, server, origin = shared
    raw = bench.raw(server)
    raw.send(b"POST /bad HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + BAD_CHUNKS[name])
    raw.send(b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
    rest = raw.rest()
    assert b"HTTP/1.1 200" not in rest
    # The head may have been forwarded before the bad chunk came; the second request never is.
    assert "/second" not in origin.paths()
    until(lambda: all(request.is_over for request in origin.requests), "the origin waits for the rest of a body")
    assert not any(request.is_whole for request in origin.requests)


@pytest.mark.parametrize("name, head, status", [
    ("a long target", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    ("a large head", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"v" * 1000) for n in range(20)) + b"\r\n", 431),
    ("many fields", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: v\r\n" % n for n in range(120)) + b"\r\n", 431),
    ("a large body", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n", 413),
    ("CONNECT", b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 405),
], ids=lambda value: value if isinstance(value, str) else "")
def test_refuses_what_is_beyond_a_limit(shared, name, head, status):
    bench, server, origin = shared
    raw = bench.raw(server)
    raw.send(head)
    assert_refused(raw, origin, (status,))


def test_a_chunked_body_beyond_the_limit_is_refused(shared):
    bench, server, origin = shared
    raw = bench.raw(server)
    raw.send(b"POST /big HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(40):
        raw.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
    raw.send(b"0\r\n\r\n")
    assert raw.read_response().status == 413
    until(lambda: origin.requests and origin.requests[0].is_over, "the origin waits for the rest of the body")
    assert origin.requests[0].body_size < 1 << 21 and not origin.requests[0].is_whole


@pytest.mark.parametrize("field", ["transfer-encoding", "connection", "keep-alive", "upgrade", "proxy-connection"])
def test_http2_refuses_the_fields_of_http1(shared, field):
    bench, server, origin = shared
    client = bench.client(server, "h2")
    client.http.config.validate_outbound_headers = False
    client.http.config.normalize_outbound_headers = False
    try:
        assert client.request(fields=[(field, "x")]).status == 400
    except Closed as closed:
        assert "RST_STREAM" in str(closed)
    assert origin.requests == []


def test_a_client_that_is_slow_with_its_head_is_refused_in_time(bench):
    origin = bench.origin()
    server = bench.gateway(origin, limits={"head_timeout": "300ms"})
    raw = bench.raw(server)
    raw.send(b"GET / HTTP/1.1\r\nHost: a\r\n")
    assert_refused(raw, origin, (408,))


def test_a_refusal_is_html_or_a_problem_as_the_client_prefers(bench, protocol):
    server = bench.gateway(bench.origin(), routes=[{"match": {"host": "a.example"}, "upstream": "origin"}])
    client = bench.client(server, protocol)
    page = client.request(host="b.example", fields=[("Accept", "text/html")])
    assert page.field("content-type").startswith("text/html") and page.id in page.text
    problem = client.request(host="b.example", fields=[("Accept", "application/json")])
    assert problem.field("content-type") == "application/problem+json"
    assert {"status", "title", "reason", "request_id"} <= set(json.loads(problem.body))
    assert json.loads(problem.body)["request_id"] == problem.id
    assert json.loads(problem.body)["status"] == problem.status


def test_a_refusal_that_nobody_reads_does_not_keep_its_connection(bench):
    server = bench.gateway(bench.origin(), limits={"response_idle": "300ms"}, routes=[{"match": {"host": "else"}, "upstream": "origin"}])
    client = bench.client(server, "h2")
    client.http.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 0})
    with pytest.raises(Closed):
        client.request()
    assert client._early.status == 404, "the head needs no window"
    event = server.event(server.access_log, client._early.field("x-request-id"))
    assert event["ravelin"]["reason"] == "client:response_idle"


def test_an_escaped_slash_is_refused_unless_the_route_keeps_it(bench, protocol):
    origin = bench.origin()
    routes = [{"match": {}, "upstream": "origin"},
              {"match": {"path_prefix": "/packages/"}, "upstream": "origin", "escaped_slashes": "keep"},
              {"match": {"path_prefix": "/packages/inside/"}, "respond": {"status": 403}, "escaped_slashes": "keep"}]
    server = bench.gateway(origin, routes=routes)
    client = bench.client(server, protocol)
    assert client.request(path="/@scope%2fname").status == 400
    assert client.request(path="/packages/@scope%2fname?a=%2f").status == 200
    assert [request.target for request in origin.requests] == ["/packages/@scope%2Fname?a=%2f"]
    assert client.request(path="/packages%2finside/a").status == 403
    assert client.request(path="/packages/a%2f..%2finside").status == 400
    assert len(origin.requests) == 1
