"""The analysis of dependencies as a document of its own, for scripts: what is certain by kind, the rest as likely."""

from typing import Any, Final

from perfgate.analyzers.dependencies.analysis import Analysis, Finding
from perfgate.report.model import Remark

_KEYS: Final = {
    "unused": "unusedDependencies",
    "missing": "missingDependencies",
    "misplaced": "misplacedDependencies",
    "heavy": "heavyDependencies",
    "duplicate": "duplicateDependencies",
}
_TOP: Final = (*_KEYS.values(), "likely", "installSize", "unknown")


def dependency_analysis(analysis: Analysis) -> dict[str, Any]:
    """What `dependency-analysis-latest.json` holds beside its time.

    The lists at the top are about the manifest of the root, those in `workspaces` about the other packages.
    """
    entries = {found.package.folder: _entry(found) for found in analysis.findings}
    root = entries.pop("", {})
    every = [root, *entries.values()]
    totals = {key: sum(len(entry.get(key, ())) for entry in every) for key in _KEYS.values()}
    failed = [found for found in analysis.findings if found.problem]
    return {
        "totals": {**totals, "installSize": root.get("installSize")},
        **{key: root.get(key, None if key == "installSize" else []) for key in _TOP},
        "workspaces": list(entries.values()),
        "warnings": list(analysis.warnings),
        "notAnalysed": [{"path": found.package.manifest.path, "reason": found.problem} for found in failed],
    }


def _entry(found: Finding) -> dict[str, Any]:
    remarks = found.details.remarks
    certain = {
        key: [_dependency(found, remark) for remark in remarks if remark.certain and remark.kind == kind]
        for kind, key in _KEYS.items()
    }
    return {
        "name": found.package.name,
        "path": found.package.folder or ".",
        **certain,
        "likely": [{"kind": remark.kind, **_dependency(found, remark)} for remark in remarks if not remark.certain],
        "installSize": found.details.install_size,
        "unknown": list(found.details.unknown),
    }


def _dependency(found: Finding, remark: Remark) -> dict[str, Any]:
    entry = next((one for one in found.package.manifest.declarations if one.name == remark.subject), None)
    declared = {"type": entry.section, "version": entry.range} if entry else {}
    return {
        "name": remark.subject,
        **declared,
        "size": remark.size,
        "evidence": {"text": remark.text, "places": list(remark.places)},
        "advice": remark.advice,
    }
