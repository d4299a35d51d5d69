"""What is in order, in few lines: a row for each name that changed, recommendations, and what is neither failing nor ok."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from perfgate.gate import noisy
from perfgate.gate.verdict import Attribution, Finding, Trial
from perfgate.render import words
from perfgate.render.escape import code, marked
from perfgate.render.fitting import Block, Order
from perfgate.render.page import MOST_IMPROVED, REASON_LIMIT, Page, details_of, listed, more_of, table_of
from perfgate.render.words import EMOJI, Kind, of_kind, plural
from perfgate.units import show

MOST_RECOMMENDATIONS = 5
MOST_COLUMNS = 6


def in_order(page: Page) -> Block:
    """One row for each service or package that changed, with its metrics side by side."""
    findings = of_kind(page.verdict, Kind.OK)
    if not findings:
        return Block("")
    services = sorted({finding.service for finding in findings})
    noun = words.noun(findings)
    first = page.verdict.baseline.step == "none"
    changed = {finding.service for finding in findings if words.changed(finding)}
    shown = services if first else sorted(changed)
    head = f"{EMOJI[Kind.OK]} {len(findings):,} ok"
    unchanged = _unchanged(len(services) - len(shown), noun)
    if not shown:
        return Block(f"{head}: {unchanged}")
    count = f"{len(shown):,} {plural(noun, len(shown))} {'measured' if first else 'changed'}"
    text = details_of(", ".join(filter(None, [f"{head}: {count}", unchanged])), _matrix(page, shown, findings))
    return Block(text, Order.OK, f"{head}: {count}", len(shown), "ok row")


def _unchanged(number: int, noun: str) -> str:
    return f"{number:,} {plural(noun, number)} unchanged" if number else ""


def _matrix(page: Page, services: Sequence[str], ok: Sequence[Finding]) -> str:
    known = {(finding.service, finding.metric): finding for finding in page.verdict.findings}
    changed = Counter(finding.metric for finding in ok if words.changed(finding))
    metrics_of_ok = {finding.metric for finding in ok}
    present = Counter(metric for service, metric in known if service in set(services) and metric in metrics_of_ok)
    # What changed most often, then the sizes of bundles, then what most rows have.
    ranked = sorted(present, key=lambda metric: (-changed[metric], not metric.startswith("bundle."), -present[metric]))
    metrics = ranked[:MOST_COLUMNS]
    rows = []
    for service in services:
        cells = [_matrix_cell(page, known.get((service, metric))) for metric in metrics]
        if any(cells):
            rows.append([page.name(service), *cells])
    table = table_of(["service", *map(page.name, metrics)], rows, numbers=len(metrics))
    return "\n\n".join(filter(None, [table, more_of(len(ranked) - len(metrics), "metrics", page)]))


def _matrix_cell(page: Page, finding: Finding | None) -> str:
    if finding is None:
        return ""
    kind = words.kind(finding)
    if kind is not Kind.OK:
        return f"{EMOJI[kind]} {kind}"
    units = page.verdict.units
    now, change = words.now(finding, units), words.relative_change(finding, units)
    return now if change == "–" else f"{now} ({change})"


def side_by_side(page: Page) -> Block:
    """Every comparison of head and base that cleared its metric: the interval, the forks, and what it could have seen."""
    found = [(finding, trial) for finding in of_kind(page.verdict, Kind.OK) for trial in finding.trials]
    if not found:
        return Block("")
    head = f"{EMOJI[Kind.OK]} {len(found):,} {plural('comparison', len(found))} side by side: not regressed"
    header = ("service", "route", "metric", "base", "head", "change", "interval", "forks", "limit", "would have seen")
    rows = [_trial_row(page, finding, trial) for finding, trial in found[: page.most_rows]]
    more = more_of(len(found) - len(rows), "comparisons", page)
    return Block(details_of(head, table_of(header, rows, numbers=7), more), Order.OK, head, len(found), "comparison")


def _trial_row(page: Page, finding: Finding, trial: Trial) -> list[str]:
    base, head = (show(value, finding.unit, page.verdict.units) for value in (trial.base, trial.head))
    seen = "–" if trial.detectable is None else noisy.signed(trial.detectable)
    names = [page.name(name) for name in (finding.service, trial.route, finding.metric)]
    change = [noisy.signed(trial.change), noisy.interval(trial), str(trial.forks), noisy.signed(trial.limit), seen]
    return [*names, base, head, *change]


def recommendations(page: Page) -> Block:
    """What would help, whoever's doing it is; the report has all of it."""
    found = page.verdict.recommendations
    if not found:
        return Block("")
    lines = [f"- {marked(advice)}" for advice in found[:MOST_RECOMMENDATIONS]]
    more = more_of(len(found) - MOST_RECOMMENDATIONS, "in the report", None)
    head = f"💡 {len(found):,} {plural('recommendation', len(found))}"
    text = details_of(head, "\n".join(lines), more)
    return Block(text, Order.OK, head, len(found), "recommendation")


