"""The verdict for a terminal: a table of what matters, what grew, and which line of which file decided."""

from collections.abc import Iterable, Sequence

from perfgate.gate.verdict import Finding, Level, Rule, Verdict
from perfgate.render import words
from perfgate.render.escape import log, shorten
from perfgate.render.words import Kind, headline, of_kind

MOST_ROWS = 40
MOST_CAUSES = 5
MOST_LOG_LINES = 15
_COLOURS = {Level.FAIL: "31", Level.WARN: "33", Level.OK: "32"}
_HEADER = ("", "service", "metric", "now", "change", "budget", "used")
_NAME_LIMIT = 48


def table(verdict: Verdict, *, colour: bool) -> str:
    """What fails, what warns and what changed, then how many of each; names and reasons are made safe for a log."""
    from tabulate import tabulate

    shown = [finding for finding in verdict.findings if finding.level is not Level.OK or words.changed(finding)]
    rows = [_cells(finding, verdict, colour=colour) for finding in shown[:MOST_ROWS]]
    align = ("left", "left", "left", "right", "right", "right", "right")
    # Cells are text already: tabulate must not read numbers into them.
    text = tabulate(rows, _HEADER, tablefmt="simple", colalign=align, disable_numparse=True) if rows else ""
    more = f"… and {len(shown) - MOST_ROWS:,} more" if len(shown) > MOST_ROWS else ""
    compared = words.provenance(verdict, log, log)
    parts = [compared, _edits(verdict), text, more, "\n".join(_details(verdict)), headline(verdict)]
    return "\n\n".join(part for part in parts if part)


def success() -> str:
    """The line that scripts look for when everything is within its budget."""
    return "✅ All performance budgets met"


def violations(verdict: Verdict) -> str:
    """The lines that scripts look for when something is not."""
    lines = [f"  - {_sentence(finding, verdict)}" for finding in of_kind(verdict, Kind.FAILING)]
    lines += [f"  - {log(subject)} is loosened by this change" for subject in words.refused_edits(verdict)]
    return "\n".join(["❌ Performance budget violations:", *lines])


def explain(verdict: Verdict, service: str, metric: str, rules: Sequence[tuple[str, str]]) -> str:
    """One metric of one service: every limit in force with its place, the values, and what changed.

    `rules` are (words, `file:line:column`) of the limits in force.
    """
    finding = next(found for found in verdict.findings if (found.service, found.metric) == (service, metric))
    row = words.row(finding, verdict.units)
    lines = [f"{log(words.subject(finding))}: {row.status}", f"  now      {row.now}{_reason(finding)}"]
    if finding.base is not None or finding.trials:
        lines.append(f"  change   {row.change} ({words.provenance(verdict, log, log)})")
    if finding.attribution:
        lines.append(f"  whose    {finding.attribution}: {words.MEANING[finding.attribution]}")
    lines += [f"  note     {log(finding.note)}"] if finding.note else []
    lines += ["  rules"] + ([f"    {text}  ({log(source)})" for text, source in rules] or ["    none"])
    lines += ["  decided"] + (
        [f"    {log(v.text)}  ({log(v.source)})" for v in finding.violations] or ["    within all of them"]
    )
    if finding.waiver:
        waiver = finding.waiver
        lines.append(f"  waiver   until {waiver.expires}: {log(waiver.reason)}  ({log(waiver.source)})")
    details = (
        *_log(finding, "  "),
        *_trials(finding, verdict, "  "),
        *_causes(finding, verdict, "  "),
        *_evidence(finding, verdict, "  "),
    )
    return "\n".join([*lines, *details])


def _cells(finding: Finding, verdict: Verdict, *, colour: bool) -> list[str]:
    row = words.row(finding, verdict.units)
    status = f"\x1b[{_COLOURS[finding.level]}m{row.status}\x1b[0m" if colour else row.status
    names = (log(shorten(name, _NAME_LIMIT)) for name in (finding.service, finding.metric))
    return [status, *names, row.now, row.change, row.budget, row.used]


def _edits(verdict: Verdict) -> str:
    lines = []
    for edit in verdict.edits:
        label = "loosened: " if edit.loosened else ""
        change = f"{edit.before or 'none'} → {edit.after or 'none'}"
        lines.append(f"budgets edited: {label}{log(edit.subject)} {log(change)}  ({log(edit.source)})")
    return "\n".join(lines)


def _details(verdict: Verdict) -> Iterable[str]:
    """Under the table: the reason or the causes of each failing row."""
    for finding in of_kind(verdict, Kind.FAILING)[:MOST_CAUSES]:
        yield f"{log(words.subject(finding))}"
        yield from (f"  {log(v.text)}  ({log(v.source)})" for v in finding.violations)
        yield from _trials(finding, verdict, "  ")
        yield from _causes(finding, verdict, "  ")
        yield from _evidence(finding, verdict, "  ")


def _log(finding: Finding, indent: str) -> list[str]:
    lines = (finding.log or "").splitlines()[-MOST_LOG_LINES:]
    return [f"{indent}the end of its log", *(f"{indent}  {log(line)}" for line in lines)] if lines else []


def _trials(finding: Finding, verdict: Verdict, indent: str) -> list[str]:
    if not finding.trials:
        return []
    found = [words.trial(trial, finding.unit, verdict.units, log) for trial in finding.trials[:MOST_CAUSES]]
    return [f"{indent}head against base, side by side", *(f"{indent}  {text}" for text in found)]


def _causes(finding: Finding, verdict: Verdict, indent: str) -> list[str]:
    if not finding.causes:
        return []
    title = "what changed most" if words.grew(finding) else "its largest parts"
    found = words.causes(finding, MOST_CAUSES)
    return [f"{indent}{title}", *(f"{indent}  {words.cause(cause, verdict.units, log)}" for cause in found)]


def _evidence(finding: Finding, verdict: Verdict, indent: str) -> list[str]:
    if not finding.evidence:
        return []
    found = finding.evidence[:MOST_CAUSES]
    return [f"{indent}what it counts", *(f"{indent}  {words.evidence(one, verdict.units, log, log)}" for one in found)]


def _reason(finding: Finding) -> str:
    return f": {log(finding.reason)}" if finding.value is None and finding.reason else ""


def _sentence(finding: Finding, verdict: Verdict) -> str:
    """`auth-service bundle size 827 KiB exceeds budget 800 KiB`, as the team's scripts word it."""
    subject, row = log(words.subject(finding)), words.row(finding, verdict.units)
    violation = words.decisive(finding)
    if finding.value is None:
        return f"{subject} not measured{_reason(finding)}"
    if violation and violation.rule is not Rule.LIMIT:
        return f"{subject} {row.now}: {log(violation.text)}"
    verb = "exceeds" if finding.better == "lower" else "below"
    return f"{subject} {row.now} {verb} budget {row.budget}"
