"""The comment on the pull request and the job summary, in GitHub's markdown.

The verdict comes first, in words; then what it is compared with, what fails and why. What does not fit is left out in a
fixed order, counted, and said.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from perfgate.errors import ExitStatus
from perfgate.gate.verdict import Attribution, Edit, Finding, Level, Verdict
from perfgate.render import advice, words
from perfgate.render.escape import NAME_LIMIT, code, code_html, fenced, line, marked, prose, shorten
from perfgate.render.fitting import Block, Order, fit, utf16_length
from perfgate.render.words import EMOJI, LEVEL_EMOJI, Kind, headline, of_kind, plural

# GitHub refuses comments over 65,536 characters, and shows no summary over 1 MiB and no longer description.
COMMENT_LIMIT = 60_000
SUMMARY_LIMIT = 900 * 1024
DESCRIPTION_LIMIT = 140

MOST_ROWS = 20
MOST_REASONS = 5
MOST_CAUSES = 5
MOST_EDITS = 10
MOST_NAMES = 5
MOST_IMPROVED = 3
MOST_RECOMMENDATIONS = 5
MOST_COLUMNS = 6
_SUMMARY_NAME_LIMIT = 200
_REASON_LIMIT = 120

_URL = re.compile(r"https?://[A-Za-z0-9.:_~/?#%&=+@-]+")
_HEADER = ("status", "service", "metric", "now", "change vs base", "budget", "used")
_NUMBERS = 4  # the last columns of a row


@dataclass(frozen=True, slots=True)
class Links:
    """Where the reader finds more, and which perfgate speaks."""

    run_url: str | None = None
    report_url: str | None = None
    version: str = ""


NO_LINKS = Links()


# Pages


def marker(key: str) -> str:
    """The hidden first line by which perfgate finds its comment again; each key has a comment of its own."""
    safe = re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9._-]", "-", key))[:64]
    return f"<!-- perfgate:comment:v1 key={safe or 'default'} -->"


def comment(verdict: Verdict, *, key: str = "default", links: Links = NO_LINKS, limit: int = COMMENT_LIMIT) -> str:
    """The comment on the pull request, in at most `limit` characters."""
    page = _Page(verdict, links, MOST_ROWS, NAME_LIMIT)
    blocks, foot = list(_blocks(page)), partial(_foot, page)
    return fit(f"{marker(key)}\n", blocks, foot, lambda text: utf16_length(text) <= limit)


def summary(verdict: Verdict, links: Links = NO_LINKS, limit: int = SUMMARY_LIMIT) -> str:
    """The job summary: as the comment, with all rows and longer names, in at most `limit` bytes."""
    page = _Page(verdict, links, max(MOST_ROWS, len(verdict.findings)), _SUMMARY_NAME_LIMIT)
    return fit("", list(_blocks(page)), partial(_foot, page), lambda text: len(text.encode()) <= limit)


def no_verdict(key: str, links: Links = NO_LINKS) -> str:
    """The comment when the gate could not decide, in place of an older verdict that would no longer be true."""
    blocks = (
        f"{marker(key)}\n## {EMOJI[Kind.FAILING]} perfgate: no verdict",
        f"Something perfgate needs has failed, so nothing was decided. This is not a pass: see {_run(links)}.",
        _footer(links.version, links, ExitStatus.NO_VERDICT),
    )
    return "\n\n".join(blocks) + "\n"


def no_verdict_summary(problems: Sequence[str]) -> str:
    """The job summary when the gate could not decide: what stands in the way."""
    shown = [f"- {code(problem, _SUMMARY_NAME_LIMIT)}" for problem in problems[:MOST_ROWS]]
    heading = f"## {EMOJI[Kind.FAILING]} perfgate: no verdict"
    return "\n".join([heading, "", *shown, *filter(None, [_more(len(problems) - MOST_ROWS, "problems", None)])]) + "\n"


def status_description(verdict: Verdict, service: str) -> str:
    """The description of a commit status: one service in a line of plain text."""
    return shorten(line(words.service_line(verdict, service)), DESCRIPTION_LIMIT)


@dataclass(frozen=True, slots=True)
class _Page:
    """What is written about, and how much of it."""

    verdict: Verdict
    links: Links
    most_rows: int
    name_limit: int

    def name(self, text: str) -> str:
        return code(text, self.name_limit)

    def metric(self, finding: Finding) -> str:
        return f"{self.name(finding.service)} {self.name(finding.metric)}"


def _foot(page: _Page, left_out: Mapping[str, int]) -> str:
    """The end of a page: what had to be left out, and who speaks."""
    parts = ", ".join(f"{number:,} {plural(noun, number)}" for noun, number in left_out.items())
    notice = f"Left out for lack of room: {parts}. All of it is in {_run(page.links)}.\n\n" if parts else ""
    version = page.links.version or page.verdict.tool.version
    return notice + _footer(version, page.links, page.verdict.exit_status)


# Layout


def _blocks(page: _Page) -> Iterator[Block]:
    verdict = page.verdict
    yield Block(f"## {headline(verdict)}")
    yield Block(_provenance(verdict))
    yield Block("\n".join(_edits(page)))
    yield _failing(page)
    yield from _reasons(page)
    yield from _warnings(page)
    yield _ok(page)
    yield _recommendations(page)
    yield Block("\n".join(_short_lines(page)))


def _provenance(verdict: Verdict) -> str:
    compared = words.provenance(verdict.baseline, code, prose)
    carried = len({finding.service for finding in of_kind(verdict, Kind.CARRIED)})
    parts = (
        compared[0].upper() + compared[1:],
        f"head {code(verdict.commit[:7])}" if verdict.commit else "",
        words.unit_note(verdict.units),
        f"{carried} {plural('service', carried)} carried forward" if carried else "",
    )
    return " · ".join(filter(None, parts))


def _footer(version: str, links: Links, status: ExitStatus) -> str:
    parts = (
        f"perfgate {line(version)}".strip(),
        _link("run", links.run_url, otherwise=""),
        _link("full report", links.report_url, otherwise=""),
        f"exit status {status.value}: {status.meaning}",
    )
    return f"<sub>{' · '.join(filter(None, parts))}</sub>"


def _link(text: str, url: str | None, *, otherwise: str | None = None) -> str:
    if url and _URL.fullmatch(url):
        return f"[{text}]({url})"
    return text if otherwise is None else otherwise


def _run(links: Links) -> str:
    return _link("the job summary", links.run_url)


def _details(summary: str, *parts: str, opened: bool = False) -> str:
    """A block that can be opened. `summary` is HTML: markdown is not read there."""
    blocks = [f"<details{' open' if opened else ''}><summary>{summary}</summary>", *filter(None, parts), "</details>"]
    return "\n\n".join(blocks)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int) -> str:
    """A table whose last columns are numbers."""
    align = [":--"] * (len(header) - numbers) + ["--:"] * numbers
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, align, *rows))


def _more(number: int, what: str, page: _Page | None) -> str:
    where = f": see {_run(page.links)}" if page else ""
    return f"… and {number:,} more {what}{where}." if number > 0 else ""


# Edits of the budgets


def _edits(page: _Page) -> Iterator[str]:
    edits = sorted(page.verdict.edits, key=lambda edit: not edit.loosened)
    if not edits:
        return
    loosened = sum(edit.loosened for edit in edits)
    note = f", {loosened} {'of them ' if loosened < len(edits) else ''}loosened" if loosened else ""
    refused = " **Loosening fails this check.**" if words.refused_edits(page.verdict) else ""
    yield f"**This change edits the budgets** ({len(edits)} {plural('edit', len(edits))}{note}).{refused}\n"
    for edit in edits[:MOST_EDITS]:
        yield f"- {_edit(page, edit)}"
    if len(edits) > MOST_EDITS:
        yield f"- {_more(len(edits) - MOST_EDITS, 'edits', page)}"


def _edit(page: _Page, edit: Edit) -> str:
    label = ""
    if edit.loosened:
        label = f"{EMOJI[Kind.FAILING if page.verdict.edits_level is Level.FAIL else Kind.WARNING]} loosened: "
    before, after = (code(value) if value is not None else "none" for value in (edit.before, edit.after))
    # A whole set of budgets is replaced only where there is no readable one on the base.
    when = "counts at once" if edit.subject == "budgets" else "counts after the merge"
    return f"{label}{page.name(edit.subject)} {before} → {after}, {when} ({page.name(edit.source)})"


# Rows


def _row(page: _Page, finding: Finding) -> list[str]:
    row = words.row(finding, page.verdict.units)
    now = row.now
    if finding.value is None:
        reason = f": {code(finding.reason, _REASON_LIMIT)}" if finding.reason else ""
        now = f"{EMOJI[Kind.UNMEASURED]} {now}{reason}"
    status = f"{LEVEL_EMOJI[finding.level]} {row.status}"
    return [status, page.name(finding.service), page.name(finding.metric), now, row.change, row.budget, row.used]


def _rows(page: _Page, findings: Sequence[Finding], what: str, most: int | None = None) -> str:
    """A table of the first findings, and how many there are beyond."""
    most = page.most_rows if most is None else most
    table = _table(_HEADER, [_row(page, finding) for finding in findings[:most]], numbers=_NUMBERS)
    return "\n\n".join(filter(None, [table, _more(len(findings) - most, what, page)]))


def _failing(page: _Page) -> Block:
    failing = of_kind(page.verdict, Kind.FAILING)
    if not failing:
        return Block("")
    text = _rows(page, failing, "failing")
    beyond = min(page.most_rows, len(failing)) - MOST_ROWS
    if beyond <= 0:
        return Block(text)
    return Block(text, Order.FAILING, _rows(page, failing, "failing", MOST_ROWS), beyond, "failing row")


def _warnings(page: _Page) -> Iterator[Block]:
    """What this change brings near its limits, and apart from it what was over before."""
    warning = of_kind(page.verdict, Kind.WARNING)
    before = [finding for finding in warning if finding.attribution is Attribution.WAS_OVER]
    other = [finding for finding in warning if finding.attribution is not Attribution.WAS_OVER]
    for findings, summary in ((other, "warning"), (before, "over before this change, and not made worse by it")):
        if findings:
            text = _details(f"{EMOJI[Kind.WARNING]} {len(findings):,} {summary}", _rows(page, findings, "like these"))
            yield Block(text, Order.WARNINGS, "", len(findings), "warning row")


# Why


def _reasons(page: _Page) -> Iterator[Block]:
    failing = of_kind(page.verdict, Kind.FAILING)
    # One of each metric first: five packages with the same trouble would hide a bundle that grew.
    first = {finding.metric: finding for finding in reversed(failing)}
    ranked = [
        *(one for one in failing if first[one.metric] is one),
        *(one for one in failing if first[one.metric] is not one),
    ]
    for finding in ranked[:MOST_REASONS]:
        yield Block(_reason(page, finding, opened=len(failing) == 1), Order.REASONS, "", 1, "explanation")
    if len(ranked) > MOST_REASONS:
        hint = "`perfgate check --explain SERVICE METRIC` explains each"
        yield Block(f"{len(ranked) - MOST_REASONS:,} more {plural('row', len(ranked) - MOST_REASONS)} fail: {hint}.")


def _reason(page: _Page, finding: Finding, *, opened: bool) -> str:
    names = f"{code_html(finding.service)} {code_html(finding.metric)}"
    return _details(
        f"Why {names} fails{_blame(page, finding)}",
        "\n".join(_broken_rules(page, finding)),
        "\n".join(_causes(page, finding)),
        "\n".join(_evidence(page, finding)),
        f"**Next:** {advice.next_step(finding, page.name, marked, page.verdict.recommendations)}{_owners(page, finding)}",
        "See the same locally:",
        fenced(advice.reproduce(finding, page.verdict.baseline), "sh"),
        *_allowing(page, finding),
        opened=opened,
    )


def _blame(page: _Page, finding: Finding) -> str:
    """The largest growth, or what is new, in a few words, to be read without opening anything."""
    cause = words.main_cause(finding)
    if not cause and finding.evidence:
        names = ", ".join(code_html(one.subject) for one in finding.evidence[:MOST_IMPROVED])
        return f": {'new ' if finding.evidence[0].new else ''}{names}"
    return f": {words.cause(replace(cause, importer=None), page.verdict.units, code_html)}" if cause else ""


def _broken_rules(page: _Page, finding: Finding) -> Iterator[str]:
    for violation in finding.violations:
        yield f"- {prose(violation.text)} ({page.name(violation.source)})"
    if finding.attribution:
        yield f"- {finding.attribution}: {words.MEANING[finding.attribution]}"
    if finding.note:
        yield f"- {prose(finding.note)}"


def _causes(page: _Page, finding: Finding) -> Iterator[str]:
    if not finding.causes:
        return
    yield "What changed most:\n" if words.grew(finding) else "Its largest parts:\n"
    for cause in words.causes(finding, MOST_CAUSES):
        yield f"- {words.cause(cause, page.verdict.units, page.name)}"


def _evidence(page: _Page, finding: Finding) -> Iterator[str]:
    if not finding.evidence:
        return
    yield "What it counts:\n"
    for one in finding.evidence[:MOST_CAUSES]:
        yield f"- {words.evidence(one, page.verdict.units, page.name, marked)}"
    if len(finding.evidence) > MOST_CAUSES:
        yield f"- {_more(len(finding.evidence) - MOST_CAUSES, 'like these', page)}"


def _owners(page: _Page, finding: Finding) -> str:
    names = ", ".join(page.name(owner) for owner in finding.owners[:MOST_NAMES])
    return f" Owners: {names}." if names else ""


def _allowing(page: _Page, finding: Finding) -> Iterator[str]:
    if not advice.can_be_waived(finding):
        yield advice.otherwise(finding)
        return
    where = "Or agree on a ceiling in `budgets/waivers.yaml`"
    if finding.waiver:
        where = f"Or replace the waiver at {page.name(finding.waiver.source)}"
    today = dt.datetime.fromisoformat(page.verdict.timestamp).date()
    yield f"{where}; it counts once it is on the base branch:"
    yield fenced(advice.waiver(finding, page.verdict.units, today), "yaml")


# What is in order


def _ok(page: _Page) -> Block:
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
    text = _details(", ".join(filter(None, [f"{head}: {count}", unchanged])), _matrix(page, shown, findings))
    return Block(text, Order.OK, f"{head}: {count}", len(shown), "ok row")


def _unchanged(number: int, noun: str) -> str:
    return f"{number:,} {plural(noun, number)} unchanged" if number else ""


def _matrix(page: _Page, services: Sequence[str], ok: Sequence[Finding]) -> str:
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
    table = _table(["service", *map(page.name, metrics)], rows, numbers=len(metrics))
    return "\n\n".join(filter(None, [table, _more(len(ranked) - len(metrics), "metrics", page)]))


def _matrix_cell(page: _Page, finding: Finding | None) -> str:
    if finding is None:
        return ""
    kind = words.kind(finding)
    if kind is not Kind.OK:
        return f"{EMOJI[kind]} {kind}"
    units = page.verdict.units
    now, change = words.now(finding, units), words.relative_change(finding, units)
    return now if change == "–" else f"{now} ({change})"


def _recommendations(page: _Page) -> Block:
    """What would help, whoever's doing it is; the report has all of it."""
    found = page.verdict.recommendations
    if not found:
        return Block("")
    lines = [f"- {marked(advice)}" for advice in found[:MOST_RECOMMENDATIONS]]
    more = _more(len(found) - MOST_RECOMMENDATIONS, "in the report", None)
    head = f"💡 {len(found):,} {plural('recommendation', len(found))}"
    text = _details(head, "\n".join(lines), more)
    return Block(text, Order.OK, head, len(found), "recommendation")


