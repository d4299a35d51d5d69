"""hyperfine's `--export-json`: seconds of each run of each command. The median stands for a command.

The mean, which hyperfine prints first, moves with a single run that was disturbed.
"""

from perfgate.analyzers.ingest.found import (
    Document,
    Found,
    Options,
    Reading,
    custom_id,
    distinct,
    milliseconds,
    thinned,
)
from perfgate.analyzers.ingest.node import Node, root
from perfgate.units import Unit


def read(document: Document, options: Options) -> Found:
    """Raises ReportError."""
    results = list(root(document).get("results").items())
    if not results:
        raise document.error("no command was timed", "hyperfine writes the commands that ran to their end")
    if options.as_id and len(results) > 1:
        names = ", ".join(result.get("command").text()[:40] for result in results[:3])
        raise document.error(
            f"--as names one command, and here are {len(results)}: {names}", "time one command in a file of its own"
        )
    readings = distinct(document, (_reading(document, result, options.as_id) for result in results))
    notes = tuple(note for result in results if (note := _failures(result)))
    return Found(readings, notes=notes)


def _reading(document: Document, result: Node, as_id: str | None) -> Reading:
    command = result.get("command").text()
    median = result.get("median").number()
    if median == 0:
        raise result.error("0 s: the command is faster than its shell", "time it with hyperfine -N, without a shell")
    times = result.find("times")
    return Reading(
        id=as_id or custom_id(document, command),
        value=milliseconds(median),
        unit=Unit.MILLISECONDS,
        name=command,
        samples=thinned([milliseconds(time.number()) for time in times.items()]) if times else None,
    )


def _failures(result: Node) -> str | None:
    """Runs that failed are in the file only with --ignore-failure; null is one that a signal ended."""
    codes = result.find("exit_codes")
    statuses = codes.value if codes and isinstance(codes.value, list) else []
    failed = sum(status != 0 for status in statuses)
    command = result.get("command").text()[:60]
    return f"{failed} of {len(statuses)} runs of {command!r} failed, and their times count" if failed else None
