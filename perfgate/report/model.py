"""The report: one measurement of everything at one commit. The JSON Schema is generated from these classes.

`metrics` is the truth and `details` explains it; a value that could not be measured is a `NotMeasured` with its reason,
never a zero and never left out.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from perfgate.report import codec
from perfgate.report.codec import Check, Count, Number, document
from perfgate.units import Unit

# 1: first version.
FORMAT_VERSION: Final = 1

# The name under which metrics of the whole repository, not of one service, are stored.
REPOSITORY = "(repository)"

Name = Annotated[str, Check(min_length=1, max_length=214, pattern=r"^[^\x00-\x1f\x7f]+$")]
Reason = Annotated[str, Check(min_length=1, max_length=1000)]
Sha = Annotated[str, Check(min_length=40, max_length=64, pattern=r"^[0-9a-f]+$")]
MetricId = Annotated[str, Check(max_length=80, pattern=r"^[a-z][A-Za-z0-9]*(\.[A-Za-z0-9_-]+)+$")]
Timestamp = Annotated[str, Check(max_length=20, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]


@dataclass(frozen=True, slots=True)
class Increase:
    """How much worse a metric may get: in percent of the baseline, and at least `floor` base units."""

    fail: float | None = None
    warn: float | None = None
    floor: float = 0


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """What a metric is. Budget keys, the docs table and the schema come from the analyzers' METRICS."""

    id: str
    unit: Unit
    about: str
    better: Literal["lower", "higher"] = "lower"
    noise: Literal["exact", "noisy"] = "exact"
    scope: Literal["service", "repository"] = "service"
    increase: Increase | None = None

    def worse(self, value: float, than: float) -> bool:
        return value > than if self.better == "lower" else value < than


@document
class CarriedFrom:
    """Where a value comes from that this run did not measure anew."""

    sha: Sha
    age_days: Count


@document
class Metric:
    """One measured value, in the base unit of its metric."""

    service: Name
    id: MetricId
    value: Number
    unit: Unit
    samples: tuple[Number, ...] | None = None
    carried_from: CarriedFrom | None = None


@document
class NotMeasured:
    """A value that should be here and is not, and why. `failed`: measuring broke, where else there was nothing to measure."""

    service: Name
    id: MetricId
    reason: Reason
    failed: bool = False


@document
class Tool:
    name: Literal["perfgate"] = "perfgate"
    version: str


@document
class Encoders:
    """Compressors as `name version`; sizes of different compressors are not compared."""

    zlib: str | None = None
    brotli: str | None = None


@document
class Environment:
    """The machine the numbers were measured on. `node` is told by analyzers that run Node."""

    os: str
    arch: str
    cpu_model: str | None = None
    cores: int | None = None
    python: str
    node: str | None = None
    encoders: Encoders = Encoders()
    runner_class: str | None = None


@document
class File:
    """One artifact. `label` is its path with hashes replaced by `<hash>`, so that two builds can be compared."""

    label: str
    path: str
    size: Count
    gzip: Count | None = None
    brotli: Count | None = None


@document
class Module:
    """An input of a bundle and the bytes it takes there: a source file, or a package as `node_modules/name`.

    `importer` is the first file outside of it that imports it, with the line where it is known.
    """

    name: str
    size: Count
    importer: str | None = None


@document
class Bundle:
    """What a service ships, and what that is made of: its largest inputs, and the bytes that belong to none of them."""

    files: tuple[File, ...] = ()
    modules: tuple[Module, ...] = ()
    unmapped: Count | None = None
    note: str | None = None


@document
class ScorePart:
    """One part of the score, what it weighs, and the points it takes from 100."""

    score: float
    weight: float
    lost: float


@document
class Score:
    """How well the parts do, from 0 to 100. `coverage` is the weight that was measured; below 0.6 the status is unknown."""

    overall: float
    status: Literal["healthy", "at the limit", "degraded", "unknown"]
    coverage: float
    partial: bool
    breakdown: dict[str, ScorePart]


@document
class Details:
    """What explains the metrics, a part for each analyzer that ran."""

    bundle: dict[Name, Bundle] | None = None
    score: Score | None = None


@document
class Report:
    """What was measured at one commit."""

    format_version: Literal[1]
    timestamp: Timestamp
    tool: Tool
    commit: Sha | None = None
    base_commit: Sha | None = None
    branch: str | None = None
    dirty: bool = False
    environment: Environment
    metrics: tuple[Metric, ...] = ()
    not_measured: tuple[NotMeasured, ...] = ()
    details: Details = Details()

    def value(self, service: str, metric: str) -> float | None:
        """The value of one metric, or None."""
        return next((m.value for m in self.metrics if m.service == service and m.id == metric), None)

    @property
    def services(self) -> list[str]:
        """Every service this report speaks of, sorted."""
        return sorted(({m.service for m in self.metrics} | {n.service for n in self.not_measured}) - {REPOSITORY})


@document
class ReportFile(Report):
    """The report as it stands in the file: with the keys that scripts read, all derived from `metrics` on writing."""

    bundle_size: str | None = None
    bundle_sizes: dict[str, int] = field(default_factory=dict)
    bundle_analysis: dict[str, Any] | None = None
    memory_usage: Number | None = None
    average_heap_used: Number | None = None
    memory_leak_suspected: bool | None = None
    response_time: Number | None = None
    average_response_time: Number | None = None
    performance_score: Number | None = None
    health_score: dict[str, Any] | None = None
    recommendations: tuple[str, ...] = ()
    recommendation_groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unused_dependencies: tuple[dict[str, Any], ...] = ()


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the report file."""
    return codec.schema(ReportFile, "perfgate report", "report-v1")
