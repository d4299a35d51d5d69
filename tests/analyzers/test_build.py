"""What a build takes, measured on real commands, and the rate at which its workflow succeeds."""

import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from perfgate import process
from perfgate.analyzers.build import METRICS, analysis, environment, process_tree, success_rate
from perfgate.analyzers.build.analysis import Measured, Missing
from perfgate.process import Ended
from perfgate.report.document import Part
from perfgate.report.model import REPOSITORY, Build, WorkflowRuns

MIB = 1024 * 1024
PROGRAM = """
import os, subprocess, sys, time
def burn(seconds):
    while time.process_time() < seconds: pass
def wait_for(name):
    while not os.path.exists(name): time.sleep(.005)
def escape():
    "Goes on in a grandchild with a session of its own, whose parent has ended."
    if os.fork(): os.wait(); return False
    os.setsid()
    if os.fork(): os._exit(0)
    open("pid.tmp", "w").write(str(os.getpid())); os.rename("pid.tmp", "pid")
    return True
"""


def script(text: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM + textwrap.dedent(text)]


def measure(argv: list[str], cwd: Path, timeout: float = 60, **more: str) -> Measured:
    return analysis.measure(argv, cwd=cwd, env={"PATH": os.environ["PATH"], **more}, timeout=timeout)


def built(argv: list[str], cwd: Path) -> Build:
    """A build that must have gone well."""
    found = measure(argv, cwd)
    assert found.missing is None
    assert found.build.duration is not None
    return found.build


