#!/usr/bin/python3
"""What a request costs with two workers, as a ratio to two gateways of one worker each under the same load. It
should be no more than 1.05, or the workers hold each other up.

    RAVELIN_BIN=build/release/ravelin nice -n -15 tests/bench/scaling.py [--rounds 5] [--requests 30000] [load ...]

One worker alone, the first column, is cheaper by what it saves when it is busy: it wakes up for more requests
at once. Rounds are interleaved, so what the machine does besides hits all. Needs nginx and h2load. Not part
of the tests."""

import argparse
import concurrent.futures
import statistics

import parts
from request_cost import Site

LOADS = {"plain": ["--h1", "-c32"], "h1": ["--h1", "-c32"], "h2": ["--npn-list=h2", "-c16", "-m8"]}


def ask(server, load, requests):
    url = f"http://127.0.0.1:{server.plain_port}/" if load == "plain" else f"https://127.0.0.1:{server.port}/"
    parts.h2load(url, f"-n{requests}", *LOADS[load])


def spent(servers):
    return sum(parts.processor_time(pid) for pid in {server.process.pid for server in servers})


def cost(servers, load, requests):
    """Microseconds of one request, when each of `servers` is asked by a load generator of its own."""
    before = spent(servers)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for done in [pool.submit(ask, server, load, requests // len(servers)) for server in servers]:
            done.result()
    return (spent(servers) - before) / requests * 1e6


def compare(sides, load, options):
    for servers in sides:
        cost(servers, load, options.requests // 10)  # pools and caches
    rounds = [[cost(servers, load, options.requests) for servers in sides] for _ in range(options.rounds)]
    costs = "".join(f"{statistics.median(column):14.1f} us" for column in zip(*rounds))
    print(f"{load:6}{costs}   {parts.median_and_range([both / apart for _, apart, both in rounds])}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=30000)
    parser.add_argument("loads", nargs="*", metavar="load", help=", ".join(LOADS))
    options = parser.parse_args()
    with Site() as site:
        parts.pin(site.origin.process.pid, parts.OTHER_CPU)
        one, other = (parts.serve(site, f"one{number}") for number in range(2))
        two = parts.serve(site, "two", workers=2)
        print(f"{'load':6}{'1 worker':>17}{'2 gateways of 1':>17}{'2 workers':>17}   ratio of the last two")
        for load in options.loads or LOADS:
            compare([[one], [one, other], [two, two]], load, options)
        for server in (one, other, two):
            parts.stop(server.process)


if __name__ == "__main__":
    main()
