"""autocannon's `--json`: whole milliseconds, percentiles 50, 75, 90, 97.5, 99, and no 95th.

Its `errors` are failed connections and timeouts; `requests.total` are answers, of any status.
"""

from perfgate.analyzers.ingest import load
from perfgate.analyzers.ingest.found import Document, Found, Options
from perfgate.analyzers.ingest.load import Run
from perfgate.analyzers.ingest.node import Node, root


def read(document: Document, _options: Options) -> Found:
    """Raises ReportError."""
    result = root(document)
    latency, requests = result.get("latency"), result.get("requests")
    answered, errors = requests.count("total"), result.count("errors")
    failed = errors + result.count("non2xx") + result.count("mismatches")
    timed = latency.count("totalCount") if latency.find("totalCount") else answered
    keys = ("mean", "p50", "p95", "p99") if timed or not answered else ()
    run = Run(
        tool="autocannon",
        answered=answered,
        times={key: value.number() for key in keys if (value := latency.find(key))},
        error_rate=load.percent(failed, answered + errors),
        remedies={"p95": "it has the 90th and the 97.5th, and perfgate does not interpolate"},
        resolution=1,
        notes=_unanswered(result, requests, answered + errors),
    )
    return load.found(document, run)


def _unanswered(result: Node, requests: Node, accounted: int) -> list[str]:
    """Requests that were sent and never came back are no errors to autocannon; the last ones are just under way."""
    under_way = result.count("connections") * max(1, result.count("pipelining"))
    lost = requests.count("sent") - accounted - under_way
    if lost <= 0:
        return []
    return [f"at least {lost:,} requests were sent and not answered, which autocannon does not count as errors"]
