"""What the parts of a page share: whom it tells, tables, blocks that can be opened, lists that end."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from perfgate.gate.verdict import Finding, Verdict
from perfgate.render.escape import code

MOST_CAUSES = 5
MOST_NAMES = 5
MOST_IMPROVED = 3
REASON_LIMIT = 120
_URL = re.compile(r"https?://[A-Za-z0-9.:_~/?#%&=+@-]+")


@dataclass(frozen=True, slots=True)
class Links:
    """Where the reader finds more, and which perfgate speaks."""

    run_url: str | None = None
    report_url: str | None = None
    version: str = ""


NO_LINKS = Links()


@dataclass(frozen=True, slots=True)
class Page:
    """What is written about, and how much of it."""

    verdict: Verdict
    links: Links
    most_rows: int
    name_limit: int

    def name(self, text: str) -> str:
        return code(text, self.name_limit)

    def metric(self, finding: Finding) -> str:
        return f"{self.name(finding.service)} {self.name(finding.metric)}"


def link(text: str, url: str | None, *, otherwise: str | None = None) -> str:
    if url and _URL.fullmatch(url):
        return f"[{text}]({url})"
    return text if otherwise is None else otherwise


def run_link(links: Links) -> str:
    return link("the job summary", links.run_url)


def details_of(summary: str, *parts: str, opened: bool = False) -> str:
    """A block that can be opened. `summary` is HTML: markdown is not read there."""
    blocks = [f"<details{' open' if opened else ''}><summary>{summary}</summary>", *filter(None, parts), "</details>"]
    return "\n\n".join(blocks)


def table_of(header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int) -> str:
    """A table whose last columns are numbers."""
    align = [":--"] * (len(header) - numbers) + ["--:"] * numbers
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, align, *rows))


def more_of(number: int, what: str, page: Page | None) -> str:
    where = f": see {run_link(page.links)}" if page else ""
    return f"… and {number:,} more {what}{where}." if number > 0 else ""


def listed(names: Sequence[str], most: int = MOST_NAMES, joint: str = "; ") -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return joint.join(names[:most]) + more
