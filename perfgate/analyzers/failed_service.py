"""Why the metrics of a service have no values: what went wrong, what to do, and the end of its log."""

from collections.abc import Iterable

from perfgate.errors import PerfgateError
from perfgate.report.model import NotMeasured
from perfgate.runtime.lifecycle import ServiceError

_MOST = 1000
_MOST_LOG = 4000


def unmeasured(service: str, ids: Iterable[str], error: PerfgateError) -> list[NotMeasured]:
    """For each metric that an error kept from being measured."""
    log = error.log[-_MOST_LOG:] if isinstance(error, ServiceError) and error.log else None
    return [
        NotMeasured(service=service, id=id_, reason=error.reason[:_MOST], failed=True, log=log) for id_ in sorted(ids)
    ]
