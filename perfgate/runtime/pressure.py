"""How busy the machine was meanwhile: what a measurement on it is worth."""

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

PRESSURE_FILE = Path("/proc/pressure/cpu")
_SOME = re.compile(r"^some .*total=(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters at one moment: `waited` microseconds since boot in which something waited for a processor."""

    at: float
    waited: int | None


@dataclass(frozen=True, slots=True)
class Pressure:
    """`cpu`: percent of the time in which something waited for a processor; `load`: of the last minute. None: not told."""

    cpu: float | None
    load: float | None


def read(file: Path = PRESSURE_FILE) -> Reading:
    """Begin to watch. Linux counts pressure where the kernel was built and started with it."""
    try:
        found = _SOME.search(file.read_text())
    except OSError:
        found = None
    return Reading(time.monotonic(), int(found[1]) if found else None)


def since(before: Reading, file: Path = PRESSURE_FILE) -> Pressure:
    """What came together since `before`."""
    now = read(file)
    cpu = None
    if before.waited is not None and now.waited is not None and now.at > before.at:
        cpu = min(100.0, max(0.0, (now.waited - before.waited) / ((now.at - before.at) * 1e6) * 100))
    try:
        load = os.getloadavg()[0]
    except OSError:
        load = None
    return Pressure(cpu, load)
