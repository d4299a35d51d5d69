"""Everything that a command starts, however deep: what memory and processor time it takes, and how it is ended.

On Linux, processes whose parent has ended become children of perfgate while it adopts them, so that a process which
turns itself into a daemon stays in sight. Elsewhere such a process is lost.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping

import psutil

# A look costs about 2 ms with 20 processes; it may take a thirtieth of a processor, and no build hurries more than this.
_SHORTEST_PAUSE = 0.05
_PAUSE_PER_LOOK = 30
_LONGEST_PAUSE = 1
_POLL = 0.02
_MOST_SECONDS_TO_DIE = 5
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


class ProcessTree:
    """The children of perfgate that were not there before, and all below them.

    `peak` is the most memory in bytes that was seen at once, `cpu_seconds` the processor time of adopted processes that
    have ended. While it is in use, nothing else may start children: they would be counted, and waited for, as well.
    """

    def __init__(self, grace: float = 2) -> None:
        self.peak = 0
        self.cpu_seconds = 0.0
        self.adopts = False
        self._grace = grace
        self._apart: set[int] = set()
        self._self = psutil.Process()
        self._before = {process.pid for process in self._self.children()}

    @contextlib.contextmanager
    def adopting(self) -> Iterator[None]:
        """Within it, processes that lose their parent become children of perfgate."""
        self.adopts = _adopt(yes=True)
        try:
            yield
        finally:
            _adopt(yes=False)

    def look(self, root: int) -> float:
        """Note the memory that everything takes now. Gives the seconds until the next look."""
        begun = time.perf_counter()
        running = {process.pid: process for process in self._everything(root)}
        self._apart = {pid for pid, process in running.items() if pid in self._apart or not _is_copy(process, running)}
        self.peak = max(self.peak, memory(running.values(), self._apart))
        return min(max(_SHORTEST_PAUSE, _PAUSE_PER_LOOK * (time.perf_counter() - begun)), _LONGEST_PAUSE)

    def left(self) -> tuple[int, float]:
        """How many adopted processes still run after the command has ended, and the processor time they have used."""
        running, seconds = 0, 0.0
        for process in self._everything(0) if self.adopts else ():
            with contextlib.suppress(psutil.Error):
                if _alive(process):
                    times = process.cpu_times()
                    # The last two are of the children it has waited for, which are in nobody else's account.
                    seconds += times.user + times.system + times.children_user + times.children_system
                    running += 1
        return running, seconds

    def end(self, root: int) -> None:
        """Ask everything to end, and kill what has not after the grace."""
        try:
            self._signal(root, signal.SIGTERM)
            self._gone(root, self._grace)
        finally:
            deadline = time.monotonic() + _MOST_SECONDS_TO_DIE
            while not self._gone(root, 0) and time.monotonic() < deadline:
                self._signal(root, signal.SIGKILL)
                time.sleep(_POLL)

    def _everything(self, root: int) -> list[psutil.Process]:
        """What there is now. Adopted processes that have ended are waited for, as nobody else will."""
        if not self.adopts:
            with contextlib.suppress(psutil.NoSuchProcess):
                top = psutil.Process(root)
                return [top, *top.children(recursive=True)]
            return []
        found = [process for process in self._self.children(recursive=True) if process.pid not in self._before]
        for process in found:
            if process.pid != root:
                # Those that somebody else has to wait for are no children of ours, which the kernel knows best.
                with contextlib.suppress(ChildProcessError):
                    pid, _, usage = os.wait4(process.pid, os.WNOHANG)
                    self.cpu_seconds += usage.ru_utime + usage.ru_stime if pid else 0
        return found

    def _signal(self, root: int, number: signal.Signals) -> None:
        # The group has what nobody adopts; psutil makes sure that a number has not gone to another process.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(root, number)
        for process in self._everything(root):
            with contextlib.suppress(psutil.Error):
                process.send_signal(number)

    def _gone(self, root: int, seconds: float) -> bool:
        """Whether nothing runs any more, waiting up to `seconds` for it."""
        deadline = time.monotonic() + seconds
        while True:
            if not any(map(_alive, self._everything(root))):
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL)


def memory(processes: Iterable[psutil.Process], apart: Collection[int]) -> int:
    """The bytes that processes hold together: what each has for itself, and the largest part that one of them shares.

    Shared are mapped files and shared memory: the program itself, above all, which counts once for all of them. Where
    the system does not tell (macOS), all resident bytes are added up. What is not `apart` is a copy of its parent:
    every process between its start and its program, and every fork that goes on without one. Such a copy has
    for itself only what has changed since; asking for that takes the kernel a hundred times as long.
    """
    own, shared = 0, 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if process.pid in apart:
                found = process.memory_info()
                of_several = getattr(found, "shared", 0)
                own += found.rss - of_several
                shared = max(shared, of_several)
            else:
                own += process.memory_full_info().uss
    return own + shared


def _is_copy(process: psutil.Process, running: Mapping[int, psutil.Process]) -> bool:
    """Whether a process runs the very command of its parent."""
    try:
        parent = running.get(process.ppid())
        return parent is not None and process.cmdline() == parent.cmdline()
    except psutil.Error:
        return False


def _alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _adopt(*, yes: bool) -> bool:
    """Ask the kernel to make us the parent of what our children leave behind; whether it does."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(yes), 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False
