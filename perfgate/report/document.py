"""The report file: read (validated), merged with what other analyzers wrote, written in one step.

A kill at any moment leaves the old or the new document. The keys that scripts read are derived from the metrics on
every write.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from perfgate.errors import ReportError, Source
from perfgate.report import codec
from perfgate.report.model import (
    FORMAT_VERSION,
    REPOSITORY,
    Metric,
    NotMeasured,
    Report,
    ReportFile,
)
from perfgate.report.recommendation import recommendations
from perfgate.units import Unit, show

DEFAULT_PATH = "performance-reports/latest.json"
MANIFEST = "package.json"


@dataclass(frozen=True)
class Part:
    """What one run of an analyzer adds to a report. `ids` are all metrics it is responsible for, for these `services`.

    None: for all.
    """

    analyzer: str
    ids: frozenset[str]
    metrics: tuple[Metric, ...] = ()
    not_measured: tuple[NotMeasured, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    services: frozenset[str] | None = None

    def replaces(self, entry: Metric | NotMeasured) -> bool:
        """Whether something an earlier run said is no longer so."""
        return entry.id in self.ids and (self.services is None or entry.service in self.services)


def merge(report: Report, part: Part) -> Report:
    """`report` with everything the analyzer said before replaced by what it says now."""
    kept = [metric for metric in report.metrics if not part.replaces(metric)]
    kept_reasons = [reason for reason in report.not_measured if not part.replaces(reason)]
    details: dict[str, Any] = {}
    if hasattr(report.details, part.analyzer):
        before = getattr(report.details, part.analyzer) or {}
        others = {} if part.services is None else {n: one for n, one in before.items() if n not in part.services}
        details[part.analyzer] = dict(sorted({**others, **part.details}.items()))
    return replace(
        report,
        metrics=tuple(sorted([*kept, *part.metrics], key=_place)),
        not_measured=tuple(sorted([*kept_reasons, *part.not_measured], key=_place)),
        details=replace(report.details, **details),
    )


def _place(entry: Metric | NotMeasured) -> tuple[str, str]:
    return entry.service, entry.id


def read(path: Path) -> Report:
    """The report in `path`. Raises ReportError: not there, not a report, or of a newer version."""
    return parse(_content(path), str(path))


def is_replaced(path: Path, commit: str | None, parts: Sequence[Part]) -> bool:
    """Whether nothing of a report is kept when `parts` of that commit are merged into it.

    Told without validating it, which would import pydantic; in doubt it is not.
    """
    if any(part.services is not None for part in parts):
        return False
    try:
        data = codec.parse_json(path.read_bytes(), str(path))
    except (OSError, ReportError):
        return False
    if not isinstance(data, dict) or data.get("formatVersion") != FORMAT_VERSION:
        return False
    if data.get("commit") != commit:
        return True
    metrics, missing, details = data.get("metrics"), data.get("notMeasured"), data.get("details")
    if not isinstance(metrics, list) or not isinstance(missing, list) or not isinstance(details, dict):
        return False
    told = {str(entry.get("id")) if isinstance(entry, dict) else "" for entry in (*metrics, *missing)}
    ids = frozenset[str]().union(*(part.ids for part in parts), {"score.performance"})
    return told <= ids and details.keys() <= {"score", *(part.analyzer for part in parts)}


def parse(content: bytes, file: str) -> Report:
    """The report in `content`; `file` names it in errors."""
    _known_version(content, file)
    found = codec.decode(ReportFile, content, file)
    return Report(**{part.name: getattr(found, part.name) for part in fields(Report)})


def validate(path: Path) -> list[str]:
    """Everything that is wrong with a report file, against the shipped schema and against itself; empty is valid."""
    content = _content(path)
    data = codec.parse_json(content, str(path))
    _known_version(content, str(path))
    from jsonschema import Draft202012Validator

    schema = json.loads(Path(__file__).with_name("schema-v1.json").read_bytes())
    errors = sorted(
        Draft202012Validator(schema).iter_errors(data), key=lambda error: list(map(str, error.absolute_path))
    )
    if errors:
        return [
            f"{'.'.join(map(str, error.absolute_path)) or 'the document'}: {error.message[:300]}" for error in errors
        ]
    report = parse(content, str(path))
    derived = codec.plain(derive(report))
    return [f"{key}: disagrees with metrics" for key, value in derived.items() if data.get(key) != value]


def _known_version(content: bytes, file: str) -> None:
    data = codec.parse_json(content, file)
    version = data.get("formatVersion") if isinstance(data, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise ReportError(
            f"report of format version {version}, this perfgate reads up to {FORMAT_VERSION}",
            source=Source(file),
            hint="update perfgate",
        )
    if version is None:
        raise ReportError("not a perfgate report", source=Source(file), hint="write one with `perfgate analyze`")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ReportError(
            "no such report", source=Source(str(path)), hint="write one with `perfgate analyze`"
        ) from error
    except OSError as error:
        raise ReportError(f"cannot be read: {error.strerror}", source=Source(str(path))) from error


def write(path: Path, report: Report) -> None:
    """Write the report with the keys that scripts read."""
    write_atomically(path, codec.encode(derive(report)))


def derive(report: Report) -> ReportFile:
    """The report with the keys that scripts read."""
    sizes = {m.service: int(m.value) for m in report.metrics if m.id == "bundle.size"}
    total = sum(sizes.values())
    return ReportFile(
        **{part.name: getattr(report, part.name) for part in fields(Report)},
        bundle_size=show(total, Unit.BYTES) if sizes else None,
        bundle_sizes=sizes,
        bundle_analysis={"totalSize": total, "services": _bundles(report)} if sizes else None,
        memory_usage=_most(report, "memory.rss"),
        average_heap_used=_mean(report, "memory.heapUsed"),
        memory_leak_suspected=_leaks(report),
        response_time=_mean(report, "response.mean"),
        average_response_time=_mean(report, "response.mean"),
        performance_score=report.value(REPOSITORY, "score.performance"),
        health_score=codec.plain(report.details.score),
        recommendations=recommendations(report),
        unused_dependencies=tuple(_unused(report)),
    )


def _mean(report: Report, metric: str) -> float | None:
    """The mean over the services, in the unit of the metric."""
    values = [one.value for one in report.metrics if one.id == metric]
    return round(sum(values) / len(values), 3) if values else None


def _most(report: Report, metric: str) -> float | None:
    return max((one.value for one in report.metrics if one.id == metric), default=None)


def _leaks(report: Report) -> bool | None:
    """True only for a proven leak; None where nothing was looked at."""
    found = [one.leak.verdict for one in (report.details.memory or {}).values()]
    return any(verdict == "leak" for verdict in found) if found else None


def _unused(report: Report) -> Iterator[dict[str, Any]]:
    """What the root manifest declares and nothing uses: scripts pass these names to a package manager."""
    root = next((found for found in (report.details.deps or {}).values() if found.manifest == MANIFEST), None)
    for remark in root.remarks if root else ():
        if remark.kind == "unused" and remark.certain:
            yield {"name": remark.subject, "size": remark.size} if remark.size else {"name": remark.subject}


def _bundles(report: Report) -> dict[str, dict[str, int]]:
    services: dict[str, dict[str, int]] = {}
    for metric in report.metrics:
        if metric.id in ("bundle.size", "bundle.gzip", "bundle.brotli"):
            services.setdefault(metric.service, {})[metric.id.removeprefix("bundle.")] = int(metric.value)
    return services


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` in `path` in one step; a link there is replaced, never followed. Raises ReportError."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # What a killed process of the same number left behind is nobody's.
        new.unlink(missing_ok=True)
        try:
            # Renaming makes it safe against a kill; syncing would only add safety against a power cut, at 10 ms a file.
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as stream:
                stream.write(content)
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ReportError(f"cannot be written: {error.strerror}", source=Source(str(path))) from error


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the report for a read-merge-write; a second analyzer waits. The lock dies with its process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f".{path.name}.lock")
    try:
        # Never through a link: what a pull request put there could point to any file.
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise ReportError(f"cannot be locked: {error.strerror}", source=Source(str(lock))) from error
    with os.fdopen(handle, "wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
