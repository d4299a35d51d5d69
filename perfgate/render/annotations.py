"""Workflow commands that put a verdict on the lines of the files that decided it."""

import re
from collections.abc import Sequence

from perfgate.errors import Problem
from perfgate.gate.verdict import Finding, Level, Verdict
from perfgate.render import words
from perfgate.render.escape import command

# GitHub shows at most ten of each kind for a step; the last one says how many there are beyond.
MOST = 9
_PLACE = re.compile(r"(?P<file>[^:]+\.ya?ml)(?::(?P<line>\d+))?(?::(?P<col>\d+))?")
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
    place = _PLACE.fullmatch(source)
    where: dict[str, str | None] = place.groupdict() if place else {}
    row = words.row(finding, verdict.units)
    text = violation.text if violation else row.now
    return command(name, f"{words.subject(finding)}: {text}", **where, title=f"perfgate: {row.status}")
