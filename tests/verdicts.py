"""A few words for writing verdicts in tests, and the verdicts that several tests look at."""

import re
from dataclasses import replace
from typing import Any

from perfgate.gate import noisy
from perfgate.gate.verdict import (
    FORMAT_VERSION,
    Attribution,
    Baseline,
    Cause,
    Edit,
    Evidence,
    Finding,
    Level,
    Rule,
    Trial,
    Verdict,
    Violation,
    Waiver,
)
from perfgate.report.model import Tool
from perfgate.units import Unit, parse, show, show_change

NOW = "2026-11-24T12:00:00Z"
HEAD = "9f8e7d6c5b4a" + "0" * 28
BASE = "1a2b3c4d5e6f" + "0" * 28
EXACT = Baseline(step="exact", sha=BASE, age_days=1)
NO_BASELINE = Baseline(step="none")
BUDGETS = "budgets/perfgate.yaml:12:17"

_UNITS = {"bundle": Unit.BYTES, "memory": Unit.BYTES, "response": Unit.MILLISECONDS, "score": Unit.POINTS}
_FINDING = re.compile(
    r"(?P<service>\S+) (?P<metric>\S+) (?P<value>\S+)(?: of (?P<limit>\S+))?(?: was (?P<base>\S+))?"
    r"(?: (?P<level>ok|warn|fail)(?: (?P<attribution>[a-z ]+))?)?"
)


def a_finding(text: str, **fields: Any) -> Finding:
    """`"auth bundle.size 858KB of 800KB was 799KB fail new"`; the value `missing` stands for one that is not there.

    The broken rule follows from the numbers: the limit, its warning line at 90%, or an increase of more than 10%.
    `fields` replace what the text says.
    """
    said = _FINDING.fullmatch(text)
    assert said, text
    unit = _UNITS.get(said["metric"].partition(".")[0], Unit.COUNT)
    value, limit, base = (
        None if amount in (None, "missing") else parse(amount, unit)
        for amount in (said["value"], said["limit"], said["base"])
    )
    found = Finding(
        service=said["service"],
        metric=said["metric"],
        unit=unit,
        better="higher" if said["metric"].startswith("score.") else "lower",
        level=Level(said["level"] or "ok"),
        attribution=Attribution(said["attribution"]) if said["attribution"] else None,
        value=value,
        base=base,
        limit=limit,
        limit_source=BUDGETS if limit is not None else None,
        reason="no file matches dist/**/*.js" if value is None else None,
    )
    return replace(found, **{"violations": _violations(found), **fields})


def _violations(found: Finding) -> tuple[Violation, ...]:
    if found.level is Level.OK:
        return ()
    if found.value is None:
        return (a_violation(Rule.MISSING, found.level, f"not measured: {found.reason}"),)
    if found.limit is not None:
        over = (found.value > found.limit) is (found.better == "lower") and found.value != found.limit
        line = found.limit if over else found.limit * 0.9
        name = "limit" if over else "warning line (90% of the limit)"
        side = "over" if found.better == "lower" else "under"
        if over or found.base is None or found.value < found.base * 1.1:
            text = f"{show(found.value, found.unit)} is {side} the {name} of {show(line, found.unit)}"
            return (a_violation(Rule.LIMIT, found.level, text, limit=line),)
    change = show_change(found.base or 0, found.value, found.unit)
    text = f"{change} against the baseline, at most 10% is allowed"
    return (
        replace(a_violation(Rule.INCREASE, found.level, text, limit=10), source=f"built-in default of {found.metric}"),
    )


def a_violation(rule: Rule, level: Level, text: str, limit: float | None = None) -> Violation:
    return Violation(rule=rule, level=level, text=text, source=BUDGETS, limit=limit)


def a_cause(name: str, before: int | None, after: int | None, importer: str | None = None) -> Cause:
    return Cause(kind="module", name=name, before=before, after=after, importer=importer)


def an_evidence(text: str, subject: str, *places: str, **fields: Any) -> Evidence:
    entry = Evidence(kind="unused", subject=subject, text=text, places=places)
    return replace(entry, **fields)


def a_waiver(service: str, allow: float, days_left: int = 37, **fields: Any) -> Waiver:
    entry = Waiver(
        service=service,
        metric="bundle.size",
        allow=allow,
        reason="OIDC client, split planned in #431",
        approved_by="@lead",
        expires="2026-12-31",
        days_left=days_left,
        source="budgets/waivers.yaml:2:5",
    )
    return replace(entry, **fields)


def an_edit(subject: str, before: str | None, after: str | None, *, loosened: bool = False) -> Edit:
    return Edit(subject=subject, before=before, after=after, loosened=loosened, source="budgets/perfgate.yaml:6:30")


def a_verdict(*findings: Finding, **fields: Any) -> Verdict:
    """The verdict over `findings`; its status follows from them."""
    failed = any(found.level is Level.FAIL for found in findings)
    verdict = Verdict(
        format_version=FORMAT_VERSION,
        timestamp=NOW,
        tool=Tool(version="1.0.0"),
        status=1 if failed else 0,
        commit=HEAD,
        baseline=EXACT,
        findings=findings,
    )
    return replace(verdict, **fields)


