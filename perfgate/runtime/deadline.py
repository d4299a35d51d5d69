"""Time that several services share: each gets its part of what is left, so that a slow first one starves nobody."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the monotonic clock, in seconds; None: there is no hurry."""

    at: float | None = None
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float | None) -> "Deadline":
        return cls(None if seconds is None else time.monotonic() + seconds)

    def share(self, of: int) -> "Deadline":
        """The deadline of the next of `of` things that are still to be done."""
        if self.at is None:
            return self
        now = self.clock()
        return Deadline(now + max(0.0, self.at - now) / max(1, of), self.clock)

    @property
    def moment(self) -> float:
        """The moment as a number, infinite where there is no hurry."""
        return math.inf if self.at is None else self.at

    @property
    def passed(self) -> bool:
        return self.at is not None and self.clock() >= self.at


FOREVER = Deadline()
