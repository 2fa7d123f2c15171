"""Response compression, with a real nginx behind and curl, which has decoders of its own, in front."""

import gzip
import re
import subprocess

import pytest

MIB = 1 << 20
CURL = {"h1": "--http1.1", "h2": "--http2"}
CODINGS = ["gzip", "br", "zstd"]
PAGE = "".join(f"<p>paragraph {i} of a page that repeats itself</p>\n" for i in range(20_000))


@pytest.fixture(scope="module")
def site(nginx_origin):
    (nginx_origin.site / "page.css").write_text(PAGE)
    with open(nginx_origin.site / "zeros.txt", "wb") as file:
        file.truncate(1 << 30)
    return nginx_origin


@pytest.fixture
def server(bench, site):
    return bench.gateway(site, compression={"types": ["text/*", "application/octet-stream"]})


def curl(protocol, *options, check=True):
    done = subprocess.run(["curl", "-sk", CURL[protocol], *options], capture_output=True, timeout=240)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout


def head_of(text):
    return {name.decode().lower(): value.decode() for name, value in re.findall(rb"^([\w-]+): (.*?)\r$", text, re.M)}


@pytest.mark.parametrize("coding", CODINGS)
def test_curl_decodes_what_was_coded(server, protocol, coding, tmp_path):
    url = f"https://localhost:{server.port}/site/page.css"
    dump = tmp_path / "head"
    body = curl(protocol, "--compressed", "-H", f"Accept-Encoding: {coding}", "-D", str(dump), url)
    assert body.decode() == PAGE
    head = head_of(dump.read_bytes())
    assert head["content-encoding"] == coding
    assert head["etag"].startswith('W/"')
    assert head["vary"] == "Accept-Encoding"
    assert "content-length" not in head and "accept-ranges" not in head
    size = int(curl(protocol, "-H", f"Accept-Encoding: {coding}", "-o", "/dev/null", "-w", "%{size_download}", url))
    assert size < len(PAGE) / 10


def test_a_coded_page_is_validated_by_the_tag_it_was_given(server, protocol):
    url = f"https://localhost:{server.port}/site/page.css"
    head = head_of(curl(protocol, "-I", "-H", "Accept-Encoding: gzip", url))
    again = curl(protocol, "-i", "-H", "Accept-Encoding: gzip", "-H", f"If-None-Match: {head['etag']}", url)
    assert re.match(rb"HTTP/[\d.]+ 304", again)
    assert head_of(again)["etag"] == head["etag"]


def test_a_part_is_sent_as_it_is(server, protocol):
    url = f"https://localhost:{server.port}/site/page.css"
    part = curl(protocol, "--compressed", "-r", "100-199", url)
    assert part.decode() == PAGE[100:200]


def test_records_and_metrics_count_what_was_sent(server, bench):
    client = bench.client(server, "h1")
    response = client.request("GET", "/site/page.css", [("accept-encoding", "gzip")])
    assert gzip.decompress(response.body).decode() == PAGE
    record = server.event(server.access_log, response.id)
    assert record["http"]["response"]["body"]["bytes"] == len(response.body)
    assert server.metric("ravelin_compression_bytes_total", coding="gzip", direction="in") == len(PAGE)
    assert server.metric("ravelin_compression_bytes_total", coding="gzip", direction="out") == len(response.body)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_gibibyte_of_zeros_for_a_client_that_does_not_read_takes_no_memory(server, bench, coding):
    client = bench.raw(server)
    before = server.memory("VmRSS")
    server.forget_memory_peak()
    client.send(f"GET /site/zeros.txt HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {coding}\r\n\r\n".encode())
    # It may all have been coded, if what it has become fits into the sockets: another client is served meanwhile.
    for _ in range(20):
        assert curl("h1", "--compressed", f"https://localhost:{server.port}/site/page.css").decode() == PAGE
    assert server.memory("VmHWM") - before < 24 * MIB
