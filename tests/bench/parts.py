"""What the measurements under load share: a gateway to measure, what it used of the processor, and h2load."""

import os
import pathlib
import re
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import gateway  # noqa: E402

GATEWAY_CPU, OTHER_CPU = 0, 1


def serve(site, name, workers=1, **limits):
    """A running gateway in front of the site's origin that lets one client do all that it can."""
    wide = {"keepalive_requests": 1000000000, "connections_per_client": 10000, **limits}
    made = gateway.Gateway(site.folder / name, [site.certificate], [site.origin.endpoint], workers=workers, limits=wide,
                           events={"access": "off", "security": "off"})
    made.start()
    return made


def stop(process):
    process.terminate()
    process.wait(20)


def threads(pid):
    return [int(thread) for thread in os.listdir(f"/proc/{pid}/task")]


def tree(pid):
    """The process and its children, which are all that nginx has."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def pin(pid, cpu):
    for process in tree(pid):
        for thread in threads(process):
            os.sched_setaffinity(thread, {cpu})


def processor_time(pid):
    """Seconds that its living threads and children have run, to the nanosecond."""
    spent = [pathlib.Path(f"/proc/{process}/task/{thread}/schedstat").read_text().split()[0]
             for process in tree(pid) for thread in threads(process)]
    return sum(map(int, spent)) / 1e9


def h2load(url, *options, log=None):
    """Its report; with `log` a file of START STATUS MICROSECONDS lines is written anew."""
    if log:
        log.unlink(missing_ok=True)
        options = [*options, f"--log-file={log}"]
    command = ["taskset", "-c", str(OTHER_CPU), "h2load", "-t1", *options, url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=200)
    assert re.search(r" 0 failed, 0 errored, 0 timeout", done.stdout), done.stdout
    return done.stdout


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median_and_range(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
