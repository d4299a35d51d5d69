"""The gate: report, budgets and baseline in, verdict out."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from perfgate.config.limits import Budget, Budgets
from perfgate.errors import did_you_mean
from perfgate.gate import budget, noisy, regression, waiver
from perfgate.gate.cause import causes, evidence
from perfgate.gate.verdict import (
    CARRIED_FORWARD,
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
from perfgate.report.model import REPOSITORY, Environment, Metric, MetricSpec, NotMeasured, Report
from perfgate.report.recommendation import recommendations

NO_BASELINE = Baseline(step="none")


@dataclass(frozen=True)
class Compared:
    """What a report is compared with: the baseline and how it was found; for drift, older reports by window in days; for
    noisy metrics, the reports of the commits before, oldest first.
    """

    baseline: Baseline = NO_BASELINE
    report: Report | None = None
    oldest: Mapping[int, Report] | None = None
    recent: tuple[Report, ...] = ()

    def value(self, service: str, metric: str) -> float | None:
        return self._values.get((service, metric))

    def drift_value(self, days: int, service: str, metric: str) -> float | None:
        return self._drift_values.get(days, {}).get((service, metric))

    def recent_values(self, service: str, metric: str, now: Environment) -> list[float]:
        """The values of the last commits that were measured on such a machine as this one, oldest first."""
        reports = (report for report in self.recent if noisy.incomparable(now, report.environment) is None)
        values = (report.value(service, metric) for report in reports)
        return [value for value in values if value is not None]

    def inputs(self, service: str) -> str | None:
        return self.report.inputs.get(service) if self.report else None

    @cached_property
    def _values(self) -> dict[tuple[str, str], float]:
        return _values(self.report)

    @cached_property
    def _drift_values(self) -> dict[int, dict[tuple[str, str], float]]:
        return {days: _values(report) for days, report in (self.oldest or {}).items()}


def _values(report: Report | None) -> dict[tuple[str, str], float]:
    return {(metric.service, metric.id): metric.value for metric in report.metrics} if report else {}


def check(
    report: Report,
    budgets: Budgets,
    metrics: Mapping[str, MetricSpec],
    compared: Compared,
    *,
    now: dt.datetime,
    edits: tuple[Edit, ...] = (),
) -> Verdict:
    """Judge every metric of every service. Pure: the same arguments give the same verdict."""
    gate = _Gate(report, budgets, metrics, compared, waiver.dated(budgets.waivers, now.date()))
    findings = sorted(gate.findings(), key=_severity)
    loosened = budgets.policy.edits == "fail" and any(edit.loosened for edit in edits)
    failed = loosened or any(finding.level is Level.FAIL for finding in findings)
    return Verdict(
        format_version=FORMAT_VERSION,
        timestamp=now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        tool=report.tool,
        status=1 if failed else 0,
        commit=report.commit,
        baseline=compared.baseline,
        beside=noisy.beside(report),
        units=budgets.policy.units,
        comment=budgets.policy.comment,
        findings=tuple(findings),
        edits=edits,
        edits_level=Level.FAIL if loosened else Level.WARN,
        unbudgeted=tuple(gate.unbudgeted()),
        waivers=gate.waivers,
        score=report.value(REPOSITORY, "score.performance"),
        recommendations=recommendations(report),
    )


_MISSING = {"fail": Level.FAIL, "warn": Level.WARN, "ignore": Level.OK, "carry-forward": Level.FAIL}
_CHANGES = (Rule.INCREASE, Rule.DRIFT)
_UNCHANGED = "it is built and run from the same inputs as the baseline"


@dataclass(frozen=True)
class _Changes:
    """What is known of the change of a metric."""

    violations: tuple[Violation, ...] = ()
    trials: tuple[Trial, ...] = ()
    note: str | None = None


def _of_noisy(attribution: Attribution | None, trials: tuple[Trial, ...]) -> Attribution | None:
    """Two numbers that differ say nothing; an interval wholly below zero does, whether there are stored values or not."""
    if noisy.improved(trials):
        return Attribution.IMPROVED
    if attribution in (Attribution.IMPROVED, Attribution.FIXED) or (trials and attribution is Attribution.FIRST):
        return None
    return attribution


_ATTRIBUTIONS = (Attribution.NEW, Attribution.WORSE, Attribution.FIRST, Attribution.WAS_OVER)


def _severity(finding: Finding) -> tuple[int, int, float, str, str]:
    """Worst first: level, then whose doing, then how far over, then by name."""
    whose = _ATTRIBUTIONS.index(finding.attribution) if finding.attribution in _ATTRIBUTIONS else len(_ATTRIBUTIONS)
    return -finding.level.rank, whose, -(finding.used or 0), finding.service, finding.metric


class _Gate:
    """The judgement of one report, with everything looked up by service and metric."""

    def __init__(
        self,
        report: Report,
        budgets: Budgets,
        metrics: Mapping[str, MetricSpec],
        compared: Compared,
        waivers: tuple[Waiver, ...],
    ) -> None:
        self.report = report
        self.budgets = budgets
        self.specs = metrics
        self.compared = compared
        self.waivers = waivers
        self._waived = {(entry.service, entry.metric): entry for entry in waivers}
        self._measured: dict[str, dict[str, Metric]] = {}
        for metric in report.metrics:
            self._measured.setdefault(metric.service, {})[metric.id] = metric
        self._reasons: dict[str, dict[str, NotMeasured]] = {}
        for missing in report.not_measured:
            self._reasons.setdefault(missing.service, {})[missing.id] = missing

    def findings(self) -> Iterator[Finding]:
        for service in self._services():
            rules = self._rules(service)
            measured, reasons = self._measured.get(service, {}), self._reasons.get(service, {})
            before = [spec.id for spec in self.specs.values() if self._was_there(spec, service)]
            for metric in dict.fromkeys([*rules, *measured, *reasons, *before]):
                spec = self.specs.get(metric)
                if spec is None:
                    continue
                rule = rules.get(metric) or self.budgets.unlimited(service, metric)
                if metric in measured:
                    yield self._judged(spec, rule, measured[metric])
                else:
                    yield self._missing(spec, rule, service, reasons.get(metric))

    def _was_there(self, spec: MetricSpec, service: str) -> bool:
        """Whether the baseline has a value that would be missed: a package that is gone needs no dependencies."""
        if self.compared.value(service, spec.id) is None:
            return False
        return spec.scope != "package" or service in self._packages.get(spec.id, ()) or service == REPOSITORY

    def unbudgeted(self) -> Iterator[str]:
        """Services for which no absolute limit holds. A library is none: it has values only as a package."""
        for service in self._services():
            if service in self._libraries or service == REPOSITORY:
                continue
            if not any(rule.fail for rule in self._rules(service).values()):
                yield service

    @cached_property
    def _has_services(self) -> bool:
        return any(name != REPOSITORY and name not in self._libraries for name in self._services())

    @cached_property
    def _libraries(self) -> set[str]:
        """The names that have values, or reasons for none, only as packages of the workspace, and are no service."""
        scopes: dict[str, set[str]] = {}
        for entry in self._entries(self.report):
            spec = self.specs.get(entry.id)
            scopes.setdefault(entry.service, set()).add(spec.scope if spec else "service")
        return {name for name, found in scopes.items() if found == {"package"}} - set(self.report.deployed)

    def _services(self) -> list[str]:
        known = {*self.report.services, *self.budgets.services}
        if self.compared.report:
            known |= set(self.compared.report.services)
        return [*sorted(known), REPOSITORY]

    def _rules(self, service: str) -> dict[str, Budget]:
        """The rules that ask something of this name: of each service, of a package that has its own values, or once."""
        return {id_: rule for id_, rule in self.budgets.of(service).items() if self._concerns(self.specs[id_], service)}

    def _concerns(self, spec: MetricSpec, name: str) -> bool:
        asked = spec.id in self.budgets.services.get(name, ())
        if spec.scope == "repository":
            return name == REPOSITORY
        if spec.scope == "service":
            # Where there is no service at all, the rule is asked of the repository, so that it cannot pass unseen.
            return not self._has_services if name == REPOSITORY else asked or name not in self._libraries
        if name == REPOSITORY:
            # The root package; or nobody was analysed: then the rule is asked here, so that it cannot pass unseen.
            return name in self._packages.get(spec.id, ()) or not self._was_analysed(spec)
        return asked or name in self._packages.get(spec.id, ())

    def _was_analysed(self, spec: MetricSpec) -> bool:
        """Whether the analyzer of a metric ran, even if it found nothing that could have a value."""
        return spec.id in self._packages or getattr(self.report.details, spec.id.partition(".")[0], None) is not None

    @staticmethod
    def _entries(report: Report) -> tuple[Metric | NotMeasured, ...]:
        return (*report.metrics, *report.not_measured)

    @cached_property
    def _packages(self) -> dict[str, set[str]]:
        """For each metric of packages: the names that have a value, or a reason for none. What is gone is asked nothing."""
        found: dict[str, set[str]] = {}
        for entry in self._entries(self.report):
            spec = self.specs.get(entry.id)
            if spec and spec.scope == "package":
                found.setdefault(entry.id, set()).add(entry.service)
        return found

    # A value that was measured

    def _judged(self, spec: MetricSpec, rule: Budget, metric: Metric) -> Finding:
        policy = self.budgets.policy
        rule = budget.with_built_in(spec, rule)
        base, note = self._base(spec, metric.service)
        waived = self._waived.get((metric.service, metric.id))
        ceiling = waived.allow if waived and waiver.in_force(waived) and rule.fail else None
        if ceiling is not None and rule.fail and spec.worse(rule.fail.value, ceiling):
            ceiling = None  # the limit has been raised beyond the waiver since
        floor = regression.floor_of(spec, rule)
        judged = budget.judge(
            spec, rule, metric.value, base, ceiling=ceiling, floor=floor, existing=policy.existing, units=policy.units
        )
        changes = (
            self._noisy(spec, rule, metric, note) if spec.noise == "noisy" else self._exact(spec, rule, metric, base)
        )
        violations = [*judged.violations, *changes.violations, *self._about_leak(spec, rule, metric.service)]
        if spec.noise == "noisy":
            violations = list(self._tempered(spec, metric, violations))
        violations = [self._by_noise(spec, violation) for violation in violations]
        if ceiling is not None:
            # Within a waiver's ceiling, growth only warns: that much has been agreed to.
            violations = [replace(one, level=Level.WARN) if one.rule in _CHANGES else one for one in violations]
        violations += self._about_waiver(spec, rule, metric, waived)
        level = max((violation.level for violation in violations), key=lambda level: level.rank, default=Level.OK)
        regressed = any(violation.rule in _CHANGES for violation in violations)
        attribution = judged.attribution
        if spec.noise == "noisy":
            attribution = _of_noisy(attribution, changes.trials)
        if regressed and attribution not in (Attribution.NEW, Attribution.WORSE, Attribution.WAS_OVER):
            attribution = Attribution.WORSE
        return Finding(
            service=metric.service,
            metric=spec.id,
            unit=spec.unit,
            better=spec.better,
            level=level,
            attribution=attribution,
            value=metric.value,
            base=base,
            limit=rule.fail.value if rule.fail else None,
            limit_source=str(rule.fail.source) if rule.fail else None,
            note=changes.note or note,
            owners=self.budgets.owners.get(metric.service, ()),
            violations=tuple(violations),
            waiver=waived,
            causes=self._causes(spec, metric.service) if level is not Level.OK else (),
            evidence=self._evidence(spec, metric.service) if level is not Level.OK else (),
            trials=changes.trials,
            noisy=spec.noise == "noisy",
        )

    def _base(self, spec: MetricSpec, service: str) -> tuple[float | None, str | None]:
        """The value to compare with, or None and the reason why there is one that cannot be compared."""
        base = self.compared.value(service, spec.id)
        if base is None or self.compared.report is None:
            return None, None
        reason = self._incomparable(spec, self.compared.report)
        return (None, reason) if reason else (base, None)

    def _incomparable(self, spec: MetricSpec, then: Report) -> str | None:
        """Why a value of an older report says nothing about one of this."""
        if spec.noise == "noisy":
            return noisy.incomparable(self.report.environment, then.environment)
        return regression.incomparable(spec, self.report.environment, then.environment)

    def _exact(self, spec: MetricSpec, rule: Budget, metric: Metric, base: float | None) -> "_Changes":
        """Broken limits on change of a metric that has no noise worth the name."""
        units = self.budgets.policy.units
        found: list[Violation | None] = []
        if base is not None:
            found.append(regression.increases(spec, rule, metric.value, base, units))
        found.append(self._drift(spec, rule, metric, base))
        return _Changes(tuple(violation for violation in found if violation))

    def _drift(self, spec: MetricSpec, rule: Budget, metric: Metric, base: float | None) -> Violation | None:
        days = rule.drift.days or regression.DEFAULT_DRIFT_DAYS
        oldest = self.compared.drift_value(days, metric.service, metric.id)
        if oldest is None or self._incomparable(spec, (self.compared.oldest or {})[days]):
            return None
        blame = base is None or spec.worse(metric.value, base)
        return regression.drift(spec, rule, metric.value, oldest, blame=blame, units=self.budgets.policy.units)

    def _noisy(self, spec: MetricSpec, rule: Budget, metric: Metric, note: str | None) -> "_Changes":
        """What is known of the change of a noisy metric: from trials side by side, else from stored values."""
        if self._unchanged(metric.service):
            return _Changes(note=_UNCHANGED)
        found = (self.report.details.paired or {}).get(metric.service)
        trials = noisy.trials(spec, rule, found, self._family)
        if trials:
            return _Changes(tuple(noisy.about(trials)), trials)
        if found and (refused := noisy.not_compared(spec, rule, found, _MISSING[self.budgets.policy.missing])):
            return _Changes((refused,))
        recent = self.compared.recent_values(metric.service, metric.id, self.report.environment)
        suspicion, said = noisy.screened(spec, rule, metric, recent, self.budgets.policy.units)
        drift = self._drift(spec, rule, metric, None) if note is None else None
        warnings = [suspicion, replace(drift, level=Level.WARN) if drift else None]
        return _Changes(tuple(one for one in warnings if one), note=note or said)

    def _by_noise(self, spec: MetricSpec, violation: Violation) -> Violation:
        """A score under its limit only by the noise of what it is made of warns."""
        score = self.report.details.score
        if spec.id != "score.performance" or score is None or score.best is None or violation.limit is None:
            return violation
        if spec.worse(score.best, violation.limit):
            return violation
        return noisy.excused(violation, f"within the noise of its parts it may be {score.best:g}")

    def _tempered(self, spec: MetricSpec, metric: Metric, violations: list[Violation]) -> Iterator[Violation]:
        unchanged = self._unchanged(metric.service)
        for violation in violations:
            one = noisy.tempered(spec, metric, violation, self.budgets.policy.units)
            yield noisy.excused(one, _UNCHANGED) if unchanged else one

    def _unchanged(self, service: str) -> bool:
        """Whether the service is built and run from exactly what the baseline's was."""
        now = self.report.inputs.get(service)
        paired = (self.report.details.paired or {}).get(service)
        return (now is not None and now == self.compared.inputs(service)) or bool(paired and paired.unchanged)

    @cached_property
    def _family(self) -> int:
        return noisy.comparisons(self.report)

    def _about_leak(self, spec: MetricSpec, rule: Budget, service: str) -> Iterator[Violation]:
        memory = (self.report.details.memory or {}).get(service)
        if spec.id == "memory.leak" and rule.fail and memory and not self._unchanged(service):
            violation = noisy.about_leak(memory.leak, str(rule.fail.source))
            if violation:
                yield violation

    def _about_waiver(
        self, spec: MetricSpec, rule: Budget, metric: Metric, waived: Waiver | None
    ) -> Iterator[Violation]:
        if waived is None or rule.fail is None or not spec.worse(metric.value, rule.fail.value):
            return
        if not waiver.in_force(waived):
            text = f"the waiver expired on {waived.expires}"
        elif waiver.expires_soon(waived):
            text = f"the waiver expires on {waived.expires}, in {waived.days_left} days; then this fails"
        else:
            return
        yield Violation(rule=Rule.WAIVER, level=Level.WARN, text=text, source=waived.source)

    def _causes(self, spec: MetricSpec, service: str) -> tuple[Cause, ...]:
        if not spec.id.startswith("bundle."):
            return ()
        now = self.report.details.bundle or {}
        base = self.compared.report.details.bundle if self.compared.report else None
        return causes(now.get(service), (base or {}).get(service))

    def _evidence(self, spec: MetricSpec, service: str) -> tuple[Evidence, ...]:
        return evidence(spec, service, self.report, self.compared.report) if spec.remarks else ()

    # A value that is not there

    def _missing(self, spec: MetricSpec, rule: Budget, service: str, reason: NotMeasured | None) -> Finding:
        base = self.compared.value(service, spec.id)
        why = reason.reason if reason else self._absent(service)
        finding = Finding(
            service=service,
            metric=spec.id,
            unit=spec.unit,
            better=spec.better,
            level=Level.OK,
            base=base,
            limit=rule.fail.value if rule.fail else None,
            limit_source=str(rule.fail.source) if rule.fail else None,
            reason=why,
            log=reason.log if reason else None,
            owners=self.budgets.owners.get(service, ()),
        )
        source = _first_source(rule)
        policy = self.budgets.policy.missing
        if policy == "carry-forward" and base is not None and not (reason and reason.failed):
            sha = (self.compared.baseline.sha or "the baseline")[:7]
            age = self.compared.baseline.age_days
            note = f"{CARRIED_FORWARD} from {sha}" + (f", {age} days old" if age is not None else "")
            return replace(finding, value=base, reason=None, log=None, note=note)
        if source is None:
            # Nobody set a limit, but it was there before, or measuring it broke: neither is in order.
            gone, broke = base is not None and reason is None, reason is not None and reason.failed
            level = Level.WARN if gone or broke else Level.OK
            source = f"built-in rule for {spec.id}"
        else:
            level = _MISSING[policy]
        if level is Level.OK:
            return finding
        violation = Violation(rule=Rule.MISSING, level=level, text=f"not measured: {why}", source=source)
        return replace(finding, level=level, violations=(violation,))

    def _absent(self, service: str) -> str:
        """Why the report does not even mention a metric of this service."""
        if service in self._measured or service in self._reasons or service == REPOSITORY:
            return "no analyzer measured it in this run"
        near = did_you_mean(service, self.report.services)
        hint = f" ({near})" if near.startswith("did") else ""
        return f"the service is not in the report: it was not found in the workspace{hint}"


def _first_source(rule: Budget) -> str | None:
    """Where a rule is written, if it has any part at all."""
    parts = (rule.fail, rule.warn, rule.increase.fail, rule.increase.warn, rule.drift.fail, rule.drift.warn)
    return next((str(part.source) for part in parts if part), None)
