"""What a pull request changes about its own limits. The budgets of the base decide; the changes are shown."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from perfgate.config.limits import Budget, Budgets, WaiverEntry
from perfgate.gate.verdict import Edit
from perfgate.report.model import MetricSpec


class _Part(NamedTuple):
    """One part of a rule: what it says in words, its number, and where it stands."""

    text: str
    value: float
    source: str


def edits(base: Budgets, head: Budgets, metrics: Mapping[str, MetricSpec]) -> tuple[Edit, ...]:
    """Every effective limit, waiver and policy that differs between `base` and `head`; what loosens comes first."""
    found = [*_rule_edits(base, head, metrics), *_waiver_edits(base, head), *_policy_edits(base, head)]
    return tuple(sorted(found, key=lambda edit: (not edit.loosened, edit.subject)))


def _rule_edits(base: Budgets, head: Budgets, metrics: Mapping[str, MetricSpec]) -> Iterator[Edit]:
    for metric in sorted({*base.defaults, *head.defaults}):
        changed = _changed(_parts(base.defaults.get(metric)), _parts(head.defaults.get(metric)))
        yield from (_edit("defaults", metrics[metric], *change) for change in changed)
    for service in sorted({*base.services, *head.services}):
        was, is_ = base.of(service), head.of(service)
        for metric in sorted({*base.services.get(service, {}), *head.services.get(service, {})}):
            inherited = _changed(_parts(base.defaults.get(metric)), _parts(head.defaults.get(metric)))
            changed = _changed(_parts(was.get(metric)), _parts(is_.get(metric)))
            # What a service only inherits has been said under defaults.
            yield from (_edit(service, metrics[metric], *change) for change in changed if change not in inherited)


def _changed(before: Mapping[str, _Part], after: Mapping[str, _Part]) -> list[tuple[str, _Part | None, _Part | None]]:
    """The parts of a rule whose numbers differ."""
    pairs = ((part, before.get(part), after.get(part)) for part in sorted({*before, *after}))
    return [(part, old, new) for part, old, new in pairs if (old and old.value) != (new and new.value)]


def _edit(subject: str, spec: MetricSpec, part: str, old: _Part | None, new: _Part | None) -> Edit:
    return Edit(
        subject=f"{subject} {spec.id} {part}",
        before=old.text if old else None,
        after=new.text if new else None,
        loosened=_loosens(spec, part, old, new),
        source=(new or old or _Part("", 0, "")).source,
    )


def _parts(rule: Budget | None) -> dict[str, _Part]:
    """The parts of a rule that say something."""
    if rule is None or "all" in rule.ignored:
        return {}
    amounts = {
        "fail": rule.fail,
        "warn": rule.warn,
        "increase fail": rule.increase.fail,
        "increase warn": rule.increase.warn,
        "increase floor": rule.increase.floor,
        "drift fail": rule.drift.fail,
        "drift warn": rule.drift.warn,
    }
    parts = {name: _Part(a.text, a.value, str(a.source)) for name, a in amounts.items() if a}
    if rule.drift.days and rule.drift.fail:
        parts["drift window"] = _Part(f"{rule.drift.days}d", rule.drift.days, str(rule.drift.fail.source))
    return parts


def _loosens(spec: MetricSpec, part: str, old: _Part | None, new: _Part | None) -> bool:
    """True when less is refused than before: a limit moved away, or gone, or a floor came or rose."""
    if part == "increase floor":
        return (new.value if new else 0) > (old.value if old else 0)
    if old is None or new is None:
        return new is None
    if part == "drift window":
        return new.value < old.value
    if part in ("fail", "warn") and spec.better == "higher":
        return new.value < old.value
    return new.value > old.value


def _waiver_edits(base: Budgets, head: Budgets) -> Iterator[Edit]:
    was, is_ = ({(entry.service, entry.metric): entry for entry in budgets.waivers} for budgets in (base, head))
    for key in sorted({*was, *is_}):
        old, new = was.get(key), is_.get(key)
        old_text, new_text = _waiver_text(old), _waiver_text(new)
        entry = new or old
        if old_text != new_text and entry:
            more = new is not None and (old is None or new.allow.value != old.allow.value or new.expires > old.expires)
            yield Edit(
                subject=f"waiver {key[0]} {key[1]}",
                before=old_text,
                after=new_text,
                loosened=more,
                source=str(entry.source),
            )


def _waiver_text(entry: WaiverEntry | None) -> str | None:
    return f"{entry.allow.text} until {entry.expires.isoformat()}" if entry else None


# From strict to lenient; anything else about the policy is a matter of taste.
_STRICTNESS = {
    "missing": ("fail", "carry-forward", "warn", "ignore"),
    "existing": ("fail", "warn"),
    "edits": ("fail", "show"),
}


def _policy_edits(base: Budgets, head: Budgets) -> Iterator[Edit]:
    for name in ("units", "missing", "existing", "comment", "edits"):
        old, new = str(getattr(base.policy, name)), str(getattr(head.policy, name))
        if old != new:
            order = _STRICTNESS.get(name)
            loosened = order.index(new) > order.index(old) if order else False
            yield Edit(subject=name, before=old, after=new, loosened=loosened, source="the budgets files")
