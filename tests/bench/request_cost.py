#!/usr/bin/python3
"""What one request costs the gateway: instructions, allocations and system calls, as differences of two
runs of different length, so that start and end cancel out. The figures repeat; no clock is read.

    RAVELIN_BIN=build/release/ravelin tests/bench/request_cost.py [plain|h1|h2|browser ...]
    RAVELIN_BIN=... tests/bench/request_cost.py --layers [plain ...]   # instructions by library and folder
    RAVELIN_BIN=... tests/bench/request_cost.py --check [plain ...]    # fails if more than instructions.json says
    RAVELIN_BIN=... tests/bench/request_cost.py --save [plain ...]     # writes instructions.json

Instructions depend on the libraries and on what the processor offers them: on another machine --save what
the commit before yours costs, then --check yours. Needs valgrind, strace, nginx and h2load. Not part of
the tests."""

import argparse
import collections
import json
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
H2 = ["--npn-list=h2", "-c1", "-m16"]
BROWSER = ["accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
           "accept-language: en-GB,en;q=0.9,de;q=0.7", "accept-encoding: gzip, deflate, br",
           "cache-control: max-age=0", "referer: https://shop.example.com/catalogue/shoes",
           'sec-ch-ua: "Chromium";v="124", "Not-A.Brand";v="99"', "sec-ch-ua-mobile: ?0", "sec-fetch-dest: document",
           "sec-fetch-mode: navigate", "sec-fetch-site: same-origin", "upgrade-insecure-requests: 1",
           "cookie: session=3f9a1c72e8b04d5fa6c7719be2d0485c; theme=dark; lang=en-GB; consent=necessary.analytics"]
LOADS = {"plain": ["--h1", "-c1"], "h1": ["--h1", "-c1"], "h2": H2,
         "browser": H2 + [part for field in BROWSER for part in ("-H", field)]}
SAVED = pathlib.Path(__file__).with_name("instructions.json")
TOLERANCE = 1.03


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


def measure(site, load, name):
    """What `name` of TOOLS reads, per request."""
    wrapper, read = TOOLS[name]
    counts = []
    for requests in (FEW, MANY):
        out = site.folder / f"{load}-{name}-{requests}.out"
        run(site.folder / f"{load}-{name}-{requests}", site.certificate, site.origin, load, requests,
            [part.format(out=out) for part in wrapper])
        counts.append(read(out.read_text(errors="replace")))
    few, many = counts
    return {key: (count - few.get(key, 0)) / (MANY - FEW) for key, count in many.items()}


def instructions(text):
    """By layer: the folder of the source, or the library if it is not ours."""
    counts = collections.Counter()
    names = {}
    source = library = ""
    lines = iter(text.splitlines())
    for line in lines:
        key, _, value = line.partition("=")
        if key in ("ob", "fl", "fi", "fe"):
            number, _, name = value.partition(" ")
            kind = "ob" if key == "ob" else "fl"
            names.setdefault((kind, number), name)
            if kind == "ob":
                library = names[kind, number]
            else:
                source = names[kind, number]
        elif key in ("cob", "cfl", "cfi"):
            number, _, name = value.partition(" ")
            names.setdefault(("ob" if key == "cob" else "fl", number), name)
        elif key == "calls":
            next(lines)  # what the callee costs is counted there
        elif line[:1].isdigit() or line[:1] in "+-*":
            numbers = line.split()
            counts[layer(library, source)] += int(numbers[1]) if len(numbers) == 2 else 0
    return counts


def layer(library, source):
    name = library.rsplit("/", 1)[-1]
    if name != gateway.BINARY.name:
        return re.sub(r"(-[\d.]+)?\.so.*", "", name) or "unknown"
    ours = re.search(r"((?:src|include|modules)/(?!c\+\+)[\w/.]*?)/[^/]+$", source)
    return ours[1] if ours else "standard library, inline"


def allocations(text):
    return {"": int(re.findall(r"total heap usage: ([\d,]+) allocs", text)[-1].replace(",", ""))}


def calls(text):
    return {"": int(re.search(r"^100\.00\s.*?(\d+)\s+(?:\d+\s+)?total$", text, re.M)[1])}


TOOLS = {
    "instructions": (["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file={out}"], instructions),
    "allocations": (["valgrind", "--tool=memcheck", "--leak-check=no", "--undef-value-errors=no",
                     "--soname-synonyms=somalloc=*jemalloc*", "--log-file={out}"], allocations),
    "system calls": (["strace", "-f", "-c", "-o", "{out}"], calls),
}


class Site:
    """What the gateway needs around it, for as long as the block."""

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.certificate = certificates.make(self.folder, "site", "localhost")
        self.origin = Nginx(self.folder)
        return self

    def __exit__(self, *what):
        self.origin.stop()
        self.temporary.cleanup()


def total(costs):
    return sum(costs.values())


def show_table(site, loads):
    print(f"{'load':8}" + "".join(f"{tool:>16}" for tool in TOOLS) + "   per request")
    for load in loads:
        print(f"{load:8}" + "".join(f"{total(measure(site, load, tool)):16.1f}" for tool in TOOLS), flush=True)


def show_layers(site, loads):
    for load in loads:
        costs = measure(site, load, "instructions")
        print(f"{load}: {total(costs):.0f} instructions per request")
        for name, cost in sorted(costs.items(), key=lambda item: -item[1]):
            if cost >= 10:
                print(f"{cost:10.0f}  {name}", flush=True)


def save(site, loads):
    saved = json.loads(SAVED.read_text()) if SAVED.exists() else {}
    saved.update({load: round(total(measure(site, load, "instructions"))) for load in loads})
    SAVED.write_text(json.dumps(saved, indent=2) + "\n")
    print(SAVED.read_text(), end="")


def check(site, loads):
    saved = json.loads(SAVED.read_text())
    dear = []
    for load in loads:
        cost = total(measure(site, load, "instructions"))
        print(f"{load:8} {cost:10.0f}, saved {saved[load]}: {100 * (cost / saved[load] - 1):+.1f} %", flush=True)
        if cost > TOLERANCE * saved[load]:
            dear.append(load)
    if dear:
        sys.exit(f"dearer than {SAVED.name} allows: {', '.join(dear)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for does in (check, save, show_layers):
        parser.add_argument("--" + does.__name__.replace("show_", ""), dest="does", action="store_const", const=does)
    parser.add_argument("loads", nargs="*", metavar="load", help=", ".join(LOADS))
    options = parser.parse_args()
    with Site() as site:
        (options.does or show_table)(site, options.loads or list(LOADS))


if __name__ == "__main__":
    main()
