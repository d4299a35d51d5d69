"""pytest-benchmark's `--benchmark-json`: seconds a call of each benchmark. The median of the rounds stands for it."""

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


def read(document: Document, _options: Options) -> Found:
    """Raises ReportError."""
    benchmarks = list(root(document).get("benchmarks").items())
    if not benchmarks:
        raise document.error("no benchmark was run", "did pytest select any, and did they pass?")
    return Found(distinct(document, (_reading(document, benchmark) for benchmark in benchmarks)))


def _reading(document: Document, benchmark: Node) -> Reading:
    name, stats = benchmark.get("name").text(), benchmark.get("stats")
    if not stats.count("rounds"):
        raise stats.error("0 rounds, so nothing was measured", "does the test call the benchmark fixture?")
    data = stats.find("data")
    return Reading(
        id=custom_id(document, name),
        value=milliseconds(stats.get("median").number()),
        unit=Unit.MILLISECONDS,
        name=name,
        samples=thinned([milliseconds(seconds.number()) for seconds in data.items()]) if data else None,
    )
