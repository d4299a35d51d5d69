"""One run of the analysis of dependencies, or what an earlier run found where nothing has changed since."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from perfgate.analyzers.dependencies import METRICS
from perfgate.analyzers.dependencies.usage.result_cache import ResultCache
from perfgate.config.project import Project
from perfgate.report.document import Part
from perfgate.report.model import Dependencies, Metric, NotMeasured, Remark
from perfgate.units import Unit
from perfgate.workspace.services import Service

FILE: Final = "dependency-analysis-latest.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The part of the report, the document for scripts without its time, and warnings about the workspace."""

    part: Part
    document: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


def run(root: Path, project: Project, services: Sequence[Service] = (), cache_file: Path | None = None) -> Outcome:
    """Analyze the workspace in `root`; `cache_file` keeps what files import, and beside it whole results."""
    results = cache_file.with_name(f"{cache_file.stem}-results.cache") if cache_file else None
    settings = (project.deps, [(service.name, service.path) for service in services], str(root))
    cache = ResultCache(results, root, settings)
    known = cache.get()
    if known is not None:
        return _unpacked(known)
    # Only what has changed needs the analyzer: importing it takes longer than to find that nothing did.
    from perfgate.analyzers.dependencies.analysis import analyze
    from perfgate.analyzers.dependencies.document import dependency_analysis

    analysis = analyze(root, project, services, cache_file)
    outcome = Outcome(analysis.part, dependency_analysis(analysis), analysis.warnings)
    cache.put(_packed(outcome))
    return outcome


def _packed(outcome: Outcome) -> dict[str, Any]:
    part = outcome.part
    return {
        "metrics": [asdict(metric) for metric in part.metrics],
        "notMeasured": [asdict(missing) for missing in part.not_measured],
        "details": {service: asdict(details) for service, details in part.details.items()},
        "document": dict(outcome.document),
        "warnings": list(outcome.warnings),
    }


def _unpacked(known: Mapping[str, Any]) -> Outcome:
    part = Part(
        "deps",
        frozenset(spec.id for spec in METRICS),
        tuple(Metric(**{**metric, "unit": Unit(metric["unit"])}) for metric in known["metrics"]),
        tuple(NotMeasured(**missing) for missing in known["notMeasured"]),
        {service: _dependencies(details) for service, details in known["details"].items()},
    )
    return Outcome(part, known["document"], tuple(known["warnings"]))


def _dependencies(details: Mapping[str, Any]) -> Dependencies:
    remarks = tuple(Remark(**{**remark, "places": tuple(remark["places"])}) for remark in details["remarks"])
    return Dependencies(**{**details, "remarks": remarks, "unknown": tuple(details["unknown"])})
