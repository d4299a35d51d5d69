"""One running service: its processes, and what they say they hold."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import psutil

from perfgate.analyzers.memory.samples import Sample
from perfgate.runtime import agent, lifecycle, processes
from perfgate.runtime.agent import AgentError, Agents
from perfgate.runtime.lifecycle import ServiceError

# The agent's own code is compiled over its first forty questions, 80 KB that are not the service's growth.
_WARM_UP_QUESTIONS = 60
_WARM_UP_COLLECTIONS = 3
_NODE = frozenset({"node", "nodejs"})


class Watched:
    """A service and the agents in it. Its processes are looked up anew for each sample, since services fork."""

    def __init__(self, service: lifecycle.Service, agents: Agents) -> None:
        self.service = service
        self.agents = agents
        self.replaced = False
        self._known: set[int] = set()
        self._warm: set[int] = set()
        self._serving: list[psutil.Process] = []

    @property
    def pids(self) -> list[int]:
        return [one.pid for one in self._serving]

    @property
    def answering(self) -> list[int]:
        return self.agents.answering(self.pids)

    def sample(self, asked: int) -> Sample:
        """What it holds after a forced collection, `asked` requests so far. Raises ServiceError when it has ended, or does not answer."""
        try:
            return self._sample(asked)
        except AgentError as error:
            self.service.check()
            if any(one.pid == error.pid and processes.is_alive(one) for one in self._serving):
                raise self._failure(error) from error
        # One of several processes has ended; what is left of the service is asked once more.
        try:
            return self._sample(asked)
        except AgentError as error:
            raise self._failure(error) from error

    def fault(self) -> str:
        """What kept the agent out of a process of Node; empty where none is of Node, and none could be asked."""
        node = [one for one in self._serving if _program(one) in _NODE]
        if not node:
            return ""
        with contextlib.suppress(psutil.Error, OSError):
            if not agent.is_told(node[0].environ()):
                return "what starts it sets NODE_OPTIONS anew: have it add to them, or let `start` run node itself"
        return "Node did not load the agent: it is older than 18, or may not read the files of perfgate"

    @property
    def program(self) -> str:
        """What it runs on, as the file is called."""
        return next((name for one in self._serving if (name := _program(one))), "the program")

    def _failure(self, error: AgentError) -> ServiceError:
        return ServiceError(f"{self.service.name}: {error.message}", log=self.service.log(), hint=error.hint)

    def _sample(self, asked: int) -> Sample:
        self.service.check()
        self._serving = self.service.serving()
        if not self._serving:
            raise ServiceError(f"{self.service.name} has no process any more", log=self.service.log())
        pids = set(self.pids)
        self.replaced = self.replaced or bool(self._known - pids)
        self._known |= pids
        answering = self.answering
        self._warm_up([pid for pid in answering if pid not in self._warm])
        uses = self.agents.collect(answering)
        return Sample(
            asked,
            heap=sum(use.held for use in uses.values()) if uses else None,
            rss=processes.memory(self._serving).bytes,
            processes=len(self._serving),
            workers=sum(use.workers for use in uses.values()),
            silent=len(pids) - len(uses),
        )

    def _warm_up(self, pids: Sequence[int]) -> None:
        for _ in range(_WARM_UP_QUESTIONS if pids else 0):
            self.agents.use(pids)
        for _ in range(_WARM_UP_COLLECTIONS if pids else 0):
            self.agents.collect(pids)
        self._warm |= set(pids)


def _program(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error, OSError):
        return Path(process.exe()).name
    return ""