def runs_now(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def escaped(folder: Path) -> Iterator[int]:
    """The process that has escaped, which goes with the test."""
    pid = int((folder / "pid").read_text())
    try:
        yield pid
    finally:
        if runs_now(pid):
            psutil.Process(pid).kill()


# Time


def test_processor_time_is_of_everything_that_was_started(tmp_path: Path) -> None:
    found = built(
        script("import sys; [os.fork() for _ in range(2)]; burn(.1); [os.wait() for _ in range(0)]"), tmp_path
    )
    assert found.cpu is not None
    assert found.cpu >= 100
    four = "if not os.fork(): burn(.1); os._exit(0)\n"
    found = built(script(four * 4 + "for _ in range(4): os.wait()"), tmp_path)
    assert found.cpu is not None
    assert found.cpu >= 400


def test_a_process_that_escaped_and_ended_counts(tmp_path: Path) -> None:
    text = """
    if escape(): burn(.2); os.rename("pid", "done"); os._exit(0)
    wait_for("done")
    while os.path.exists(f"/proc/{open('done').read()}/stat"): time.sleep(.01)
    """
    found = built(script(text), tmp_path)
    assert found.cpu is not None
    assert found.cpu >= 200
    assert found.notes == ()


def test_a_process_that_is_left_behind_counts_until_then_and_is_left_alone(tmp_path: Path) -> None:
    text = """
    if escape():
        burn(.2); open("ready", "w").close()
        time.sleep(30); os._exit(0)
    wait_for("ready")
    """
    found = built(script(text), tmp_path)
    with escaped(tmp_path) as pid:
        assert runs_now(pid), "a build server is meant to stay"
        assert found.cpu is not None
        assert found.cpu >= 200
        assert found.notes == ("1 process it started still runs after the command has ended",)
        assert not found.partial


# Memory


def peak_while(cwd: Path, argv: list[str], ready: str) -> int:
    """The peak of a command that is looked at while the files `ready` are there; then it finds the file `seen`."""

    def watch(argv: Sequence[str], *, look: Callable[[int], float], **more: Any) -> Ended:
        def looked(pid: int) -> float:
            complete = all((cwd / name).exists() for name in ready)
            pause = look(pid)
            if complete:
                (cwd / "seen").touch()
            return pause

        return process.watch(argv, look=looked, **more)

    found = analysis.measure(argv, cwd=cwd, env={"PATH": os.environ["PATH"]}, timeout=60, watch=watch)
    assert found.missing is None
    assert found.build.peak_memory is not None
    return found.build.peak_memory


def test_memory_is_what_all_processes_hold_at_once(tmp_path: Path) -> None:
    eater = "a = b'x' * (60 << 20); open(sys.argv[1], 'w').close(); wait_for('seen')"
    (tmp_path / "eater.py").write_text(PROGRAM + eater)
    text = "eaters = [subprocess.Popen([sys.executable, 'eater.py', name]) for name in 'ab']\nfor e in eaters: e.wait()"
    assert 120 * MIB < peak_while(tmp_path, script(text), "ab") < 170 * MIB


def test_what_a_fork_has_in_common_with_its_parent_counts_once(tmp_path: Path) -> None:
    text = """
    a = b'x' * (100 << 20)
    for name in "abc":
        if not os.fork(): b = b'x' * (10 << 20); open(name, "w").close(); wait_for("seen"); os._exit(0)
    for _ in range(3): os.wait()
    """
    assert 130 * MIB < peak_while(tmp_path, script(text), "abc") < 170 * MIB


def test_a_peak_between_two_looks_is_seen(tmp_path: Path) -> None:
    peak = built(["node", "-e", "Buffer.alloc(300 << 20, 1)"], tmp_path).peak_memory
    assert peak is not None
    assert peak > 300 * MIB


def test_a_small_command_is_not_as_large_as_perfgate(tmp_path: Path) -> None:
    assert 0 < peak_while(tmp_path, ["sh", "-c", "until [ -e seen ]; do sleep 0.01; done"], "") < 10 * MIB


# Ends


@pytest.mark.parametrize(
    ("argv", "status", "reason"),
    [
        (["sh", "-c", "exit 3"], 3, "the build ended with status 3; a failed build has no duration"),
        (["sh", "-c", "kill -9 $$"], -9, "the build was ended by SIGKILL; a failed build has no duration"),
        (["no-such-program"], None, "cannot run no-such-program: No such file or directory; is it installed?"),
        (["."], None, "cannot run .: Permission denied; is it installed?"),
    ],
)
def test_a_failed_build_has_no_duration(tmp_path: Path, argv: list[str], status: int | None, reason: str) -> None:
    found = measure(argv, tmp_path)
    assert (found.build.status, found.missing) == (status, Missing(reason, failed=True))


@pytest.mark.parametrize("deaf", ["", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"])
def test_after_its_time_everything_is_ended(tmp_path: Path, deaf: str) -> None:
    text = deaf + 'if escape(): time.sleep(60)\nopen("main", "w").write(str(os.getpid())); time.sleep(60)'
    found = measure(script(text), tmp_path, timeout=2)
    assert found.missing == Missing("the build took over 2 s and was ended", failed=True)
    with escaped(tmp_path) as pid:
        assert not runs_now(pid)
    assert not runs_now(int((tmp_path / "main").read_text()))


def test_where_nothing_is_adopted_the_result_says_so_and_the_group_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_tree, "_adopt", lambda **_: False)
    found = measure(["sh", "-c", "sleep 60 & echo $! > below; wait"], tmp_path, timeout=1)
    assert found.build.partial
    assert found.build.notes[0].startswith("on this system, processes that leave the command behind are not seen")
    assert not runs_now(int((tmp_path / "below").read_text()))


def test_there_is_nothing_to_read(tmp_path: Path) -> None:
    built(["cat"], tmp_path)


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    found = built(["touch", "$(touch evil); a\nb"], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["$(touch evil); a\nb"]
    assert found.command == "touch '$(touch evil); a\nb'"
    assert len(built(["true", "x" * 10_000], tmp_path).command or "") == 500


# The environment


@pytest.mark.parametrize(
    "name",
    (
        "NPM_TOKEN NODE_AUTH_TOKEN npm_config_//registry.npmjs.org/:_authToken npm_config__auth AWS_ACCESS_KEY_ID "
        "AWS_SECRET_ACCESS_KEY DB_PASSWORD DOCKER_PASSWD SENTRY_API_KEY STRIPE_KEY GH_PAT GPG_PASSPHRASE TWINE_PWD "
        "GOOGLE_APPLICATION_CREDENTIALS ACTIONS_ID_TOKEN_REQUEST_URL"
    ).split(),
)
def test_what_is_called_like_a_secret_is_one(name: str) -> None:
    assert environment.secrets({name: "x"}) == {name: "x"}
    assert environment.secrets({name: "x"}, [name]) == {}


@pytest.mark.parametrize(
    "name",
    (
        "PATH HOME PWD OLDPWD CI NODE_OPTIONS NODE_ENV npm_config_cache GITHUB_SHA SSH_AUTH_SOCK GIT_AUTHOR_NAME "
        "TOKENIZERS_PARALLELISM XDG_CACHE_HOME KEYBOARD PATTERN"
    ).split(),
)
def test_what_a_build_needs_is_none(name: str) -> None:
    assert environment.secrets({name: "x"}) == {}


def test_a_secret_in_the_command_is_not_shown(tmp_path: Path) -> None:
    found = analysis.measure(
        ["true", "--token=abcdef123", "1"], cwd=tmp_path, env={}, timeout=9, secrets=["abcdef123", "abcdef", "1", ""]
    )
    assert found.build.command == "true '--token=***' 1"


# The success rate


@pytest.mark.parametrize(
    ("conclusions", "counted", "skipped", "expected"),
    [
        (["success"] * 29 + ["failure"], 30, 0, 96.7),
        (["success"] * 49 + ["timed_out"], 50, 0, 98),
        (["startup_failure"], 1, 0, 0),
        (["cancelled", "skipped", "neutral", "action_required", "stale", None, "new one", "success"], 1, 7, 100),
        (["cancelled"], 0, 1, None),
        ([], 0, 0, None),
    ],
)
def test_the_rate_is_of_successes_and_failures(
    conclusions: list[str | None], counted: int, skipped: int, expected: float | None
) -> None:
    found = success_rate.count(conclusions, 50, workflow="ci.yml", branch="main")
    assert (found.counted, found.skipped, success_rate.rate(found)) == (counted, skipped, expected)


def test_no_more_is_asked_for_than_counts() -> None:
    conclusions = iter(["success", "cancelled", "failure", "success"])
    found = success_rate.count(conclusions, 2, workflow="ci.yml", branch="main")
    assert (found.succeeded, found.failed, found.skipped) == (1, 1, 1)
    assert list(conclusions) == ["success"]


@pytest.mark.parametrize(
    ("runs", "failures", "enough"), [(50, 3, True), (20, 3, True), (19, 3, False), (20, 2, False), (50, 0, False)]
)
def test_few_runs_or_failures_are_no_alarm(runs: int, failures: int, enough: bool) -> None:
    conclusions = ["failure"] * failures + ["success"] * (runs - failures)
    assert success_rate.count(conclusions, 50, workflow="ci.yml", branch="main").enough_for_alarm is enough


# The part of the report


def values(part: Part) -> dict[str, float]:
    return {metric.id: metric.value for metric in part.metrics}


def test_a_part_has_both_values() -> None:
    runs = success_rate.count(["success"], 50, workflow="ci.yml", branch="main")
    part = analysis.part(Measured(Build(status=0, duration=1500, cpu=1)), runs)
    assert values(part) == {"build.duration": 1500, "build.successRate": 100}
    assert part.not_measured == ()
    assert part.details[REPOSITORY].runs == runs
    assert part.ids == {spec.id for spec in METRICS}


def test_a_failed_build_keeps_what_it_took_and_does_not_hide_the_runs() -> None:
    none = WorkflowRuns(
        workflow="ci.yml", branch="main", counted=0, succeeded=0, failed=0, skipped=2, enough_for_alarm=False
    )
    part = analysis.part(Measured(Build(status=2, duration=900, cpu=1), Missing("it failed")), none)
    assert values(part) == {}
    assert [(missing.id, missing.failed) for missing in part.not_measured] == [
        ("build.duration", True),
        ("build.successRate", False),
    ]
    assert part.not_measured[1].reason == "no completed run of ci.yml on main has succeeded or failed"
    assert (part.details[REPOSITORY].status, part.details[REPOSITORY].duration) == (2, 900)
