"""How services are started, asked and measured: the part of perfgate.yaml that says so."""

import re

import pytest

from perfgate.config import running_reader as module
from perfgate.config.project import parse
from perfgate.config.running import Compare, Load, MemoryLoad, Ready, Route, Running, Start
from perfgate.errors import ConfigError, Source
from tests.running import ROOT

EVERYTHING = """\
version: 1
response: {rate: 200, duration: 20 s, warm-up: 50, timeout: 2 s, keep-alive: false}
memory: {block: 1000, connections: 4}
compare:
  with: paired
  prepare:
    - [pnpm, install, --frozen-lockfile]
    - [pnpm, build]
  requests: 100
  warm-up: 10
services:
  api:
    start: [node, dist/main.js, --port, "{port}"]
    cwd: ./services/api
    env: {NODE_ENV: production, EMPTY: , DEBUG: false, ADDRESS: "http://127.0.0.1:{port}", PORT: "{port}"}
    inherit: [DATABASE_URL, REDIS_URL]
    port: 3000
    https: true
    ready: /health?deep=1
    timeout: 2 min
    stop: 500 ms
    routes:
      - /health
      - {path: "/orders?page=2", method: post, body: '{"a": 1}', headers: {Content-Type: application/json, X-Trace: }, status: [201, 409], weight: 3}
      - {path: /orders, status: 200}
    response: {rate: 50}
    memory: {}
"""

# Each of these is right in itself; what it means is told by other tests.
ACCEPTED = [
    "version: 1\ncompare: paired",
    "version: 1\ncompare: stored",
    "version: 1\ncompare: {}",
    "version: 1\nresponse:\nmemory:",
    "version: 1\nservices: {a: {start: [node, x.js], ready: port, port: auto}}",
    "version: 1\nservices: {a: {start: [node, x.js], ready: {log: 'listening on \\d+'}}}",
    "version: 1\nservices: {a: {start: [node, x.js], ready: {url: '/health'}}}",
    "version: 1\nservices: {a: {start: [node, x.js], ready: 'http://localhost:{port}/a?b=c'}}",
    "version: 1\nservices: {a: {start: [node, 8080, ''], stop: 0s, inherit: HOME, env: }}",
    "version: 1\nservices: {a: {start: [node, x.js], port: 8080, env: {PORT: 8080}}}",
    "version: 1\nservices: {a: {start: [node, x.js], inherit: [], routes: [/], env: {}}}",
]

