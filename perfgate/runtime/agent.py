"""The agent in Node services: how a service is made to load it, and what its processes answer.

Each process that loads `agent.cjs` listens on a socket named by its pid, in a folder that only this user may enter. The
inspector of Node would do without an agent, but keeps alive what a service logs and meets itself in clusters.
"""

import contextlib
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfgate.config.running import Start
from perfgate.errors import ProcessError

SCRIPT = Path(__file__).with_name("agent.cjs")
FOLDER = "PERFGATE_AGENT"
_OPTIONS = "NODE_OPTIONS"
# The path of a socket has 108 bytes on Linux and 104 on macOS, with a zero at its end.
_LONGEST_PATH = 103
_LONGEST_NAME = len("/4194304.sock")
_SECONDS = 60
_SNAPSHOT_SECONDS = 600


class AgentError(ProcessError):
    """The process `pid` did not answer: it has ended, or does nothing else but compute."""

    def __init__(self, pid: int, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.pid = pid


@dataclass(frozen=True, slots=True)
class Use:
    """What a process says it holds, in bytes. `external` is outside of the heap, and includes `array_buffers`."""

    heap_used: int
    heap_total: int
    external: int
    array_buffers: int
    rss: int
    workers: int

    @property
    def held(self) -> int:
        """The heap and what stands outside of it: contents of Buffers do."""
        return self.heap_used + self.external


class Agents:
    """The agents of one service. Questions go to several processes at once; those without an agent are left out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[int, socket.socket] = {}

    def variables(self, plan: Start) -> dict[str, str]:
        """The environment that makes a service load the agent, beside what its own NODE_OPTIONS ask for."""
        inherited = os.environ.get(_OPTIONS, "") if _OPTIONS in plan.inherit else ""
        own = plan.env.get(_OPTIONS, inherited)
        return {_OPTIONS: f"{own} --require {quoted(SCRIPT)}".strip(), FOLDER: str(self.folder)}

    def answering(self, pids: Sequence[int]) -> list[int]:
        """Those of the processes that have an agent."""
        return [pid for pid in pids if self._connected(pid) is not None]

    def use(self, pids: Sequence[int]) -> dict[int, Use]:
        """What each holds now, garbage included."""
        return {pid: _use(answer) for pid, answer in self._ask(pids, "use").items()}

    def collect(self, pids: Sequence[int]) -> dict[int, Use]:
        """What each holds after a forced collection; takes some 10 ms for a small heap, 400 ms for 200 MB."""
        return {pid: _use(answer) for pid, answer in self._ask(pids, "collect").items()}

    def spaces(self, pids: Sequence[int]) -> dict[str, int]:
        """Bytes in use in each space of their heaps, added up."""
        return _added(self._ask(pids, "spaces").values())

    def handles(self, pids: Sequence[int]) -> dict[str, int]:
        """How many timers, sockets, requests and so on keep them alive, by the name that Node has for each kind."""
        return _added(self._ask(pids, "handles").values())

    def snapshot(self, pid: int, name: str) -> Path:
        """Have a process write a heap snapshot; it stands still meanwhile, for seconds when its heap is large."""
        path = self.folder / f"{name}.heapsnapshot"
        self._ask([pid], f"snapshot {path}", _SNAPSHOT_SECONDS)
        return path

    def scripts(self, pid: int) -> dict[int, str]:
        """The path or address of each script by its number. The process is slower afterwards."""
        found: Mapping[str, str] = next(iter(self._ask([pid], "scripts").values()), {})
        return {int(number): url for number, url in found.items()}

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def _ask(self, pids: Sequence[int], question: str, seconds: float = _SECONDS) -> dict[int, dict[str, Any]]:
        """The answers, by pid, of the processes that have an agent. Raises AgentError when one fails to answer."""
        connections = {pid: found for pid in pids if (found := self._connected(pid)) is not None}
        for pid, connection in connections.items():
            try:
                connection.sendall(f"{question}\n".encode())
            except OSError as error:
                raise _gone(pid) from error
        until = time.monotonic() + seconds
        return {pid: _answer(pid, connection, until) for pid, connection in connections.items()}

    def _connected(self, pid: int) -> socket.socket | None:
        if pid not in self._open:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(self.folder / f"{pid}.sock"))
            except OSError:
                connection.close()
                return None
            self._open[pid] = connection
        return self._open[pid]


@contextlib.contextmanager
def agents() -> Iterator[Agents]:
    """Agents for one service, with a folder for their sockets that is gone afterwards."""
    folder = _private_folder()
    found = Agents(folder)
    try:
        yield found
    finally:
        found.close()
        shutil.rmtree(folder, ignore_errors=True)


def quoted(path: Path) -> str:
    r"""A path as NODE_OPTIONS has it: in double quotes, in which a backslash stands for the sign behind it."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def is_told(environment: Mapping[str, str]) -> bool:
    """Whether a process with this environment was made to load the agent."""
    return quoted(SCRIPT) in environment.get(_OPTIONS, "") and FOLDER in environment


def _private_folder() -> Path:
    """A folder for sockets: in the place for temporary files, or in /tmp where that has too long a name."""
    folder = Path(tempfile.mkdtemp(prefix="perfgate-"))
    if len(os.fsencode(folder)) + _LONGEST_NAME > _LONGEST_PATH:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="perfgate-", dir="/tmp"))  # the name is random and the folder private
    return folder


def _answer(pid: int, connection: socket.socket, until: float) -> dict[str, Any]:
    read = b""
    while not read.endswith(b"\n"):
        connection.settimeout(max(0.001, until - time.monotonic()))
        try:
            piece = connection.recv(65_536)
        except TimeoutError as error:
            raise AgentError(
                pid, f"process {pid} did not answer in time", hint="something keeps its main thread busy"
            ) from error
        except OSError as error:
            raise _gone(pid) from error
        if not piece:
            raise _gone(pid)
        read += piece
    answer: dict[str, Any] = json.loads(read)
    if "error" in answer:
        raise AgentError(pid, f"process {pid} cannot tell what it holds: {answer['error']}")
    return answer


def _gone(pid: int) -> AgentError:
    return AgentError(pid, f"process {pid} ended while it was measured")


def _use(answer: Mapping[str, int]) -> Use:
    return Use(
        heap_used=answer["heapUsed"],
        heap_total=answer["heapTotal"],
        external=answer["external"],
        array_buffers=answer["arrayBuffers"],
        rss=answer["rss"],
        workers=answer["workers"],
    )


def _added(answers: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for answer in answers:
        for name, number in answer.items():
            total[name] = total.get(name, 0) + number
    return dict(sorted(total.items()))
