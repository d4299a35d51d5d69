"""Starts the services of tests/data/services as perfgate does, and looks for what they leave behind."""

import json
import os
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from perfgate.config.running import Start
from tests.running import ROOT

SERVICES = ROOT / "tests" / "data" / "services"
# pnpm as the example pins it, whether it is installed here or not.
_EXAMPLE = ROOT / "examples" / "six-services" / "package.json"
PNPM = ("npx", "--yes", json.loads(_EXAMPLE.read_text())["packageManager"])
# Set in the environment of a service, it finds everything that came from it.
PROBE = "PROBE_OF_THIS_TEST"


def plan(script: str, **parts: Any) -> Start:
    """How one of the services is started, with a probe of its own."""
    return Start(
        ("node", str(SERVICES / script)), **{**parts, "env": {PROBE: uuid.uuid4().hex, **parts.get("env", {})}}
    )


def python(code: str, **parts: Any) -> Start:
    """The same for a few lines of Python, which start faster."""
    return Start((sys.executable, "-c", code), **{**parts, "env": {PROBE: uuid.uuid4().hex, **parts.get("env", {})}})


def survivors(start: Start, seconds: float = 5) -> list[int]:
    """The processes of a service that are alive, once there are none or that many seconds have passed."""
    deadline = time.monotonic() + seconds
    while (found := _alive(start.env[PROBE])) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def _alive(probe: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text(errors="replace").rpartition(") ")[2][0]
            if state not in "ZX" and f"{PROBE}={probe}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]