_START = "version: 1\nservices: {a: {start: [node], "
# What is wrong, how that is said, and whether an editor can see it, too.
REFUSED = [
    ("version: 1\nservices: {a: {start: node dist/main.js}}", "2:23: a command is a list of its words (there is no shell: write [node, dist/main.js])", True),
    ("version: 1\nservices: {a: {start: 'node a.js > log'}}", "2:23: a command is a list of its words (there is no shell: write [node, dist/main.js])", True),
    ("version: 1\nservices: {a: {start: []}}", "2:23: the command is empty (write [node, dist/main.js])", True),
    ("version: 1\nservices: {a: {start: ['', x]}}", "2:23: the command is empty (write [node, dist/main.js])", False),
    ("version: 1\nservices: {a: {start: [node, [x]]}}", "2:30: expected a word of the command (quote what YAML takes for something else)", True),
    ("version: 1\nservices: {a: {start: [node, ~]}}", "2:30: expected a word of the command (quote what YAML takes for something else)", True),
    ('version: 1\nservices: {a: {start: [node, "a\\0b"]}}', "2:30: expected a word of the command (quote what YAML takes for something else)", False),
    ("version: 1\nservices: {a: {start: [npm, ci, '&&', node, x]}}", "2:33: '&&' means nothing without a shell (write [sh, -c, \"first && second\"])", False),
    ("version: 1\nservices: {a: {port: 3000}}", "2:22: port without start (add `start: [node, main.js]`)", True),
    ("version: 1\nservices: {a: {memory: {block: 1000}}}", "2:24: memory without start (add `start: [node, main.js]`)", True),
    (_START + "cwd: ../x}}", "2:36: '../x' leaves the workspace (write it relative to perfgate.yaml)", False),
    (_START + "cwd: /srv}}", "2:36: '/srv' leaves the workspace (write it relative to perfgate.yaml)", False),
    (_START + "cwd: }}", "2:36: expected a folder", True),
    (_START + "env: [A]}}", "2:36: expected variables by name, not a list", True),
    (_START + "env: {A-B: x}}}", "2:37: 'A-B' is not the name of a variable", True),
    (_START + "env: {A: [x]}}}", "2:40: A must be a single value", True),
    (_START + 'env: {A: "x\\0"}}}', "2:40: A must be a single value", False),
    (_START + "env: {PERFGATE_RUN: x}}}", "2:37: PERFGATE_RUN is for perfgate itself (leave it out)", True),
    (_START + "env: {PORT: 80}}}", "2:37: PORT is set by perfgate (write `port: 3000` beside `start` for a fixed one)", False),
    (_START + "inherit: [A B]}}", "2:41: 'A B' is not the name of a variable", True),
    (_START + "inherit: GITHUB_TOKEN}}", "2:40: GITHUB_TOKEN is never handed to a service (give the service a token of its own, by another name)", True),
    (_START + "inherit: [X, ACTIONS_RUNTIME_TOKEN]}}", "2:44: ACTIONS_RUNTIME_TOKEN is never handed to a service (give the service a token of its own, by another name)", True),
    (_START + "port: 0}}", "2:37: '0' is not a number from 1 to 65,535", True),
    (_START + "port: 65536}}", "2:37: '65536' is not a number from 1 to 65,535", True),
    (_START + "port: '0000030009'}}", "2:37: '0000030009' is not a number from 1 to 65,535", True),
    (_START + "port: }}", "2:37: expected a port, or auto", True),
    (_START + "https: yes please}}", "2:38: 'yes please' is neither true nor false", True),
    (_START + "ready: health}}", "2:38: 'health' is neither a path nor an address (write /health, or {log: a pattern})", True),
    (_START + "ready: }}", "2:38: expected a path such as /health", True),
    (_START + "ready: /a b}}", "2:38: '/a b' cannot be requested (encode blanks as %20, and give a host and port)", False),
    (_START + "ready: 'http://localhost:99999/'}}", "2:38: 'http://localhost:99999/' cannot be requested (encode blanks as %20, and give a host and port)", False),
    (_START + "ready: 'http://[::1/'}}", "2:38: 'http://[::1/' cannot be requested (encode blanks as %20, and give a host and port)", False),
    (_START + "ready: 'http:///x'}}", "2:38: 'http:///x' cannot be requested (encode blanks as %20, and give a host and port)", False),
    (_START + "ready: {port: 3000}}}", "2:39: unknown key 'port', expected url or log (known: log, url)", True),
    (_START + "ready: {}}}", "2:38: ready is one of url and log (keep one of them; `ready: port` needs neither)", True),
    (_START + "ready: {url: /x, log: y}}}", "2:38: ready is one of url and log (keep one of them; `ready: port` needs neither)", True),
    (_START + "ready: {url: port}}}", "2:44: 'port' is neither a path nor an address (write /health, or {log: a pattern})", True),
    (_START + "ready: {url: {url: /x}}}}", "2:44: expected a path such as /health, not a mapping", True),
    (_START + "ready: {log: '('}}}", "2:44: '(' is no pattern: missing ), unterminated subpattern at position 0", False),
    (_START + "ready: {log: '[[a]'}}}", "2:44: '[[a]' is no pattern: Possible nested set at position 1", False),
    (_START + "ready: {log: 'a{9999999999}'}}}", "2:44: 'a{9999999999}' is no pattern: the repetition number is too large", False),
    (_START + "timeout: 60}}", "2:40: '60' has no unit (write a number and a unit, such as 10 ms)", True),
    (_START + "timeout: 0 s}}", "2:40: '0 s' is not between 0.1 s and 1 h", False),
    (_START + "stop: 61 min}}", "2:37: '61 min' is not between 0 s and 1 h", False),
    (_START + "routes: /x}}", "2:39: expected a list of routes (write `- /health`, or `- {path: /health}`)", True),
    (_START + "routes: [x]}}", "2:40: 'x' is no path of a request (start with /, and encode blanks as %20)", True),
    (_START + "routes: [/a#b]}}", "2:40: '/a#b' is no path of a request (start with /, and encode blanks as %20)", True),
    (_START + "routes: [{method: GET}]}}", "2:40: no path (write `path: /health`)", True),
    (_START + "routes: [{path: /, method: FETCH}]}}", "2:58: unknown method 'FETCH' (known: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS)", True),
    (_START + "routes: [/x, {path: /x, method: GET}]}}", "2:44: GET /x is given twice (weigh it with `weight: 2` instead)", False),
    (_START + "routes: [{path: /, body: {a: 1}}]}}", "2:56: the body must be a text (quote it: body: '{\"name\": \"x\"}')", True),
    (_START + "routes: [{path: /, headers: {Host: x}}]}}", "2:60: Host is set by perfgate (leave it out)", False),
    (_START + "routes: [{path: /, headers: {A: [x]}}]}}", "2:63: A must be a single value", True),
    (_START + 'routes: [{path: /, headers: {A: "x\\r\\nB: y"}}]}}', "2:60: 'A' is no header (names are letters and dashes, values one line of ASCII)", False),
    (_START + "routes: [{path: /, status: 600}]}}", "2:58: '600' is not a number from 100 to 599", True),
    (_START + "routes: [{path: /, status: []}]}}", "2:58: no status (leave `status` out to take 200 to 399)", True),
    (_START + "routes: [{path: /, weight: 0}]}}", "2:58: '0' is not a number from 1 to 1,000", True),
    (_START + "restart: true}}", "2:31: unknown key 'restart', expected a part of a service (did you mean start?)", True),
    ("version: 1\nresponse: {rate: 0}", "2:18: '0' is not a number from 1 to 20,000", True),
    ("version: 1\nresponse: {durations: 1 s}", "2:12: unknown key 'durations', expected a part of response (did you mean duration?)", True),
    ("version: 1\nresponse: {duration: 500 ms}", "2:22: '500 ms' is not between 1 s and 1 h", False),
    ("version: 1\nresponse: {timeout: 0 s}", "2:21: '0 s' is not between 0.1 s and 1 h", False),
    ("version: 1\nmemory: {block: 1}", "2:17: '1' is not a number from 50 to 100,000", True),
    ("version: 1\nmemory: []", "2:9: expected a mapping with block, connections, not a list", True),
    ("version: 1\ncompare: both", "2:10: compare: 'both' is not stored or paired", True),
    ("version: 1\ncompare: {with: both}", "2:17: compare: 'both' is not stored or paired", True),
    ("version: 1\ncompare: {prepare: [npm, ci]}", "2:21: a command is a list of its words (there is no shell: write [npm])\nperfgate.yaml:2:26: a command is a list of its words (there is no shell: write [ci])", True),
    ("version: 1\ncompare: {prepare: npm ci}", "2:20: expected a list of commands (write `- [pnpm, install]`)", True),
    ("version: 1\ncompare: {requests: 5}", "2:21: '5' is not a number from 10 to 10,000", True),
]  # fmt: skip


