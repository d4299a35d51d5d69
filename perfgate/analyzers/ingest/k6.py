"""k6's end-of-test summary in its three shapes: `--summary-export`, what `handleSummary` gets, and the machine-readable v1.

Times are in ms whatever `summaryTimeUnit` says, which is for people. In `http_req_failed` a request that failed is a
*pass* of the rate, so only the rate itself is read.
"""

from perfgate.analyzers.ingest import load
from perfgate.analyzers.ingest.found import Document, Found, Options
from perfgate.analyzers.ingest.load import Run
from perfgate.analyzers.ingest.node import Node, root

_STATS = {"mean": ("avg",), "p50": ("med", "p(50)"), "p95": ("p(95)",), "p99": ("p(99)",)}
_REMEDY = 'name it in summaryTrendStats: ["avg", "med", "p(95)", "p(99)"]'


def read(document: Document, _options: Options) -> Found:
    """Raises ReportError."""
    metrics = _metrics(document)
    durations = metrics.get("http_req_duration")
    requests = metrics.get("http_reqs")
    if durations is None or requests is None:
        raise document.error(
            "no HTTP requests in this summary", "perfgate reads http_req_duration, http_reqs and http_req_failed"
        )
    answered = requests.count("count")
    error_rate = _error_rate(metrics.get("http_req_failed")) if answered else 0
    run = Run(
        tool="k6",
        answered=answered,
        times=_times(durations),
        error_rate=error_rate,
        remedies=dict.fromkeys(_STATS, _REMEDY),
        notes=["the times of k6 include those of requests that failed"] if error_rate else [],
    )
    return load.found(document, run)


def _metrics(document: Document) -> dict[str, Node]:
    """The values of each metric by its name, whichever shape they stand in."""
    summary = root(document)
    results = summary.find("results")
    if results:
        return {metric.get("name").text(): metric.get("values") for metric in results.get("metrics").items()}
    metrics = summary.get("metrics")
    if not isinstance(metrics.value, dict):
        raise metrics.error("expected metrics by name")
    by_name = {name: metrics.get(name) for name, value in metrics.value.items() if value is not None}
    return {name: metric.find("values") or metric for name, metric in by_name.items()}


def _times(durations: Node) -> dict[str, float]:
    """The statistics that the summary has."""
    found = {}
    for key, names in _STATS.items():
        values = [value for name in names if (value := durations.find(name))]
        if values:
            found[key] = values[0].number()
    return found


def _error_rate(failed: Node | None) -> float | None:
    """In percent; `rate`, which the oldest shape calls `value`."""
    rate = (failed.find("rate") or failed.find("value")) if failed else None
    if rate is None:
        return None
    if rate.number() > 1:
        raise rate.error(f"{rate.value} is no share of requests", "a rate of k6 lies between 0 and 1")
    return rate.number() * 100
