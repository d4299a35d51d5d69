"""What a load run saw: a row for each request in columns, and what the client knows of its own doing."""

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

_OPEN = -1


@dataclass(frozen=True, slots=True)
class Samples:
    """One row for each request that ended, in the order in which they were due.

    `route` is an index into the routes; `due` seconds since the first request that counts; `latency` ms until the answer,
    NaN unless it was right; `lag` ms that the client was late; `outcome` an Outcome.
    """

    route: "array[int]" = field(default_factory=lambda: array("H"))
    due: "array[float]" = field(default_factory=lambda: array("d"))
    latency: "array[float]" = field(default_factory=lambda: array("d"))
    lag: "array[float]" = field(default_factory=lambda: array("d"))
    outcome: "array[int]" = field(default_factory=lambda: array("b"))

    def __len__(self) -> int:
        return len(self.due)


@dataclass(frozen=True, slots=True)
class Load:
    """A load run: `rate` requests a second were due for `seconds`.

    `elapsed` is the time in seconds from the first request that counts until the last answer. `connections` is how many
    were open at most. `unstamped` counts answers whose end the kernel did not tell. `statuses` counts wrong statuses by
    (route, status), `problems` holds one text for each (route, outcome). `partial` says why the run ended early.
    """

    routes: tuple[str, ...]
    rate: float
    seconds: float
    samples: Samples
    elapsed: float
    connections: int
    unstamped: int = 0
    statuses: Mapping[tuple[int, int], int] = field(default_factory=dict)
    problems: Mapping[tuple[int, int], str] = field(default_factory=dict)
    partial: str = ""

    @property
    def timestamps(self) -> Literal["kernel", "user"]:
        """Whose times these are; `user` as soon as an answer in a hundred has no stamp of the kernel."""
        return "kernel" if self.unstamped * 100 < max(1, len(self.samples)) else "user"


class Rows:
    """The rows of a run while it goes on, in a place for each request, filled in the order in which they end."""

    def __init__(self, route: "array[int]", rate: float) -> None:
        """`route` names the route of each request that counts, in the order in which they are due."""
        count = len(route)
        self._rate = rate
        self._route = route
        self._latency = array("d", [math.nan]) * count
        self._lag = array("d", [math.nan]) * count
        self._outcome = array("b", [_OPEN]) * count

    def end(self, index: int, outcome: int, latency: float, lag: float) -> None:
        self._outcome[index] = outcome
        self._latency[index] = latency
        self._lag[index] = lag

    def samples(self) -> Samples:
        """The rows that ended; a run that was cut short has others."""
        samples = Samples()
        for index, outcome in enumerate(self._outcome):
            if outcome != _OPEN:
                samples.route.append(self._route[index])
                samples.due.append(index / self._rate)
                samples.latency.append(self._latency[index])
                samples.lag.append(self._lag[index])
                samples.outcome.append(outcome)
        return samples
