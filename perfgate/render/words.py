"""A verdict in words that every output shares: the headline, what stands in a row, what grew."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from perfgate.errors import ExitStatus
from perfgate.gate import noisy
from perfgate.gate.verdict import (
    Attribution,
    Baseline,
    Cause,
    Evidence,
    Finding,
    Level,
    Rule,
    Trial,
    Verdict,
    Violation,
)
from perfgate.report.model import REPOSITORY
from perfgate.units import System, Unit, show, show_change, show_percent

# A text that makes an untrusted name inert where it is going to stand.
Quote = Callable[[str], str]

# Sizes that differ by less than both are called equal: compilers and compressors move that much by themselves.
FLOOR_BYTES = 100
FLOOR_PERCENT = 0.1
MOST_PLACES = 3


class Kind(StrEnum):
    """What a finding is counted as. Whatever is not plainly within its budget is never counted as ok."""

    FAILING = "failing"
    WARNING = "warning"
    WAIVED = "waived"
    OK = "ok"
    CARRIED = "carried forward"
    UNMEASURED = "not measured"


EMOJI = {
    Kind.FAILING: "❌",
    Kind.WARNING: "⚠️",
    Kind.WAIVED: "🎫",
    Kind.OK: "✅",
    Kind.CARRIED: "⏭️",
    Kind.UNMEASURED: "⏭️",
}
LEVEL_EMOJI = {
    Level.FAIL: EMOJI[Kind.FAILING],
    Level.WARN: EMOJI[Kind.WARNING],
    Level.OK: EMOJI[Kind.OK],
}

MEANING = {
    Attribution.NEW: "within the limit before, over it now",
    Attribution.WORSE: "this change made it worse by more than is allowed",
    Attribution.WAS_OVER: "over the limit before this change, and not made worse by it",
    Attribution.IMPROVED: "better than before",
    Attribution.FIXED: "over the limit before, within it now",
    Attribution.FIRST: "there is nothing to compare with yet",
}


def kind(finding: Finding) -> Kind:
    if finding.level is Level.FAIL:
        return Kind.FAILING
    if finding.level is Level.WARN:
        return Kind.WARNING
    if finding.value is None:
        return Kind.UNMEASURED
    if finding.carried:
        return Kind.CARRIED
    return Kind.WAIVED if needs_waiver(finding) else Kind.OK


def needs_waiver(finding: Finding) -> bool:
    """True while a waiver is in force and the value is beyond the limit that it lifts."""
    if finding.waiver is None or finding.waiver.days_left < 0 or finding.value is None or finding.limit is None:
        return False
    return finding.value > finding.limit if finding.better == "lower" else finding.value < finding.limit


def of_kind(verdict: Verdict, wanted: Kind) -> list[Finding]:
    """The findings of one kind, worst first."""
    return sorted((finding for finding in verdict.findings if kind(finding) is wanted), key=_severity)


_WHOSE = (Attribution.NEW, Attribution.WORSE, Attribution.FIRST, Attribution.WAS_OVER)


def _severity(finding: Finding) -> tuple[int, int, float]:
    whose = _WHOSE.index(finding.attribution) if finding.attribution in _WHOSE else len(_WHOSE)
    used = share(finding) or 0
    # Over a limit of nothing is infinitely over, and yet no worse than over another one.
    return -finding.level.rank, whose, -(used if used < float("inf") else 1)


# Headline


def headline(verdict: Verdict) -> str:
    """The verdict in one line, such as `❌ perfgate: 1 failing, 2 warning, 15 ok`. Agrees with the exit status."""
    return f"{emoji(verdict)} perfgate: {counts(verdict)}"


def emoji(verdict: Verdict) -> str:
    if verdict.exit_status is not ExitStatus.PASSED:
        return EMOJI[Kind.FAILING]
    uneasy = not verdict.findings or any(finding.level is Level.WARN for finding in verdict.findings)
    return EMOJI[Kind.WARNING] if uneasy else EMOJI[Kind.OK]


def counts(verdict: Verdict) -> str:
    parts = [f"{len(refused_edits(verdict))} loosened in the budgets"] if refused_edits(verdict) else []
    return ", ".join([*parts, *_counted(verdict.findings)]) or "nothing was measured"


def _counted(findings: Iterable[Finding]) -> list[str]:
    found = Counter(kind(finding) for finding in findings)
    return [f"{found[one]:,} {one}" for one in Kind if found[one]]


def refused_edits(verdict: Verdict) -> list[str]:
    """The subjects of the edits that fail this verdict."""
    if verdict.edits_level is not Level.FAIL:
        return []
    return [edit.subject for edit in verdict.edits if edit.loosened]


def service_line(verdict: Verdict, service: str) -> str:
    """One service in a line: its counts, and its worst metric."""
    findings = sorted((found for found in verdict.findings if found.service == service), key=_severity)
    if not findings:
        return f"{EMOJI[Kind.UNMEASURED]} not measured"
    worst = findings[0]
    text = f"{LEVEL_EMOJI[worst.level]} {', '.join(_counted(findings))}"
    if worst.level is Level.OK:
        return text
    cells = row(worst, verdict.units)
    return f"{text}: {worst.metric} {cells.now}, budget {cells.budget}"


def provenance(verdict: Verdict, quote: Quote, words: Quote) -> str:
    """What the verdict compares with, and how that was found."""
    stored = _stored(verdict.baseline, quote, words)
    if verdict.beside is None:
        return stored or "no baseline yet, so only absolute limits can fail"
    beside = f"services ran side by side with {quote(verdict.beside[:7])}"
    return f"{stored}; {beside}" if stored else f"no baseline is stored yet; {beside}"


def _stored(baseline: Baseline, quote: Quote, words: Quote) -> str:
    if baseline.step == "none":
        return ""
    how = {
        "exact": "the base commit",
        "ancestor": f"{baseline.distance} {plural('commit', baseline.distance)} before the base, the nearest measured",
        "given": "given",
        "promoted": "the promoted baseline",
    }[baseline.step]
    details = ", ".join(filter(None, [how, _age(baseline.age_days), words(baseline.note) if baseline.note else ""]))
    return f"compared with {quote(baseline.sha[:7]) if baseline.sha else 'a baseline'} ({details})"


def _age(days: int | None) -> str:
    if days is None:
        return ""
    return "measured today" if days == 0 else f"{days} {plural('day', days)} old"


def unit_note(system: System) -> str:
    return "1 KiB = 1024 B" if system is System.IEC else "1 kB = 1000 B"


def noun(findings: Sequence[Finding]) -> str:
    """What the names of these findings are: services, or packages where a library is among them."""
    services = {finding.service for finding in findings if not finding.metric.startswith(("deps.", "treeshake."))}
    return "service" if services >= {finding.service for finding in findings} - {REPOSITORY} else "package"


def plural(noun: str, number: int) -> str:
    return noun if number == 1 else f"{noun}s"


# Rows


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a finding that hold nothing from outside: safe in every output as they are."""

    status: str
    now: str
    change: str
    budget: str
    used: str


