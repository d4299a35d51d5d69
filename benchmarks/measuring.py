"""Runs commands side by side: wall and CPU seconds and peak memory, in turns, so that a busy machine is busy for all."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "benchmarks"
# Benchmarks that call perfgate's own functions measure this tree, installed or not.
sys.path.insert(0, str(ROOT))
PERFGATE = (sys.executable, "-I", str(ROOT / "action" / "entry.py"))


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds of wall clock and CPU, and the most memory it held, in MiB."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Contestant:
    """A command, and what to do before each run of it. A run that ends with another status than 0 or 1 stops all."""

    name: str
    argv: Sequence[str]
    cwd: Path
    before: Callable[[], None] = lambda: None
    env: Mapping[str, str] | None = None


def cost(contestant: Contestant) -> Cost:
    """Run it once."""
    contestant.before()
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **(contestant.env or {})}
    begun = time.perf_counter()
    child = subprocess.Popen(
        contestant.argv, cwd=contestant.cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert child.stderr is not None
    complaints = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begun
    if child.returncode not in (0, 1):
        sys.exit(f"{contestant.name} ended with {child.returncode}: {complaints.decode(errors='replace')[-2000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def race(contestants: Sequence[Contestant], rounds: int) -> dict[str, Cost]:
    """The median cost of each, after one run that warms up and does not count."""
    runs: dict[str, list[Cost]] = {contestant.name: [] for contestant in contestants}
    for number in range(rounds + 1):
        for contestant in contestants:
            measured = cost(contestant)
            if number or not rounds:
                runs[contestant.name].append(measured)
    return {
        name: Cost(*(statistics.median(getattr(run, field) for run in taken) for field in ("wall", "cpu", "memory")))
        for name, taken in runs.items()
    }


def install(folder: Path, *packages: str) -> Path:
    """npm packages in a folder of their own, once."""
    if not (folder / "node_modules").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *packages], cwd=folder, check=True)
    return folder