# Short lines


def short_lines(page: Page) -> Iterator[str]:
    """What is neither failing nor plainly ok, each in a line of its own."""
    texts = (_unmeasured(page), _carried(page), _waived(page), _unbudgeted(page), _improved(page))
    for text in filter(None, texts):
        yield f"- {text}"


def _unmeasured(page: Page) -> str:
    reasons: dict[str, list[Finding]] = {}
    for finding in of_kind(page.verdict, Kind.UNMEASURED):
        reasons.setdefault(finding.reason or "", []).append(finding)
    names = []
    for reason, found in reasons.items():
        services = listed(
            [page.name(service) for service in sorted({finding.service for finding in found})], joint=", "
        )
        what = page.metric(found[0]) if len(found) == 1 else f"{len(found):,} metrics of {services}"
        names.append(what + (f" ({code(reason, REASON_LIMIT)})" if reason else ""))
    return f"{EMOJI[Kind.UNMEASURED]} not measured: {listed(names)}" if names else ""


def _carried(page: Page) -> str:
    found = of_kind(page.verdict, Kind.CARRIED)
    services = sorted({finding.service for finding in found})
    notes = sorted({finding.note or "" for finding in found})
    names = listed([page.name(service) for service in services])
    return f"{EMOJI[Kind.CARRIED]} {names}: {listed([code(note) for note in notes])}" if found else ""


def _waived(page: Page) -> str:
    names = [
        f"{page.metric(finding)} at {words.now(finding, page.verdict.units)}, "
        f"{words.budget(replace(finding, violations=()), page.verdict.units)}, "
        f"{finding.waiver.days_left} {plural('day', finding.waiver.days_left)} left ({code(finding.waiver.reason)})"
        for finding in page.verdict.findings
        if finding.waiver and words.needs_waiver(finding)
    ]
    return f"{EMOJI[Kind.WAIVED]} waived: {listed(names)}" if names else ""


def _unbudgeted(page: Page) -> str:
    names = [page.name(service) for service in page.verdict.unbudgeted]
    return f"No budget: {listed(names)}" if names else ""


def _improved(page: Page) -> str:
    better = (Attribution.FIXED, Attribution.IMPROVED)
    found = [f for f in of_kind(page.verdict, Kind.OK) if f.attribution in better and words.changed(f)]
    found.sort(key=lambda finding: (better.index(finding.attribution or Attribution.FIXED), -_gain(finding)))
    names = [
        f"{page.metric(f)} {words.change(f, page.verdict.units)}"
        + (", fixed" if f.attribution is Attribution.FIXED else "")
        for f in found
    ]
    return f"{EMOJI[Kind.OK]} improved: {listed(names, MOST_IMPROVED)}" if names else ""


def _gain(finding: Finding) -> float:
    value, base = finding.value or 0, finding.base or 0
    return abs(value - base) / base if base else 0.0
