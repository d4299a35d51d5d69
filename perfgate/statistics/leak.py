"""Does the memory of a service grow with the requests it answers? Decided from readings after forced collections.

The heap after a collection is so quiet that the drift of any runtime, a few bytes a request, is significant. So the
question is not whether it grows but whether by more than `LEAST` bytes a request, and whether it goes on: services warm
up, fill caches, and write buffers out now and then, all of which is growth for a while.

Clean may be said at every look: the interval of the slope lies below LEAST, over the whole window or over its last
readings, where warm-up has ended. A leak is said at the last look only, and only when

- the interval of the slope lies above LEAST,
- so does that of the growth over every few blocks, which a heap that wanders at random does not fool,
- the growth does not fade: the second half is about as steep as the first, and so are the last few readings,
- and it has not fallen back by a good part of what it gained, as buffers and expiring entries do.

The last three are judged on the lower edge of the readings. What a reading is off by is garbage that a collection left,
never a negative amount; so the least of three readings in a row is nearer to what is really held than any one of them.

Anything else is inconclusive, with what stood against it. No rule can tell a cache that fills throughout the whole
measurement from a leak: measure longer, or with a smaller cache. benchmarks/leak_rule.py has the rates of all this.
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
USUAL_BLOCK = 500  # requests: what a runtime comes to hold by itself is so many bytes, however few requests go by
FADED = 0.7  # the second half's slope against the first's; an exponential warm-up of 34 blocks keeps as much
ENDING = 0.5  # the slope of the last readings against the whole
TAIL = 6  # readings
FALL = 0.3  # of the growth, lost in one block
JUMP = 5.0  # spreads beyond the usual growth of a block: a table that was doubled
EDGE = 3  # readings: a collection cut short shows in one or two in a row
STRIDE = 3  # blocks
MAD_TO_SPREAD = 1.4826  # of a normal distribution
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


def decide(readings: Sequence[Reading], *, least: float | None = None, ended: bool = False) -> LeakDecision | None:
    """Judge the readings after each block, the first after the first block. None: measure on.

    `least` is the growth that counts, in bytes a request; by default LEAST, and more in blocks smaller than usual.
    The first look that decides stands, so more readings than needed change nothing. `ended` says that no more will
    come: then what is not clean is inconclusive, whatever its slope, unless the last look has been reached.
    Raises ValueError when requests do not rise from reading to reading.
    """
    if any(b.requests <= a.requests for a, b in pairwise(readings)):
        raise ValueError("each reading needs more requests than the one before it")
    if least is None:
        least = least_of(readings)
    for look in LOOKS:
        if len(readings) < look.blocks:
            break
        window = readings[look.skip - 1 : look.blocks]
        if calm := _clean(window, least):
            return calm
        if look == LOOKS[-1]:
            return _final(readings[: look.blocks], window, least)
    return _stopped(readings) if ended else None


def least_of(readings: Sequence[Reading]) -> float:
    """The growth that counts where blocks are as large as these, in bytes a request."""
    if len(readings) < 2:
        return LEAST
    block = (readings[-1].requests - readings[0].requests) / (len(readings) - 1)
    return LEAST * max(1.0, USUAL_BLOCK / block)


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
    against = _against(readings, window, slope, least)
    return _decision("inconclusive" if against else "leak", slope, window[-1].requests, against or "grows steadily")


def _stopped(readings: Sequence[Reading]) -> LeakDecision:
    requests = readings[-1].requests if readings else 0
    reason = f"ended after {len(readings)} of {LOOKS[-1].blocks} blocks"
    passed = [look for look in LOOKS if look.blocks <= len(readings)]
    if not passed:
        return LeakDecision("inconclusive", None, None, None, requests, reason)
    return _decision("inconclusive", _slope(readings[passed[-1].skip - 1 :]), requests, reason)


def _against(readings: Sequence[Reading], window: Sequence[Reading], slope: Interval, least: float) -> str:
    """Why growth that may be more than `least` is no proof of a leak; empty when nothing speaks against it."""
    if slope.low <= least:
        return "swings too much to tell"
    edge = _lower_edge(readings)
    if _stride_interval(edge[-len(window) :]).low <= least:
        return "grows in fits and starts"
    if _falls_back(edge):
        return "falls back after growing"
    if _fades(_without_jumps(edge)[-len(window) :], slope.estimate):
        return "growth is fading"
    return ""


def _slope(readings: Sequence[Reading]) -> Interval:
    return theil_sen([reading.requests for reading in readings], [reading.held for reading in readings])


def _stride_interval(window: Sequence[Reading]) -> Interval:
    """The growth a request over each few blocks that do not overlap. A random walk has as much down as up."""
    strides = pairwise(window[::STRIDE])
    return hodges_lehmann([(b.held - a.held) / (b.requests - a.requests) for a, b in strides], ERROR, ERROR)


def _lower_edge(readings: Sequence[Reading]) -> list[Reading]:
    """Each reading with the least of it and the next ones; the very last have fewer to look at."""
    return [
        Reading(reading.requests, min(later.held for later in readings[i : i + EDGE]))
        for i, reading in enumerate(readings)
    ]


def _falls_back(readings: Sequence[Reading]) -> bool:
    held = [reading.held for reading in readings]
    return max(a - b for a, b in pairwise(held)) > FALL * (max(held) - min(held))


def _fades(readings: Sequence[Reading], whole: float) -> bool:
    """Whether the second half is flatter than the first, or the very end flatter than the `whole` slope."""
    middle = len(readings) // 2
    first, second = _slope(readings[: middle + 1]).estimate, _slope(readings[middle:]).estimate
    return second < FADED * first or _slope(readings[-TAIL:]).estimate < ENDING * whole


def _without_jumps(readings: Sequence[Reading]) -> list[Reading]:
    """The same readings, with each single rise far beyond the usual one cut down to it. Falls stay.

    A hash table that doubles in the first half must not make the second look flat. Large rises in a row are no jump but
    the steep beginning of a curve.
    """
    rises = [b.held - a.held for a, b in pairwise(readings)]
    usual = median(rises)
    most = usual + JUMP * MAD_TO_SPREAD * median(abs(rise - usual) for rise in rises)
    large = [False, *(rise > most for rise in rises), False]
    alone = [now and not before and not after for before, now, after in zip(large, large[1:], large[2:], strict=False)]
    cut = accumulate(
        (usual if jump else rise for rise, jump in zip(rises, alone, strict=True)), initial=readings[0].held
    )
    return [Reading(reading.requests, value) for reading, value in zip(readings, cut, strict=True)]


def _decision(verdict: LeakVerdict, slope: Interval, requests: int, reason: str) -> LeakDecision:
    return LeakDecision(verdict, slope.estimate, slope.low, slope.high, requests, reason)
