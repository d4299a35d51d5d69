"""Dependencies: for each workspace package what is unused, missing, misplaced, heavy or there twice, and what it installs.

Nothing of the repository is executed; what a package manager installed and what it locked are read where they are there.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from perfgate.analyzers.dependencies import METRICS, duplicate_remarks, install_size
from perfgate.analyzers.dependencies.duplicate_remarks import Duplicates
from perfgate.analyzers.dependencies.usage.collecting import Files, Usage, collect
from perfgate.analyzers.dependencies.usage.doubts import Doubts
from perfgate.analyzers.dependencies.usage.findings import findings
from perfgate.analyzers.dependencies.usage.keeping import Keeping
from perfgate.analyzers.dependencies.usage.on_disk import OnDisk
from perfgate.analyzers.dependencies.usage.place import Place
from perfgate.analyzers.dependencies.usage.reference_cache import reference_cache
from perfgate.analyzers.dependencies.usage.verdict import Verdict
from perfgate.config.project import IgnoredDependency, Project
from perfgate.report.document import Part
from perfgate.report.model import REPOSITORY, Dependencies, Metric, NotMeasured, Remark
from perfgate.units import Unit, show
from perfgate.workspace import packages
from perfgate.workspace.manifest import is_package_name
from perfgate.workspace.packages import Package, Packages
from perfgate.workspace.services import Service
from perfgate.workspace.sources import MAX_BYTES

_IDS = frozenset(spec.id for spec in METRICS)
_COUNTED: Final = {"unused": "deps.unused", "missing": "deps.missing", "misplaced": "deps.misplaced", "heavy": "deps.heavy", "duplicate": "deps.duplicates"}  # fmt: skip
_UNITS: Final = {spec.id: spec.unit for spec in METRICS}
_MAX_REMARKS: Final = 500
_MAX_UNREAD: Final = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one package of the workspace; `service` is the name its metrics go by.

    `problem` says why it could not be analysed at all; else `values` has the value of each metric, or why there is none.
    """

    service: str
    package: Package
    details: Dependencies
    problem: str | None = None
    values: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that was found, the root first, then by folder; `warnings` are sentences about the workspace."""

    findings: tuple[Finding, ...]
    warnings: tuple[str, ...] = ()
    part: Part = field(default_factory=lambda: Part("deps", _IDS))


def analyze(root: Path, project: Project, services: Sequence[Service] = (), cache_file: Path | None = None) -> Analysis:
    """Find out about every package of the workspace in `root`; one that is broken does not stop the others.

    `services` give their names to the packages in their folders. `cache_file` keeps what files import.
    """
    standalone = [service.path for service in services if service.path and service.path != "."]
    found = packages.find(root, standalone)
    cache = reference_cache(cache_file)
    files = Files(root)
    usages = collect(root, files, found, cache)
    cache.save()
    disk = OnDisk(root, found)
    knowledge = disk.knowledge()
    verdicts = Keeping(usages, files, knowledge).decide()
    doubts = Doubts(verdicts, files, knowledge, hoists=found.manager != "pnpm")
    for verdict in verdicts.values():
        doubts.weigh(verdict)
    names = _service_names(found, services)
    ignoring = _Ignoring(project.deps.ignore)
    duplicates = duplicate_remarks.find(disk)
    results = [
        _finding(verdicts, folder, found, disk, project, names[folder], ignoring, duplicates) for folder in verdicts
    ]
    results = ignoring.report_needless(results)
    return Analysis(tuple(results), (*found.warnings, *disk.notes), _part(results))


def _service_names(found: Packages, services: Sequence[Service]) -> dict[str, str]:
    """The name of each package in the report: of its service, else its own; no two share one."""
    by_path = {
        ("" if service.path in (".", None) else service.path): service.name for service in services if service.path
    }
    names: dict[str, str] = {}
    for package in found.all:
        name = by_path.get(package.folder) or (package.name if package.folder else REPOSITORY)
        taken = name in names.values()
        names[package.folder] = (package.folder if taken else name)[:214]
    return names


def _finding(
    verdicts: dict[str, Verdict],
    folder: str,
    found: Packages,
    disk: OnDisk,
    project: Project,
    service: str,
    ignoring: "_Ignoring",
    duplicates: Duplicates | None,
) -> Finding:
    verdict = verdicts[folder]
    package = verdict.usage.package
    manifest = package.manifest
    problem = manifest.problem or next(iter(verdict.usage.sources.unreadable), None)
    if problem:
        return Finding(service, package, Dependencies(manifest=manifest.path, declared=len(manifest.declared)), problem)
    place = Place(verdict, found, verdicts)
    remarks = [_sized(remark, disk, folder) for remark in findings(place)]
    remarks += _heavy(disk, package, project.deps.heavy)
    remarks += duplicate_remarks.remarks(duplicates) if duplicates and not folder else ()
    remarks = [ignoring.apply(package, remark) for remark in remarks]
    remarks.sort(key=lambda remark: (not remark.certain, -(remark.size or 0), remark.kind, remark.subject))
    values = dict(_values(remarks, disk, folder))
    if duplicates is not None and folder:
        # The remarks stand at the root, each once; a package counts those that it leads to at run time.
        several = duplicate_remarks.at_run_time(duplicates.get(folder, ()))
        values["deps.duplicates"] = sum(not ignoring.names(package, name) for name in several)
    details = Dependencies(
        manifest=manifest.path,
        declared=len(manifest.declared),
        install_size=_install_size(disk, folder),
        remarks=tuple(remarks[:_MAX_REMARKS]),
        unknown=tuple(_unknown(disk, verdict.usage, len(remarks) - _MAX_REMARKS)),
    )
    return Finding(service, package, details, values=values)


def _values(remarks: Sequence[Remark], disk: OnDisk, folder: str) -> Iterator[tuple[str, int | str]]:
    """The value of each metric, or why there is none; counted before any remark is left out for lack of room."""
    certain = Counter(remark.kind for remark in remarks if remark.certain)
    for kind, id_ in _COUNTED.items():
        reason = {"heavy": disk.no_sizes, "duplicate": disk.no_versions}.get(kind)
        yield id_, reason or certain[kind]
    size = _install_size(disk, folder)
    yield "deps.installSize", disk.no_sizes if size is None else size


def _unknown(disk: OnDisk, usage: Usage, more: int) -> Iterator[str]:
    yield from disk.unknown
    sentences = [*usage.unread, *map(_too_large, usage.large)]
    yield from sentences[:_MAX_UNREAD]
    if len(sentences) > _MAX_UNREAD:
        yield f"{len(sentences) - _MAX_UNREAD:,} more files were not searched as they should be"
    if more > 0:
        yield f"{more:,} more findings are counted and not listed"


def _too_large(path: str) -> str:
    return f"{path} is larger than {MAX_BYTES:,} bytes: only names were searched in it, its imports were not read"[
        :1000
    ]


def _sized(remark: Remark, disk: OnDisk, folder: str) -> Remark:
    weight = disk.weights.get(folder, {}).get(remark.subject)
    return replace(remark, size=weight.freed) if weight and remark.kind == "unused" else remark


def _install_size(disk: OnDisk, folder: str) -> int | None:
    if not disk.is_installed:
        return None
    if not folder:
        return install_size.total_size(disk.installed)
    return install_size.install_size(disk.installed, folder, disk.manifests)


def _heavy(disk: OnDisk, package: Package, limit: int) -> Iterator[Remark]:
    """Production dependencies that would free `limit` bytes or more."""
    entries = package.manifest.in_section("dependencies", "optionalDependencies")
    for name, weight in install_size.heavy(disk.weights.get(package.folder, {}), limit).items():
        entry = entries.get(name)
        if entry is None or not is_package_name(name):
            continue
        shown = (
            f"`{part.name}@{part.version}`".replace("@`", "`") + f" {show(part.size, Unit.BYTES)}"
            for part in weight.parts[:3]
        )
        text = f"removing it would free {show(weight.freed, Unit.BYTES)}; its largest parts are {', '.join(shown)}"
        yield Remark(
            kind="heavy",
            subject=name,
            text=text[:1000],
            advice=f"Look for a smaller package than `{name}`, or install only the part of it that is needed.",
            places=(f"{package.manifest.path}:{entry.line}" if entry.line else package.manifest.path,),
            size=weight.freed,
        )


# What the project file ignores


class _Ignoring:
    """The ignore list of the project file: what it names stays visible with its reason, and is not counted."""

    def __init__(self, entries: Sequence[IgnoredDependency]) -> None:
        self._entries = entries
        self._used: set[IgnoredDependency] = set()

    def apply(self, package: Package, remark: Remark) -> Remark:
        for entry in self._entries:
            if entry.matches(remark.subject, package.name, package.folder):
                self._used.add(entry)
                text = f"{remark.text}; ignored: {entry.reason}"[:1000]
                return replace(remark, certain=False, text=text, advice=None)
        return remark

    def names(self, package: Package, name: str) -> bool:
        """Whether the list says to ignore a package for another one of the workspace."""
        return any(entry.matches(name, package.name, package.folder) for entry in self._entries)

    def report_needless(self, results: list[Finding]) -> list[Finding]:
        """Add a remark to the first package for each entry that nothing needed."""
        needless = [entry for entry in self._entries if entry not in self._used]
        if not needless or not results:
            return results
        first = results[0]
        remarks = tuple(map(_needless, needless))
        details = replace(first.details, remarks=(*first.details.remarks, *remarks))
        return [replace(first, details=details), *results[1:]]


def _needless(entry: IgnoredDependency) -> Remark:
    return Remark(
        kind="ignored-without-need",
        subject=entry.package[:214],
        text="named by `deps.ignore`, and there is nothing to ignore",
        advice=f"Remove the entry for `{entry.package}` from `{entry.source}`."[:1000],
        places=(str(entry.source),),
        certain=False,
    )


# The part of the report


def _part(results: Sequence[Finding]) -> Part:
    metrics: list[Metric] = []
    missing: list[NotMeasured] = []
    for found in results:
        if found.problem:
            missing += [
                NotMeasured(service=found.service, id=id_, reason=found.problem[:1000], failed=True)
                for id_ in sorted(_IDS)
            ]
            continue
        for id_, value in found.values.items():
            if isinstance(value, str):
                missing.append(NotMeasured(service=found.service, id=id_, reason=value[:1000]))
            else:
                metrics.append(Metric(service=found.service, id=id_, value=value, unit=_UNITS[id_]))
    details = {found.service: found.details for found in results if not found.problem}
    return Part("deps", _IDS, tuple(metrics), tuple(missing), details)
