"""Does the memory of a service grow with the requests it answers? Decided from readings after forced collections.

The heap after a collection is so quiet that the drift of any runtime, a few bytes a request, is significant. So the
question is not whether it grows but whether by more than `LEAST` bytes a request, and whether it goes on: services warm
up, fill caches, and write buffers out now and then, all of which is growth for a while.

Clean may be said at every look: the interval of the slope lies below LEAST, over the whole window or over its last
readings, where warm-up has ended. A leak is said at the last look only, and only when

- the interval of the slope lies above LEAST,
- so does that of the growth from reading to reading, which a heap that wanders at random does not fool,
- the growth does not fade: its last third is as steep as those before it, the last few readings included,
- and it has not fallen back by a good part of what it gained, as buffers and expiring entries do.

Anything else is inconclusive, with what stood against it. No rule can tell a cache that fills throughout the whole
measurement from a leak: measure longer, or with a smaller cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median
from typing import Literal, NamedTuple

from perfgate.statistics.intervals import Interval, hodges_lehmann
from perfgate.statistics.slope import theil_sen

LeakVerdict = Literal["leak", "clean", "inconclusive"]

LEAST = 32.0  # bytes a request: 276 MB a day at 100 requests a second
FADED = 0.8  # of the slope before; an exponential warm-up of 36 blocks keeps as much
ENDING = 0.6  # of the whole slope, over the last TAIL readings
TAIL = 4
FALL = 0.3  # of the growth, lost in one block
JUMP = 5.0  # spreads beyond the usual growth of a block: a table that was doubled
ERROR = 0.025  # on each side of every interval


class Reading(NamedTuple):
    """What the service held after a block of requests and a collection: all requests so far, and bytes."""

    requests: int
    held: float


class Look(NamedTuple):
    """When to look, and how many of the first readings not to count."""

    blocks: int
    skip: int


LOOKS = (Look(12, 3), Look(20, 5), Look(30, 6))


@dataclass(frozen=True, slots=True)
class LeakDecision:
    """The verdict, and the growth in bytes a request with its interval, over `requests` requests.

    The growth is None when the measurement ended before the first look.
    """

    verdict: LeakVerdict
    slope: float | None
    low: float | None
    high: float | None
    requests: int
    reason: str


def decide(readings: Sequence[Reading], *, least: float = LEAST, ended: bool = False) -> LeakDecision | None:
    """Judge the readings after each block, the first after the first block. None: measure on.

    The first look that decides stands, so more readings than needed change nothing. `ended` says that no more will
    come: then what is not clean is inconclusive, whatever its slope, unless the last look has been reached.
    Raises ValueError when requests do not rise from reading to reading.
    """
    if any(b.requests <= a.requests for a, b in pairwise(readings)):
        raise ValueError("each reading needs more requests than the one before it")
    for look in LOOKS:
        if len(readings) < look.blocks:
            break
        window = readings[look.skip - 1 : look.blocks]
        if calm := _clean(window, least):
            return calm
        if look == LOOKS[-1]:
            return _final(readings[: look.blocks], window, least)
    return _stopped(readings) if ended else None


def _clean(window: Sequence[Reading], least: float) -> LeakDecision | None:
    """Clean over the whole window, or over the readings since growth stopped."""
    shortest = LOOKS[0].blocks - LOOKS[0].skip + 1
    for part, reason in ((window, "no growth that counts"), (window[-shortest:], "grew at first, then stopped")):
        slope = _slope(part)
        if slope.high < least:
            return _decision("clean", slope, window[-1].requests, reason)
    return None


def _final(readings: Sequence[Reading], window: Sequence[Reading], least: float) -> LeakDecision:
    slope = _slope(window)
    against = _against(readings[LOOKS[0].skip - 1 :], window, slope, least)
    return _decision("inconclusive" if against else "leak", slope, window[-1].requests, against or "grows steadily")


def _stopped(readings: Sequence[Reading]) -> LeakDecision:
    requests = readings[-1].requests if readings else 0
    reason = f"ended after {len(readings)} of {LOOKS[-1].blocks} blocks"
    passed = [look for look in LOOKS if look.blocks <= len(readings)]
    if not passed:
        return LeakDecision("inconclusive", None, None, None, requests, reason)
    return _decision("inconclusive", _slope(readings[passed[-1].skip - 1 :]), requests, reason)


def _against(all_counted: Sequence[Reading], window: Sequence[Reading], slope: Interval, least: float) -> str:
    """Why growth that may be more than `least` is no proof of a leak; empty when nothing speaks against it."""
    if slope.low <= least:
        return "swings too much to tell"
    if _step_interval(window).low <= least:
        return "grows in fits and starts"
    if _falls_back(all_counted):
        return "falls back after growing"
    if _fades(window, slope.estimate):
        return "growth is fading"
    return ""


def _slope(readings: Sequence[Reading]) -> Interval:
    return theil_sen([reading.requests for reading in readings], [reading.held for reading in readings])


def _step_interval(window: Sequence[Reading]) -> Interval:
    """The growth a request from each reading to the next. Of these a random walk has as many up as down."""
    return hodges_lehmann([(b.held - a.held) / (b.requests - a.requests) for a, b in pairwise(window)], ERROR, ERROR)


def _falls_back(readings: Sequence[Reading]) -> bool:
    held = [reading.held for reading in readings]
    growth = max(held) - min(held)
    return max(a - b for a, b in pairwise(held)) > FALL * growth


def _fades(window: Sequence[Reading], whole: float) -> bool:
    """Whether the last third is flatter than the flattest before it, or the very end flatter than the whole.

    Judged without jumps: a hash table that doubles in the second third must not make the last one look flat.
    """
    smooth = _without_jumps(window)
    third = (len(smooth) - 1) // 3
    first, middle, last = (_slope(smooth[i * third : (i + 1) * third + 1]).estimate for i in range(3))
    tail = smooth[-TAIL - 1 :]
    ending = (tail[-1].held - tail[0].held) / (tail[-1].requests - tail[0].requests)
    return last < FADED * min(first, middle) or ending < ENDING * whole


def _without_jumps(window: Sequence[Reading]) -> list[Reading]:
    """The same readings, with each rise far beyond the usual one cut down to it. Falls stay."""
    rises = [b.held - a.held for a, b in pairwise(window)]
    usual = median(rises)
    most = usual + JUMP * 1.4826 * median(abs(rise - usual) for rise in rises)
    held = accumulate((usual if rise > most else rise for rise in rises), initial=window[0].held)
    return [Reading(reading.requests, value) for reading, value in zip(window, held, strict=True)]


def _decision(verdict: LeakVerdict, slope: Interval, requests: int, reason: str) -> LeakDecision:
    return LeakDecision(verdict, slope.estimate, slope.low, slope.high, requests, reason)
