"""Where one run stands against an absolute limit, when its samples are noisy.

Samples are means of blocks of time or of requests, not single requests: their median is what is judged, with the
interval that the sign test gives, which needs no distribution. It speaks of this run. Another run on another machine may
have another median, so an absolute limit on a noisy metric wants room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from perfgate.statistics.intervals import median

Place = Literal["above", "straddles", "below", "unknown"]

FEWEST = 6  # samples: fewer set no interval at 95 %
ERROR = 0.025


@dataclass(frozen=True, slots=True)
class Position:
    """The median and its 95 % interval, and where that lies. The ends are None with fewer than six samples."""

    place: Place
    median: float
    low: float | None
    high: float | None


def against(samples: Sequence[float], limit: float) -> Position:
    """`above` when the whole interval is over the limit, `below` when none of it is; equal is within the limit.

    For a metric where higher is better, `below` is the bad side, and equal counts as below: pass the negatives of
    samples and limit to have it mirrored. Raises ValueError for no samples, or values that are not finite.
    """
    interval = median(samples, ERROR, ERROR)
    if len(samples) < FEWEST:
        return Position("unknown", interval.estimate, None, None)
    place: Place = "above" if interval.low > limit else "below" if interval.high <= limit else "straddles"
    return Position(place, interval.estimate, interval.low, interval.high)