def row(finding: Finding, units: System) -> Row:
    status = str(finding.level)
    violation = decisive(finding)
    if violation and violation.rule is Rule.INCONCLUSIVE:
        status += ", inconclusive"
    elif finding.attribution and finding.level is not Level.OK:
        status += f", {finding.attribution}"
    return Row(status, now(finding, units), change(finding, units), budget(finding, units), used(finding))


def decisive(finding: Finding) -> Violation | None:
    """The broken rule a row speaks of: the worst one, and of equals the first."""
    return max(finding.violations, key=lambda violation: violation.level.rank, default=None)


def now(finding: Finding, units: System) -> str:
    if finding.value is None:
        return Kind.UNMEASURED
    ceiling = _ceiling(finding)
    return show(finding.value, finding.unit, units, beside=[] if ceiling is None else [ceiling])


def change(finding: Finding, units: System) -> str:
    """The change against the baseline. What is not called new or worse has a floor, below which it is `=`."""
    if finding.value is None:
        return "–"
    if finding.trials:
        worst = finding.trials[0]
        return f"{noisy.signed(worst.change)} ({noisy.interval(worst)})"
    if finding.base is None:
        return "not compared" if finding.note else "–"
    if finding.noisy and not finding.violations:
        return "–"
    return show_change(finding.base, finding.value, finding.unit, units) if changed(finding) else "="


