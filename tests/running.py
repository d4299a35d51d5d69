"""Runs the real program in a process of its own, with an environment that has nothing of this machine in it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENTRY = ROOT / "action" / "entry.py"
NOW = "2026-11-24T12:00:00Z"


@dataclass(frozen=True)
class Done:
    """How it ended and what it said."""

    status: int
    out: str
    err: str


def perfgate(cwd: Path, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 60) -> Done:
    """`perfgate ARGUMENTS` in `cwd` at a fixed time, with a home of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "LC_ALL": "C.UTF-8",
        "PERFGATE_NOW": NOW,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **(env or {}),
    }
    argv = [sys.executable, "-I", "-W", "error", str(ENTRY), *arguments]
    done = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, check=False, timeout=timeout)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def files(root: Path, **contents: str | bytes) -> Path:
    """Write files; `__` in a keyword is a slash and `_` before the last part a dot: `budgets__perfgate_yaml`."""
    for name, content in contents.items():
        head, _, ending = name.replace("__", "/").rpartition("_")
        path = root / (f"{head}.{ending}" if head else ending)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root
