"""Ends what perfgate started when perfgate itself is gone, however it went: run as a program of its own.

Reads lines from its standard input: `+ MARK GROUP` when a service starts, `- MARK` when it has been ended. The input
closes when perfgate ends, be it by a kill; then every service that is still listed is killed. Standard library only.
"""

import contextlib
import os
import signal
import sys
from pathlib import Path


def main() -> None:
    # A terminal sends its Ctrl-C to everyone; this program ends after all others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    services: dict[str, int] = {}
    for line in sys.stdin:
        sign, mark, *group = line.split()
        if sign == "+":
            services[mark] = int(group[0]) if group else 0
        else:
            services.pop(mark, None)
    for mark, group in services.items():
        end(mark, group)


def end(mark: str, group: int) -> None:
    if group > 1:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for pid in _carriers(f"PERFGATE_RUN={mark}".encode()):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _carriers(variable: bytes) -> list[int]:
    """The processes whose environment has the variable; none where there is no /proc."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if variable in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


if __name__ == "__main__":
    main()
