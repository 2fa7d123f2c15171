"""The core rule set's own regression tests, against the whole gateway. What fails, and why, is in
docs/waf-regression.md; scripts/fetch-crs-tests gets the tests."""

import pytest

from support import crs_suite, nginx
from support.clients import Closed
from support.wait import until

# What the suite asks for (its README): level 4, nothing is blocked, and limits that its tests go beyond.
SETTINGS = """
SecAction "id:100,phase:1,nolog,pass,t:none,setvar:tx.crs_validate_utf8_encoding=1,setvar:tx.arg_name_length=100,\\
  setvar:tx.arg_length=400,setvar:tx.total_arg_length=64000,setvar:tx.max_num_args=255,setvar:tx.max_file_size=64100,\\
  setvar:tx.combined_file_sizes=65535"
"""
TESTS = 2403
PASSED_AT_LEAST = 2346
LAST = b"GET /?id=last%27%20or%201=1-- HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def site(tmp_path):
    """The origin: a site with two pages, as the suite expects of it."""
    origin = nginx.Nginx(tmp_path, extra="location = /post { return 200; }")
    yield origin
    origin.stop()


@pytest.fixture
def server(bench, site, tmp_path):
    rules = tmp_path / "suite.conf"
    rules.write_text(SETTINGS)
    server = bench.gateway(site, workers=1,
                           modules=[{"waf": {"rules": [str(rules), "crs"], "paranoia": 4, "mode": "detect", "recheck_every": 1,
                                             "argument_limit": 1000, "timeout": "60s"}}])
    until(lambda: server.metric("ravelin_waf_fast_path_ready", route="default") == 1, "the fast path is not ready", seconds=180)
    return server


def by_the_plan(server):
    return sum(server.metric("ravelin_waf_proofs_total", route="default", result=result) for result in ("clean", "scored"))


def rechecked(server):
    return sum(server.metric("ravelin_waf_rechecks_total", route="default", result=result)
               for result in ("agreed", "contradicted", "skipped", "failed"))


def ask(bench, server, case):
    """(status, request id); status 0 where the gateway closed without an answer."""
    raw = bench.raw(server)
    raw.send(case.data)
    if case.is_error_expected:
        raw.socket.shutdown(1)  # or both sides would wait for the rest
    try:
        answer = raw.read_response(case.method)
        return answer.status, answer.id
    except Closed:
        return 0, None
    finally:
        raw.close()
        bench.clients.remove(raw)


def matched_rules(server, last):
    """The rules of each request id; the log is in order, so all is there with the last."""
    server.event(server.security_log, last)
    rules = {}
    for event in server.events(server.security_log):
        matched = event["ravelin"].get("waf", {}).get("rules", [])
        rules.setdefault(event["http"]["request"]["id"], set()).update(matched)
    return rules


def report(problems):
    lines = [f"{name}: {problem}" for name, problem in problems.items()]
    return "\n".join([f"{len(problems)} of {TESTS} fail:", *lines])


def test_the_core_rule_sets_own_tests_pass(bench, server):
    cases = crs_suite.cases()
    if not cases:
        pytest.skip("the tests have not been fetched: run scripts/fetch-crs-tests")
    answers = []
    for number, case in enumerate(cases):
        answers.append(ask(bench, server, case))
        # Rechecks wait where evaluations do: no more of them than there is room for.
        if number % 100 == 99:
            until(lambda: rechecked(server) == by_the_plan(server), "what the plan judged is not judged again", seconds=60)
    rules = matched_rules(server, ask(bench, server, crs_suite.Case("last", "GET", LAST, set(), set(), [], False))[1])
    problems = {}
    for case, (status, request) in zip(cases, answers):
        if problem := case.problem(status, rules.get(request, set())):
            problems[case.name] = problem
    until(lambda: rechecked(server) == by_the_plan(server), "what the plan judged is not judged again", seconds=60)
    text = report(problems)
    print(f"{by_the_plan(server):.0f} were judged by the plan.", text)
    assert len(cases) == TESTS
    assert by_the_plan(server) > TESTS / 4
    assert server.metric("ravelin_waf_rechecks_total", route="default", result="contradicted") == 0
    assert server.metric("ravelin_waf_rechecks_total", route="default", result="agreed") > TESTS / 5
    assert TESTS - len(problems) >= PASSED_AT_LEAST, text
