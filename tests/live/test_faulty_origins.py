"""Origins that fail: the client gets one honest answer in time, and nothing that was meant for somebody else."""

import pytest

from support.clients import Closed
from support.origin import Faults, response
from support.ports import free_port
from support.wait import until

FAST = {"connect_timeout": "500ms", "response_timeout": "500ms", "response_idle": "500ms"}


def upstream(*endpoints, **keys):
    return {"upstreams": {"origin": {"endpoints": [getattr(one, "endpoint", one) for one in endpoints], **FAST, **keys}}}


def refused():
    """An endpoint that nothing listens on."""
    return f"127.0.0.1:{free_port()}"


@pytest.mark.parametrize("fault, statuses, reason", [
    (Faults.reset, (502,), "upstream:"), (Faults.close, (502,), "upstream:"), (Faults.garbage, (502,), "upstream:"),
    (Faults.two_lengths, (502,), "upstream:"), (Faults.hang, (504,), "upstream:"),
], ids=lambda value: getattr(value, "__name__", ""))
def test_a_fault_before_the_answer_is_a_gateway_error(bench, protocol, fault, statuses, reason):
    origin = bench.origin()
    origin.on("/fault", fault)
    server = bench.gateway(**upstream(origin, retry={"attempts": 0}))
    client = bench.client(server, protocol)
    answer = client.request(path="/fault")
    assert answer.status in statuses
    assert server.event(server.access_log, answer.id)["ravelin"]["reason"].startswith(reason)
    assert client.request(path="/fine").status == 200, "the client's connection and the origin stay usable"


def test_an_origin_that_refuses_connections_is_a_gateway_error(bench, protocol):
    server = bench.gateway(**upstream(refused()))
    answer = bench.client(server, protocol).request()
    assert answer.status in (502, 503)
    assert server.event(server.access_log, answer.id)["ravelin"]["reason"] == "upstream:connect_refused"


@pytest.mark.parametrize("fault", [Faults.cut, Faults.cut_chunked], ids=lambda fault: fault.__name__)
def test_a_response_that_was_cut_never_looks_whole(bench, protocol, fault):
    origin = bench.origin()
    origin.on("/cut", fault)
    client = bench.client(bench.gateway(**upstream(origin)), protocol)
    with pytest.raises(Closed) as raised:
        client.request(path="/cut")
    assert not raised.value.response.is_whole


def test_what_an_origin_sends_too_much_reaches_nobody(bench, protocol):
    origin = bench.origin()
    origin.on("/surplus", Faults.surplus_of(b"hello"))
    client = bench.client(bench.gateway(workers=1, **upstream(origin)), protocol)
    assert client.request(path="/surplus").body == b"hello"
    for _ in range(5):
        assert b"smuggled" not in client.request(path="/next").body


def test_another_endpoint_is_tried_when_one_refuses(bench, protocol):
    origin = bench.origin()
    server = bench.gateway(**upstream(refused(), origin))
    client = bench.client(server, protocol)
    assert [client.request().status for _ in range(10)] == [200] * 10
    assert [client.request("POST", body=b"x").status for _ in range(10)] == [200] * 10, "nothing was sent, so a POST may be tried again"


def test_a_repeatable_request_is_tried_again_after_a_reset(bench, protocol):
    bad, good = bench.origin(), bench.origin()
    bad.on("/", Faults.reset)
    client = bench.client(bench.gateway(**upstream(bad, good)), protocol)
    assert [client.request().status for _ in range(6)] == [200] * 6


def test_an_endpoint_that_fails_is_shown_as_such(bench):
    refusing, good = f"127.0.0.1:{free_port()}", bench.origin()
    server = bench.gateway(refusing, good, workers=1)
    assert server.metric("ravelin_upstream_healthy", upstream="origin") == 2
    client = bench.client(server)
    assert [client.request().status for _ in range(10)] == [200] * 10
    assert server.metric("ravelin_upstream_healthy", endpoint=refusing) == 0
    assert server.metric("ravelin_upstream_healthy", endpoint=good.endpoint) == 1
    assert server.metric("ravelin_store_up") == 1


def test_only_what_refused_the_request_counts_as_a_refusal(bench):
    refusing = f"127.0.0.1:{free_port()}"
    server = bench.gateway(refusing, bench.origin())
    client = bench.client(server)
    assert [client.request().status for _ in range(4)] == [200] * 4
    assert server.metric("ravelin_upstream_requests_total", endpoint=refusing, code="none") >= 1
    assert server.metric("ravelin_refused_total") == 0
    alone = bench.gateway(refusing)
    assert bench.client(alone).request().status == 502
    assert alone.metric("ravelin_refused_total", module="core", reason="upstream:connect_refused") == 1


def test_a_request_that_may_not_be_repeated_is_never_sent_twice(bench, protocol):
    origins = [bench.origin(), bench.origin()]
    for origin in origins:
        origin.on("/", Faults.reset)
    client = bench.client(bench.gateway(**upstream(*origins)), protocol)
    answers = [client.request("POST", f"/pay/{number}", body=b"100").status for number in range(6)]
    assert answers == [502] * 6 or set(answers) <= {502, 503}
    paid = origins[0].paths() + origins[1].paths()
    assert len(paid) == len(set(paid)), "a POST arrived twice"


def test_a_connection_that_the_origin_closed_while_idle_is_not_the_clients_trouble(bench, protocol):
    async def answer_and_close(request, reader, writer):
        writer.write(response(200, b"bye"))
        await writer.drain()
        writer.close()

    origin = bench.origin()
    origin.on("/", answer_and_close)
    client = bench.client(bench.gateway(workers=1, **upstream(origin)), protocol)
    assert [client.request().status for _ in range(10)] == [200] * 10


def test_an_early_answer_passes_while_the_upload_is_still_going(bench):
    async def answer_at_once(request, reader, writer):
        writer.write(response(401, b"who are you", [("Connection", "close")]))
        await writer.drain()
        writer.close()

    answer_at_once.reads_body = True
    origin = bench.origin()
    origin.on("/upload", answer_at_once)
    raw = bench.raw(bench.gateway(**upstream(origin)))
    raw.send(b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" + b"x" * 1000)
    assert raw.read_response().status == 401


def test_a_client_that_vanishes_frees_the_origins_request(bench, protocol):
    origin = bench.origin()
    origin.on("/hang", Faults.hang)
    server = bench.gateway(upstreams={"origin": {"endpoints": [origin.endpoint]}})
    client = bench.client(server, protocol)
    client.send(path="/hang")
    until(lambda: origin.requests, "the request did not arrive")
    client.close()
    until(lambda: origin.open == 0, "the origin's request is not freed", seconds=3)


def test_interim_answers_are_no_final_ones(bench, protocol):
    async def hints_first(request, reader, writer):
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + response(200, b"done"))

    origin = bench.origin()
    origin.on("/", hints_first)
    client = bench.client(bench.gateway(**upstream(origin)), protocol)
    assert client.request().body == b"done"


def test_an_upgrade_that_nobody_asked_for_does_not_pass(bench):
    async def switch(request, reader, writer):
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nraw bytes")
        await reader.read(1)

    origin = bench.origin()
    origin.on("/", switch)
    answer = bench.client(bench.gateway(**upstream(origin))).request()
    assert answer.status == 502
