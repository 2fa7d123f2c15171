#!/usr/bin/python3
"""Whether an honest client notices an attacker: its 99th percentile at a fixed, low rate while one other client does
each of the attacks, against the same in quiet just before. It should stay within twice.

    RAVELIN_BIN=build/release/ravelin nice -n -15 tests/bench/under_attack.py [--rounds 3] [--seconds 3] [attack ...]

The gateway has one worker, on a processor of its own; the client and the origin share another, and the attacker, one
process, has what they leave of it. `busy` is what the gateway used of its own meanwhile, `effort` the seconds that an attack
costs the gateway for each that it costs the attacker. Not part of the tests."""

import argparse
import http.client
import multiprocessing
import os
import statistics
import time

import attacks
import parts
from request_cost import Site

EVERY = 0.005  # seconds between the client's requests


def ask_for_a_while(connection, seconds):
    """Milliseconds of each request."""
    taken = []
    begin = time.perf_counter()
    while (due := begin + len(taken) * EVERY) < begin + seconds:
        time.sleep(max(0.0, due - time.perf_counter()))
        sent = time.perf_counter()
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.read() and answer.status == 200
        taken.append((time.perf_counter() - sent) * 1000)
    return taken


def attack_in_background(attack, server):
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))  # or the client would wait for the processor, too
    attack(server)


def look(server, connection, seconds):
    """(median, p99) of the honest client in milliseconds, and the seconds that the gateway has worked."""
    before = parts.processor_time(server.process.pid)
    taken = ask_for_a_while(connection, seconds)
    return statistics.median(taken), parts.percentile(taken, 0.99), parts.processor_time(server.process.pid) - before


def measure(server, attack, seconds):
    """What look() saw in quiet and under attack, and the seconds that the attacker has worked. The client was there first."""
    connection = http.client.HTTPConnection("127.0.0.1", server.plain_port, timeout=10)
    quiet = look(server, connection, seconds)
    attacker = multiprocessing.Process(target=attack_in_background, args=(attack, server), daemon=True)
    attacker.start()
    time.sleep(0.5)
    before = parts.processor_time(attacker.pid)
    attacked = look(server, connection, seconds)
    effort = parts.processor_time(attacker.pid) - before
    attacker.terminate()
    attacker.join()
    connection.close()
    time.sleep(0.5)  # what it left behind ends
    return *quiet, *attacked, effort


def report(server, attack, options):
    rounds = [measure(server, attack, options.seconds) for _ in range(options.rounds)]
    middle, tail, idle, middle_now, tail_now, busy, effort = (statistics.median(column) for column in zip(*rounds))
    print(f"{attack.__name__:16}{middle:8.2f} {tail:8.2f} {middle_now:12.2f} {tail_now:8.2f} {tail_now / tail:7.2f}"
          f"{100 * busy / options.seconds:11.0f} % {(busy - idle) / effort:9.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("attacks", nargs="*", metavar="attack", help=", ".join(attack.__name__ for attack in attacks.ALL))
    options = parser.parse_args()
    with Site() as site:
        (site.origin.site / "big").write_bytes(bytes(4 << 20))
        server = parts.serve(site, "gateway", client_connections=attacks.CONNECTIONS)
        parts.pin(server.process.pid, parts.GATEWAY_CPU)
        parts.pin(site.origin.process.pid, parts.OTHER_CPU)
        os.sched_setaffinity(0, {parts.OTHER_CPU})
        print(f"{'':16}{'quiet ms':>17} {'attacked ms':>21} {'p99':>7}\n"
              f"{'attack':16}{'median':>8} {'p99':>8} {'median':>12} {'p99':>8} {'ratio':>7} {'busy':>12} {'effort':>9}")
        for attack in attacks.ALL:
            if not options.attacks or attack.__name__ in options.attacks:
                report(server, attack, options)
        parts.stop(server.process)


if __name__ == "__main__":
    main()
