"""The core rule set's own regression tests (scripts/fetch-crs-tests), as requests and what must come of them.

The form is that of the suite's runner: what a test leaves out is filled in as the runner does, unless the test says
`stop_magic`.
"""

import base64
import dataclasses
import pathlib
import re
import subprocess
import urllib.parse

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FORM = "application/x-www-form-urlencoded"


@dataclasses.dataclass
class Case:
    name: str
    method: str
    data: bytes  # the whole request
    wanted: set  # rules that must be reported
    unwanted: set
    statuses: list
    is_error_expected: bool

    def problem(self, status, rules):
        """Why this is a failure, or nothing. `status` is 0 where there was no answer."""
        if self.is_error_expected:
            return None if status == 0 or status >= 400 else f"status {status}, an error was expected"
        if self.statuses and status not in self.statuses:
            return f"status {status}, not one of {self.statuses}"
        if missing := self.wanted - rules:
            return f"status {status}, not matched: {', '.join(sorted(missing))}"
        if extra := self.unwanted & rules:
            return f"matched: {', '.join(sorted(extra))}"
        return None


def folder():
    named = subprocess.run([ROOT / "scripts/fetch-crs-tests", "--folder"], capture_output=True, text=True, check=True)
    return pathlib.Path(named.stdout.strip()) / "tests/regression/tests"


def cases():
    """All of them, in the order of their names; none if they have not been fetched."""
    found = []
    for file in sorted(folder().glob("*/*.yaml")):
        for test in yaml.load(file.read_text(), Loader=yaml.CSafeLoader)["tests"]:
            found += [_case(test["test_title"], stage["stage"]) for stage in test["stages"]]
    return found


def _case(name, stage):
    given, wanted = stage["input"], stage["output"]
    status = wanted.get("status", [])
    return Case(str(name), given.get("method", "GET"), _request(given), _rules(wanted.get("log_contains")),
                _rules(wanted.get("no_log_contains")), status if isinstance(status, list) else [status],
                wanted.get("expect_error", False))


def _rules(text):
    return set(re.findall(r"\d{6}", text or ""))


def _request(given):
    if "encoded_request" in given:
        return base64.b64decode(given["encoded_request"])
    if "raw_request" in given:
        return given["raw_request"].encode("latin-1")
    data = given.get("data", "")
    data = "\r\n".join(map(str, data)) if isinstance(data, list) else str(data)
    fields = dict(given.get("headers", {}))
    body = data.encode()
    if data and not given.get("stop_magic"):
        fields.setdefault("Content-Type", FORM)
        body = _escaped(data, fields["Content-Type"]).encode()
        fields.setdefault("Content-Length", len(body))
    line = f"{given.get('method', 'GET')} {given.get('uri', '/')} {given.get('version', 'HTTP/1.1')}"
    head = "\r\n".join([line, *(f"{name}: {value}" for name, value in fields.items())])
    return head.encode() + b"\r\n\r\n" + body


def _escaped(data, content_type):
    """A form that is written as it is meant is escaped, one that is already is not."""
    if content_type != FORM or urllib.parse.unquote(data) != data:
        return data
    return urllib.parse.urlencode(urllib.parse.parse_qsl(data)) or data
