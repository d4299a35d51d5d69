"""Base against head for a terminal: a row for each route and metric, and what else must be known."""

from collections.abc import Iterator, Mapping, Sequence

from perfgate.gate.noisy import interval, signed
from perfgate.gate.verdict import Trial
from perfgate.render.escape import log
from perfgate.render.running import by_note
from perfgate.report.model import Paired
from perfgate.units import Unit, show, show_percent

_HEAD = ("service", "route", "metric", "base", "head", "change", "interval", "verdict", "forks", "limit", "would see")


def table(found: Mapping[str, Paired], trials: Mapping[tuple[str, str], Sequence[Trial]]) -> str:
    """`trials` by service and metric."""
    from tabulate import tabulate

    rows = [
        _row(service, metric, trial) for (service, metric), of_metric in sorted(trials.items()) for trial in of_metric
    ]
    align = ["left", "left", "left", "right", "right", "right", "right", "left", "right", "right", "right"]
    text = tabulate(rows, _HEAD, tablefmt="simple", colalign=align, disable_numparse=True) if rows else ""
    notes = by_note((service, note) for service, one in sorted(found.items()) for note in _notes(one))
    strays = [line for key, of_metric in sorted(trials.items()) for line in _strays(*key, of_metric)]
    return "\n".join(part for part in (text, *notes, *strays) if part)


def _row(service: str, metric: str, trial: Trial) -> list[str]:
    return [
        log(service),
        log(trial.route),
        log(metric),
        show(trial.base, Unit.MILLISECONDS),
        show(trial.head, Unit.MILLISECONDS),
        signed(trial.change),
        interval(trial),
        trial.answer,
        str(trial.forks),
        f"+{show_percent(trial.limit)}",
        "–" if trial.detectable is None else signed(trial.detectable),
    ]


def _notes(one: Paired) -> Iterator[str]:
    if one.unchanged:
        yield f"not measured: {one.unchanged}"
    if one.partial:
        yield "ended early: what is not decided stays inconclusive"
    yield from one.notes


def _strays(service: str, metric: str, trials: Sequence[Trial]) -> Iterator[str]:
    """Forks in another speed mode cost power; a head that gets into one more often would be a regression of its own."""
    for trial in trials:
        if trial.outliers:
            forks = "fork was" if trial.outliers == 1 else "forks were"
            yield f"{log(service)}: {log(trial.route)}, {metric}: {trial.outliers} {forks} over 25% off the others"
