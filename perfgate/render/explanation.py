"""Why a row fails: the rule and its place, what grew or is new, what to do, how to see it, how to allow it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from perfgate.gate.verdict import Finding
from perfgate.render import advice, words
from perfgate.render.escape import code_html, fenced, line, marked, prose
from perfgate.render.fitting import Block, Order
from perfgate.render.page import MOST_CAUSES, MOST_IMPROVED, MOST_NAMES, Page, details_of, more_of
from perfgate.render.words import Kind, of_kind, plural

MOST_REASONS = 5
MOST_LOG_LINES = 15


def reasons(page: Page) -> Iterator[Block]:
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


def _reason(page: Page, finding: Finding, *, opened: bool) -> str:
    names = f"{code_html(finding.service)} {code_html(finding.metric)}"
    return details_of(
        f"Why {names} fails{_blame(page, finding)}",
        "\n".join(_broken_rules(page, finding)),
        _log(finding),
        "\n".join(_trials(page, finding)),
        "\n".join(_causes(page, finding)),
        "\n".join(_evidence(page, finding)),
        f"**Next:** {advice.next_step(finding, page.name, marked, page.verdict.recommendations)}{_owners(page, finding)}",
        "See the same locally:",
        fenced(advice.reproduce(finding, page.verdict), "sh"),
        *_allowing(page, finding),
        opened=opened,
    )


def _blame(page: Page, finding: Finding) -> str:
    """The largest growth, or what is new, in a few words, to be read without opening anything."""
    cause = words.main_cause(finding)
    if finding.trials and finding.trials[0].answer == "regressed":
        return f": {code_html(finding.trials[0].route)} {words.change(finding, page.verdict.units)}"
    if not cause and finding.evidence:
        names = ", ".join(code_html(one.subject) for one in finding.evidence[:MOST_IMPROVED])
        return f": {'new ' if finding.evidence[0].new else ''}{names}"
    return f": {words.cause(replace(cause, importer=None), page.verdict.units, code_html)}" if cause else ""


def _broken_rules(page: Page, finding: Finding) -> Iterator[str]:
    for violation in finding.violations:
        yield f"- {words.sentence(violation.text, prose, marked)} ({page.name(violation.source)})"
    if finding.attribution:
        yield f"- {finding.attribution}: {words.MEANING[finding.attribution]}"
    if finding.note:
        yield f"- {prose(finding.note)}"


def _log(finding: Finding) -> str:
    """The end of what a service wrote that could not be measured."""
    if not finding.log:
        return ""
    text = "\n".join(line(text) for text in finding.log.splitlines()[-MOST_LOG_LINES:])
    return f"The end of its log:\n\n{fenced(text, 'text')}"


def _trials(page: Page, finding: Finding) -> Iterator[str]:
    if not finding.trials:
        return
    yield "Head against base, side by side:\n"
    for trial in finding.trials[:MOST_CAUSES]:
        yield f"- {words.trial(trial, finding.unit, page.verdict.units, page.name)}"
    if len(finding.trials) > MOST_CAUSES:
        yield f"- {more_of(len(finding.trials) - MOST_CAUSES, 'routes', page)}"


def _causes(page: Page, finding: Finding) -> Iterator[str]:
    if not finding.causes:
        return
    yield "What changed most:\n" if words.grew(finding) else "Its largest parts:\n"
    for cause in words.causes(finding, MOST_CAUSES):
        yield f"- {words.cause(cause, page.verdict.units, page.name)}"


def _evidence(page: Page, finding: Finding) -> Iterator[str]:
    if not finding.evidence:
        return
    yield "What it counts:\n"
    for one in finding.evidence[:MOST_CAUSES]:
        yield f"- {words.evidence(one, page.verdict.units, page.name, marked)}"
    if len(finding.evidence) > MOST_CAUSES:
        yield f"- {more_of(len(finding.evidence) - MOST_CAUSES, 'like these', page)}"


def _owners(page: Page, finding: Finding) -> str:
    names = ", ".join(page.name(owner) for owner in finding.owners[:MOST_NAMES])
    return f" Owners: {names}." if names else ""


def _allowing(page: Page, finding: Finding) -> Iterator[str]:
    if not advice.can_be_waived(finding):
        yield advice.otherwise(finding)
        return
    where = "Or agree on a ceiling in `budgets/waivers.yaml`"
    if finding.waiver:
        where = f"Or replace the waiver at {page.name(finding.waiver.source)}"
    today = dt.datetime.fromisoformat(page.verdict.timestamp).date()
    yield f"{where}; it counts once it is on the base branch:"
    yield fenced(advice.waiver(finding, page.verdict.units, today), "yaml")
