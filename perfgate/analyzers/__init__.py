"""What is: each analyzer is a folder with its METRICS, an `analysis` with `analyze`, and one line in this table."""

from typing import Protocol

from perfgate.analyzers import build, bundle, dependencies, memory, response, treeshake
from perfgate.report import score
from perfgate.report.model import MetricSpec


class Analyzer(Protocol):
    """What a folder must have to be an analyzer. What reads and decides is imported by the command that needs it."""

    @property
    def METRICS(self) -> tuple[MetricSpec, ...]: ...  # noqa: N802  # a constant of the module


ANALYZERS: dict[str, Analyzer] = {
    "bundle": bundle,
    "deps": dependencies,
    "treeshake": treeshake,
    "response": response,
    "memory": memory,
    "build": build,
}

# What `analyze` and `run` do: all that can be measured once the build is done, and so not the build itself.
ANALYZED = tuple(name for name in ANALYZERS if name != "build")

# Every metric by id, in the order of the table: budget keys, docs and editor schemas come from here.
METRICS: dict[str, MetricSpec] = {
    spec.id: spec for specs in (*(a.METRICS for a in ANALYZERS.values()), score.METRICS) for spec in specs
}
