"""What the report says of a service's memory, from what was seen of it. Values in, values out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

from perfgate.analyzers.memory.samples import Sample, Taken, heaps, sizes
from perfgate.report.model import Leak, Memory
from perfgate.statistics import leak
from perfgate.statistics.leak import LeakDecision, Reading

_SETTLING = leak.LOOKS[0].skip
# The figures are medians of so many samples: as many as the first look judges, which is a cycle of most buffers.
_STEADY = leak.LOOKS[0].blocks - _SETTLING
# A process reuses freed memory, so its size lags behind what is lost, and moves in steps of its allocator.
_OUTSIDE = "seen from outside of the process"


def judge(taken: Taken) -> Memory:
    """The figures, the verdict on a leak, and what must be known to read them."""
    held = heaps(taken.samples)
    last = taken.samples[-1]
    decision, reservations = _decide(taken, held)
    return Memory(
        method="agent" if held else "processes",
        processes=last.processes,
        workers=last.workers,
        rss=_steady([sample.rss for sample in taken.samples]),
        heap=_steady([round(reading.held) for reading in held]) if held else None,
        series=tuple((reading.requests, round(reading.held)) for reading in held or sizes(taken.samples)),
        leak=Leak(
            verdict=decision.verdict,
            slope=_rounded(decision.slope),
            low=_rounded(decision.low),
            high=_rounded(decision.high),
            requests=decision.requests,
        ),
        partial=taken.late,
        notes=tuple(note[:1000] for note in (*reservations, *_remarks(taken, last, held))),
    )


def lost(memory: Memory) -> float:
    """Bytes that are lost with each request, as far as proven."""
    return max(memory.leak.low or 0, 0) if memory.leak.verdict == "leak" else 0


def _decide(taken: Taken, held: Sequence[Reading]) -> tuple[LeakDecision, list[str]]:
    """The verdict, and what is to be said of it."""
    decision = _decided(held or sizes(taken.samples))
    if not held and decision.verdict == "leak":
        found = f"{decision.low:.0f} bytes a request or more"
        return _open(decision), [f"a leak is suspected: the process grows by {found}; {_OUTSIDE}, that is no proof"]
    if decision.verdict == "clean" and taken.replaced:
        return _open(decision), ["whether it leaks is not known: a process of it ended meanwhile, and another began"]
    if held and taken.samples[-1].workers and decision.verdict == "clean":
        outside = _decided(sizes(taken.samples))
        if outside.verdict == "leak":
            return _open(outside), [
                "a leak is suspected in its worker threads: the process grows, its main heap does not"
            ]
    return decision, [text] if (text := _words(decision, leak.least_of(held or sizes(taken.samples)))) else []


def _decided(readings: Sequence[Reading]) -> LeakDecision:
    # With `ended` there is always a decision.
    found = leak.decide(readings, ended=True)
    return found or LeakDecision("inconclusive", None, None, None, readings[-1].requests, "too few readings")


def _open(decision: LeakDecision) -> LeakDecision:
    return replace(decision, verdict="inconclusive")


def _words(decision: LeakDecision, least: float) -> str:
    if decision.verdict == "clean":
        return ""
    if decision.verdict == "leak":
        return f"loses {decision.slope:,.0f} bytes a request: {decision.reason} over {decision.requests:,} requests"
    if decision.high is None:
        return f"whether it leaks is not known: {decision.reason}"
    return (
        f"whether it leaks is not known: {decision.reason};"
        f" a leak of {max(decision.high, least):,.0f} bytes a request or more would have been seen"
    )


def _remarks(taken: Taken, last: Sample, held: Sequence[Reading]) -> Iterator[str]:
    if taken.late:
        yield f"the time given was over after {last.asked:,} requests"
    if taken.fault and not held:
        yield f"the heap was not asked: {taken.fault}"
    elif held and last.silent:
        yield f"{last.silent} of {last.processes} processes are not of Node, or have no agent; RSS includes them, the heap does not"
    if last.workers:
        threads = "thread" if last.workers == 1 else "threads"
        yield f"the heap of {last.workers} worker {threads} is not in the heap figure; RSS includes it"
    if taken.wrong:
        kind, _ = taken.wrong.most_common(1)[0]
        yield f"{taken.wrong.total():,} of {last.asked:,} requests were not answered rightly ({kind})"


def _steady(values: Sequence[int]) -> int:
    """The median of the last values, those before it settled left out where there are others."""
    return round(median(values[min(_SETTLING, len(values) - 1) :][-_STEADY:]))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
