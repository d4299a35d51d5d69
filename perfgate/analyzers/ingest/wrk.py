"""The text of wrk and wrk2: times with their units, and percentiles with `--latency`.

Socket errors are connections refused, reads and writes that failed, and answers that took longer than `--timeout`; the
latter are among the requests too. `Non-2xx or 3xx responses` are those with a status above 399. wrk2 also lists a
spectrum, from which the 95th percentile is taken when it has a row of exactly that.
"""

import re

from perfgate.analyzers.ingest import load
from perfgate.analyzers.ingest.found import Document, Found, Options
from perfgate.analyzers.ingest.load import Run

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0, "h": 3_600_000.0}
_TIME = r"(-?nan|[0-9]+\.[0-9]+) ?(us|ms|s|m|h)"
_LATENCY = re.compile(rf"^ *Latency +{_TIME} ", re.MULTILINE)
_REQUESTS = re.compile(r"^ *([0-9]+) requests in [0-9.]+(?:us|ms|s|m|h),", re.MULTILINE)
_SOCKETS = re.compile(
    r"^ *Socket errors: connect ([0-9]+), read ([0-9]+), write ([0-9]+), timeout ([0-9]+)", re.MULTILINE
)
_STATUS = re.compile(r"^ *Non-2xx or 3xx responses: ([0-9]+)", re.MULTILINE)
_QUANTILE = re.compile(rf"^ *(50|99)(?:\.000)?% +{_TIME}\r?$", re.MULTILINE)
_SPECTRUM = re.compile(r"^ *([0-9]+\.[0-9]+) +0\.950000 +[0-9]+", re.MULTILINE)
_RUN = re.compile(r"^Running .+ test @ ", re.MULTILINE)
# wrk2 may add a second distribution, of uncorrected times.
_UNCORRECTED = "Latency Distribution (HdrHistogram - Uncorrected"
_REMEDY = "run wrk with --latency"


def read(document: Document, _options: Options) -> Found:
    """Raises ReportError."""
    text = document.data
    runs = len(_RUN.findall(text))
    if runs != 1:
        raise document.error(
            f"{runs} runs of wrk in one file" if runs else "no output of wrk",
            "keep one run a file: wrk --latency URL > FILE",
        )
    total, mean = _REQUESTS.search(text), _LATENCY.search(text)
    if total is None or mean is None:
        raise document.error("the output of wrk is not complete", "did wrk run to its end?")
    answered = int(total[1])
    connect, read_, write, timeout = map(int, sockets.groups()) if (sockets := _SOCKETS.search(text)) else (0, 0, 0, 0)
    status = int(bad[1]) if (bad := _STATUS.search(text)) else 0
    unanswered = connect + read_ + write
    run = Run(
        tool="wrk",
        answered=answered if timeout < answered or not timeout else 0,
        times=_times(text, _milliseconds(mean[1], mean[2])),
        error_rate=load.percent(unanswered + status + timeout, answered + unanswered),
        remedies={
            "p50": _REMEDY,
            "p99": _REMEDY,
            "p95": "it has the 90th and the 99th, and perfgate does not interpolate",
        },
    )
    return load.found(document, run)


def _times(text: str, mean: float) -> dict[str, float]:
    corrected = text.partition(_UNCORRECTED)[0]
    found = {"mean": mean}
    for quantile, number, unit in _QUANTILE.findall(corrected):
        found[f"p{quantile}"] = _milliseconds(number, unit)
    spectrum = _SPECTRUM.search(corrected)
    return found | ({"p95": float(spectrum[1])} if spectrum else {})


def _milliseconds(number: str, unit: str) -> float:
    """What wrk prints without any answer, `-nan`, is nothing."""
    return 0.0 if number.endswith("nan") else float(number) * _UNITS[unit]