def test_everything_it_can_say() -> None:
    project = parse(EVERYTHING.encode())
    assert project.compare == Compare(
        how="paired",
        prepare=(("pnpm", "install", "--frozen-lockfile"), ("pnpm", "build")),
        requests=100,
        warm_up=10,
    )
    assert project.services["api"].running == Running(
        start=Start(
            argv=("node", "dist/main.js", "--port", "{port}"),
            cwd="services/api",
            env={
                "NODE_ENV": "production",
                "EMPTY": "",
                "DEBUG": "false",
                "ADDRESS": "http://127.0.0.1:{port}",
                "PORT": "{port}",
            },
            inherit=("DATABASE_URL", "REDIS_URL"),
            port=3000,
            https=True,
            ready=Ready("url", "/health?deep=1"),
            timeout=120,
            stop=0.5,
            source=Source("perfgate.yaml", 12, 3),
        ),
        routes=(
            Route("/health"),
            Route(
                "/orders?page=2",
                method="POST",
                body='{"a": 1}',
                headers=(("Content-Type", "application/json"), ("X-Trace", "")),
                statuses=frozenset({201, 409}),
                weight=3,
            ),
            Route("/orders", statuses=frozenset({200})),
        ),
        load=Load(rate=50, seconds=20, warm_up=50, timeout=2, keep_alive=False),
        memory=MemoryLoad(block=1000, connections=4),
    )


