"""Redirects, rewrites, responses and error pages, as a common client sees them."""

import subprocess

import pytest

from support.gateway import run_command


def curl(*words):
    done = subprocess.run(["curl", "-sk", "--max-time", "10", *map(str, words)], capture_output=True, timeout=20)
    assert done.returncode == 0, done
    return done.stdout


def seen(*words):
    """Status, version and Location of the last response."""
    text = curl("-o", "/dev/null", "-w", "%{http_code} %{http_version} %{redirect_url}", *words).decode()
    status, version, url = text.split(" ", 2)
    return int(status), version, url


@pytest.fixture
def server(bench, tmp_path):
    origin = bench.origin()
    bench.seen = origin
    (tmp_path / "large.txt").write_bytes(b"0123456789abcdef" * 65536)
    (tmp_path / "404.html").write_text("<h1>${status}</h1><p>${reason}</p><p>${request.id}</p>")
    server = bench.gateway(origin, routes=[
        {"match": {"host": "localhost", "path_prefix": "/old/"}, "upstream": "origin", "rewrite": {"prefix": "/new/"}},
        {"match": {"host": "localhost", "path_prefix": "/item/"}, "upstream": "origin",
         "rewrite": {"regex": "^/item/([0-9]+)$", "to": "/items?id=$1"}},
        {"match": {"host": "localhost", "path": "/large"}, "respond": {"file": str(tmp_path / "large.txt")}},
        {"match": {"host": "localhost", "path": "/moved"}, "redirect": {"to": "/large?${query}", "status": 301}},
        {"match": {"host": "127.0.0.1"}, "upstream": "origin", "canonical_host": "localhost"},
    ], error_pages={404: str(tmp_path / "404.html")})
    return server


@pytest.fixture(params=["--http1.1", "--http2"])
def version(request):
    return request.param


def test_a_plain_listener_sends_curl_to_https(bench, tmp_path):
    origin = bench.origin()
    server = bench.gateway(origin)
    server.config["listeners"][1]["redirect_to_https"] = {"port": server.port}
    server.write_config()
    assert server.command("reload").returncode == 0
    plain = f"http://localhost:{server.plain_port}/a/../b?q=%20x"
    assert seen("--path-as-is", plain) == (308, "1.1", f"https://localhost:{server.port}/b?q=%20x")
    assert curl("-L", "-X", "POST", "-d", "hello", plain)
    assert [(request.method, request.target, request.body) for request in origin.requests] == [
        ("POST", "/b?q=%20x", b"hello")], "followed, with its method and its body"


def test_curl_gets_a_file_whole_with_its_length_and_only_once(server, version):
    url = f"https://localhost:{server.port}/large"
    assert curl(version, url) == b"0123456789abcdef" * 65536
    head = curl(version, "-I", url).decode().lower()
    assert "content-length: 1048576" in head and "content-type: text/plain; charset=utf-8" in head
    etag = next(line for line in head.splitlines() if line.startswith("etag:")).split()[1]
    assert seen(version, "-H", f"If-None-Match: {etag}", url)[0] == 304


def test_curl_follows_a_redirect(server, version):
    url = f"https://localhost:{server.port}/moved"
    assert seen(version, url + "?a=1")[::2] == (301, f"https://localhost:{server.port}/large?a=1")
    assert len(curl(version, "-L", url)) == 1048576
    assert seen(version, f"https://127.0.0.1:{server.port}/moved?x")[::2] == (
        308, f"https://localhost:{server.port}/moved?x")


def test_the_origin_sees_the_rewritten_path_and_the_records_the_clients(bench, server, version):
    curl(version, f"https://localhost:{server.port}/old/a?q=1")
    curl(version, f"https://localhost:{server.port}/item/7?q=1")
    assert [request.target for request in bench.seen.requests] == ["/new/a?q=1", "/items?id=7"]
    assert seen(version, "--path-as-is", f"https://localhost:{server.port}/old/..%2fx")[0] == 400


def test_an_error_page_shows_what_explain_takes(server, version):
    page = curl(version, f"https://localhost:{server.port}/nothing").decode()
    assert page.startswith("<h1>404</h1><p>route</p><p>")
    request_id = page.split("<p>")[-1].removesuffix("</p>")
    assert "route:none" in server.command("explain", request_id).stdout
    asked = curl(version, "-H", "Accept: application/json", f"https://localhost:{server.port}/nothing")
    assert asked.startswith(b'{"type":"about:blank","title":"Not Found","status":404')


def test_explain_and_the_effective_configuration_know_routes_without_an_upstream(server):
    head = curl("-I", f"https://localhost:{server.port}/moved").decode().lower()
    request_id = next(line for line in head.splitlines() if line.startswith("x-request-id:")).split()[1]
    told = server.command("explain", request_id).stdout
    assert "route:redirect" in told and "not asked" in told and "sent to /large" in told
    event = server.event(server.access_log, request_id)
    assert "reason" not in event["ravelin"] and "upstream" not in event["ravelin"]
    assert server.metric("ravelin_refused_total", module="core") == 0
    shown = run_command("config", "show", "--effective", "-c", server.file)
    assert shown.returncode == 0 and "to: \"/large?${query}\"" in shown.stdout
