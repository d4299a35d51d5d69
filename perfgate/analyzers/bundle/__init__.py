"""Bundle sizes: for each service the raw, gzip and brotli bytes of what it ships, and what that is made of."""

from perfgate.report.model import Increase, MetricSpec
from perfgate.units import Unit

METRICS = (
    MetricSpec(
        "bundle.size", Unit.BYTES, "bytes of all artifacts of the service", increase=Increase(fail=10, floor=1024)
    ),
    MetricSpec("bundle.gzip", Unit.BYTES, "the same, each file compressed by gzip at level 9"),
    MetricSpec("bundle.brotli", Unit.BYTES, "the same, each file compressed by brotli at quality 11"),
    MetricSpec("bundle.files", Unit.COUNT, "number of artifacts"),
)
