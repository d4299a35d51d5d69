"""The processes of a service: which they are, what memory they hold, how much processor time they took."""

import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psutil

# Marks everything a service starts, also what leaves its process group; the value is another one for each start.
MARK = "PERFGATE_RUN"


@dataclass(frozen=True, slots=True)
class Held:
    """Memory of a group of processes in bytes: what is theirs alone, with the largest shared part counted once."""

    processes: int
    bytes: int


def members(group: int, mark: str) -> list[psutil.Process]:
    """The living processes of a process group, those below them, and those that carry the mark."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            if group_of(process) == group or _marked(process, mark):
                found[process.pid] = process
                found |= {child.pid: child for child in process.children(recursive=True)}
        except psutil.Error:
            continue
    return [process for process in found.values() if is_alive(process)]


def group_of(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid)
    except (ProcessLookupError, PermissionError):
        return None


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def serving(processes: Sequence[psutil.Process], port: int) -> list[psutil.Process]:
    """The service itself: what listens on the port, and everything below it; not the launchers above it.

    Everything, where the owner of the port cannot be seen.
    """
    owners = [process for process in processes if _listens(process, port)]
    if not owners:
        return list(processes)
    found: dict[int, psutil.Process] = {}
    for owner in owners:
        found[owner.pid] = owner
        try:
            found |= {child.pid: child for child in owner.children(recursive=True)}
        except psutil.Error:
            continue
    return [process for process in found.values() if is_alive(process)]


def memory(processes: Iterable[psutil.Process]) -> Held:
    """Sum of the unshared memory, plus the largest shared part once: the same with one process as its resident size.

    Summing resident sizes would count the program file once for each process.
    """
    unshared, shared, number = 0, 0, 0
    for process in processes:
        try:
            info = process.memory_full_info()
        except psutil.Error:
            continue
        number += 1
        unshared += info.uss
        shared = max(shared, info.rss - info.uss)
    return Held(number, unshared + shared)


def has_processor_clock() -> bool:
    """Whether the processor time of another process can be read exactly."""
    return sys.platform == "linux"


def processor_time(pids: Iterable[int]) -> int:
    """The processor time of all threads of these processes so far, in ns.

    Linux makes the clock of a process from its number, as clock_getcpuclockid(3) does, and it is exact while the process
    runs. Raises OSError when one of them has ended.
    """
    return sum(time.clock_gettime_ns((~pid << 3) | 2) for pid in pids)


def _marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False


def _listens(process: psutil.Process, port: int) -> bool:
    try:
        connections = process.net_connections("tcp")
    except psutil.Error:
        return False
    return any(one.status == psutil.CONN_LISTEN and one.laddr[1:2] == (port,) for one in connections)
