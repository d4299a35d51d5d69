"""The report: one measurement of everything at one commit. The JSON Schema is generated from these classes.

`metrics` is the truth and `details` explains it; a value that could not be measured is a `NotMeasured` with its reason,
never a zero and never left out.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from perfgate.report import codec
from perfgate.report.codec import Check, Count, Number, Signed, document
from perfgate.units import Unit

# 1: first version.
FORMAT_VERSION: Final = 1

# The name under which metrics of the whole repository, not of one service, are stored.
REPOSITORY = "(repository)"

Name = Annotated[str, Check(min_length=1, max_length=214, pattern=r"^[^\x00-\x1f\x7f]+$")]
Reason = Annotated[str, Check(min_length=1, max_length=1000)]
Log = Annotated[str, Check(max_length=4000)]
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
    """What a metric is. Budget keys, the docs table and the schema come from the analyzers' METRICS.

    `scope` says what has a value: each service; each package of the workspace, be it a service, a library or the root
    (under REPOSITORY); or the repository once. `limit` fails without a budget that says so. `remarks` are the kinds of
    remark that explain the value.
    """

    id: str
    unit: Unit
    about: str
    better: Literal["lower", "higher"] = "lower"
    noise: Literal["exact", "noisy"] = "exact"
    scope: Literal["service", "package", "repository"] = "service"
    increase: Increase | None = None
    limit: float | None = None
    remarks: tuple[str, ...] = ()

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
    """A value that should be here and is not, and why. `failed`: measuring broke, where else there was nothing to measure.

    `log` is the end of what the service wrote.
    """

    service: Name
    id: MetricId
    reason: Reason
    failed: bool = False
    log: Log | None = None


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
    """The machine the numbers were measured on. `node` is told by analyzers that run Node.

    `load` is the load average of the minute before the services were measured.
    """

    os: str
    arch: str
    cpu_model: str | None = None
    cores: int | None = None
    python: str
    node: str | None = None
    encoders: Encoders = Encoders()
    runner_class: str | None = None
    load: Number | None = None

    @property
    def node_line(self) -> str | None:
        """The release line of Node, which is what changes how fast and how large things are."""
        return self.node.removeprefix("v").split(".")[0] if self.node else None


@document
class File:
    """One artifact. `label` is its path with hashes replaced by `<hash>`, so that two builds can be compared."""

    label: str
    path: str
    size: Count
    gzip: Count | None = None
    brotli: Count | None = None


@document
class PackageFile:
    """A file of a package in a bundle: its path inside of the package, and the bytes it takes there."""

    path: str
    size: Count


@document
class Module:
    """An input of a bundle and the bytes it takes there: a source file, or a package as `node_modules/name`.

    `files` are the largest ones of a package. `importer` is the file outside of it that imports it and is nearest to the entry point, with the line where it is
    known; `chain` are the importers of that one, up to the entry point.
    """

    name: str
    size: Count
    importer: str | None = None
    chain: tuple[str, ...] = ()
    files: tuple[PackageFile, ...] = ()


@document
class Copy:
    """One of several versions of a package in a bundle; `version` is None where it cannot be told."""

    version: str | None = None
    size: Count


@document
class Duplicate:
    """A package that is in a bundle more than once, largest copy first."""

    package: Name
    copies: tuple[Copy, ...]


@document
class Bundle:
    """What a service ships, and what that is made of: its largest inputs, and the bytes that belong to none of them.

    `origin` says where the bytes of the modules come from: exact (metafile, source map), or estimated from stats.
    """

    files: tuple[File, ...] = ()
    modules: tuple[Module, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    unmapped: Count | None = None
    origin: Literal["metafile", "source map", "stats", "mixed"] | None = None
    note: str | None = None


@document
class Remark:
    """Something an analyzer found in sources or manifests.

    `subject` is what it is about: a package, an export, a module. `text` says in one sentence what is so, `advice` what
    to do; `places` are the `file:line` that show it, `size` the bytes it is about. What is not `certain` is shown, and
    neither counted in a metric nor acted upon.
    """

    kind: Annotated[str, Check(max_length=40, pattern=r"^[a-z]+(-[a-z]+)*$")]
    subject: Name
    text: Reason
    advice: Reason | None = None
    places: tuple[str, ...] = ()
    size: Count | None = None
    certain: bool = True


@document
class Dependencies:
    """What one package.json declares, and what is wrong with that. `unknown` is what could not be found out, and why."""

    manifest: str
    declared: Count
    install_size: Count | None = None
    remarks: tuple[Remark, ...] = ()
    unknown: tuple[Reason, ...] = ()


@document
class Library:
    """How one shared library fares in a service: lines of code it offers, keeps there, needs there; None: not known."""

    name: Name
    available: Count | None = None
    kept: Count | None = None
    needed: Count | None = None
    effectiveness: Number | None = None


@document
class Treeshaking:
    """What bundling leaves out. For a service: its shared libraries; for a library: its exports and who uses them."""

    method: str
    libraries: tuple[Library, ...] = ()
    exports: Count | None = None
    used: Count | None = None
    remarks: tuple[Remark, ...] = ()
    unknown: tuple[Reason, ...] = ()


@document
class RouteTimes:
    """How one route answered, in ms. Without a right answer there are no times. `problems` are the kinds of error."""

    name: Name
    requests: Count
    errors: Count
    problems: dict[Name, Count] = field(default_factory=dict)
    mean: Number | None = None
    p50: Number | None = None
    p95: Number | None = None
    p99: Number | None = None
    max: Number | None = None


@document
class Response:
    """How a service answered `rate` requests a second, in ms, and what the client knows of its own doing.

    `lag` is the 99th percentile of how late requests were sent, `pressure` the share of the time, in percent, in which
    something on this machine waited for a processor.
    """

    rate: Number
    seconds: Number
    throughput: Number
    requests: Count
    errors: Count
    connections: Count
    routes: tuple[RouteTimes, ...] = ()
    mean_all: Number | None = None
    max: Number | None = None
    lag: Number | None = None
    pressure: Number | None = None
    timestamps: Literal["kernel", "user"]
    ready: Number | None = None
    partial: bool = False
    notes: tuple[Reason, ...] = ()


@document
class Leak:
    """Whether memory grows with requests, in bytes a request: the slope, and the interval it lies in."""

    verdict: Literal["leak", "clean", "inconclusive"]
    slope: Signed | None = None
    low: Signed | None = None
    high: Signed | None = None
    requests: Count


@document
class HeapSpace:
    """One space of the heap of Node and the bytes in use there."""

    name: Name
    used: Count


@document
class Grown:
    """Objects of one constructor that came on top between two heap snapshots."""

    constructor: Name
    count: int
    size: int


@document
class Memory:
    """What a service holds, in bytes. `heap` is the heap and what stands outside of it, after a forced collection.

    `series` are (requests so far, bytes) after each block of requests.
    """

    method: Literal["agent", "processes"]
    processes: Count
    workers: Count = 0
    rss: Count
    heap: Count | None = None
    series: tuple[tuple[Count, Count], ...] = ()
    leak: Leak
    spaces: tuple[HeapSpace, ...] = ()
    grown: tuple[Grown, ...] = ()
    handles: dict[Name, Count] = field(default_factory=dict)
    partial: bool = False
    notes: tuple[Reason, ...] = ()


@document
class Comparison:
    """Head against base, both alive together: one metric of one route.

    `differences` holds for each fork the median of ln(head / base) over the pairs of requests; `base` and `head` are the
    medians of the forks in the unit of the metric.
    """

    route: Name
    metric: MetricId
    differences: tuple[Signed, ...]
    base: Number
    head: Number


@document
class Paired:
    """The forks of one service: fresh processes of base and head, asked in turns.

    `unchanged`: why none was needed. `failed`: why the head could not be measured.
    """

    base_commit: Sha | None = None
    forks: Count = 0
    comparisons: tuple[Comparison, ...] = ()
    unchanged: Reason | None = None
    failed: Reason | None = None
    partial: bool = False
    notes: tuple[Reason, ...] = ()


@document
class WorkflowRuns:
    """The last runs of a workflow on a branch. `counted` are those that succeeded or failed, up to what was asked for;
    `skipped` those in between that did neither.

    `enough_for_alarm`: at least 20 runs, and 3 failures. Fewer say too little to wake somebody up.
    """

    workflow: Name
    branch: Name
    counted: Count
    succeeded: Count
    failed: Count
    skipped: Count
    enough_for_alarm: bool


@document
class Build:
    """What a build command took: `duration` and `cpu` in ms, `peak_memory` in bytes, all of it and what it started.

    `status` is what it ended with, below zero a signal; None where it did not start, or its time was over. A
    `partial` one is known not to be all of it.
    """

    command: Reason | None = None
    status: int | None = None
    duration: Number | None = None
    cpu: Number | None = None
    peak_memory: Count | None = None
    runs: WorkflowRuns | None = None
    partial: bool = False
    notes: tuple[Reason, ...] = ()


@document
class ScorePart:
    """One part of the score, what it weighs, and the points it takes from 100."""

    score: float
    weight: float
    lost: float


@document
class Score:
    """How well the parts do, from 0 to 100. `coverage` is the weight that was measured; below 0.6 the status is unknown.

    `best` is the score with noisy values at the good ends of their intervals, where that is more.
    """

    overall: float
    status: Literal["healthy", "at the limit", "degraded", "unknown"]
    coverage: float
    partial: bool
    breakdown: dict[str, ScorePart]
    best: Number | None = None


@document
class Details:
    """What explains the metrics, a part for each analyzer that ran."""

    bundle: dict[Name, Bundle] | None = None
    deps: dict[Name, Dependencies] | None = None
    treeshake: dict[Name, Treeshaking] | None = None
    response: dict[Name, Response] | None = None
    memory: dict[Name, Memory] | None = None
    paired: dict[Name, Paired] | None = None
    build: dict[Name, Build] | None = None
    score: Score | None = None


@document
class Report:
    """What was measured at one commit. `deployed` are the services of the workspace; libraries have values too.

    `inputs` are digests of all that a service is built and run from: where they are equal, it is the same service.
    """

    format_version: Literal[1]
    timestamp: Timestamp
    tool: Tool
    commit: Sha | None = None
    base_commit: Sha | None = None
    branch: str | None = None
    dirty: bool = False
    environment: Environment
    deployed: tuple[Name, ...] = ()
    inputs: dict[Name, Sha] = field(default_factory=dict)
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
