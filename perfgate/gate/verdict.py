"""The verdict: everything that was judged, why, and the exit status. Comments and tables say what stands here."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from perfgate.errors import ExitStatus
from perfgate.report.model import Document, Name, Number, Sha, Timestamp, Tool
from perfgate.units import System, Unit

# 1: first version.
FORMAT_VERSION = 1


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"

    @property
    def rank(self) -> int:
        return ("ok", "warn", "fail").index(self)


class Rule(StrEnum):
    """The kinds of rule that can be broken."""

    LIMIT = "limit"
    INCREASE = "increase"
    DRIFT = "drift"
    MISSING = "missing"
    WAIVER = "waiver"


class Attribution(StrEnum):
    """Whose violation it is, seen from the baseline."""

    NEW = "new"
    WORSE = "worse"
    WAS_OVER = "was over"
    IMPROVED = "improved"
    FIXED = "fixed"
    FIRST = "first"


class Violation(Document):
    """A broken rule: what it says in words, and the `file:line:column` that decided (or the built-in default)."""

    rule: Rule = Field(strict=False)
    level: Level = Field(strict=False)
    text: str
    source: str
    limit: Number | None = None


class Cause(Document):
    """A part of a bundle that grew or shrank. `before` is None for what is new, `after` None for what is gone."""

    kind: Literal["module", "file"]
    name: str
    before: int | None
    after: int | None
    importer: str | None = None

    @property
    def change(self) -> int:
        return (self.after or 0) - (self.before or 0)


class Waiver(Document):
    """An agreed ceiling above a limit, until it expires. `days_left` counts from the day of the verdict."""

    service: Name
    metric: str
    allow: Number
    reason: str
    approved_by: str
    expires: str
    days_left: int
    source: str


class Finding(Document):
    """One metric of one service, judged. `value` is None when it was not measured, with the `reason`."""

    service: Name
    metric: str
    unit: Unit = Field(strict=False)
    better: Literal["lower", "higher"] = "lower"
    level: Level = Field(strict=False)
    attribution: Attribution | None = Field(default=None, strict=False)
    value: Number | None = None
    base: Number | None = None
    limit: Number | None = None
    limit_source: str | None = None
    reason: str | None = None
    note: str | None = None
    owners: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()
    waiver: Waiver | None = None
    causes: tuple[Cause, ...] = ()

    @property
    def used(self) -> float | None:
        """The share of the limit that is used up: 1.0 is exactly at the limit, more is over it."""
        if self.value is None or not self.limit:
            return None
        if self.better == "lower":
            return self.value / self.limit
        return self.limit / self.value if self.value else float("inf")


class Edit(Document):
    """A change this pull request makes to budgets or waivers. It counts only after the merge."""

    subject: str
    before: str | None
    after: str | None
    loosened: bool
    source: str


class Baseline(Document):
    """The report compared with, and how it was found.

    `exact`: the commit this change starts from; `ancestor`: the nearest measured commit before it; `given`: named by
    the caller; `promoted`: the file the team promoted; `none`: nothing to compare with.
    """

    step: Literal["exact", "ancestor", "given", "promoted", "none"]
    sha: Sha | None = None
    age_days: int | None = None
    distance: int = 0
    note: str | None = None


class Verdict(Document):
    """All findings, worst first, and what else a reader must know to trust them."""

    format_version: Literal[1] = FORMAT_VERSION
    timestamp: Timestamp
    tool: Tool
    status: Literal[0, 1]
    commit: Sha | None = None
    baseline: Baseline
    units: System = Field(default=System.IEC, strict=False)
    comment: Literal["always", "on-change", "on-problem", "never"] = "on-change"
    findings: tuple[Finding, ...] = ()
    edits: tuple[Edit, ...] = ()
    edits_level: Level = Field(default=Level.WARN, strict=False)
    unbudgeted: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    score: Number | None = None
    recommendations: tuple[str, ...] = ()

    def of(self, level: Level) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level is level)

    @property
    def exit_status(self) -> ExitStatus:
        return ExitStatus(self.status)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of verdict.json."""
    schema = Verdict.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://github.com/perfgate/perfgate/schema/verdict-v1.json",
        **schema,
        "title": "perfgate verdict",
    }
