"""What the load tools have in common: times of answers, and how many requests failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from perfgate.analyzers.ingest.found import Document, Found, Missing, Reading, tidy
from perfgate.units import Unit

# The figures in the order of their metrics, by what they are called here.
TIMES = {
    "mean": ("response.mean", "mean"),
    "p50": ("response.p50", "50th percentile"),
    "p95": ("response.p95", "95th percentile"),
    "p99": ("response.p99", "99th percentile"),
}
ERROR_RATE = "response.errorRate"
IDS = (*(id_ for id_, _ in TIMES.values()), ERROR_RATE)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a load tool.

    `answered` requests got an answer, `times` are of those, in ms, by the keys of TIMES. `error_rate` in percent, None
    where it is not told. `remedies` say how the tool is made to tell a figure that it left out.
    """

    tool: str
    answered: int
    times: Mapping[str, float]
    error_rate: float | None
    remedies: Mapping[str, str]
    resolution: float = 0
    notes: Sequence[str] = ()


def found(document: Document, run: Run) -> Found:
    """A run as readings. A time of a run in which nothing was answered is no time; neither is 0 ms, which is rounded."""
    if run.answered == 0 and not run.error_rate:
        raise document.error(
            "0 requests were answered, so nothing was measured",
            "does the service answer, and does the run last long enough?",
        )
    readings, missing = [], []
    for key, (id_, name) in TIMES.items():
        value = run.times.get(key)
        if run.answered == 0:
            missing.append(Missing(id_, "every request failed", failed=True))
        elif value is None:
            remedy = f"; {run.remedies[key]}" if key in run.remedies else ""
            missing.append(Missing(id_, f"{run.tool} did not report the {name}{remedy}"))
        elif value == 0:
            missing.append(Missing(id_, _nothing(run, name)))
        else:
            readings.append(Reading(id_, tidy(value), Unit.MILLISECONDS, name))
    if run.error_rate is None:
        missing.append(Missing(ERROR_RATE, f"{run.tool} did not report how many requests failed"))
    else:
        readings.append(Reading(ERROR_RATE, tidy(run.error_rate), Unit.PERCENT, "requests that failed"))
    return Found(tuple(readings), tuple(missing), tuple(run.notes))


def _nothing(run: Run, name: str) -> str:
    if run.resolution:
        return f"the {name} is below the {run.resolution:g} ms that {run.tool} tells apart"
    return f"{run.tool} reports 0 ms as the {name}, so nothing was timed"


def percent(failed: int, requests: int) -> float:
    """Failed requests in percent of all; a request that a tool counts as failed twice is one all the same."""
    return min(100.0, failed / requests * 100) if requests else 0.0
