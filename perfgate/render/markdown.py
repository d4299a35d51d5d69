"""The comment on the pull request and the job summary, in GitHub's markdown.

The verdict comes first, in words; then what it is compared with, what fails and why. What does not fit is left out in a
fixed order, counted, and said.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from perfgate.errors import ExitStatus
from perfgate.gate.verdict import Attribution, Edit, Finding, Level, Rule, Verdict
from perfgate.render import words
from perfgate.render.escape import NAME_LIMIT, code, line, marked, prose, shorten
from perfgate.render.explanation import reasons
from perfgate.render.fitting import Block, Order, fit, utf16_length
from perfgate.render.in_order import in_order, recommendations, short_lines, side_by_side
from perfgate.render.page import NO_LINKS, REASON_LIMIT, Links, Page, details_of, link, more_of, run_link, table_of
from perfgate.render.words import EMOJI, LEVEL_EMOJI, Kind, headline, of_kind, plural

# GitHub refuses comments over 65,536 characters, and shows no summary over 1 MiB and no longer description.
COMMENT_LIMIT = 60_000
SUMMARY_LIMIT = 900 * 1024
DESCRIPTION_LIMIT = 140

MOST_ROWS = 20
MOST_EDITS = 10
_SUMMARY_NAME_LIMIT = 200

_HEADER = ("status", "service", "metric", "now", "change vs base", "budget", "used")
_NUMBERS = 4  # the last columns of a row


# Pages


def marker(key: str) -> str:
    """The hidden first line by which perfgate finds its comment again; each key has a comment of its own."""
    safe = re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9._-]", "-", key))[:64]
    return f"<!-- perfgate:comment:v1 key={safe or 'default'} -->"


def comment(verdict: Verdict, *, key: str = "default", links: Links = NO_LINKS, limit: int = COMMENT_LIMIT) -> str:
    """The comment on the pull request, in at most `limit` characters."""
    page = Page(verdict, links, MOST_ROWS, NAME_LIMIT)
    blocks, foot = list(_blocks(page)), partial(_foot, page)
    return fit(f"{marker(key)}\n", blocks, foot, lambda text: utf16_length(text) <= limit)


def summary(verdict: Verdict, links: Links = NO_LINKS, limit: int = SUMMARY_LIMIT) -> str:
    """The job summary: as the comment, with all rows and longer names, in at most `limit` bytes."""
    page = Page(verdict, links, max(MOST_ROWS, len(verdict.findings)), _SUMMARY_NAME_LIMIT)
    return fit("", list(_blocks(page)), partial(_foot, page), lambda text: len(text.encode()) <= limit)


def no_verdict(key: str, links: Links = NO_LINKS) -> str:
    """The comment when the gate could not decide, in place of an older verdict that would no longer be true."""
    blocks = (
        f"{marker(key)}\n## {EMOJI[Kind.FAILING]} perfgate: no verdict",
        f"Something perfgate needs has failed, so nothing was decided. This is not a pass: see {run_link(links)}.",
        _footer(links.version, links, ExitStatus.NO_VERDICT),
    )
    return "\n\n".join(blocks) + "\n"


def no_verdict_summary(problems: Sequence[str]) -> str:
    """The job summary when the gate could not decide: what stands in the way."""
    shown = [f"- {code(problem, _SUMMARY_NAME_LIMIT)}" for problem in problems[:MOST_ROWS]]
    heading = f"## {EMOJI[Kind.FAILING]} perfgate: no verdict"
    return (
        "\n".join([heading, "", *shown, *filter(None, [more_of(len(problems) - MOST_ROWS, "problems", None)])]) + "\n"
    )


def status_description(verdict: Verdict, service: str) -> str:
    """The description of a commit status: one service in a line of plain text."""
    return shorten(line(words.service_line(verdict, service)), DESCRIPTION_LIMIT)


def _foot(page: Page, left_out: Mapping[str, int]) -> str:
    """The end of a page: what had to be left out, and who speaks."""
    parts = ", ".join(f"{number:,} {plural(noun, number)}" for noun, number in left_out.items())
    notice = f"Left out for lack of room: {parts}. All of it is in {run_link(page.links)}.\n\n" if parts else ""
    version = page.links.version or page.verdict.tool.version
    return notice + _footer(version, page.links, page.verdict.exit_status)


# Layout


def _blocks(page: Page) -> Iterator[Block]:
    verdict = page.verdict
    yield Block(f"## {headline(verdict)}")
    yield Block(_provenance(verdict))
    yield Block("\n".join(_edits(page)))
    yield _failing(page)
    yield from reasons(page)
    yield from _warnings(page)
    yield in_order(page)
    yield side_by_side(page)
    yield recommendations(page)
    yield Block("\n".join(short_lines(page)))


def _provenance(verdict: Verdict) -> str:
    compared = words.provenance(verdict, code, prose)
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
        link("run", links.run_url, otherwise=""),
        link("full report", links.report_url, otherwise=""),
        f"exit status {status.value}: {status.meaning}",
    )
    return f"<sub>{' · '.join(filter(None, parts))}</sub>"


# Edits of the budgets


def _edits(page: Page) -> Iterator[str]:
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
        yield f"- {more_of(len(edits) - MOST_EDITS, 'edits', page)}"


def _edit(page: Page, edit: Edit) -> str:
    label = ""
    if edit.loosened:
        label = f"{EMOJI[Kind.FAILING if page.verdict.edits_level is Level.FAIL else Kind.WARNING]} loosened: "
    before, after = (code(value) if value is not None else "none" for value in (edit.before, edit.after))
    # A whole set of budgets is replaced only where there is no readable one on the base.
    when = "counts at once" if edit.subject == "budgets" else "counts after the merge"
    return f"{label}{page.name(edit.subject)} {before} → {after}, {when} ({page.name(edit.source)})"


# Rows


def _row(page: Page, finding: Finding) -> list[str]:
    row = words.row(finding, page.verdict.units)
    now = row.now
    if finding.value is None:
        reason = f": {code(finding.reason, REASON_LIMIT)}" if finding.reason else ""
        now = f"{EMOJI[Kind.UNMEASURED]} {now}{reason}"
    status = f"{LEVEL_EMOJI[finding.level]} {row.status}"
    return [status, page.name(finding.service), page.name(finding.metric), now, row.change, row.budget, row.used]


def _rows(page: Page, findings: Sequence[Finding], what: str, most: int | None = None) -> str:
    """A table of the first findings, and how many there are beyond."""
    most = page.most_rows if most is None else most
    table = table_of(_HEADER, [_row(page, finding) for finding in findings[:most]], numbers=_NUMBERS)
    return "\n\n".join(filter(None, [table, more_of(len(findings) - most, what, page)]))


def _failing(page: Page) -> Block:
    failing = of_kind(page.verdict, Kind.FAILING)
    if not failing:
        return Block("")
    text = _rows(page, failing, "failing")
    beyond = min(page.most_rows, len(failing)) - MOST_ROWS
    if beyond <= 0:
        return Block(text)
    return Block(text, Order.FAILING, _rows(page, failing, "failing", MOST_ROWS), beyond, "failing row")


def _warnings(page: Page) -> Iterator[Block]:
    """What this change brings near its limits, and apart from it what was over before."""
    warning = of_kind(page.verdict, Kind.WARNING)
    before = [finding for finding in warning if finding.attribution is Attribution.WAS_OVER]
    other = [finding for finding in warning if finding.attribution is not Attribution.WAS_OVER]
    for findings, summary in ((other, "warning"), (before, "over before this change, and not made worse by it")):
        if findings:
            head = f"{EMOJI[Kind.WARNING]} {len(findings):,} {summary}"
            text = details_of(head, _rows(page, findings, "like these"), "\n".join(_undecided(page, findings)))
            yield Block(text, Order.WARNINGS, "", len(findings), "warning row")


def _undecided(page: Page, findings: Sequence[Finding]) -> Iterator[str]:
    """For what is inconclusive: why, and what would decide it."""
    for finding in findings[: page.most_rows]:
        for violation in finding.violations:
            if violation.rule is Rule.INCONCLUSIVE:
                yield f"- {page.metric(finding)}: {words.sentence(violation.text, prose, marked)}"


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
