"""What must be ended when perfgate is gone: told to a program of its own, which outlives this one by a moment."""

import atexit
import sys
import tempfile
import threading
from pathlib import Path

from perfgate import process
from perfgate.process import Child

_SECONDS_TO_END = 5


class Guard:
    """The services that run now. The program that watches over them is started with the first one, once for a run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._services: dict[str, int] = {}
        self._program: Child | None = None

    def add(self, mark: str, group: int = 0) -> None:
        """Before a service is started by its mark alone, afterwards again with its first process."""
        with self._lock:
            self._services[mark] = group
            self._tell(f"+ {mark} {group}")

    def remove(self, mark: str) -> None:
        with self._lock:
            if self._services.pop(mark, None) is not None:
                self._tell(f"- {mark}")

    def watches(self, mark: str) -> bool:
        return mark in self._services

    def _tell(self, line: str) -> None:
        """To a program that has been killed meanwhile nothing can be told: a new one hears everything."""
        if self._program is None:
            atexit.register(self._end)
        if self._program is not None and self._program.status is None:
            self._program.tell(line)
            return
        if self._program is not None:
            self._program.close()
        argv = [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py"))]
        self._program = process.start(argv, cwd=Path(tempfile.gettempdir()), output=None, talk=True)
        for mark, group in self._services.items():
            self._program.tell(f"+ {mark} {group}")

    def _end(self) -> None:
        """At the end of perfgate: what is still listed is killed now, and nothing is left behind."""
        if self._program is not None:
            self._program.close()
            self._program.wait(_SECONDS_TO_END)


GUARD = Guard()
