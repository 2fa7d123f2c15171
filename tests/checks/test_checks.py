"""The checks themselves: each must see the fault that it is there for."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TABLE = """
| Folder | May include | Libraries |
|---|---|---|
| `include/ravelin` | | |
| `src/base` | `include/ravelin` | |
| `src/net` | `src/base` | openssl |
| `src/http` | `src/base` | |
"""


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def tree(tmp_path):
    write(tmp_path, "docs/architecture.md", TABLE)
    write(tmp_path, "include/ravelin/a.h", "#pragma once\n#include <vector>\n")
    write(tmp_path, "src/base/text.h", '#pragma once\n#include "ravelin/a.h"\n')
    write(tmp_path, "src/net/socket.h", '#pragma once\n#include <openssl/ssl.h>\n#include "base/text.h"\n#include "ravelin/a.h"\n')
    write(tmp_path, "src/http/README.md", "Nothing yet.\n")
    return tmp_path


def run(script, root, folder="scripts"):
    done = subprocess.run([ROOT / folder / script, "--root", root], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_layers_in_order_pass(tree):
    assert run("check_layers", tree)[0] == 0


@pytest.mark.parametrize("name, line, complaint", [
    ("src/base/up.h", '#include "net/socket.h"', "src/base/up.h:1: src/base may not include from src/net"),
    ("src/http/side.h", '#include "net/socket.h"', "may not include from src/net"),
    ("src/http/tls.h", "#include <openssl/ssl.h>", "may not use the library openssl"),
    ("src/http/new.h", "#include <boost/any.hpp>", "belongs to no library"),
    ("src/http/near.h", '#include "socket.h"', "is no file relative to"),
    ("include/ravelin/os.h", "#include <sys/socket.h>", "standard library only"),
    ("src/other/x.h", "", "has no row"),
])
def test_layers_sees(tree, name, line, complaint):
    write(tree, name, line + "\n")
    status, output = run("check_layers", tree)
    assert status == 1 and complaint in output


def test_layers_compares_the_link_lines(tree):
    write(tree, "CMakeLists.txt", "ravelin_library(src/base)\nravelin_library(src/net src_base src_http)\nravelin_library(src/http src_base)\n")
    status, output = run("check_layers", tree)
    assert status == 1 and "CMakeLists.txt:2" in output


LONG = "void f() {\n" + "  g();\n" * 90 + "}\n"


@pytest.mark.parametrize("text, rule", [
    ("class PoolManager {};", "[name]"),
    ("auto t = std::chrono::steady_clock::now();", "[clock]"),
    ("void f() { time(nullptr); }", "[clock]"),
    ("// TO" "DO: later", "[marker]"),
    ('const char* p = "/ho' 'me/me/x";', "[path]"),
    (LONG, "[function]"),
    ("class A {\n  " + LONG + "};", "[function]"),
    ("A::A(int x) : x_(x), y_{x} {\n" + "  g();\n" * 90 + "}", "[function]"),
    ("int a;\n" * 500, "[file]"),
], ids=["name", "clock", "time", "marker", "path", "function", "member", "constructor", "file"])
def test_style_sees(tree, text, rule):
    write(tree, "src/base/x.cpp", text + "\n")
    write(tree, "src/base/README.md", "x\n")
    status, output = run("check_style", tree)
    assert status == 1 and rule in output and "src/base/x.cpp:" in output


@pytest.mark.parametrize("text", [
    "class Manage {};\nstruct Information {};",
    "// a clock: steady_clock::now() is named in a comment only",
    'const char* s = "sleep(1)"; double lifetime(int);',
    "// style: allow clock, because this is the test of the rule\nauto t = std::chrono::steady_clock::now();",
    "namespace a {\n" + "int x;\n" * 100 + "}\nclass B {\n" + "  int y;\n" * 100 + "};",
    "constexpr int table[] = {\n" + "  1,\n" * 100 + "};",
], ids=["names", "comment", "text", "allowed", "scopes", "table"])
def test_style_lets_pass(tree, text):
    write(tree, "src/base/x.cpp", text + "\n")
    write(tree, "src/base/README.md", "x\n")
    assert run("check_style", tree) == (0, "check_style: in order\n")


def test_style_wants_a_readme_in_each_folder(tree):
    write(tree, "src/base/x.cpp", "int x;\n")
    assert "src/base:1: no README.md" in run("check_style", tree)[1]
    write(tree, "src/base/README.md", "line\n" * 16)
    assert "16 lines" in run("check_style", tree)[1]


def test_style_wants_documents_to_name_what_exists(tree):
    write(tree, "docs/page.md", "see `src/base/text.h` and `src/base/gone.h`\n")
    status, output = run("check_style", tree)
    assert status == 1 and "docs/page.md:1: names src/base/gone.h" in output


@pytest.fixture
def cited(tree):
    write(tree, "tests/unit/http/x_test.cpp", 'TEST(Suite, holds) {}\nTEST_P(Other, holds) {}\nCase{"a_case"}\n')
    write(tree, "tests/live/test_x.py", 'CASES = {"a case": 1}\n\ndef test_it_holds(): pass\n')
    write(tree, "tests/golden/http/requests.golden", "# no Host\nGET /\n")
    write(tree, "docs/threat-model.md", "")
    return tree


@pytest.mark.parametrize("row, complaint", [
    ("| 9110 1 | x | `Suite.holds`, `Other.holds/a_case` |", ""), ("| 9110 1 | x | `test_it_holds[a case]` |", ""),
    ("| 9110 1 | x | `requests.golden: no Host` |", ""), ("| 9110 1 | x | not ours: nobody asks |", ""),
    ("| 9110 1 | x | `Suite.held` |", "no test Suite.held"), ("| 9110 1 | x | `Other.holds/b_case` |", "no test Other.holds/b_case"),
    ("| 9110 1 | x | `test_it_held` |", "no test test_it_held"), ("| 9110 1 | x | `test_it_holds[b]` |", "no test test_it_holds[b]"),
    ("| 9110 1 | x | `requests.golden: two` |", "no test requests.golden: two"), ("| 9110 1 | x | surely |", "no test and no reason"),
])
def test_cited_tests_sees(cited, row, complaint):
    write(cited, "docs/conformance.md", row + "\n")
    status, output = run("cited_tests", cited, "tests/checks")
    assert (status == 1 and complaint in output) if complaint else status == 0
