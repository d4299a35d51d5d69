"""Memory: what a running service holds after it has answered some thousand requests, and whether that grows with them."""

from perfgate.report.model import Increase, MetricSpec
from perfgate.units import Unit

METRICS = (
    MetricSpec(
        "memory.heapUsed",
        Unit.BYTES,
        "what a Node service holds after a forced collection: its heap, and what stands outside of it",
        increase=Increase(fail=10, floor=2 * 1024 * 1024),
    ),
    MetricSpec(
        "memory.rss",
        Unit.BYTES,
        "memory of the service's processes, what they share counted once",
        noise="noisy",
        increase=Increase(fail=10, floor=5 * 1024 * 1024),
    ),
    MetricSpec(
        "memory.leak",
        Unit.BYTES,
        "bytes that are lost with each request, as far as proven; 0 where no leak is",
        noise="noisy",
        limit=0,
    ),
)
