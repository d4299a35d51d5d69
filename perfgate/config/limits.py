"""What the team asked for, as values: limits, limits on change, waivers, policy. Each remembers its file:line:column."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypeVar

from perfgate.errors import Source
from perfgate.units import System

Missing = Literal["fail", "warn", "carry-forward", "ignore"]
Existing = Literal["warn", "fail"]
Comment = Literal["always", "on-change", "on-problem", "never"]
Edits = Literal["show", "fail"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number someone wrote: in base units, or in percent of another; and where."""

    value: float
    source: Source
    text: str
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Increase:
    """Limits on the change against the baseline, in percent; nothing smaller than `floor` base units counts."""

    warn: Amount | None = None
    fail: Amount | None = None
    floor: Amount | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """Limits on the cumulative change against the oldest report of the last `days` days, in percent."""

    days: int | None = None
    warn: Amount | None = None
    fail: Amount | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """All rules for one metric of one service. `ignored` names the parts that were switched off on purpose."""

    warn: Amount | None = None
    fail: Amount | None = None
    increase: Increase = Increase()
    drift: Drift = Drift()
    ignored: frozenset[str] = frozenset()

    @property
    def warn_at(self) -> float | None:
        """The warning limit in base units; a percentage is a share of the failing limit."""
        if self.warn is None or not self.warn.percent:
            return self.warn.value if self.warn else None
        return self.fail.value * self.warn.value / 100 if self.fail else None

    def over(self, inherited: "Budget") -> "Budget":
        """The same budget, with what it does not say taken from `inherited`."""
        if "all" in self.ignored:
            return self
        ignored = self.ignored | (inherited.ignored - self._said)
        return Budget(
            warn=self.warn or (None if "warn" in self.ignored else inherited.warn),
            fail=self.fail or inherited.fail,
            increase=Increase() if "increase" in self.ignored else _merged(self.increase, inherited.increase),
            drift=Drift() if "drift" in self.ignored else _merged(self.drift, inherited.drift),
            ignored=ignored,
        )

    @property
    def _said(self) -> set[str]:
        """The parts this budget speaks of; having said anything at all lifts an inherited `ignore`."""
        parts = {"increase": self.increase != Increase(), "drift": self.drift != Drift(), "warn": self.warn is not None}
        said = {name for name, given in parts.items() if given}
        return said | {"all"} if said or self.fail or self.ignored else said


@dataclass(frozen=True, slots=True)
class WaiverEntry:
    """One entry of waivers.yaml: an agreed ceiling with a reason and an end."""

    service: str
    metric: str
    allow: Amount
    reason: str
    approved_by: str
    expires: dt.date
    source: Source


@dataclass(frozen=True, slots=True)
class Policy:
    units: System = System.IEC
    missing: Missing = "fail"
    existing: Existing = "warn"
    comment: Comment = "on-change"
    edits: Edits = "show"


@dataclass(frozen=True)
class Budgets:
    """Everything the budgets folder says. `defaults` and `services` hold the rules as written, metric by metric."""

    policy: Policy = Policy()
    defaults: Mapping[str, Budget] = field(default_factory=dict)
    services: Mapping[str, Mapping[str, Budget]] = field(default_factory=dict)
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    waivers: tuple[WaiverEntry, ...] = ()

    def of(self, service: str) -> dict[str, Budget]:
        """The rules that hold for a service, by metric id: its own over the defaults."""
        own = self.services.get(service)
        if not own:
            return self._defaults_in_force
        merged = {
            **self.defaults,
            **{metric: rule.over(self.defaults.get(metric, Budget())) for metric, rule in own.items()},
        }
        return {metric: rule for metric, rule in merged.items() if "all" not in rule.ignored}

    def unlimited(self, service: str, metric: str) -> Budget:
        """The rule where none is written: built-in ones hold, unless the metric is ignored on purpose."""
        own = self.services.get(service, {}).get(metric, self.defaults.get(metric))
        return own if own and "all" in own.ignored else Budget()

    @cached_property
    def _defaults_in_force(self) -> dict[str, Budget]:
        return {metric: rule for metric, rule in self.defaults.items() if "all" not in rule.ignored}


_Parts = TypeVar("_Parts", Increase, Drift)


def _merged(own: _Parts, inherited: _Parts) -> _Parts:
    said = {name: value for name in own.__slots__ if (value := getattr(own, name)) is not None}
    return replace(inherited, **said)