DOCUMENT = (ROOT / "docs" / "services.md").read_text(encoding="utf-8")


def test_what_is_documented_can_be_copied() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    smallest, whole = (parse(example.encode()) for example in examples)
    assert smallest.services["api"].running is not None
    assert whole.compare is not None
    assert whole.compare.how == "paired"
    for ready in re.findall(r"^\| `([^`]+)` \| (?:the port|a GET|the same with|a whole line)", DOCUMENT, re.MULTILINE):
        parse(f"version: 1\nservices: {{a: {{start: [x], ready: {ready}}}}}".encode())


@pytest.mark.parametrize(
    ("prefix", "keys"),
    [
        ("", module.START_KEYS),
        ("", module._ROUTE_KEYS),
        ("response.", module._LOAD_KEYS),
        ("memory.", module._MEMORY_KEYS),
        ("compare.", module._COMPARE_KEYS),
    ],
)
def test_every_key_is_documented(prefix: str, keys: tuple[str, ...]) -> None:
    tables = " ".join(line.split("|")[1] for line in DOCUMENT.splitlines() if line.startswith("| `"))
    for key in keys:
        assert f"`{prefix}{key}`" in tables


def test_a_service_that_is_only_started_has_the_defaults() -> None:
    running = parse(b"version: 1\nservices: {api: {start: [node, main.js]}}").services["api"].running
    assert running == Running(Start(("node", "main.js"), source=Source("perfgate.yaml", 2, 12)))
    assert running.start.timeout == 60
    assert running.start.stop == 5
    assert parse(b"version: 1").compare == Compare()


def test_a_service_that_is_not_started_is_not_running() -> None:
    assert parse(b"version: 1\nservices: {web: {path: apps/web}, api: }").services["web"].running is None


def test_what_a_service_does_not_say_comes_from_the_top() -> None:
    text = b"""\
version: 1
services:
  a: {start: [node, a.js]}
  b: {start: [node, b.js], response: {rate: 10}, memory: {connections: 1}}
response: {duration: 30 s}
memory: {block: 200}
"""
    services = parse(text).services
    loads = {name: (one.running.load, one.running.memory) for name, one in services.items() if one.running}
    assert loads == {
        "a": (Load(seconds=30), MemoryLoad(block=200)),
        "b": (Load(seconds=30, rate=10), MemoryLoad(block=200, connections=1)),
    }


@pytest.mark.parametrize("text", ACCEPTED)
def test_other_ways_to_say_it(text: str) -> None:
    parse(text.encode())


def test_what_is_left_out_or_empty_is_the_default() -> None:
    running = parse(ACCEPTED[8].encode()).services["a"].running
    assert running is not None
    assert running.start.argv == ("node", "8080", "")
    assert (running.start.inherit, running.start.stop, running.start.env) == (("HOME",), 0, {})
    assert parse(ACCEPTED[2].encode()).compare == Compare(how="paired")


@pytest.mark.parametrize(("text", "problem"), [(text, problem) for text, problem, _seen in REFUSED])
def test_a_mistake_is_named_with_its_place_and_its_remedy(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text.encode())
    assert str(refused.value) == f"perfgate.yaml:{problem}"


def test_all_mistakes_are_named_at_once() -> None:
    text = b"""\
version: 1
response: {rate: fast}
compare: {with: nothing}
services:
  a: {cwd: .., port: x, ready: {log: '*'}}
  b: {start: [node], env: {1: x}, routes: [{path: y, weight: 1.5}]}
"""
    with pytest.raises(ConfigError) as refused:
        parse(text)
    places = [(problem.source.line, problem.source.column) for problem in refused.value.problems]
    assert places == [(2, 18), (3, 17), (5, 12), (5, 12), (5, 22), (5, 38), (6, 28), (6, 51), (6, 62)]


def test_a_run_may_leave_out_what_takes_too_long() -> None:
    whole = parse(b"version: 1\nmemory: ignore\nservices: {api: {start: [node, x.js], response: {rate: 5}}}\n")
    assert whole.unmeasured == {"memory"}
    running = whole.services["api"].running
    assert running is not None
    assert running.load.rate == 5
