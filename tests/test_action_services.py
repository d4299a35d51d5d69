"""The composite action on running services, with the real act: a slower route, an unchanged one, services that misbehave."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests import acting
from tests.acting import Project, Ran
from tests.github_server import GitHub
from tests.services import SERVICES

pytestmark = pytest.mark.act

MakeProject = Callable[..., Project]

MAIN = "services/main.js"
SERVICE = """\
const http = require("node:http");
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const routes = {
  "/health": async () => "ok",
  "/rooms": async () => JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, name: `room ${id}` }))),
  "/users": async () => JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, name: `user ${id}` }))),
};
http
  .createServer(async (request, response) => response.end(await routes[request.url]()))
  .listen(process.env.PORT, "127.0.0.1", () => console.log("listening"));
"""
SLOWER = SERVICE.replace('"/rooms": async () => JSON', '"/rooms": async () => (await wait(3), 0) || JSON')
BUDGETS = """\
version: 1
services:
  web: {response.mean: 50 ms, response.errorRate: 1%}
"""


def config(start: str = f"start: [node, {MAIN}]\n    ready: /health", *, compare: str = "") -> str:
    """A project file with one service, asked little, so that a test is quick."""
    return f"""\
version: 1
services:
  web:
    artifacts: [services/*.js]
    {start}
    routes: [/rooms, /users]
    response: {{rate: 50, duration: 2s, warm-up: 10}}
    memory: {{block: 50}}
{compare}"""


PAIRED = "compare: {with: paired, requests: 60, warm-up: 20}\n"
BASE = {
    "perfgate.yaml": config(compare=PAIRED),
    "budgets/perfgate.yaml": BUDGETS,
    MAIN: SERVICE,
    "README.md": "A shop.\n",
    ".gitignore": "performance-reports/\n",
}


@pytest.fixture
def project(action: Path, tmp_path: Path, hub: GitHub) -> MakeProject:
    def make(change: Mapping[str, str], *, base: Mapping[str, str] = BASE) -> Project:
        return acting.a_project(action, tmp_path, hub, base=base, change=change)

    return make


def comment_of(project: Project) -> str:
    (body,) = project.hub.state.bodies()
    return body


def left_behind(project: Project) -> list[str]:
    """What still runs from the folder of a project."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            at = (folder / "cwd").readlink()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            continue
        if at.is_relative_to(project.root.parent) and command:
            found.append(command)
    return found


def ran(made: Project, **inputs: str) -> Ran:
    done = made.act("pull_request", made.pull_request(), **inputs)
    assert left_behind(made) == []
    return done


def test_three_milliseconds_on_one_route_are_red_and_the_route_is_named(project: MakeProject) -> None:
    made = project({MAIN: SLOWER})
    done = ran(made)
    assert (done.status, done.outputs["verdict"]) == (1, "failed"), done.log
    body = comment_of(made)
    assert "| ❌ fail, worse | `web` | `response.mean` |" in body
    assert re.search(r"<code>response\.mean</code> fails: <code>GET /rooms</code> \+\d", body)
    assert re.search(r"`GET /rooms`: \+[\d,]+% \(.*, \d+ forks\), at most 10% is allowed", body)
    assert re.search(r"- `GET /users` .* ms → .*within 10%; would have seen \+", body)


def test_a_change_of_words_is_green_and_nothing_is_measured_in_pairs(project: MakeProject) -> None:
    made = project({"README.md": "A shop for everyone.\n"})
    done = ran(made)
    assert (done.status, done.outputs["verdict"], done.outputs["violations"]) == (0, "passed", "0"), done.log
    assert "preparing the base" not in done.log


# How each is started, and why it is not measured.
MISBEHAVING = {
    "does not start": (
        "start: [node, -e, \"console.log('no database'); process.exit(2)\"]",
        "ended with status 2 before",
    ),
    "dies midway": (f"start: [node, {SERVICES}/dies-midway.js]", "ended with status 3 while it was measured"),
    "is never ready": (f"start: [node, {SERVICES}/never-ready.js]\n    timeout: 1s", "was not ready after 1 s"),
    "answers 500": (f"start: [node, {SERVICES}/answers-500.js]", "requests failed: wrong status"),
    "ignores SIGTERM": (f"start: [node, {SERVICES}/ignores-sigterm.js]\n    stop: 500ms", "did not end within 0.5 s"),
}


@pytest.mark.parametrize(("start", "reason"), MISBEHAVING.values(), ids=MISBEHAVING)
def test_a_service_that_cannot_be_measured_is_red_with_its_log(start: str, reason: str, project: MakeProject) -> None:
    made = project({"perfgate.yaml": config(start)})
    done = ran(made)
    assert (done.status, done.outputs["status"]) == (1, "1"), done.log
    body = comment_of(made)
    assert re.search(r"\| `web` \| `response.mean` \| ⏭️ not measured: ", body)
    assert reason in done.log
    if "500" not in start:
        assert "the end of the log of web:" in done.log
        assert "The end of its log:" in body


def test_and_only_warns_where_the_team_says_so(project: MakeProject) -> None:
    start, reason = MISBEHAVING["does not start"]
    budgets = {"budgets/perfgate.yaml": BUDGETS + "missing: warn\n"}
    made = project({"perfgate.yaml": config(start)}, base={**BASE, **budgets})
    done = ran(made)
    assert (done.status, done.outputs["verdict"]) == (0, "passed"), done.log
    assert reason in done.log
