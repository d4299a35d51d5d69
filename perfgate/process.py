"""The only door to child processes: argument lists, a time limit, a scrubbed environment, captured output."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Protocol

from perfgate.errors import ProcessError

TAIL_CHARACTERS = 2_000
# Bytes in the unit of ru_maxrss, getrusage(2).
RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_MOST_SECONDS_TO_DIE = 10


@dataclass(frozen=True, slots=True)
class Completed:
    """A child that ended: its exit status and what it wrote, in bytes as it wrote them."""

    argv: tuple[str, ...]
    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        return self.stdout.decode(errors="replace").strip()

    @property
    def tail(self) -> str:
        """The end of what it complained about, for an error message."""
        return (self.stderr or self.stdout).decode(errors="replace").strip()[-TAIL_CHARACTERS:]


class Run(Protocol):
    """What code that needs a child process is handed; `run` below in production."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        timeout: float = 60,
        check: bool = True,
    ) -> Completed: ...


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
    check: bool = True,
) -> Completed:
    """Run `argv` in a process group of its own and wait for it.

    `env` is added to an environment without tokens. Raises ProcessError when the program is missing, is still
    running after `timeout` seconds (the whole group is then killed), or, with `check`, ends with another status than 0.
    """
    try:
        child = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={**_inherited(_NEEDED | _REACHING), **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise _cannot_run(argv[0], error) from error
    try:
        stdout, stderr = child.communicate(stdin, timeout=timeout)
    except BaseException as error:
        _kill_group(child)
        if isinstance(error, subprocess.TimeoutExpired):
            raise ProcessError(f"{argv[0]} {argv[1] if len(argv) > 1 else ''} took over {timeout:g} s") from error
        raise
    completed = Completed(tuple(argv), child.returncode, stdout, stderr)
    if check and completed.status != 0:
        raise ProcessError(f"{' '.join(argv[:3])} ended with status {completed.status}: {completed.tail}")
    return completed


class Child:
    """A program that runs beside perfgate, in a session and process group of its own.

    Until it is waited for, its number stays its own, also when it has ended: nothing else can be signalled by mistake.
    """

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self._popen = popen
        self.pid = popen.pid

    @property
    def status(self) -> int | None:
        """What it ended with, or None while it runs; below zero is the signal that ended it."""
        if self._popen.returncode is not None or not hasattr(os, "waitid"):
            return self._popen.poll()
        try:
            ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return self._popen.poll()
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def wait(self, seconds: float) -> int | None:
        """As `status`, after at most `seconds`. Gives its number back to the system when it has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._popen.wait(seconds)
        return None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to everything in the group, also when the program itself has ended and left something behind."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def tell(self, line: str) -> None:
        """Write a line to its standard input, when that was asked for. A program that does not listen is no error."""
        if self._popen.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                self._popen.stdin.write(f"{line}\n".encode())

    def close(self) -> None:
        """End its standard input."""
        if self._popen.stdin is not None:
            with contextlib.suppress(OSError):
                self._popen.stdin.close()


def start(
    argv: Sequence[str],
    *,
    cwd: Path,
    output: IO[bytes] | None,
    env: Mapping[str, str] | None = None,
    talk: bool = False,
) -> Child:
    """Start `argv` and leave it running; what it writes goes to `output`, or nowhere.

    `env` is added to the few variables that every program needs. With `talk` its standard input is a pipe, which closes
    when perfgate ends, however that happens. Raises ProcessError when the program cannot be started.
    """
    sink = output if output is not None else subprocess.DEVNULL
    try:
        return Child(
            subprocess.Popen(
                list(argv),
                bufsize=0,
                cwd=cwd,
                env={**_inherited(_NEEDED), **(env or {})},
                stdin=subprocess.PIPE if talk else subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        )
    except (OSError, ValueError) as error:
        raise _cannot_run(argv[0], error) from error


@dataclass(frozen=True, slots=True)
class Ended:
    """How a watched command ended. `status` below zero is the signal that ended it.

    `cpu_seconds` (user and system) and `largest` (resident bytes of the largest process) are of the command and of all
    below it that was waited for.
    """

    status: int
    in_time: bool
    seconds: float
    cpu_seconds: float
    largest: int


class Watch(Protocol):
    """What code that runs a command in front of the user is handed; `watch` below in production."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        timeout: float,
        look: Callable[[int], float],
        end: Callable[[int], None],
    ) -> Ended: ...