# Short lines


def _short_lines(page: _Page) -> Iterator[str]:
    """What is neither failing nor plainly ok, each in a line of its own."""
    texts = (_unmeasured(page), _carried(page), _waived(page), _unbudgeted(page), _improved(page))
    for text in filter(None, texts):
        yield f"- {text}"


def _unmeasured(page: _Page) -> str:
    reasons: dict[str, list[Finding]] = {}
    for finding in of_kind(page.verdict, Kind.UNMEASURED):
        reasons.setdefault(finding.reason or "", []).append(finding)
    names = []
    for reason, found in reasons.items():
        services = _list([page.name(service) for service in sorted({finding.service for finding in found})], joint=", ")
        what = page.metric(found[0]) if len(found) == 1 else f"{len(found):,} metrics of {services}"
        names.append(what + (f" ({code(reason, _REASON_LIMIT)})" if reason else ""))
    return f"{EMOJI[Kind.UNMEASURED]} not measured: {_list(names)}" if names else ""


def _carried(page: _Page) -> str:
    found = of_kind(page.verdict, Kind.CARRIED)
    services = sorted({finding.service for finding in found})
    notes = sorted({finding.note or "" for finding in found})
    names = _list([page.name(service) for service in services])
    return f"{EMOJI[Kind.CARRIED]} {names}: {_list([code(note) for note in notes])}" if found else ""