def changed(finding: Finding) -> bool:
    """True when the value differs from the baseline by what is worth a word."""
    if finding.trials:
        worst = finding.trials[0]
        return finding.attribution is Attribution.IMPROVED or (worst.low or 0) > 0
    if finding.value is None or finding.base is None or finding.noisy:
        return False
    difference = abs(finding.value - finding.base)
    if finding.unit is not Unit.BYTES or finding.attribution in (Attribution.NEW, Attribution.WORSE):
        return difference > 0
    return difference >= FLOOR_BYTES or difference > abs(finding.base) * FLOOR_PERCENT / 100


def relative_change(finding: Finding, units: System) -> str:
    """The change as short as it can be said: `+1.2%`, or absolute where it started from nothing."""
    if finding.trials:
        return noisy.signed(finding.trials[0].change)
    if not changed(finding) or finding.value is None or finding.base is None:
        return change(finding, units)
    if not finding.base:
        return show_change(finding.base, finding.value, finding.unit, units)
    percent = (finding.value - finding.base) / finding.base * 100
    return f"{'+' if percent > 0 else '−'}{show_percent(abs(percent))}"


_ON_CHANGE = (Rule.INCREASE, Rule.DRIFT, Rule.INCONCLUSIVE)


def budget(finding: Finding, units: System) -> str:
    """The limit that the row is held against; for a broken limit on change, that one."""
    violation = decisive(finding)
    if violation and violation.limit is not None and violation.rule in _ON_CHANGE:
        sign = "+" if finding.better == "lower" else "−"
        return f"{sign}{show_percent(violation.limit)} max{' drift' if violation.rule is Rule.DRIFT else ''}"
    ceiling = _ceiling(finding)
    if ceiling is None:
        return "–"
    text = show(ceiling, finding.unit, units, beside=[] if finding.value is None else [finding.value])
    if finding.limit is None:
        return f"{text} (warns)"
    return text if ceiling == finding.limit else f"{text} ({EMOJI[Kind.WAIVED]} waived)"


def _ceiling(finding: Finding) -> float | None:
    """The failing limit in force: the budget, the waiver above it, or the warning line where there is nothing else."""
    violation = decisive(finding)
    broken = violation.limit if violation and violation.rule is Rule.LIMIT else None
    if broken is not None and (finding.limit is None or finding.level is Level.FAIL):
        return broken
    if needs_waiver(finding) and finding.waiver:
        return finding.waiver.allow
    return finding.limit


def share(finding: Finding) -> float | None:
    """How much of its budget is used up; more than 1.0 is over. None where that cannot be said."""
    violation = decisive(finding)
    if violation is None or violation.rule not in _ON_CHANGE or (violation.limit is None and not finding.trials):
        return _ratio(finding.value, _ceiling(finding), finding.better)
    if finding.trials:
        worst = finding.trials[0]
        return max(0.0, worst.change) / worst.limit if worst.limit else None
    if violation.rule is Rule.DRIFT or not finding.base or finding.value is None or not violation.limit:
        return None
    return abs(finding.value - finding.base) / finding.base * 100 / violation.limit


def _ratio(value: float | None, limit: float | None, better: str) -> float | None:
    if value is None or limit is None:
        return None
    part, whole = (value, limit) if better == "lower" else (limit, value)
    if whole:
        return part / whole
    return float("inf") if part else 1.0


