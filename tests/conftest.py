"""What every test has: an environment that says nothing of this machine, and a GitHub where one asks for it."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import acting, github_server
from tests.github_server import GitHub

# A run in the background of a shell ignores interrupts, and what it starts would inherit that: tests that interrupt a
# program would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

_FOREIGN = ("GITHUB_", "RUNNER_", "ACTIONS_", "PERFGATE_", "GIT_")


@pytest.fixture(autouse=True)
def _scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """perfgate is a tool for runners and is tested on runners: what they set must not reach a test."""
    for name in list(os.environ):
        if name == "CI" or name.startswith(_FOREIGN):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


@pytest.fixture
def hub() -> Iterator[GitHub]:
    """The GitHub stand-in. A request or an answer that does not conform to GitHub's description fails the test."""
    with github_server.running() as server:
        yield server
    assert server.state.violations == []


@pytest.fixture(scope="session")
def action(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The action as released; one for all workers of this test run."""
    base = tmp_path_factory.getbasetemp()
    return acting.the_action((base if worker_id == "master" else base.parent) / "action")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="rewrite the golden files with what came out")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with a golden file, or rewrites the file under --accept."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--accept"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; look at it, then `make accept`"

    return compare
