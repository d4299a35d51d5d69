"""Response: how long a running service takes to answer at a fixed rate of requests, and how often it errs."""

from perfgate.report.model import Increase, MetricSpec
from perfgate.units import Unit

METRICS = (
    MetricSpec(
        "response.mean",
        Unit.MILLISECONDS,
        "time to an answer: the median of the means of each second",
        noise="noisy",
        increase=Increase(fail=10),
    ),
    MetricSpec("response.p50", Unit.MILLISECONDS, "time within which half of the requests are answered", noise="noisy"),
    MetricSpec("response.p95", Unit.MILLISECONDS, "time within which 95 % of them are answered", noise="noisy"),
    MetricSpec("response.p99", Unit.MILLISECONDS, "time within which 99 % of them are answered", noise="noisy"),
    MetricSpec(
        "response.errorRate", Unit.PERCENT, "requests without a right answer: wrong status, none, broken", noise="noisy"
    ),
    MetricSpec(
        "response.cpu",
        Unit.MILLISECONDS,
        "CPU time the service takes for a request",
        noise="noisy",
        increase=Increase(fail=5),
    ),
    MetricSpec(
        "response.score",
        Unit.POINTS,
        "the worst of mean, p95 and error rate against their thresholds, 0 to 100",
        better="higher",
        noise="noisy",
    ),
)
