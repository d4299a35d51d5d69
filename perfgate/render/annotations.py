"""Workflow commands that put a verdict on lines: of the change where it shows there, else of the budget that decided."""

import re
from collections.abc import Sequence
from dataclasses import replace

from perfgate.errors import Problem
from perfgate.gate.verdict import Finding, Level, Verdict
from perfgate.render import words
from perfgate.render.escape import command

# GitHub shows at most ten of each kind for a step; the last one says how many there are beyond.
MOST = 9
_PLACE = re.compile(r"(?P<file>[^:\s]+\.\w+)(?::(?P<line>\d+))?(?::(?P<col>\d+))?")
_KINDS = {Level.FAIL: "error", Level.WARN: "warning"}


def annotations(verdict: Verdict, most: int = MOST) -> list[str]:
    """An annotation for each failing and warning finding, the worst first."""
    lines = []
    for level, name in _KINDS.items():
        findings = verdict.of(level)
        lines += [_annotation(name, finding, verdict) for finding in findings[:most]]
        if len(findings) > most:
            lines.append(
                command(name, f"and {len(findings) - most:,} more; the job summary has them all", title="perfgate")
            )
    return lines


def problems(found: Sequence[Problem], most: int = MOST) -> list[str]:
    """An annotation for each problem of a configuration file."""
    lines = []
    for problem in found[:most]:
        text = problem.message + (f" ({problem.hint})" if problem.hint else "")
        source = problem.source
        lines.append(command("error", text, file=source.file, line=source.line, col=source.column, title="perfgate"))
    if len(found) > most:
        lines.append(command("error", f"and {len(found) - most:,} more", title="perfgate"))
    return lines


def _annotation(name: str, finding: Finding, verdict: Verdict) -> str:
    violation = words.decisive(finding)
    source = violation.source if violation else finding.limit_source or ""
    row = words.row(finding, verdict.units)
    text = f"{words.subject(finding)}: {violation.text if violation else row.now}"
    shown = _in_the_change(finding, verdict)
    if shown and (place := _PLACE.fullmatch(shown[0])) and place["line"]:
        text, where = f"{text} ({source}); {shown[1]}", place.groupdict()
    else:
        found = _PLACE.fullmatch(source)
        where = found.groupdict() if found else {}
    return command(name, text, **where, title=f"perfgate: {row.status}")


def _in_the_change(finding: Finding, verdict: Verdict) -> tuple[str, str] | None:
    """The `file:line` where this change did it, and what it did there: something new that counts, or a new import."""
    evidence = next((one for one in finding.evidence if one.new and one.places), None)
    if evidence:
        return evidence.places[0], f"{evidence.subject}: {evidence.text}"
    cause = words.main_cause(finding)
    if cause and cause.before is None and cause.importer:
        return cause.importer, words.cause(replace(cause, importer=None), verdict.units, str)
    return None
