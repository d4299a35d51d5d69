"""Ends what perfgate started when perfgate itself is gone, however it went: run as a program of its own.

Reads lines from its standard input: `+ MARK GROUP` when a service starts, `- MARK` when it has been ended. The input
closes when perfgate ends, be it by a kill; then everything of the services that are still listed is killed. It stands
alone: standard library only, and of that only what is loaded fast. What belongs to a service is decided here for both.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping

# Marks everything a service starts, also what leaves its session; the value is another one for each start.
MARK = "PERFGATE_RUN"
_ROUND_SECONDS = 0.05
_QUIET_ROUNDS = 5
_MOST_ROUNDS = 200


class Row:
    """A process as /proc/PID/stat has it. `started` is in clock ticks since the system started."""

    __slots__ = ("dead", "group", "parent", "session", "started")

    def __init__(self, stat: bytes) -> None:
        # The name may hold blanks and brackets: what counts begins behind the last one. Fields as in proc(5), from 3.
        state, parent, group, session, *more = stat[stat.rindex(b")") + 2 :].split(b" ", 21)
        self.parent, self.group, self.session = int(parent), int(group), int(session)
        # The first thread of a program may have ended before the others.
        self.dead = state in (b"Z", b"X") and int(more[13]) <= 1
        self.started = int(more[15])


def main() -> None:
    # A terminal sends its Ctrl-C to everyone; this program ends after all others.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    services: dict[str, int] = {}
    for line in sys.stdin:
        sign, mark, *group = line.split()
        if sign == "+":
            services[mark] = int(group[0]) if group else 0
        else:
            services.pop(mark, None)
    end(services)


def end(services: Mapping[str, int]) -> None:
    """Kill until nothing is left and nothing new appears: a child may have been on its way when the kill went out."""
    for group in services.values():
        if group > 1:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
    quiet = 0
    for _ in range(_MOST_ROUNDS if services else 0):
        found = [pid for mark, group in services.items() for pid in belonging(group, mark)]
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        quiet = 0 if found else quiet + 1
        if quiet == _QUIET_ROUNDS:
            return
        time.sleep(_ROUND_SECONDS)


def belonging(group: int, mark: str) -> list[int]:
    """The living processes of a service, oldest first: of its session and group, those that carry the mark, and all below.

    `group` is the first process of the service, which leads both. None where there is no /proc.
    """
    table = rows()
    # Zero is not a group: the kernel's own have it, and in a container all whose session began outside.
    leader = table.get(group) if group > 1 else None
    since = leader.started if leader else 0
    variable = f"{MARK}={mark}".encode()
    own = [
        pid
        for pid, row in table.items()
        # Where the leader is known, older processes cannot be its own: most of the system need not be asked.
        if (group > 1 and group in (row.session, row.group)) or (row.started >= since and _carries(pid, variable))
    ]
    found = below(table, own)
    return sorted((pid for pid in found if not table[pid].dead), key=lambda pid: (table[pid].started, pid))


def below(table: Mapping[int, Row], pids: list[int]) -> set[int]:
    """These processes and all below them."""
    children: dict[int, list[int]] = {}
    for pid, row in table.items():
        children.setdefault(row.parent, []).append(pid)
    found: set[int] = set()
    ahead = list(pids)
    while ahead:
        pid = ahead.pop()
        if pid not in found:
            found.add(pid)
            ahead += children.get(pid, ())
    return found


def rows() -> dict[int, Row]:
    """All processes of the system by their number; none where there is no /proc."""
    found: dict[int, Row] = {}
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir("/proc"):  # noqa: PTH208  # pathlib takes as long to load as all the rest
            if name.isdecimal():
                with contextlib.suppress(OSError):
                    found[int(name)] = Row(_read(f"/proc/{name}/stat"))
    return found


def _carries(pid: int, variable: bytes) -> bool:
    try:
        environment = _read(f"/proc/{pid}/environ")
    except OSError:
        return False
    return variable in environment and variable in environment.split(b"\0")


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        content = os.read(descriptor, 65_536)
        while len(content) >= 65_536 and (more := os.read(descriptor, 1 << 20)):
            content += more
        return content
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    main()
