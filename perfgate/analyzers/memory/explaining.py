"""What a heap consists of, and what grew in it: a second run of a service, for eyes, not for figures.

Writing a heap snapshot doubles the size of a process, so none is written while it is measured.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from perfgate.analyzers.memory.measuring import watching
from perfgate.analyzers.memory.snapshot import census, grown
from perfgate.analyzers.memory.watched import Watched
from perfgate.config.running import Running
from perfgate.errors import PerfgateError
from perfgate.report.model import Grown, HeapSpace, Memory
from perfgate.runtime.agent import AgentError
from perfgate.runtime.blocks import Blocks
from perfgate.runtime.deadline import Deadline
from perfgate.runtime.lifecycle import ServiceError
from perfgate.statistics import leak

# Blocks of requests before the first snapshot, and between the two.
_SETTLING = leak.LOOKS[0].skip
_GROWING = leak.LOOKS[0].blocks
# What perfgate has closed is closed in the service, too, after this; it is then no handle of the service.
_CLOSING_SECONDS = 0.1


def explained(memory: Memory, name: str, running: Running, root: Path, deadline: Deadline) -> Memory:
    """`memory` with the spaces of the heap, what grew most, and what is open; or with a note why not.

    After the deadline the service is not run again.
    """
    if deadline.passed:
        return _noted(memory, "no time was left for details")
    try:
        with watching(name, running, root) as (watched, blocks):
            return _explained(memory, watched, blocks, running.memory.block, root)
    except PerfgateError as error:
        return _noted(memory, f"no details: {error.message}")


def _explained(memory: Memory, watched: Watched, blocks: Blocks, block: int, root: Path) -> Memory:
    for _ in range(_SETTLING):
        blocks.ask(block)
    watched.sample(0)
    pid = _largest(watched)
    before = watched.agents.snapshot(pid, "before")
    for _ in range(_GROWING):
        blocks.ask(block)
    blocks.close()
    time.sleep(_CLOSING_SECONDS)
    watched.sample(0)
    spaces = watched.agents.spaces(watched.answering)
    handles = watched.agents.handles(watched.answering)
    after = watched.agents.snapshot(pid, "after")
    scripts: dict[int, str] = {}
    with suppress(AgentError):  # a Node without its inspector; functions are then told by their names alone
        scripts = _files(watched.agents.scripts(pid), root)
    found: tuple[Grown, ...] = grown(census(before, scripts), census(after, scripts))
    memory = replace(
        memory,
        spaces=tuple(HeapSpace(name=name, used=size) for name, size in spaces.items() if size),
        handles=handles,
        grown=found,
    )
    if memory.processes > 1:
        memory = _noted(memory, "what grew is that of one process, the one that held most")
    return memory


def _largest(watched: Watched) -> int:
    uses = watched.agents.use(watched.answering)
    if not uses:
        raise ServiceError("no process of it loaded the agent when it was started again")
    return max(uses, key=lambda pid: uses[pid].held)


def _files(scripts: Mapping[int, str], root: Path) -> dict[int, str]:
    """Scripts by their path in the workspace; those elsewhere by what stands behind `node_modules`, or by their name."""
    here = f"{root.resolve()}/"
    found = {}
    for number, url in scripts.items():
        path = unquote(url.removeprefix("file://")) if url.startswith("file://") else url
        if path.startswith(here):
            path = path.removeprefix(here)
        elif path.startswith("/"):
            _, of_package, inside = path.rpartition("/node_modules/")
            path = inside if of_package else path.rpartition("/")[2]
        found[number] = path
    return found


def _noted(memory: Memory, note: str) -> Memory:
    return replace(memory, notes=(*memory.notes, note[:1000]))
