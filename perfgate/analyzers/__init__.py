"""What is: each analyzer is a module with METRICS and `analyze`, and one line in this table."""

from typing import Protocol

from perfgate.analyzers import bundle
from perfgate.report import score
from perfgate.report.model import MetricSpec


class Analyzer(Protocol):
    """What a module must have to be an analyzer. Each has an `analyze` of its own, called by the command of its name."""

    @property
    def METRICS(self) -> tuple[MetricSpec, ...]: ...  # noqa: N802  # a constant of the module


ANALYZERS: dict[str, Analyzer] = {"bundle": bundle}

# Every metric by id, in the order of the table: budget keys, docs and editor schemas come from here.
METRICS: dict[str, MetricSpec] = {
    spec.id: spec for specs in (*(a.METRICS for a in ANALYZERS.values()), score.METRICS) for spec in specs
}