def used(finding: Finding) -> str:
    """The share in percent; over a limit by a hair never reads as 100%."""
    ratio = share(finding)
    if ratio is None:
        return "–"
    if ratio >= 10:
        return ">999%"
    text = show_percent(ratio * 100)
    if text == "100%" and ratio != 1:
        return ">100%" if ratio > 1 else "<100%"
    return text


def sentence(text: str, plain: Quote, with_names: Quote) -> str:
    """A sentence of the gate: names in it stand between backticks."""
    return with_names(text) if "`" in text else plain(text)


# Causes


def grew(finding: Finding) -> bool:
    """True when the causes tell of changes; without a baseline they are the largest parts."""
    return any(cause.change for cause in finding.causes)


def cause(found: Cause, units: System, quote: Quote) -> str:
    """One part and its bytes, such as `+58.3 KiB new apps/x.ts, imported by apps/y.ts`."""
    importer = f", imported by {quote(found.importer)}" if found.importer and found.after is not None else ""
    return f"{_amount(found, units)} {quote(found.name)}{importer}"


def _amount(found: Cause, units: System) -> str:
    if not found.change:
        return show(found.after or 0, Unit.BYTES, units)
    size = f"{'+' if found.change > 0 else '−'}{show(abs(found.change), Unit.BYTES, units)}"
    if found.before is None:
        return f"{size} new"
    return f"{size} gone:" if found.after is None else size


def causes(finding: Finding, most: int) -> list[Cause]:
    """The parts that changed most, whichever way."""
    return sorted(finding.causes, key=lambda cause: -abs(cause.change))[:most]


def main_cause(finding: Finding) -> Cause | None:
    """The part that grew most."""
    return max((cause for cause in finding.causes if cause.change > 0), key=lambda cause: cause.change, default=None)


def evidence(found: Evidence, units: System, quote: Quote, sentence: Quote) -> str:
    """A remark with where to look and what it weighs; `new` in front where the baseline did not have it."""
    places = [quote(place) for place in found.places[:MOST_PLACES]]
    more = len(found.places) - len(places)
    where = f" ({', '.join(places)}{f' and {more:,} more' if more else ''})" if places else ""
    size = f", {show(found.size, Unit.BYTES, units)}" if found.size else ""
    return f"{'new ' if found.new else ''}{quote(found.subject)}: {sentence(found.text.rstrip('.'))}{size}{where}"


def trial(found: Trial, unit: Unit, units: System, quote: Quote) -> str:
    """One route, head against base: the values, the change, its interval, and what could have been seen."""
    base, head = show(found.base, unit, units), show(found.head, unit, units)
    stray = f"; {found.outliers} stray {plural('fork', found.outliers)}" if found.outliers else ""
    return f"{quote(found.route)} {base} → {head}: {noisy.describe(found)}{stray}"


# Names


_NAMES = {
    "deps.unused": "unused dependencies",
    "deps.missing": "missing dependencies",
    "deps.misplaced": "misplaced dependencies",
    "deps.heavy": "heavy dependencies",
    "deps.duplicates": "duplicate dependencies",
    "deps.installSize": "install size",
    "treeshake.exportsUsed": "used exports",
    "treeshake.retained": "retained library code",
    "treeshake.effectiveness": "tree-shaking effectiveness",
}


def subject(finding: Finding) -> str:
    """The metric as people say it: `auth-service bundle size`, `performance score`."""
    if finding.metric in _NAMES:
        name = _NAMES[finding.metric]
        return name if finding.service == REPOSITORY else f"{finding.service} {name}"
    scope, _, rest = finding.metric.partition(".")
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in rest)
    name = f"{spaced} score" if scope == "score" else f"{scope} {spaced}".strip()
    return name if finding.service == REPOSITORY else f"{finding.service} {name}"
