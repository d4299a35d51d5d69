"""What running services did, for a terminal: answers by route, memory, and how paired forks compare."""

from collections.abc import Iterable, Iterator

from perfgate.render.escape import log
from perfgate.report.model import Leak, Memory, Report, Response, RouteTimes
from perfgate.units import Unit, show, show_percent

_TIMES = ("mean", "p50", "p95", "p99", "max")


def response(report: Report) -> str:
    """A table of routes for each service, and what else must be known to trust it."""
    from tabulate import tabulate

    rows: list[list[str]] = []
    notes: list[tuple[str, str]] = []
    for service, found in sorted((report.details.response or {}).items()):
        rows += [_route(service, route) for route in found.routes]
        notes += [(service, note) for note in _about_response(found)]
    head = ("service", "route", "requests", "errors", *_TIMES)
    align = ("left", "left", *["right"] * (len(head) - 2))
    text = tabulate(rows, head, tablefmt="simple", colalign=align, disable_numparse=True) if rows else ""
    return "\n".join(part for part in (text, *by_note(notes)) if part)


def by_note(notes: Iterable[tuple[str, str]]) -> list[str]:
    """Each note once, with all the services that it is of, as lines."""
    services: dict[str, list[str]] = {}
    for service, note in notes:
        services.setdefault(note, []).append(service)
    return [f"{log(', '.join(names))}: {log(note)}" for note, names in services.items()]


def _route(service: str, route: RouteTimes) -> list[str]:
    times = (getattr(route, name) for name in _TIMES)
    shown = ["–" if value is None else show(value, Unit.MILLISECONDS) for value in times]
    return [log(service), log(route.name), f"{route.requests:,}", f"{route.errors:,}", *shown]


def _about_response(found: Response) -> Iterator[str]:
    facts = [f"{show(found.throughput, Unit.COUNT)} of {found.rate:g} requests/s for {found.seconds:g} s"]
    facts += [f"99% sent within {show(found.lag, Unit.MILLISECONDS)} of the time due"] if found.lag is not None else []
    if found.pressure is not None:
        facts.append(f"something waited for a processor {show_percent(found.pressure)} of the time")
    facts += ["times of the program's own clock"] if found.timestamps == "user" else []
    yield ", ".join(facts)
    yield from found.notes
    for route in found.routes:
        if route.problems:
            said = ", ".join(f"{name} ×{number:,}" for name, number in sorted(route.problems.items()))
            yield f"{route.name}: {said}"


def memory(report: Report) -> str:
    """A row for each service, then what was looked at in detail."""
    from tabulate import tabulate

    found = sorted((report.details.memory or {}).items())
    rows = [
        [
            log(service),
            "–" if one.heap is None else show(one.heap, Unit.BYTES),
            show(one.rss, Unit.BYTES),
            str(one.processes) + (f" + {one.workers} workers" if one.workers else ""),
            one.leak.verdict,
            _growth(one.leak),
            f"{one.leak.requests:,}",
        ]
        for service, one in found
    ]
    head = ("service", "heap", "resident", "processes", "leak", "growth a request", "requests")
    align = ("left", "right", "right", "right", "left", "right", "right")
    text = tabulate(rows, head, tablefmt="simple", colalign=align, disable_numparse=True) if rows else ""
    notes = by_note((service, note) for service, one in found for note in one.notes)
    details = [text for service, one in found for text in _details(service, one)]
    return "\n".join(part for part in (text, *notes, *details) if part)


def _growth(leak: Leak) -> str:
    if leak.slope is None or leak.low is None or leak.high is None:
        return "–"
    return f"{leak.slope:,.0f} B ({leak.low:,.0f} to {leak.high:,.0f})"


def _details(service: str, found: Memory) -> Iterator[str]:
    if found.spaces:
        spaces = ", ".join(f"{log(one.name)} {show(one.used, Unit.BYTES)}" for one in found.spaces)
        yield f"{log(service)} heap spaces: {spaces}"
    if found.grown:
        yield f"{log(service)} grew most, by constructor:"
        for one in found.grown:
            size = f"{'+' if one.size >= 0 else '−'}{show(abs(one.size), Unit.BYTES)}"
            yield f"  {size:>12}  {one.count:+,} {log(one.constructor)}"
    if found.handles:
        handles = ", ".join(f"{number:,} {log(name)}" for name, number in sorted(found.handles.items()))
        yield f"{log(service)} open handles: {handles}"
