"""What an analyzer found in sources and manifests, for a terminal: its numbers, then each remark with its place."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from perfgate.render import words
from perfgate.render.escape import log
from perfgate.report.model import Dependencies, MetricSpec, Remark, Report, Treeshaking
from perfgate.units import System, Unit, show

MOST_REMARKS = 25
_INDENT = " " * 4


def page(
    report: Report,
    found: Mapping[str, Dependencies] | Mapping[str, Treeshaking],
    specs: Sequence[MetricSpec],
    units: System = System.IEC,
) -> str:
    """A table with a row for each service and package, and below it what explains the numbers."""
    everywhere = set.intersection(*(set(one.unknown) for one in found.values())) if len(found) > 1 else set()
    blocks = (_block(name, found[name], everywhere, units) for name in sorted(found))
    parts = [_table(report, specs, units), *blocks, "\n".join(_unknown(sorted(everywhere), ""))]
    return "\n\n".join(part for part in parts if part)


def _table(report: Report, specs: Sequence[MetricSpec], units: System) -> str:
    from tabulate import tabulate

    values = {(metric.service, metric.id): metric.value for metric in report.metrics}
    names = sorted({metric.service for metric in report.metrics if metric.id in {spec.id for spec in specs}})
    rows = [[log(name), *(_cell(values.get((name, spec.id)), spec, units) for spec in specs)] for name in names]
    header = ["", *(spec.id.partition(".")[2] for spec in specs)]
    align = ("left", *("right" for _ in specs))
    # Cells are text already: tabulate must not read numbers into them.
    return tabulate(rows, header, tablefmt="simple", colalign=align, disable_numparse=True) if rows else ""


def _cell(value: float | None, spec: MetricSpec, units: System) -> str:
    return "–" if value is None else show(value, spec.unit, units)


def _block(name: str, found: Dependencies | Treeshaking, everywhere: Collection[str], units: System) -> str:
    """The remarks of one package: what is certain, then what is worth a look, then what could not be known of it."""
    certain = [remark for remark in found.remarks if remark.certain]
    likely = [remark for remark in found.remarks if not remark.certain]
    lines = [*_lines(certain, units), *(["  worth a look"] if likely else []), *_lines(likely, units)]
    lines += _unknown([reason for reason in found.unknown if reason not in everywhere], "  ")
    return "\n".join([log(name), *lines]) if lines else ""


def _unknown(reasons: Sequence[str], indent: str) -> list[str]:
    return [f"{indent}not known: {log(reason)}" for reason in reasons]


def _lines(remarks: Sequence[Remark], units: System) -> Iterator[str]:
    for remark in sorted(remarks, key=lambda remark: -(remark.size or 0))[:MOST_REMARKS]:
        size = f", {show(remark.size, Unit.BYTES, units)}" if remark.size else ""
        yield f"  {remark.kind} {log(remark.subject)}: {log(remark.text.rstrip('.'))}{size}"
        yield from (f"{_INDENT}{log(place)}" for place in remark.places[: words.MOST_PLACES])
        if len(remark.places) > words.MOST_PLACES:
            yield f"{_INDENT}and {len(remark.places) - words.MOST_PLACES:,} more places"
        if remark.advice:
            yield f"{_INDENT}→ {log(remark.advice)}"
    if len(remarks) > MOST_REMARKS:
        yield f"  … and {len(remarks) - MOST_REMARKS:,} more; the report has more of them"