# The verdicts that several tests look at

SIX = ("api-gateway", "auth-service", "chat-service", "logging-service", "notification-service", "user-service")
AUTH_CAUSES = (
    a_cause("node_modules/moment", None, 59_699, "apps/auth-service/src/token.ts"),
    a_cause("apps/auth-service/src/token.ts", 2_310, 3_544),
    a_cause("node_modules/luxon", 1_100, None, "apps/auth-service/src/token.ts"),
    a_cause("apps/auth-service/src/main.ts", 812, 907),
    a_cause("libs/shared/src/index.ts", 4_020, 4_101),
    a_cause("apps/auth-service/src/app.module.ts", 1_500, 1_520),
)


def six_services() -> Verdict:
    """One service fails for a package that came in, one nears its limit, the others are as they were."""
    findings = [
        a_finding(
            "auth-service bundle.size 858KB of 800KB was 799.4KB fail new",
            causes=AUTH_CAUSES,
            owners=("@acme/identity",),
        ),
        a_finding("chat-service bundle.size 465KB of 500KB was 448KB warn"),
        a_finding("auth-service bundle.gzip 231KB was 212KB ok"),
        a_finding("chat-service bundle.gzip 118KB was 114KB ok"),
    ]
    for index, service in enumerate(SIX):
        if service not in ("auth-service", "chat-service"):
            findings.append(a_finding(f"{service} bundle.size {300 + 17 * index}KB of 500KB was {300 + 17 * index}KB"))
            findings.append(a_finding(f"{service} bundle.gzip {88 + 5 * index}KB was {88 + 5 * index}KB"))
    return a_verdict(*findings)


def a_trial(route: str, change: float, spread: float, answer: Any, **fields: Any) -> Trial:
    """Of one route, in percent, against a limit of 10 %."""
    facts = {"detectable": 14.2, "more": 0, "forks": 14, "base": 2.0, "head": 2.0 * (1 + change / 100), **fields}
    return Trial(
        route=route,
        answer=answer,
        change=change,
        low=change - spread,
        high=change + spread,
        limit=10,
        limit_source="built-in default of response.mean",
        **facts,
    )


def side_by_side() -> Verdict:
    """A route got slower, another may have, a third did not; one service is the same as before, one did not start."""
    slower = a_trial("GET /v1/rooms", 34.1, 3.2, "regressed")
    open_ = a_trial("GET /v1/users", 8.9, 4.4, "inconclusive", forks=24, more=11, outliers=1)
    same = a_trial("POST /v1/rooms", -0.4, 2.9, "not regressed", forks=8)
    mean = {"base": None, "noisy": True}
    regressed = replace(
        a_violation(Rule.INCREASE, Level.FAIL, f"`{slower.route}`: {noisy.describe(slower)}", 10),
        source=slower.limit_source,
    )
    undecided = replace(
        a_violation(Rule.INCONCLUSIVE, Level.WARN, f"`{open_.route}`: {noisy.describe(open_)}", 10),
        source=open_.limit_source,
    )
    unchanged = "it is built and run from the same inputs as the baseline"
    return a_verdict(
        a_finding("chat response.mean 3.1ms fail worse", trials=(slower, same), violations=(regressed,), **mean),
        a_finding("user response.mean 2.2ms warn", trials=(open_,), violations=(undecided,), **mean),
        a_finding("room response.mean 2.1ms", trials=(same,), **mean),
        a_finding("logging response.mean 1.9ms", note=unchanged, **mean),
        a_finding(
            "auth response.mean missing of 10ms fail",
            reason="auth ended with status 2 before it was ready",
            log="connecting to ``` <b>@octocat</b>\n::error::no database",
            **mean,
        ),
        beside=BASE,
        baseline=NO_BASELINE,
    )


def many_services(count: int, *, failing: int = 0, warning: int = 0) -> Verdict:
    """`count` services of one metric each; the first ones fail, the next ones warn, every seventh of the rest changed."""
    findings = []
    for index in range(count):
        name = f"service-{index:03}"
        causes: tuple[Cause, ...] = ()
        if index < failing:
            text, causes = f"{512 + 3 * index}KB of 500KB was {470 + index}KB fail new", AUTH_CAUSES
        elif index < failing + warning:
            text = f"{455 + index % 40}KB of 500KB was {440 + index % 40}KB warn"
        else:
            base = 200 + index % 90
            text = f"{base + (index % 7 == 0) * 4}KB of 500KB was {base}KB"
        findings.append(a_finding(f"{name} bundle.size {text}", causes=causes))
    return a_verdict(*findings)


CASES_FOR_OUTPUTS = {
    "six services": six_services(),
    "many": many_services(60, failing=30, warning=20),
    "missing": a_verdict(a_finding("web bundle.size missing of 500KB fail"), a_finding("api bundle.size missing")),
    "nothing": a_verdict(),
}
