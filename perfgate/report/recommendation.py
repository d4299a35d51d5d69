"""What to do next, one sentence each, out of what the analyzers remarked. Pure."""

from collections.abc import Iterator

from perfgate.report.model import Remark, Report
from perfgate.units import Unit, show

MOST = 20


def recommendations(report: Report) -> tuple[str, ...]:
    """The advice of all certain remarks, most bytes first; the same advice for several packages is given once."""
    found: dict[str, int] = {}
    for remark in _remarks(report):
        if remark.certain and remark.advice:
            advice = remark.advice.rstrip(".")
            found[advice] = max(remark.size or 0, found.get(advice, 0))
    ranked = sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(f"{advice} ({show(size, Unit.BYTES)})." if size else f"{advice}." for advice, size in ranked[:MOST])


def _remarks(report: Report) -> Iterator[Remark]:
    for details in (report.details.deps, report.details.treeshake):
        for found in (details or {}).values():
            yield from found.remarks
