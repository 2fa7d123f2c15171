#!/usr/bin/python3
"""How long requests take at a rate that a proxy can bear: the median and the 99th percentile at a share of the
highest rate, of the gateway and, if they are installed, of nginx and HAProxy as proxies of the same origin.

    RAVELIN_BIN=build/release/ravelin nice -n -15 tests/bench/paced.py [--rounds 3] [--seconds 4] [--share 0.7]

All get the same rate: the share of the lowest of their highest ones. Each has one worker on a processor of
its own; plain HTTP/1.1, 16 connections. h2load sends in bursts every 10 ms. Not part of the tests."""

import argparse
import re
import shutil
import statistics
import subprocess

import parts
from request_cost import Site
from support.nginx import Nginx
from support.ports import free_port
from support.wait import until

CONNECTIONS = 16
NGINX = """
  upstream origin {{ server {origin}; keepalive 64; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port}; access_log off; keepalive_requests 1000000000;
    location / {{ proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}"""
HAPROXY = """
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind 127.0.0.1:{port}
  default_backend origin
backend origin
  server origin {origin}
"""


def start_nginx(site):
    port = free_port()
    proxy = Nginx(site.folder, "proxy", servers=NGINX.format(origin=site.origin.endpoint, port=port))
    return proxy.process, port


def start_haproxy(site):
    port, file = free_port(), site.folder / "haproxy.cfg"
    file.write_text(HAPROXY.format(origin=site.origin.endpoint, port=port))
    return subprocess.Popen([shutil.which("haproxy", path="/usr/sbin:/usr/bin"), "-f", str(file)]), port


def start_gateway(site):
    server = parts.serve(site, "gateway")
    return server.process, server.plain_port


def subjects():
    yield "ravelin", start_gateway
    for name, start in (("nginx", start_nginx), ("haproxy", start_haproxy)):
        if shutil.which(name, path="/usr/sbin:/usr/bin"):
            yield name, start


def highest_rate(port, seconds):
    report = parts.h2load(f"http://127.0.0.1:{port}/", "--h1", f"-c{CONNECTIONS}", f"-D{seconds}")
    return float(re.search(r"([\d.]+) req/s", report)[1])


def latencies(site, port, rate, seconds):
    """Milliseconds of each request."""
    log = site.folder / "h2load.log"
    parts.h2load(f"http://127.0.0.1:{port}/", "--h1", f"-c{CONNECTIONS}", f"-D{seconds}", f"--rps={rate / CONNECTIONS:.1f}", log=log)
    return [int(line.split()[2]) / 1000 for line in log.read_text().splitlines()]


def measure(site, ports, options):
    highest = {name: highest_rate(port, options.seconds) for name, port in ports.items()}
    rate = options.share * min(highest.values())
    print(f"at {rate:.0f} requests per second; highest: " + ", ".join(f"{name} {most:.0f}" for name, most in highest.items()))
    middle, tail = ({name: [] for name in ports} for _ in range(2))
    for _ in range(options.rounds):
        for name, port in ports.items():
            taken = latencies(site, port, rate, options.seconds)
            middle[name].append(statistics.median(taken))
            tail[name].append(parts.percentile(taken, 0.99))
    for name in ports:
        print(f"{name:8} median {parts.median_and_range(middle[name])} ms, p99 {parts.median_and_range(tail[name])} ms", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--share", type=float, default=0.7)
    options = parser.parse_args()
    with Site() as site:
        parts.pin(site.origin.process.pid, parts.OTHER_CPU)
        started = {name: start(site) for name, start in subjects()}
        ports = {name: port for name, (_, port) in started.items()}
        for port in ports.values():
            until(lambda: is_answered(port), "a proxy does not answer")
        for process, _ in started.values():
            parts.pin(process.pid, parts.GATEWAY_CPU)
        measure(site, ports, options)
        for process, _ in started.values():
            parts.stop(process)


def is_answered(port):
    return subprocess.run(["curl", "-sf", "-o", "/dev/null", f"http://127.0.0.1:{port}/"]).returncode == 0


if __name__ == "__main__":
    main()
