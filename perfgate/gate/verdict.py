"""The verdict: everything that was judged, why, and the exit status. Comments and tables say what stands here."""

from enum import StrEnum
from typing import Any, Final, Literal

from perfgate.errors import ExitStatus
from perfgate.report import codec
from perfgate.report.codec import Count, Number, Signed, document
from perfgate.report.model import Log, Name, Remark, Sha, Timestamp, Tool
from perfgate.units import System, Unit

# 1: first version.
FORMAT_VERSION: Final = 1

# How the note of a finding begins whose value is the baseline's.
CARRIED_FORWARD = "carried forward"


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
    INCONCLUSIVE = "inconclusive"
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


@document
class Violation:
    """A broken rule: what it says in words, and the `file:line:column` that decided (or the built-in default)."""

    rule: Rule
    level: Level
    text: str
    source: str
    limit: Number | None = None


@document
class Cause:
    """A part of a bundle that grew or shrank. `before` is None for what is new, `after` None for what is gone."""

    kind: Literal["module", "file"]
    name: str
    before: Count | None = None
    after: Count | None = None
    importer: str | None = None

    @property
    def change(self) -> int:
        return (self.after or 0) - (self.before or 0)


@document
class Evidence(Remark):
    """What an analyzer remarked and the value counts. `new`: the baseline did not have it."""

    new: bool = False


@document
class Trial:
    """Head against base for a noisy metric, as far as the evidence goes. Changes are in percent of the base.

    `low` and `high` are the ends of the interval, None where so few forks set none; `detectable` is the smallest change
    that this trial would have called a regression 8 times of 10; `more` how many further forks would probably decide.
    """

    route: Name
    answer: Literal["regressed", "not regressed", "inconclusive"]
    change: Signed
    low: Signed | None = None
    high: Signed | None = None
    forks: Count
    limit: Number
    limit_source: str
    detectable: Number | None = None
    more: Count | None = None
    outliers: Count = 0
    base: Number
    head: Number


@document
class Waiver:
    """An agreed ceiling above a limit, until it expires. `days_left` counts from the day of the verdict."""

    service: Name
    metric: str
    allow: Number
    reason: str
    approved_by: str
    expires: str
    days_left: int
    source: str


@document
class Finding:
    """One metric of one service, judged. `value` is None when it was not measured, with the `reason`."""

    service: Name
    metric: str
    unit: Unit
    better: Literal["lower", "higher"] = "lower"
    level: Level
    attribution: Attribution | None = None
    value: Number | None = None
    base: Number | None = None
    limit: Number | None = None
    limit_source: str | None = None
    reason: str | None = None
    log: Log | None = None
    note: str | None = None
    owners: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()
    waiver: Waiver | None = None
    causes: tuple[Cause, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    trials: tuple[Trial, ...] = ()
    noisy: bool = False

    @property
    def used(self) -> float | None:
        """The share of the limit that is used up: 1.0 is exactly at the limit, more is over it."""
        if self.value is None or not self.limit:
            return None
        if self.better == "lower":
            return self.value / self.limit
        return self.limit / self.value if self.value else float("inf")

    @property
    def carried(self) -> bool:
        """True where the service was not built in this run and the value is the baseline's."""
        return (self.note or "").startswith(CARRIED_FORWARD)


@document
class Edit:
    """A change this pull request makes to budgets or waivers. It counts only after the merge."""

    subject: str
    loosened: bool
    source: str
    before: str | None = None
    after: str | None = None


@document
class Baseline:
    """The report compared with, and how it was found.

    `exact`: the commit this change starts from; `ancestor`: the nearest measured commit before it; `given`: named by
    the caller; `promoted`: the file the team promoted; `none`: nothing to compare with.
    """

    step: Literal["exact", "ancestor", "given", "promoted", "none"]
    sha: Sha | None = None
    age_days: int | None = None
    distance: int = 0
    note: str | None = None


@document
class Verdict:
    """All findings, worst first, and what else a reader must know to trust them.

    `beside` is the base commit that services were run side by side with.
    """

    format_version: Literal[1]
    timestamp: Timestamp
    tool: Tool
    status: Literal[0, 1]
    commit: Sha | None = None
    baseline: Baseline
    beside: Sha | None = None
    units: System = System.IEC
    comment: Literal["always", "on-change", "on-problem", "never"] = "on-change"
    findings: tuple[Finding, ...] = ()
    edits: tuple[Edit, ...] = ()
    edits_level: Level = Level.WARN
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
    return codec.schema(Verdict, "perfgate verdict", "verdict-v1")
