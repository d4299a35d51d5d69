"""`perfgate build`, as people and workflows use it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.github_server import Fault, GitHub
from tests.running import ENTRY, Done, files, perfgate

TOKEN = "ghs_canary_token_0123456789"


def report_of(root: Path) -> Any:
    return json.loads((root / "performance-reports" / "latest.json").read_text())


def value_of(root: Path, metric: str) -> Any:
    return next((entry["value"] for entry in report_of(root)["metrics"] if entry["id"] == metric), None)


def reason_of(root: Path, metric: str) -> tuple[str, bool]:
    return next((e["reason"], e["failed"]) for e in report_of(root)["notMeasured"] if e["id"] == metric)


def on_github(root: Path, hub: GitHub, *arguments: str, event: str = "push", **env: str) -> Done:
    """A step of a workflow."""
    repository = {} if event == "schedule" else {"default_branch": "main", "full_name": "octo/shop"}
    payload = {"before": "a" * 40, "after": "b" * 40, "ref": "refs/heads/main", "repository": repository}
    (root / "event.json").write_text(json.dumps(payload))
    runner = {
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(root / "event.json"),
        "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_API_URL": hub.url,
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_RUN_ID": "7",
        "GITHUB_WORKFLOW_REF": "octo/shop/.github/workflows/ci.yml@refs/heads/main",
    }
    return perfgate(root, *arguments, env={**runner, **env})


# The command


def test_a_build_is_measured_and_stands_in_the_report(tmp_path: Path) -> None:
    done = perfgate(tmp_path, "build", "--", "sh", "-c", "echo made > dist.js")
    assert done.status == 0
    assert (tmp_path / "dist.js").exists()
    assert value_of(tmp_path, "build.duration") > 0
    found = report_of(tmp_path)["details"]["build"]["(repository)"]
    assert (found["command"], found["status"]) == ("sh -c 'echo made > dist.js'", 0)
    assert done.out.startswith("build: ")
    assert perfgate(tmp_path, "validate").status == 0


def test_what_is_meant_for_the_command_is_the_commands(tmp_path: Path) -> None:
    shows = [sys.executable, "-c", "import sys; print(sys.argv[1:])"]
    for arguments in (["--", *shows], shows):
        done = perfgate(tmp_path, "build", *arguments, "--help", "--", "--runs", "0")
        assert done.status == 0
        assert done.out.startswith("['--help', '--', '--runs', '0']\n")


def test_its_output_is_seen_while_it_runs(tmp_path: Path) -> None:
    argv = [sys.executable, "-I", str(ENTRY), "build", "--", "sh", "-c"]
    text = "echo begun; echo aside >&2; until [ -e go ]; do sleep 0.01; done; echo over"
    with subprocess.Popen(
        [*argv, text], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert (child.stdout.readline(), child.stderr.readline()) == ("begun\n", "aside\n")
        (tmp_path / "go").touch()
        assert child.stdout.readline() == "over\n"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["sh", "-c", "exit 2"], "the build ended with status 2; a failed build has no duration"),
        (["pnmp", "build"], "cannot run pnmp: No such file or directory; is it installed?"),
    ],
)
def test_a_failed_build_gives_no_verdict_and_says_why(tmp_path: Path, command: list[str], reason: str) -> None:
    perfgate(tmp_path, "build", "--", "true")
    done = perfgate(tmp_path, "build", "--", *command)
    assert done.status == 3
    assert done.err.splitlines()[0] == f"not measured: (repository): {reason}"
    assert reason_of(tmp_path, "build.duration") == (reason, True)
    assert value_of(tmp_path, "build.duration") is None, "that of the build before is not of this one"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_being_stopped_ends_everything_the_build_has_started(tmp_path: Path, number: signal.Signals) -> None:
    text = "echo $$ > a; setsid sh -c 'echo $$ > b; sleep 60; true' & (sleep 60 & echo $! > c); sleep 60; true"
    child = subprocess.Popen(
        [sys.executable, "-I", str(ENTRY), "build", "--", "sh", "-c", text],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background inherits that interrupts are ignored, one without a terminal that hanging up is.
        preexec_fn=_hear_signals,  # noqa: PLW1509  # one thread
    )
    places = [tmp_path / name for name in "abc"]
    while not all(path.exists() and path.read_text().endswith("\n") for path in places):
        time.sleep(0.01)
    child.send_signal(number)
    _, err = child.communicate()
    assert (child.returncode, err) == (3, "interrupted; there is no verdict\n")
    assert [pid for path in places if psutil.pid_exists(pid := int(path.read_text()))] == []
    assert not (tmp_path / "performance-reports" / "latest.json").exists()


def _hear_signals() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_a_build_is_told_everything_but_secrets(tmp_path: Path) -> None:
    told = {"NODE_ENV": "production", "npm_config_cache": "/c", "CI": "true", "GITHUB_SHA": "f" * 40}
    secret = {"NPM_TOKEN": "npm_canary", "GITHUB_TOKEN": TOKEN, "PERFGATE_TOKEN": TOKEN, "SIGNING_KEY": "canary"}
    done = perfgate(tmp_path, "build", "--inherit", "SIGNING_KEY", "--", "env", env={**told, **secret})
    assert done.status == 0
    lines = done.out.splitlines()
    assert {f"{name}={value}" for name, value in told.items()} < set(lines)
    assert [line for line in lines if "canary" in line] == ["SIGNING_KEY=canary"]
    assert done.err.startswith("not told to the build, as they look like secrets: NPM_TOKEN; --inherit NAME")


def test_a_secret_that_a_shell_put_into_the_command_is_in_no_report(tmp_path: Path) -> None:
    perfgate(tmp_path, "build", "--", "true", TOKEN, "npm_canary", env={"NPM_TOKEN": "npm_canary", "GH_TOKEN": TOKEN})
    assert report_of(tmp_path)["details"]["build"]["(repository)"]["command"] == "true '***' '***'"


@pytest.mark.parametrize(
    "arguments",
    [["--timeout", "5"], ["--timeout", "0s"], ["--timeout", "1h30m"], ["--runs", "0"], ["--inherit", "GITHUB_TOKEN"]],
)
def test_bad_options(tmp_path: Path, arguments: list[str]) -> None:
    assert perfgate(tmp_path, "build", *arguments, "--", "touch", "ran").status == 2
    assert not (tmp_path / "ran").exists()


def test_no_time_is_left(tmp_path: Path) -> None:
    done = perfgate(tmp_path, "build", "--timeout", "0.3s", "--", "sleep", "60")
    assert done.status == 3
    assert reason_of(tmp_path, "build.duration") == ("the build took over 0.3 s and was ended", True)


# The runs


def test_the_success_rate_is_that_of_the_workflow_on_the_default_branch(tmp_path: Path, hub: GitHub) -> None:
    for number in range(60):
        hub.state.workflow_run("failure" if number in (30, 40) else "success")
    hub.state.workflow_run("cancelled")
    hub.state.workflow_run("failure", id=7)
    done = on_github(tmp_path, hub, "build", "--", "true")
    assert done.status == 0
    assert value_of(tmp_path, "build.successRate") == 96
    assert report_of(tmp_path)["details"]["build"]["(repository)"]["runs"] == {
        "workflow": "ci.yml", "branch": "main", "counted": 50, "succeeded": 48, "failed": 2, "skipped": 1,
        "enoughForAlarm": False,
    }  # fmt: skip
    assert "ci.yml on main: 96% of 50 runs succeeded" in done.out
    assert "canary" not in json.dumps(report_of(tmp_path))


def test_the_runs_alone(tmp_path: Path, hub: GitHub) -> None:
    hub.state.workflow_run("success")
    assert on_github(tmp_path, hub, "build").status == 0
    assert value_of(tmp_path, "build.successRate") == 100
    assert reason_of(tmp_path, "build.duration") == ("no command was given", False)


@pytest.mark.parametrize(
    ("arguments", "env", "share"),
    [
        ([], {"GITHUB_WORKFLOW_REF": ""}, 100),
        ([], {"GITHUB_WORKFLOW_REF": "octo/rules/.github/workflows/ci.yml@refs/heads/main"}, 100),
        (["--workflow", ".github/workflows/nightly.yml"], {}, 0),
        (["--branch", "next"], {}, 50),
        (["--branch", "next", "--runs", "1"], {}, 0),
        ([], {"event": "schedule"}, 100),
    ],
    ids=[
        "asked by the run",
        "a workflow of another repository",
        "workflow",
        "branch",
        "runs",
        "no branch in the event",
    ],
)
def test_which_runs_count(tmp_path: Path, hub: GitHub, arguments: list[str], env: dict[str, str], share: float) -> None:
    hub.state.workflow_run("success")
    hub.state.workflow_run("failure", workflow="nightly.yml")
    hub.state.workflow_run("success", branch="next")
    hub.state.workflow_run("failure", branch="next")
    assert on_github(tmp_path, hub, "build", *arguments, **env).status == 0
    assert value_of(tmp_path, "build.successRate") == share


def test_without_github_or_a_token_nothing_has_failed(tmp_path: Path, hub: GitHub) -> None:
    assert perfgate(tmp_path, "build", "--", "true").status == 0
    assert reason_of(tmp_path, "build.successRate") == ("not on GitHub, where the runs of workflows are known", False)
    assert on_github(tmp_path, hub, "build", "--", "true", GITHUB_TOKEN="").status == 0
    reason = "there is no token to ask GitHub for runs; set GITHUB_TOKEN"
    assert reason_of(tmp_path, "build.successRate") == (reason, False)
    assert on_github(tmp_path, hub, "build", "--", "true").status == 0
    reason = "no completed run of ci.yml on main has succeeded or failed"
    assert reason_of(tmp_path, "build.successRate") == (reason, False)


def test_a_refusal_of_github_is_a_failure_and_the_build_is_measured(tmp_path: Path, hub: GitHub) -> None:
    hub.state.faults = [Fault(status=403, message="Resource not accessible by integration", times=99)]
    assert on_github(tmp_path, hub, "build", "--", "true").status == 3
    reason = (
        "cannot list the runs of ci.yml: GitHub answered 403, Resource not accessible by integration; "
        "give the job the permission `actions: read`"
    )
    assert reason_of(tmp_path, "build.successRate") == (reason, True)
    assert value_of(tmp_path, "build.duration") > 0


# Beside the others


def test_a_budget_holds_for_a_build(tmp_path: Path, hub: GitHub) -> None:
    files(tmp_path, budgets__perfgate_yaml="version: 1\ndefaults: {build.successRate: 98%, build.duration: 10 min}\n")
    for number in range(50):
        hub.state.workflow_run("failure" if number < 2 else "success")
    assert on_github(tmp_path, hub, "build", "--", "true").status == 0
    done = perfgate(tmp_path, "check")
    assert done.status == 1
    assert "build success rate 96% below budget 98%" in done.err
    on_github(tmp_path, hub, "build", "--", "false")
    assert "build duration" in perfgate(tmp_path, "check").err


def test_analyze_and_run_keep_what_the_build_took(tmp_path: Path) -> None:
    files(tmp_path, dist__apps__web__main_js="x")
    perfgate(tmp_path, "build", "--", "true")
    took = value_of(tmp_path, "build.duration")
    assert perfgate(tmp_path, "run").status == 0
    assert (value_of(tmp_path, "build.duration"), value_of(tmp_path, "bundle.size")) == (took, 1)
    done = perfgate(tmp_path, "analyze", "--only", "build")
    assert done.status == 2
    assert "measure it with `perfgate build -- CMD ARGS`" in done.err