def watch(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    look: Callable[[int], float],
    end: Callable[[int], None],
) -> Ended:
    """Run `argv` on our own output, without input, with `env` as its whole environment, and wait for it.

    It has a session of its own, so that an interrupt reaches us alone. `look(pid)` is called over and over while it
    runs, and says in how many seconds again. `end(pid)` ends it and everything it started: after `timeout` seconds, and
    when we are interrupted or told to stop, which raises KeyboardInterrupt. Raises ProcessError when it cannot start.
    """
    sys.stdout.flush()
    ended: list[Ended] = []
    with _told_to_stop() as stops:
        begun = time.monotonic()
        try:
            child = subprocess.Popen(list(argv), cwd=cwd, env=env, stdin=subprocess.DEVNULL, start_new_session=True)
        except OSError as error:
            raise ProcessError(f"cannot run {argv[0]}: {error.strerror or error}", hint="is it installed?") from error
        # Only wait4 tells what the command used, and it has no time limit: a thread waits, and sees the end at once.
        waiter = threading.Thread(target=lambda: ended.append(_collected(child, begun)), daemon=True)
        waiter.start()
        try:
            stops.at_once()
            in_time = _looked_at(waiter, child.pid, begun + timeout, look)
        except BaseException:
            end(child.pid)
            raise
        if not in_time:
            end(child.pid)
    waiter.join(_MOST_SECONDS_TO_DIE)
    if not ended:
        raise ProcessError(f"{argv[0]} took over {timeout:g} s and cannot be ended")
    return replace(ended[0], in_time=in_time)


def _collected(child: subprocess.Popen[bytes], begun: float) -> Ended:
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    largest = usage.ru_maxrss * RSS_UNIT
    return Ended(child.returncode, True, seconds, usage.ru_utime + usage.ru_stime, largest)


def _looked_at(waiter: threading.Thread, pid: int, deadline: float, look: Callable[[int], float]) -> bool:
    """Look until the command has ended; False when its time is over."""
    while waiter.is_alive():
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        waiter.join(min(look(pid), left))
    return True


class _Stops:
    """Interrupts, held back until there is something that they must end."""

    def __init__(self) -> None:
        self._told = False
        self._raises = False

    def at_once(self) -> None:
        """From now on an interrupt raises KeyboardInterrupt, and so does one that has come before."""
        self._raises = True
        if self._told:
            raise KeyboardInterrupt

    def __call__(self, _number: int, _frame: object) -> None:
        self._told = True
        if self._raises:
            raise KeyboardInterrupt


@contextlib.contextmanager
def _told_to_stop() -> Iterator[_Stops]:
    """Being told to stop, and losing the terminal, are interrupts: nobody else ends what runs in its own session.

    What whoever started us wants to be ignored stays ignored.
    """
    stops = _Stops()
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                before[number] = signal.signal(number, stops)
    try:
        yield stops
    finally:
        for changed, handler in before.items():
            signal.signal(changed, handler)


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End a child and everything it started, and collect it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.communicate()


def _cannot_run(program: str, error: OSError | ValueError) -> ProcessError:
    """Why a program does not start, in words; a ValueError is about a NUL in its words or variables."""
    if not isinstance(error, OSError):
        return ProcessError(f"cannot run {program}: {error}")
    return ProcessError(f"cannot run {program}: {error.strerror or error}", hint=_START_HINTS.get(error.errno or 0, ""))


_START_HINTS = {
    errno.ENOENT: "is it installed?",
    errno.EACCES: "it is a folder, or nobody may execute it: chmod +x makes a file executable",
    errno.ENOEXEC: "a script needs its interpreter in the first line, such as #!/usr/bin/env node",
    errno.E2BIG: "its words and variables are too long",
}


def _inherited(names: frozenset[str]) -> dict[str, str]:
    """The part of our environment that a child may see."""
    return {name: value for name, value in os.environ.items() if name in names or name.startswith("LC_")}


# What every program needs to work.
_NEEDED = frozenset(
    {"PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP", "USER", "LOGNAME", "SHELL", "TERM", "SYSTEMROOT"}
)
# What git and package managers need to reach others. An address of a proxy may hold a password, and an agent keys.
_REACHING = frozenset(
    {"SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSH_AUTH_SOCK"}
    | {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"}
)
