"""Lighthouse's JSON report: the scores of its categories in points, and the figures of the page load."""

from perfgate.analyzers.ingest.found import Document, Found, Missing, Options, Reading, one_line, tidy
from perfgate.analyzers.ingest.node import Node, root
from perfgate.units import Unit

PREFIX = "custom.lighthouse."
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
# The end of the id, the audit it is from, and the unit. A layout shift has none: it is a score, of which less is better.
AUDITS = {
    "fcp": ("first-contentful-paint", Unit.MILLISECONDS),
    "lcp": ("largest-contentful-paint", Unit.MILLISECONDS),
    "tbt": ("total-blocking-time", Unit.MILLISECONDS),
    "cls": ("cumulative-layout-shift", Unit.POINTS),
    "si": ("speed-index", Unit.MILLISECONDS),
    "tti": ("interactive", Unit.MILLISECONDS),
    "ttfb": ("server-response-time", Unit.MILLISECONDS),
    "weight": ("total-byte-weight", Unit.BYTES),
}
_NAMED = {"millisecond": Unit.MILLISECONDS, "byte": Unit.BYTES, "unitless": Unit.POINTS}


def read(document: Document, _options: Options) -> Found:
    """What the report has of these; categories and audits that were not asked for are not there. Raises ReportError."""
    report = root(document)
    failure = report.find("runtimeError")
    if failure and failure.get("code").text() != "NO_ERROR":
        message = failure.find("message")
        raise document.error(
            f"Lighthouse could not load the page: {one_line(message.text(), 300) if message else failure.get('code').text()}",
            "is the page served?",
        )
    categories, audits = report.get("categories"), report.get("audits")
    scores = [_score(name, category) for name in CATEGORIES if (category := categories.find(name))]
    figures = [_figure(key, audit) for key, (name, _) in AUDITS.items() if (audit := audits.find(name))]
    found = [*scores, *figures]
    if not found:
        raise document.error(
            "no category and no figure in this report", "run Lighthouse with --only-categories=performance, or without"
        )
    return Found(
        tuple(entry for entry in found if isinstance(entry, Reading)),
        tuple(entry for entry in found if isinstance(entry, Missing)),
    )


def _score(name: str, category: Node) -> Reading | Missing:
    """Lighthouse scores from 0 to 1, and null where an audit that counts for it failed."""
    score = category.find("score")
    if score is None:
        return Missing(
            PREFIX + name, "Lighthouse gave no score, because an audit that counts for it failed", failed=True
        )
    if score.number() > 1:
        raise score.error(f"{score.value} is no score", "a score of Lighthouse lies between 0 and 1")
    return Reading(PREFIX + name, tidy(score.number() * 100), Unit.POINTS, f"score of {name}", better="higher")


def _figure(key: str, audit: Node) -> Reading | Missing:
    name, unit = AUDITS[key]
    value = audit.find("numericValue")
    if value is None:
        why = audit.find("errorMessage")
        return Missing(
            PREFIX + key, f"Lighthouse: {one_line(why.text(), 300) if why else f'no value of {name}'}", failed=True
        )
    written = audit.find("numericUnit")
    if written and _NAMED.get(written.text()) is not unit:
        raise written.error(f"{written.text()!r} where perfgate knows {name} in {unit}")
    return Reading(PREFIX + key, tidy(value.number()), unit, name)
