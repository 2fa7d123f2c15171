"""Rate limits: who is over them gets 429 and is told when to come back; nobody else notices."""

import pytest

from support.clients import Closed
from support.wait import until

BEHIND = {"client_identity": {"trusted_proxies": ["127.0.0.1/32"], "headers": ["X-Forwarded-For"]}}


def limited(rate="1/m", burst=2, **more):
    return [{"ratelimit": {"limits": {"site": {"key": "client", "rate": rate, "burst": burst, **more}}}}]


def test_requests_above_the_burst_are_refused_with_a_time_to_wait(bench, protocol):
    origin = bench.origin()
    server = bench.gateway(origin, modules=limited())
    client = bench.client(server, protocol)
    answers = [client.request(path=f"/{number}") for number in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[3].field("retry-after")) <= 60
    assert len(origin.requests) == 3
    event = server.event(server.security_log, answers[3].id)
    assert event["event"]["action"] == "limited" and event["ravelin"]["reason"] == "limit:site"
    assert server.metric("ravelin_limit_hits_total", limit="site") == 2


def test_each_client_behind_a_trusted_hop_has_a_budget_of_its_own(bench, protocol):
    server = bench.gateway(bench.origin(), modules=limited(burst=0), **BEHIND)
    client = bench.client(server, protocol)

    def status(address):
        return client.request(fields=[("X-Forwarded-For", address)]).status

    assert [status("203.0.113.1"), status("203.0.113.2"), status("203.0.113.1")] == [200, 200, 429]
    # One IPv6 customer has a /64 and with it one budget.
    assert [status("2001:db8::1"), status("2001:db8::ffff"), status("2001:db8:0:1::1")] == [200, 429, 200]


def test_a_limit_applies_where_it_matches(bench, protocol):
    server = bench.gateway(bench.origin(), modules=limited(burst=0, match={"path": "/api/analyze"}))
    client = bench.client(server, protocol)
    assert [client.request(path="/api/analyze").status for _ in range(2)] == [200, 429]
    assert [client.request(path="/other").status for _ in range(3)] == [200] * 3


def test_a_route_that_gives_a_limit_other_terms_has_a_budget_of_its_own(bench, protocol):
    strict = {"ratelimit": {"limits": {"site": {"key": "client", "rate": "1/m", "burst": 2}}}}
    server = bench.gateway(bench.origin(), modules=limited(rate="100/s", burst=50), routes=[
        {"match": {"path_prefix": "/login"}, "upstream": "origin", "modules": strict},
        {"match": {}, "upstream": "origin"}])
    client = bench.client(server, protocol)
    assert [client.request(path="/login").status for _ in range(4)] == [200, 200, 200, 429]
    assert client.request(path="/").status == 200
    assert client.request(path="/login").status == 429


def test_the_budget_survives_a_reload(bench):
    server = bench.gateway(bench.origin(), modules=limited(burst=0))
    client = bench.client(server)
    assert client.request().status == 200
    server.reload()
    assert bench.client(server).request().status == 429


def test_connections_per_client_are_bounded(bench):
    server = bench.gateway(bench.origin(), limits={"connections_per_client": 3})
    held = [bench.client(server, source="127.0.0.9") for _ in range(3)]
    assert [client.request().status for client in held] == [200] * 3
    with pytest.raises((Closed, OSError)):
        bench.client(server, source="127.0.0.9").request()
    assert bench.client(server, source="127.0.0.8").request().status == 200


@pytest.mark.parametrize("workers", [1, 2])
def test_accepting_pauses_at_the_cap_and_goes_on_when_there_is_room(bench, workers):
    server = bench.gateway(bench.origin(), workers=workers, limits={"client_connections": 4})
    held = [bench.client(server, "plain") for _ in range(4)]
    assert [client.request().status for client in held] == [200] * 4
    waiting = [bench.client(server, "plain") for _ in range(4)]

    def pauses():
        return int(server.metric("ravelin_refused_total", module="core", reason="limit:client_connections"))

    until(pauses, "nobody was refused")
    assert server.command("status").returncode == 0  # over its socket; the metrics came over its port
    for client in held:
        client.close()

    def is_answered(client):
        try:
            return client.request().status == 200
        except Closed:
            return False

    # Each pause costs the one that met the cap; who waited behind it is served.
    answered = sum(is_answered(client) for client in waiting)
    assert answered > 0 and answered == len(waiting) - pauses()


def test_the_admin_endpoint_answers_and_accepting_recovers_when_descriptors_run_out(bench):
    server = bench.gateway(bench.origin(), is_started=False, limits={"connections_per_client": 1000})
    server.open_files = 160
    server.start()
    assert "of the 160 files that the process may open no more than 48 clients" in server.log_text
    first = bench.client(server, "plain")
    assert first.request().status == 200
    raws = [bench.raw(server) for _ in range(150)]
    until(lambda: server.metric("ravelin_refused_total", reason="local:accept"), "descriptors did not run out")
    for _ in range(20):
        assert server.admin("/healthz")[0] == 200
    assert server.command("status").returncode == 0
    assert first.request().status == 200  # with a new connection to the origin, if it needs one
    for raw in raws:
        raw.close()

    def is_served():
        try:
            return bench.client(server, "plain").request().status == 200
        except Closed:  # it met the end of the descriptors, as one in each pause does
            return False

    until(is_served, "nobody is served any more")
