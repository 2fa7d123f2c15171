"""The real program: its configuration, its process, its admin endpoint and its commands."""

import http.client
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import time

from support.ports import free_port
from support.wait import until

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = pathlib.Path(os.environ.get("RAVELIN_BIN", ROOT / "build/dev/ravelin")).resolve()

# What a crash, an assertion or a sanitizer leaves on standard error.
FATAL = re.compile(r"Assertion|AddressSanitizer|ThreadSanitizer|runtime error:|terminate called|Segmentation")


def run_command(*words, timeout=20):
    """Runs a command of the program that needs no running gateway."""
    return subprocess.run([str(BINARY), *map(str, words)], capture_output=True, text=True, timeout=timeout)


class Gateway:
    """One gateway with a folder, ports and log files of its own. `config` are whole sections that replace the
    defaults below; written as JSON, which is YAML."""

    def __init__(self, folder, certificates, endpoints, **config):
        self.folder = folder
        self.folder.mkdir(parents=True)
        self.port, self.plain_port, self.admin_port = free_port(), free_port(), free_port()
        self.file, self.socket = folder / "ravelin.yaml", folder / "admin.sock"
        self.access_log, self.security_log, self.log = folder / "access.jsonl", folder / "security.jsonl", folder / "log"
        self.process = None
        self.open_files = None  # of the process, both limits; None: as many as the tests may open
        self.config = {
            "workers": 2,
            "listeners": [
                {"name": "https", "bind": f"127.0.0.1:{self.port}", "protocols": ["h2", "http/1.1"],
                 "tls": {"certificates": certificates}},
                {"name": "http", "bind": f"127.0.0.1:{self.plain_port}"},
            ],
            "upstreams": {"origin": {"endpoints": endpoints}},
            "modules": [],
            "routes": [{"match": {}, "upstream": "origin"}],
            "store": {"snapshot": "off"},
            "events": {"access": {"file": str(self.access_log)}, "security": {"file": str(self.security_log)}},
            "admin": {"bind": f"127.0.0.1:{self.admin_port}", "socket": str(self.socket)},
            **config,
        }
        self.write_config()

    # -- the process

    def write_config(self, text=None):
        self.file.write_text(text if text is not None else json.dumps(self.config, indent=2))

    def start(self):
        """Starts it and returns the seconds until it was ready."""
        began = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(BINARY), "run", "-c", str(self.file)], stdout=log, stderr=log,
                                            preexec_fn=self.limit_open_files)
        until(self.is_ready, f"the gateway is not ready; its log: {self.log_text}", seconds=15, every=0.01)
        return time.monotonic() - began

    def limit_open_files(self):
        if self.open_files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.open_files, self.open_files))

    @property
    def log_text(self):
        return self.log.read_text(errors="replace")

    def is_ready(self):
        assert self.process.poll() is None, f"the gateway ended with {self.process.returncode}: {self.log_text}"
        try:
            return self.admin("/readyz")[0] == 200
        except OSError:
            return False

    def signal(self, number):
        self.process.send_signal(number)

    def wait_for_end(self, seconds=15):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the gateway did not end within {seconds} s; its log: {self.log_text}") from None

    def finish(self):
        """Asserts that nothing is left alive, stops it, and asserts that it ended well."""
        if self.process is None:
            return
        try:
            if self.process.poll() is None:
                self.wait_until_idle()
                self.signal(signal.SIGTERM)
            status = self.wait_for_end()
            assert not FATAL.search(self.log_text), self.log_text
            assert status == 0, f"the gateway ended with {status}: {self.log_text}"
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def wait_until_idle(self):
        def is_idle():
            status = self.status()
            return status["flows"] == 0 and status["connections"]["client"] == 0

        until(is_idle, f"flows or client connections are still alive: {self.status()}")

    def memory(self, name):
        """A figure of /proc/PID/status, in bytes: VmRSS, or VmHWM, its peak."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M)[1]) * 1024

    def forget_memory_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    # -- what it says of itself

    def admin(self, path, method="GET"):
        """(status, text) of the admin endpoint."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def status(self):
        return json.loads(self.admin("/v1/status")[1])

    def metric(self, name, **labels):
        """The sum of the series of `name` that have these labels; 0 if there is none."""
        total = 0.0
        for line in self.admin("/metrics")[1].splitlines():
            found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if found and found[1] == name and set(labels.items()) <= set(re.findall(r'(\w+)="([^"]*)"', found[2] or "")):
                total += float(found[3])
        return total

    def command(self, *words, timeout=20):
        """Runs a command that asks this gateway, such as `status`."""
        return run_command(*words, "--admin", self.socket, timeout=timeout)

    def reload(self):
        """Reloads by command, and fails with what it said if it did not."""
        done = self.command("reload")
        assert done.returncode == 0, done.stdout + done.stderr

    def events(self, log, request_id=None):
        """The whole lines of `log`, of one request if asked so."""
        text = log.read_text() if log.exists() else ""
        lines = [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]
        return [line for line in lines if request_id in (None, line.get("http", {}).get("request", {}).get("id"))]

    def event(self, log, request_id):
        """The record of `request_id`; waits for it."""
        return until(lambda: self.events(log, request_id), f"no line of {log.name} has the id {request_id}")[0]
