"""Large bodies: a gibibyte each way, with memory flat."""

import subprocess

import pytest

GIB, MIB = 1 << 30, 1 << 20
ROOM = {"limits": {"request_body": "2g"}}
CURL = {"h1": "--http1.1", "h2": "--http2"}


def curl(protocol, *options):
    done = subprocess.run(["curl", "-sk", CURL[protocol], "-o", "/dev/null", *options], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def large_file(nginx_origin):
    """A file without blocks: it costs no disk."""
    path = nginx_origin.site / "large"
    with open(path, "wb") as file:
        file.truncate(GIB)
    return path


def measured(server, transfer):
    """How much more memory than before the gateway had at its peak."""
    before = server.memory("VmRSS")
    server.forget_memory_peak()
    transfer()
    growth = server.memory("VmHWM") - before
    print(f"memory grew by {growth / MIB:.1f} MiB")
    return growth


def test_a_download_of_a_gibibyte_takes_no_memory(bench, nginx_origin, large_file, protocol):
    server = bench.gateway(nginx_origin)
    url = f"https://localhost:{server.port}/site/large"
    curl(protocol, "-r", "0-1000000", url)

    def download():
        assert curl(protocol, "-w", "%{http_code} %{size_download}", url) == f"200 {GIB}"

    assert measured(server, download) < 16 * MIB


def test_an_upload_of_a_gibibyte_takes_no_memory(bench, large_file, protocol):
    origin = bench.origin()
    server = bench.gateway(origin, **ROOM)
    url = f"https://localhost:{server.port}/upload"
    curl(protocol, "--data-binary", "x" * 100_000, url)

    def upload():
        assert curl(protocol, "-T", str(large_file), "-H", "Expect:", "-w", "%{http_code} %{size_upload}", url) == f"200 {GIB}"

    growth = measured(server, upload)
    assert origin.requests[-1].body_size == GIB
    assert growth < 16 * MIB


def test_a_client_that_does_not_read_costs_no_memory(bench, nginx_origin, large_file):
    """Back-pressure reaches the origin: what nobody reads is not fetched."""
    server = bench.gateway(nginx_origin)
    bench.client(server).request()

    def ask_and_not_read():
        for _ in range(20):
            bench.client(server).send(path="/site/large")
        for _ in range(20):
            assert bench.client(server).request().status == 200

    # 20 flows, each with at most a window on both sides, a block being filled and TLS records.
    assert measured(server, ask_and_not_read) < 16 * MIB
    bench.close_clients()
