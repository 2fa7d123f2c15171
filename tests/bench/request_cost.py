#!/usr/bin/python3
"""What one request costs the gateway: instructions, allocations and system calls, as differences of two
runs of different length, so that start and end cancel out. The figures repeat; no clock is read.

    RAVELIN_BIN=build/release/ravelin tests/bench/request_cost.py [plain|h1|h2 ...]

Needs valgrind, strace, nginx and h2load. Not part of the tests."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import gateway  # noqa: E402
from support import certificates  # noqa: E402
from support.nginx import Nginx  # noqa: E402
from support.wait import until  # noqa: E402

FEW, MANY = 200, 1200
LOADS = {"plain": ["--h1", "-c1"], "h1": ["--h1", "-c1"], "h2": ["--npn-list=h2", "-c1", "-m16"]}


class Measured(gateway.Gateway):
    """A gateway that runs under another program."""

    def __init__(self, folder, certificate, origin, wrapper):
        super().__init__(folder, [certificate], [origin.endpoint], workers=1, events={"access": "off", "security": "off"},
                         limits={"keepalive_requests": 1000000})
        self.wrapper = wrapper

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.wrapper, str(gateway.BINARY), "run", "-c", str(self.file)], stdout=log, stderr=log)
        until(self.is_ready, f"not ready; its log: {self.log_text}", seconds=120, every=0.2)

    def stop(self):
        pid = self.process.pid
        if self.wrapper[0] == "strace":  # which does not pass a signal on
            pid = int(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text())
        os.kill(pid, signal.SIGTERM)
        self.process.wait(60)


def run(folder, certificate, origin, load, requests, wrapper):
    server = Measured(folder, certificate, origin, wrapper)
    server.start()
    url = f"http://127.0.0.1:{server.plain_port}/" if load == "plain" else f"https://127.0.0.1:{server.port}/"
    done = subprocess.run(["h2load", "-t1", f"-n{requests}", *LOADS[load], url], capture_output=True, text=True, check=True)
    assert f"{requests} succeeded" in done.stdout, done.stdout
    server.stop()


def measure(folder, certificate, origin, load, name, wrapper, read):
    totals = []
    for requests in (FEW, MANY):
        out = folder / f"{load}-{name}-{requests}.out"
        run(folder / f"{load}-{name}-{requests}", certificate, origin, load, requests, [part.format(out=out) for part in wrapper])
        totals.append(read(out.read_text(errors="replace")))
    return (totals[1] - totals[0]) / (MANY - FEW)


def instructions(text):
    return sum(int(number) for number in re.findall(r"^totals: (\d+)", text, re.M))


def allocations(text):
    return int(re.findall(r"total heap usage: ([\d,]+) allocs", text)[-1].replace(",", ""))


def calls(text):
    return int(re.search(r"^100\.00\s.*?(\d+)\s+(?:\d+\s+)?total$", text, re.M)[1])


TOOLS = {
    "instructions": (["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file={out}"], instructions),
    "allocations": (["valgrind", "--tool=memcheck", "--leak-check=no", "--undef-value-errors=no",
                     "--soname-synonyms=somalloc=*jemalloc*", "--log-file={out}"], allocations),
    "system calls": (["strace", "-f", "-c", "-o", "{out}"], calls),
}


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        certificate = certificates.make(folder, "site", "localhost")
        origin = Nginx(folder)
        try:
            print(f"{'load':8}" + "".join(f"{tool:>16}" for tool in TOOLS) + "   per request")
            for load in sys.argv[1:] or LOADS:
                costs = [measure(folder, certificate, origin, load, name, *how) for name, how in TOOLS.items()]
                print(f"{load:8}" + "".join(f"{cost:16.1f}" for cost in costs), flush=True)
        finally:
            origin.stop()


if __name__ == "__main__":
    main()
