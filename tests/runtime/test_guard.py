"""Whatever ends perfgate, and whenever: nothing of the services it started is left."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfgate.config.running import Start
from perfgate.runtime import guard, lifecycle
from perfgate.runtime.protection import GUARD
from tests.running import ROOT
from tests.services import PROBE, plan, python, survivors

LISTENING = "import os, socket, time; s = socket.create_server(('127.0.0.1', int(os.environ['PORT']))); time.sleep(60)"

# A program that uses services as perfgate does, and says where it is.
PROGRAM = """
    import os, sys, time
    from pathlib import Path
    from perfgate import process
    from perfgate.config.running import Ready, Start
    from perfgate.runtime import lifecycle

    moment, probe, script = sys.argv[1:]
    start = process.start

    def stopping_here(argv, *, output, **rest):
        child = start(argv, output=output, **rest)
        if output is not None and moment == "starting":
            print("here", flush=True)
            time.sleep(60)
        return child

    process.start = stopping_here
    ready = Ready("log", "never said") if moment == "waiting" else Ready()
    plan = Start(("node", script), env={"PROBE_OF_THIS_TEST": probe}, ready=ready, stop=60)
    wait = time.sleep

    def say(seconds):
        print("here", flush=True)
        wait(seconds)

    with lifecycle.running("api", plan, Path.cwd()) as service:
        if moment == "measuring":
            say(60)
        time.sleep = say
        lifecycle.stop(service, wait=say)
