"""From the rows of a load run to figures. Pure.

The mean that is gated is the median of the means of each second: over repeated runs on a busy machine it varies by 15 %,
where the mean of all requests varies by 70 %, because one hiccup of the machine is in one second only. A stall of the
service in every second is in every block, and counts in full. What is rarer than every second block does not move the
median, so it is looked for and said. Percentiles are of all requests, by nearest rank: the smallest value that at least
p percent of the values do not exceed.
"""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from perfgate.runtime.http import Outcome
from perfgate.runtime.samples import Load

BLOCK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one route, or of all; times in ms. Without a right answer there are no times: an error is never a fast answer.

    `mean` is the median of `blocks`, the mean of each second in the order of time; `block_p95` the median of the 95th
    percentiles of the same blocks. `problems` counts errors in words. `throughput` is right answers a second.
    """

    name: str
    requests: int
    errors: int
    throughput: float
    problems: dict[str, int]
    blocks: tuple[float, ...] = ()
    mean: float | None = None
    mean_all: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    block_p95: float | None = None
    max: float | None = None

    @property
    def error_rate(self) -> float:
        """Percent of the requests."""
        return self.errors / self.requests * 100 if self.requests else 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """`lag_p50` and `lag_p99` tell how late the client was, in ms; `warnings` what the figures do not show."""

    all: Figures
    routes: tuple[Figures, ...]
    lag_p50: float | None
    lag_p99: float | None
    warnings: tuple[str, ...]


def nearest_rank(ordered: Sequence[float], percent: float) -> float:
    """The value at rank ceil(percent/100 x n) of sorted values, counting from 1."""
    # Rounded first: 95 % of 20 is 19, although 0.95 x 20 is a little more in binary.
    return ordered[max(1, math.ceil(round(percent * len(ordered) / 100, 6))) - 1]


def summarize(load: Load) -> Summary:
    """What a run comes to, over all routes and for each."""
    samples = load.samples
    everything = range(len(samples))
    by_route: list[list[int]] = [[] for _ in load.routes]
    for index, route in enumerate(samples.route):
        by_route[route].append(index)
    overall = _figures("all", load, everything)
    lags = sorted(samples.lag)
    return Summary(
        all=overall,
        routes=tuple(_figures(name, load, rows) for name, rows in zip(load.routes, by_route, strict=True)),
        lag_p50=nearest_rank(lags, 50) if lags else None,
        lag_p99=nearest_rank(lags, 99) if lags else None,
        warnings=tuple(_warnings(load, overall)),
    )


def _figures(name: str, load: Load, rows: Sequence[int]) -> Figures:
    samples = load.samples
    right = [index for index in rows if samples.outcome[index] == Outcome.OK]
    problems = Counter(Outcome(samples.outcome[index]) for index in rows if samples.outcome[index] != Outcome.OK)
    span = max(load.elapsed, max((samples.due[index] for index in rows), default=0.0)) or 1.0
    counts = Figures(
        name=name,
        requests=len(rows),
        errors=len(rows) - len(right),
        throughput=len(right) / span,
        problems={outcome.words: count for outcome, count in sorted(problems.items())},
    )
    if not right:
        return counts
    ordered = sorted(samples.latency[index] for index in right)
    blocks = _blocks(load, right)
    means = tuple(statistics.fmean(block) for block in blocks)
    return Figures(
        name=counts.name,
        requests=counts.requests,
        errors=counts.errors,
        throughput=counts.throughput,
        problems=counts.problems,
        blocks=means,
        mean=statistics.median(means),
        mean_all=statistics.fmean(ordered),
        p50=nearest_rank(ordered, 50),
        p95=nearest_rank(ordered, 95),
        p99=nearest_rank(ordered, 99),
        block_p95=statistics.median(nearest_rank(sorted(block), 95) for block in blocks),
        max=ordered[-1],
    )


def _blocks(load: Load, rows: Iterable[int]) -> list[list[float]]:
    """The latencies of each second in which requests were due; a last second that is not half full joins the one before."""
    blocks: dict[int, list[float]] = {}
    whole = max(1, math.floor(load.seconds / BLOCK_SECONDS + 0.5))
    for index in rows:
        number = min(int(load.samples.due[index] / BLOCK_SECONDS), whole - 1)
        blocks.setdefault(number, []).append(load.samples.latency[index])
    return [blocks[number] for number in sorted(blocks)]


# A second counts as stalled when its mean is twice the median of all and a millisecond above; a single request when it
# took a tenth of a second longer than the mean.
_TIMES, _ABOVE, _FAR = 2, 1.0, 100.0
_ENOUGH_BLOCKS = 10


def _warnings(load: Load, figures: Figures) -> Iterable[str]:
    if load.partial:
        yield f"cut short by the {load.partial}: {figures.requests:,} of {round(load.rate * load.seconds):,} requests"
    if load.timestamps == "user":
        yield "the kernel gave no receive stamps, so delays of the measuring program are part of the times"
    if figures.mean is None or figures.max is None or figures.p99 is None:
        return
    slow = [mean for mean in figures.blocks if mean > _TIMES * figures.mean and mean > figures.mean + _ABOVE]
    if slow or figures.max > figures.mean + _FAR:
        seconds = (
            f"{len(slow)} of {len(figures.blocks)} seconds had a mean of up to {max(slow):.1f} ms; " if slow else ""
        )
        yield (
            f"stalls that the mean of {figures.mean:.2f} ms does not show: {seconds}"
            f"p99 {figures.p99:.1f} ms, longest {figures.max:.1f} ms"
        )
    if 1 < len(figures.blocks) < _ENOUGH_BLOCKS and not load.partial:
        yield f"only {len(figures.blocks)} seconds were measured; means are steady from {_ENOUGH_BLOCKS} on"
