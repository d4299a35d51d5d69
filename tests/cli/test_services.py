"""The commands that run services, as a user calls them."""

import json
import re
from pathlib import Path

from tests.repositories import a_repository
from tests.running import Done, perfgate
from tests.services import SERVICES

CONFIG = f"""\
version: 1
services:
  api:
    start: [node, {SERVICES}/steady.js]
    ready: /health
    routes: [/orders, {{path: /orders, method: POST, body: '{{"id": 1}}'}}]
    response: {{rate: 100, duration: 1s, warm-up: 5}}
    memory: {{block: 50}}
  web: {{artifacts: ["*.md"]}}
"""


def a_project(root: Path, config: str = CONFIG) -> Path:
    return a_repository(root, {"perfgate.yaml": config, "README.md": "x", ".gitignore": "performance-reports/\n"})


def latest(root: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((root / "performance-reports/latest.json").read_text())
    return found


def test_response_prints_routes_and_writes_the_report(tmp_path: Path) -> None:
    done = perfgate(a_project(tmp_path), "response")
    assert done.status == 0, done.err
    assert re.search(r"^api +GET /orders +50 +0 +\S+ ms", done.out, re.MULTILINE)
    assert re.search(r"^api +POST /orders +50 +0 +\S+ ms", done.out, re.MULTILINE)
    assert "not measured: web: perfgate.yaml does not say how it is started" in done.err
    report = latest(tmp_path)
    assert report["responseTime"] == report["averageResponseTime"]
    assert report["environment"]["node"]  # type: ignore[index]
    assert len(report["inputs"]["api"]) == 64  # type: ignore[index]
    assert perfgate(tmp_path, "validate").status == 0


def test_memory_prints_a_verdict_and_keeps_what_response_wrote(tmp_path: Path) -> None:
    a_project(tmp_path)
    assert perfgate(tmp_path, "response").status == 0
    done = perfgate(tmp_path, "memory", "--service", "api", "--detailed", "--budget", "20s")
    assert done.status == 0, done.err
    assert "api heap spaces: " in done.out
    report = latest(tmp_path)
    assert report["memoryLeakSuspected"] is False
    assert report["averageHeapUsed"]
    assert report["memoryUsage"]
    assert report["responseTime"]


def failed(root: Path, *arguments: str) -> Done:
    done = perfgate(root, *arguments)
    assert "Traceback" not in done.err
    return done


def test_what_cannot_be_meant_is_one_clear_error(tmp_path: Path) -> None:
    a_project(tmp_path)
    wrong = failed(tmp_path, "response", "--service", "apu")
    assert (wrong.status, wrong.err) == (2, "error: --service apu: no such service\nhint: did you mean api?\n")
    short = failed(tmp_path, "memory", "--budget", "60")
    assert (short.status, short.err.splitlines()[0]) == (2, "error: --budget: '60' has no unit")
    none = failed(tmp_path, "response", "--service", "web")
    assert none.status == 3
    assert "perfgate.yaml does not say how web is started" in none.err


def test_a_service_that_does_not_start_shows_its_log_and_is_status_3(tmp_path: Path) -> None:
    config = "version: 1\nservices:\n  api: {start: [node, -e, \"console.log('no database'); process.exit(1)\"]}\n"
    done = failed(a_project(tmp_path, config), "response")
    assert done.status == 3
    assert "the end of the log of api:\n  no database\n" in done.err
    assert "not measured: api: api ended with status 1 before it was ready" in done.err


def test_the_commands_of_perfgate_yaml_are_checked_before_anything_runs(tmp_path: Path) -> None:
    done = failed(a_project(tmp_path, "version: 1\nservices:\n  api: {start: node main.js}\n"), "response")
    assert done.status == 2
    assert "perfgate.yaml:3:16: a command is a list of its words" in done.err


def test_a_run_leaves_out_what_is_ignored(tmp_path: Path) -> None:
    a_project(tmp_path, CONFIG + "memory: ignore\n")
    done = perfgate(tmp_path, "analyze")
    assert "measuring response times of 1 service ..." in done.err
    assert "measuring memory" not in done.err