def _waived(page: _Page) -> str:
    names = [
        f"{page.metric(finding)} at {words.now(finding, page.verdict.units)}, "
        f"{words.budget(replace(finding, violations=()), page.verdict.units)}, "
        f"{finding.waiver.days_left} {plural('day', finding.waiver.days_left)} left ({code(finding.waiver.reason)})"
        for finding in page.verdict.findings
        if finding.waiver and words.needs_waiver(finding)
    ]
    return f"{EMOJI[Kind.WAIVED]} waived: {_list(names)}" if names else ""


def _unbudgeted(page: _Page) -> str:
    names = [page.name(service) for service in page.verdict.unbudgeted]
    return f"No budget: {_list(names)}" if names else ""


def _improved(page: _Page) -> str:
    better = (Attribution.FIXED, Attribution.IMPROVED)
    found = [f for f in of_kind(page.verdict, Kind.OK) if f.attribution in better and words.changed(f)]
    found.sort(key=lambda finding: (better.index(finding.attribution or Attribution.FIXED), -_gain(finding)))
    names = [
        f"{page.metric(f)} {words.change(f, page.verdict.units)}"
        + (", fixed" if f.attribution is Attribution.FIXED else "")
        for f in found
    ]
    return f"{EMOJI[Kind.OK]} improved: {_list(names, MOST_IMPROVED)}" if names else ""


def _gain(finding: Finding) -> float:
    value, base = finding.value or 0, finding.base or 0
    return abs(value - base) / base if base else 0.0


def _list(names: Sequence[str], most: int = MOST_NAMES, joint: str = "; ") -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return joint.join(names[:most]) + more


__all__ = [
    "COMMENT_LIMIT",
    "SUMMARY_LIMIT",
    "Links",
    "comment",
    "headline",
    "marker",
    "no_verdict",
    "status_description",
    "summary",
]
