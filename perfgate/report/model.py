"""The report: one measurement of everything at one commit. The JSON Schema is generated from these classes.

`metrics` is the truth and `details` explains it; a value that could not be measured is a `NotMeasured` with its reason,
never a zero and never left out.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from perfgate.units import Unit

# 1: first version.
FORMAT_VERSION = 1

# The name under which metrics of the whole repository, not of one service, are stored.
REPOSITORY = "(repository)"

Number = int | float
Name = Annotated[str, Field(min_length=1, max_length=214, pattern=r"^[^\x00-\x1f\x7f]+$")]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{40,64}$")]
MetricId = Annotated[str, Field(max_length=80, pattern=r"^[a-z][A-Za-z0-9]*(\.[A-Za-z0-9_-]+)+$")]
Timestamp = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


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
    increase: Increase | None = None

    def worse(self, value: float, than: float) -> bool:
        return value > than if self.better == "lower" else value < than


class Document(BaseModel):
    """Base of everything perfgate stores: immutable, strict, camelCase in JSON, no unknown keys, finite numbers."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, allow_inf_nan=False
    )


class CarriedFrom(Document):
    """Where a value comes from that this run did not measure anew."""

    sha: Sha
    age_days: int = Field(ge=0)


class Metric(Document):
    """One measured value, in the base unit of its metric."""

    service: Name
    id: MetricId
    value: Number = Field(ge=0)
    unit: Unit = Field(strict=False)
    samples: tuple[Number, ...] | None = None
    carried_from: CarriedFrom | None = None


class NotMeasured(Document):
    """A value that should be here and is not, and why."""

    service: Name
    id: MetricId
    reason: Reason


class Tool(Document):
    name: Literal["perfgate"] = "perfgate"
    version: str


class Encoders(Document):
    """Compressors as `name version`; sizes of different compressors are not compared."""

    zlib: str | None = None
    brotli: str | None = None


class Environment(Document):
    """The machine the numbers were measured on."""

    os: str
    arch: str
    cpu_model: str | None = None
    cores: int | None = None
    python: str
    node: str | None = None
    encoders: Encoders = Encoders()
    runner_class: str | None = None


class File(Document):
    """One artifact. `label` is its path with hashes replaced by `<hash>`, so that two builds can be compared."""

    label: str
    path: str
    size: int = Field(ge=0)
    gzip: int | None = Field(default=None, ge=0)
    brotli: int | None = Field(default=None, ge=0)


class Module(Document):
    """One input of a bundle, and the bytes it takes there. `importer` is the first module that imports it."""

    name: str
    size: int = Field(ge=0)
    importer: str | None = None


class Bundle(Document):
    """What a service ships. `modules` are the largest inputs where the bundler left a metafile."""

    files: tuple[File, ...] = ()
    modules: tuple[Module, ...] = ()


class Details(Document):
    """What explains the metrics, a part for each analyzer that ran."""

    bundle: dict[Name, Bundle] | None = None


class Report(Document):
    """What was measured at one commit."""

    format_version: Literal[1] = FORMAT_VERSION
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

    @property
    def services(self) -> list[str]:
        """Every service this report speaks of, sorted."""
        return sorted({part.service for part in (*self.metrics, *self.not_measured)} - {REPOSITORY})


class ReportFile(Report):
    """The report as it stands in the file: with the keys that scripts read, all derived from `metrics` on writing."""

    bundle_size: str | None = None
    bundle_sizes: dict[str, int] = Field(default_factory=dict)
    bundle_analysis: dict[str, JsonValue] | None = None
    memory_usage: Number | None = None
    average_heap_used: Number | None = None
    memory_leak_suspected: bool | None = None
    response_time: Number | None = None
    average_response_time: Number | None = None
    performance_score: Number | None = None
    health_score: dict[str, JsonValue] | None = None
    recommendations: tuple[str, ...] = ()
    recommendation_groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    unused_dependencies: tuple[dict[str, JsonValue], ...] = ()


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the report file."""
    schema = ReportFile.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://github.com/perfgate/perfgate/schema/report-v1.json",
        **schema,
        "title": "perfgate report",
    }
