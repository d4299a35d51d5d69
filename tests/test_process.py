"""Programs that are started and left running."""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

from perfgate.errors import ProcessError
from perfgate.process import Child, run, start


def python(code: str, **rest: object) -> Child:
    with tempfile.TemporaryFile() as output:
        return start([sys.executable, "-c", code], cwd=Path.cwd(), output=output, **rest)  # type: ignore[arg-type]


def test_how_it_ended() -> None:
    assert python("exit(3)").wait(10) == 3
    child = python("import time; time.sleep(60)")
    assert child.wait(0) is None
    child.signal(signal.SIGTERM)
    assert child.wait(10) == -signal.SIGTERM
    assert child.status == -signal.SIGTERM
    child.signal(signal.SIGTERM)


def test_its_status_is_known_before_it_is_collected() -> None:
    child = python("exit(4)")
    deadline = time.monotonic() + 10
    while child.status is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert child.status == child.status == 4
    assert Path(f"/proc/{child.pid}").exists() or sys.platform != "linux"
    assert child.wait(1) == 4


def test_a_signal_reaches_all_it_started(tmp_path: Path) -> None:
    code = "import subprocess, sys; subprocess.Popen(['sleep', '60']); open(sys.argv[1], 'w').close()"
    child = start([sys.executable, "-c", code, str(tmp_path / "done")], cwd=tmp_path, output=None)
    assert child.wait(10) == 0
    os.killpg(child.pid, 0)
    child.signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while _living(child.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _living(child.pid)


def _living(group: int) -> bool:
    """Whether the group has anybody but those whom nobody has collected yet."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(") ")[2].split()
        except OSError:
            continue
        if fields[0] != "Z" and fields[2] == str(group):
            return True
    return False


def test_it_can_be_told_lines_until_its_input_ends(tmp_path: Path) -> None:
    code = "import sys; open('heard', 'w').write(sys.stdin.read())"
    child = start([sys.executable, "-c", code], cwd=tmp_path, output=None, talk=True)
    child.tell("one")
    child.tell("two")
    child.close()
    assert child.wait(10) == 0
    assert (tmp_path / "heard").read_text() == "one\ntwo\n"
    child.tell("nobody hears this")
    child.close()


def test_one_that_does_not_listen_is_no_error() -> None:
    child = python("", talk=True)
    child.wait(10)
    child.tell("x" * 100_000)
    child.close()
    silent = python("")
    silent.tell("x")
    silent.close()
    silent.wait(10)


def test_a_service_sees_less_of_our_environment_than_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "HTTPS_PROXY", "SSH_AUTH_SOCK", "LC_ALL"):
        monkeypatch.setenv(name, "C")
    code = "import os; open('seen', 'w').write(' '.join(os.environ))"
    argv = [sys.executable, "-c", code]
    run(argv, cwd=tmp_path)
    assert {"HTTPS_PROXY", "SSH_AUTH_SOCK", "LC_ALL", "PATH"} <= set((tmp_path / "seen").read_text().split())
    assert start(argv, cwd=tmp_path, output=None, env={"GIVEN": "1"}).wait(10) == 0
    seen = set((tmp_path / "seen").read_text().split())
    assert {"LC_ALL", "PATH", "GIVEN"} <= seen
    assert seen.isdisjoint({"GITHUB_TOKEN", "HTTPS_PROXY", "SSH_AUTH_SOCK"})


@pytest.mark.parametrize("go", [start, run])
def test_what_cannot_be_started_says_why(go: object, tmp_path: Path) -> None:
    rest = {"output": None} if go is start else {}
    with pytest.raises(ProcessError, match="cannot run nope: No such file or directory") as refused:
        go(["nope"], cwd=tmp_path, **rest)  # type: ignore[operator]
    assert refused.value.hint == "is it installed?"
    with pytest.raises(ProcessError, match="Permission denied"):
        go([str(tmp_path)], cwd=tmp_path, **rest)  # type: ignore[operator]
    with pytest.raises(ProcessError, match="null byte"):
        go([sys.executable], cwd=tmp_path, env={"A": "\0"}, **rest)  # type: ignore[operator]
    with pytest.raises(ProcessError, match="too long"):
        go([sys.executable, "x" * 10_000_000], cwd=tmp_path, **rest)  # type: ignore[operator]