"""


@contextlib.contextmanager
def at(moment: str, service: Start) -> Iterator[subprocess.Popen[bytes]]:
    """The program above, once it has come to a moment; in a group of its own."""
    argv = [sys.executable, "-c", textwrap.dedent(PROGRAM), moment, service.env[PROBE], service.argv[1]]
    with subprocess.Popen(
        argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0
    ) as program:
        try:
            if moment == "waiting":
                deadline = time.monotonic() + 20
                while not survivors(service, 0) and time.monotonic() < deadline:
                    time.sleep(0.02)
            else:
                assert program.stdout is not None
                assert program.stdout.readline() == b"here\n"
            yield program
        finally:
            program.kill()


@pytest.mark.parametrize("moment", ["starting", "waiting", "measuring", "stopping"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, "group"])
def test_nothing_is_left_when_perfgate_is_ended(moment: str, how: signal.Signals | str) -> None:
    service = plan("ignores-sigterm.js" if moment == "stopping" else "escapes.js")
    with at(moment, service) as program:
        assert survivors(service, 0) != []
        if isinstance(how, str):
            os.killpg(program.pid, signal.SIGKILL)
        else:
            program.send_signal(how)
        program.wait(20)
        assert survivors(service) == []


@pytest.mark.parametrize(
    "use",
    [
        "lifecycle.wait_until_ready(lifecycle.start('api', plan, Path.cwd()))",  # and forgotten
        "with lifecycle.running('api', plan, Path.cwd()): pass",
    ],
)
def test_nothing_is_left_at_the_end_of_perfgate_the_guard_included(use: str) -> None:
    code = f"""
        import sys
        from pathlib import Path
        from perfgate.config.running import Start
        from perfgate.runtime import lifecycle
        from perfgate.runtime.protection import GUARD
        plan = Start(("node", sys.argv[2]), env={{"PROBE_OF_THIS_TEST": sys.argv[1]}})
        {use}
        print(GUARD._program.pid)
    """
    service = plan("escapes.js")
    argv = [
        sys.executable,
        "-W",
        "error" if "with" in use else "ignore",
        "-c",
        textwrap.dedent(code),
        service.env[PROBE],
        service.argv[1],
    ]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, check=True)
    assert done.stderr == b""
    assert survivors(service, 0) == []
    assert not Path(f"/proc/{int(done.stdout)}").exists()


def test_a_guard_that_was_killed_is_replaced_by_one_that_knows_everything(tmp_path: Path) -> None:
    first, second = python(LISTENING), python(LISTENING)
    with lifecycle.running("first", first, tmp_path) as one:
        program = GUARD._program
        assert program is not None
        program.signal(signal.SIGKILL)
        program.wait(5)
        with lifecycle.running("second", second, tmp_path) as other:
            replaced = GUARD._program
            assert replaced is not None
            assert replaced.status is None
            # As if perfgate were gone.
            replaced.close()
            assert survivors(first) == survivors(second) == []
            replaced.wait(5)
            assert one.ended() == other.ended() == "was ended by SIGKILL"


@contextlib.contextmanager
def guarding(*lines: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-I", "-S", guard.__file__], stdin=subprocess.PIPE, text=True) as program:
        assert program.stdin is not None
        program.stdin.writelines(f"{line}\n" for line in lines)
        program.stdin.flush()
        yield program


@contextlib.contextmanager
def started(code: str, mark: str, *, session: bool = True) -> Iterator[tuple[Start, subprocess.Popen[bytes]]]:
    service = python(code)
    env = {**os.environ, **service.env, guard.MARK: mark}
    with subprocess.Popen(service.argv, env=env, start_new_session=session, stdout=subprocess.PIPE) as program:
        try:
            assert program.stdout is not None
            program.stdout.readline()
            yield service, program
        finally:
            program.kill()
            for pid in survivors(service, 0):
                os.kill(pid, signal.SIGKILL)


WAITING = "import time; print(flush=True); time.sleep(60)"


def test_the_guard_ends_with_its_input_and_takes_the_listed_along() -> None:
    marks = [uuid.uuid4().hex for _ in range(3)]
    with (
        started(WAITING, marks[0]) as (kept, _),
        started(WAITING, marks[1], session=False) as (marked, _),
        started(WAITING, "dropped") as (grouped, leader),
    ):
        lines = [f"+ {marks[0]} 0", f"+ {marks[1]}", f"+ {marks[2]} {leader.pid}", f"- {marks[0]}", "- unknown"]
        with guarding(*lines) as program:
            numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
            status = Path(f"/proc/{program.pid}/status")
            ignored = sum(1 << (number - 1) for number in numbers)
            while int(status.read_text().partition("SigIgn:")[2].split()[0], 16) & ignored != ignored:
                time.sleep(0.01)
            for number in numbers:
                program.send_signal(number)
            assert program.poll() is None
        assert program.returncode == 0
        assert survivors(kept, 0) != []
        assert survivors(marked) == survivors(grouped) == []


def test_the_guard_catches_what_starts_itself_anew() -> None:
    """Each generation lives for a moment, in a session of its own, and starts the next."""
    code = "import os, time\nprint(flush=True)\nwhile True:\n    if os.fork(): os._exit(0)\n    os.setsid(); time.sleep(0.2)\n"
    mark = uuid.uuid4().hex
    with started(code, mark) as (service, leader):
        with guarding(f"+ {mark} {leader.pid}"):
            pass
        assert survivors(service, 0) == []


def test_without_a_group_nothing_but_the_mark_counts() -> None:
    """The kernel and what came into a container from outside have the session 0."""
    assert guard.belonging(0, "nobody has this") == []
    assert guard.belonging(1, "nobody has this") == []


@pytest.mark.parametrize("name", [b"x", b"a b) S 1 (", b")", b"\xff\n"])
def test_a_process_may_be_called_anything(name: bytes) -> None:
    row = guard.Row(b"7 (" + name + b") S 4 5 6 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 11 0 99 8 9\n")
    assert (row.parent, row.group, row.session, row.started, row.dead) == (4, 5, 6, 99, False)


def test_a_first_thread_that_has_ended_is_not_the_end() -> None:
    stat = b"7 (x) Z 4 5 6 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 %d 0 99 8 9\n"
    assert not guard.Row(stat % 2).dead
    assert guard.Row(stat % 1).dead
