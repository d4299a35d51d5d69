"""How a service is started, asked and measured: what perfgate.yaml says of it, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from perfgate.errors import Source

PORT = "{port}"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
COMPARE = ("stored", "paired")


@dataclass(frozen=True, slots=True)
class Ready:
    """When a service counts as ready: it accepts connections, answers a path or address well, or writes a line."""

    kind: Literal["port", "url", "log"] = "port"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """How a service is started and ended. `port` None: a free one, told as PORT and for `{port}`. Times in seconds."""

    argv: tuple[str, ...]
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)
    inherit: tuple[str, ...] = ()
    port: int | None = None
    https: bool = False
    ready: Ready = Ready()
    timeout: float = 60
    stop: float = 5
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A request that is sent again and again. `statuses` are the right answers, none given: 200 to 399."""

    path: str
    method: str = "GET"
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    statuses: frozenset[int] = frozenset()
    weight: int = 1

    @property
    def name(self) -> str:
        """How reports speak of it."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Load:
    """What a response measurement asks for: requests a second over seconds, after `warm_up` requests that do not count."""

    rate: float = 100
    seconds: float = 10
    warm_up: int = 100
    timeout: float = 10
    keep_alive: bool = True


@dataclass(frozen=True, slots=True)
class MemoryLoad:
    """What a memory measurement asks for: requests in a block, and how many run at once."""

    block: int = 500
    connections: int = 8


@dataclass(frozen=True, slots=True)
class Running:
    """How one service runs and what is asked of it. No routes: what `ready` asks, or GET /."""

    start: Start
    routes: tuple[Route, ...] = ()
    load: Load = Load()
    memory: MemoryLoad = MemoryLoad()


@dataclass(frozen=True, slots=True)
class Compare:
    """How noisy metrics are compared: with stored values, or with the base running beside the head.

    `prepare` are commands, run in a checkout of the base until its services can be started there. Of each route,
    `warm_up` requests go before and `requests` count, on each side of each fork.
    """

    how: Literal["stored", "paired"] = "stored"
    prepare: tuple[tuple[str, ...], ...] = ()
    requests: int = 500
    warm_up: int = 100
