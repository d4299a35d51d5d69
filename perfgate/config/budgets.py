"""Reads budgets/*.yaml: one root file, or one file a service, merged, and waivers.yaml.

Reading is strict and reports every problem at once: a limit that was misread would be a gate that never closes.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping

from perfgate.config import custom, strict_yaml
from perfgate.config.limits import Amount, Budget, Budgets, Drift, Increase, Policy, WaiverEntry
from perfgate.config.reader import Reader
from perfgate.config.strict_yaml import Node, Scalar
from perfgate.errors import ConfigError, Source, did_you_mean
from perfgate.report.model import MetricSpec
from perfgate.units import System, Unit, UnitError, parse, show

FOLDER = "budgets"
WAIVERS_FILE = "waivers.yaml"


def parse_files(files: Mapping[str, bytes], metrics: Mapping[str, MetricSpec]) -> Budgets:
    """Read the YAML files of a budgets folder, given as path -> content.

    Raises ConfigError with every problem of every file.
    """
    reader = _BudgetsReader(metrics)
    documents: list[tuple[str, strict_yaml.Mapping]] = []
    for file in sorted(files):
        root, problems = strict_yaml.load(files[file], file)
        reader.problems += problems
        if isinstance(root, strict_yaml.Mapping):
            documents.append((file, root))
        elif root is not None:
            reader.wrong(root.source, "a budgets file must be a mapping", "start with `version: 1`")
    # Units come first: they decide what every other number means.
    for _, root in documents:
        reader.units(root)
    for file, root in documents:
        reader.document(file, root)
    reader.consistency()
    if reader.problems:
        raise ConfigError(problems=reader.problems, hint="nothing was checked; correct the budgets and run again")
    return reader.budgets()


_ROOT_KEYS = ("version", "units", "defaults", "services", "missing", "existing", "comment", "edits")
CHOICES: dict[str, tuple[str, ...]] = {
    "units": tuple(System),
    "missing": ("fail", "warn", "carry-forward", "ignore"),
    "existing": ("warn", "fail"),
    "comment": ("always", "on-change", "on-problem", "never"),
    "edits": ("show", "fail"),
}
_RULE_KEYS = ("fail", "warn", "increase", "drift")
_INCREASE_KEYS = ("warn", "fail", "floor")
_DRIFT_KEYS = ("window", "warn", "fail")
_WAIVER_KEYS = ("service", "metric", "allow", "reason", "approved_by", "expires")
_IGNORE = "ignore"
_WINDOW = re.compile(r"([1-9]\d{0,3}) ?d", re.ASCII)
_LATE = {"off": _IGNORE, "no": _IGNORE, "false": _IGNORE, "none": _IGNORE, "error": "fail", "warning": "warn"}


class _BudgetsReader(Reader):
    """Turns nodes into budgets."""

    def __init__(self, metrics: Mapping[str, MetricSpec]) -> None:
        super().__init__()
        self.metrics = metrics
        self._policy: dict[str, tuple[str, Source]] = {}
        self._defaults: dict[str, Budget] = {}
        self._services: dict[str, dict[str, Budget]] = {}
        self._owners: dict[str, tuple[str, ...]] = {}
        self._waivers: dict[tuple[str, str], WaiverEntry] = {}
        self._seen: dict[tuple[str, ...], Source] = {}

    def budgets(self) -> Budgets:
        policy = {name: value for name, (value, _) in self._policy.items() if name != "units"}
        return Budgets(
            policy=Policy(units=self.system, **policy),  # type: ignore[arg-type]  # choices were checked
            defaults=self._defaults,
            services=self._services,
            owners=self._owners,
            waivers=tuple(self._waivers.values()),
        )

    @property
    def system(self) -> System:
        return System(self._policy["units"][0]) if "units" in self._policy else System.IEC

    # Documents

    def units(self, root: strict_yaml.Mapping) -> None:
        if "units" in root.entries:
            source, node = root.entries["units"]
            self._choose("units", source, node)

    def document(self, file: str, root: strict_yaml.Mapping) -> None:
        if file.rsplit("/", 1)[-1] == WAIVERS_FILE:
            self._each(root, {"waivers": self._waiver_list}, "a key of waivers.yaml")
        elif "service" in root.entries:
            self._service_file(root)
        else:
            self._root(root)

    def _root(self, root: strict_yaml.Mapping) -> None:
        if "version" not in root.entries:
            self.wrong(root.source, "no version", "add `version: 1` as the first line")
        readers: dict[str, Callable[[Source, Node], None]] = {
            "version": self._version,
            "units": lambda _source, _node: None,
            "defaults": lambda _source, node: self._rules(node, self._defaults, ("defaults",)),
            "services": self._service_table,
        }
        for name in ("missing", "existing", "comment", "edits"):
            readers[name] = lambda source, node, name=name: self._choose(name, source, node)  # type: ignore[misc]
        self._each(root, readers, "a key of a budgets file")

    def _service_file(self, root: strict_yaml.Mapping) -> None:
        source, node = root.entries["service"]
        service = self.text(node, "the name of a service")
        if service:
            rest = {key: entry for key, entry in root.entries.items() if key not in ("service", "version")}
            self._service(service, source, strict_yaml.Mapping(rest, root.source))

    def _service_table(self, _source: Source, node: Node) -> None:
        for service, (source, body) in self.mapping(node, "services by name"):
            self._service(service, source, body)

    def _service(self, service: str, source: Source, node: Node) -> None:
        rules = self._services.setdefault(service, {})
        if isinstance(node, Scalar) and node.empty:
            return
        if not isinstance(node, strict_yaml.Mapping):
            self.wrong(source, f"{service} must be a mapping", "write the metric too, such as `bundle.size: 500 KB`")
            return
        body = dict(node.entries)
        if "owners" in body:
            self._owners[service] = self.texts(body.pop("owners")[1], "an owner, or a list of owners")
        self._rules(strict_yaml.Mapping(body, node.source), rules, ("services", service), extra=("owners",))

    # Rules

    def _rules(
        self, node: Node, rules: dict[str, Budget], where: tuple[str, ...], *, extra: Iterable[str] = ()
    ) -> None:
        for metric, (source, body) in self.mapping(node, "limits by metric"):
            if metric not in self.metrics:
                self.wrong(source, f"unknown key {metric!r}", self._unknown(metric, extra))
            elif self._once((*where, metric), source):
                rules[metric] = self._rule(body, self.metrics[metric])

    def _unknown(self, metric: str, extra: Iterable[str]) -> str:
        hint = did_you_mean(metric, [*self.metrics, *extra])
        if metric.startswith(custom.PREFIX) and not hint.startswith("did"):
            return "declare it in perfgate.yaml, under `custom`"
        return hint

    def _rule(self, node: Node, spec: MetricSpec) -> Budget:
        if isinstance(node, Scalar):
            if node.text == _IGNORE:
                return Budget(ignored=frozenset({"all"}))
            return Budget(fail=self._amount(node, spec.unit))
        parts = dict(self.known(node, _RULE_KEYS, f"a part of the rule for {spec.id}"))
        ignored = {name for name in ("warn", "increase", "drift") if _is_ignore(parts.get(name))}
        budget = Budget(
            fail=self._amount(parts["fail"], spec.unit) if "fail" in parts else None,
            warn=self._amount(parts["warn"], spec.unit, percent=True)
            if "warn" in parts and "warn" not in ignored
            else None,
            increase=self._increase(parts["increase"], spec)
            if "increase" in parts and "increase" not in ignored
            else Increase(),
            drift=self._drift(parts["drift"]) if "drift" in parts and "drift" not in ignored else Drift(),
            ignored=frozenset(ignored),
        )
        if isinstance(node, strict_yaml.Mapping) and not node.entries:
            self.wrong(node.source, f"the rule for {spec.id} is empty", f"write {_IGNORE}, or a limit")
        return budget

    def _increase(self, node: Node, spec: MetricSpec) -> Increase:
        if isinstance(node, Scalar):
            return Increase(fail=self._percent(node))
        parts = dict(self.known(node, _INCREASE_KEYS, "a part of increase"))
        return Increase(
            warn=self._percent(parts["warn"]) if "warn" in parts else None,
            fail=self._percent(parts["fail"]) if "fail" in parts else None,
            floor=self._amount(parts["floor"], spec.unit) if "floor" in parts else None,
        )

    def _drift(self, node: Node) -> Drift:
        parts = dict(self.known(node, _DRIFT_KEYS, "a part of drift"))
        if isinstance(node, strict_yaml.Mapping) and not {"warn", "fail"} & set(parts):
            self.wrong(node.source, "drift has no limit", "add `fail: 5%` or `warn: 5%`")
        return Drift(
            days=self._days(parts["window"]) if "window" in parts else None,
            warn=self._percent(parts["warn"]) if "warn" in parts else None,
            fail=self._percent(parts["fail"]) if "fail" in parts else None,
        )

    # Waivers

    def _waiver_list(self, _source: Source, node: Node) -> None:
        if not isinstance(node, strict_yaml.Sequence):
            if not (isinstance(node, Scalar) and node.empty):
                self.wrong(node.source, "waivers must be a list", "start each waiver with a dash")
            return
        for item in node.items:
            self._waiver(item)

    def _waiver(self, node: Node) -> None:
        before = len(self.problems)
        parts = dict(self.known(node, _WAIVER_KEYS, "a part of a waiver"))
        absent = [key for key in _WAIVER_KEYS if key not in parts]
        if absent and len(self.problems) == before:
            self.wrong(
                node.source,
                f"the waiver lacks {', '.join(absent)}",
                "a waiver names its ceiling, reason, approver and end",
            )
            return
        texts = {key: self.text(value, f"{key} as text") for key, value in parts.items()}
        spec = self.metrics.get(texts.get("metric", ""))
        if "metric" in parts and spec is None and texts["metric"]:
            self.wrong(
                parts["metric"].source,
                f"unknown metric {texts['metric']!r}",
                did_you_mean(texts["metric"], self.metrics),
            )
        allow = self._amount(parts["allow"], spec.unit) if spec and "allow" in parts else None
        expires = self._date(parts["expires"]) if "expires" in parts else None
        if (
            len(self.problems) == before
            and allow
            and expires
            and self._once(("waivers", texts["service"], texts["metric"]), node.source)
        ):
            self._waivers[texts["service"], texts["metric"]] = WaiverEntry(
                texts["service"], texts["metric"], allow, texts["reason"], texts["approved_by"], expires, node.source
            )

    # Values

    def _version(self, _source: Source, node: Node) -> None:
        if self.text(node, "version 1") not in ("", "1"):
            self.wrong(node.source, "unknown version", "this perfgate reads `version: 1`")

    def _choose(self, name: str, source: Source, node: Node) -> None:
        choices = CHOICES[name]
        text = self.text(node, f"one of {', '.join(choices)}")
        if text and text not in choices:
            near = _LATE.get(text.lower())
            hint = f"did you mean {near}?" if near in choices else did_you_mean(text, choices)
            self.wrong(node.source, f"{name}: {text!r} is not one of {', '.join(choices)}", hint)
        elif text and self._once((name,), source):
            self._policy[name] = (text, source)

    def _amount(self, node: Node, unit: Unit, *, percent: bool = False) -> Amount | None:
        text = self.text(node, "a single value")
        if not text:
            return None
        if percent and text.endswith("%") and unit is not Unit.PERCENT:
            return self._percent(node)
        try:
            return Amount(parse(text, unit, self.system), node.source, text)
        except UnitError as error:
            hint = f"did you mean {_IGNORE}?" if text.lower() in ("off", "no", "none", "false") else error.hint
            self.wrong(node.source, str(error), hint)
            return None

    def _percent(self, node: Node) -> Amount | None:
        text = self.text(node, "a percentage")
        if not text:
            return None
        try:
            return Amount(parse(text, Unit.PERCENT), node.source, text, percent=True)
        except UnitError as error:
            self.wrong(node.source, str(error), error.hint)
            return None

    def _days(self, node: Node) -> int | None:
        text = self.text(node, "a number of days")
        match = _WINDOW.fullmatch(text)
        if text and match is None:
            self.wrong(node.source, f"{text!r} is not a number of days", "write days, such as 30d")
        return int(match[1]) if match else None

    def _date(self, node: Node) -> dt.date | None:
        text = self.text(node, "a date")
        try:
            return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
        except ValueError:
            if text:
                self.wrong(node.source, f"{text!r} is not a date", "write year-month-day, such as 2026-12-31")
            return None

    def _each(
        self, root: strict_yaml.Mapping, readers: Mapping[str, Callable[[Source, Node], None]], wanted: str
    ) -> None:
        for key, (source, node) in root.entries.items():
            if key in readers:
                readers[key](source, node)
            elif key in self.metrics:
                self.wrong(
                    source,
                    f"{key} stands outside of defaults and services",
                    "indent it under `defaults:`, or name the `service:`",
                )
            else:
                self.wrong(source, f"unknown key {key!r}, expected {wanted}", did_you_mean(key, readers))

    def _once(self, path: tuple[str, ...], source: Source) -> bool:
        first = self._seen.setdefault(path, source)
        if first != source:
            self.wrong(source, f"{' '.join(path[-2:])} is given twice", f"first given in {first}")
        return first == source

    def consistency(self) -> None:
        """What only the whole can tell: a warning beyond its failing limit never fires."""
        for service, rules in [("defaults", self._defaults), *self._services.items()]:
            for metric, own in rules.items():
                spec = self.metrics[metric]
                rule = own if service == "defaults" else own.over(self._defaults.get(metric, Budget()))
                warn = rule.warn_at
                if own.warn and warn is not None and rule.fail and spec.worse(warn, rule.fail.value):
                    shown = show(rule.fail.value, spec.unit, self.system)
                    self.wrong(
                        own.warn.source, f"warns beyond the failing limit {shown}", "such a warning is never seen"
                    )


def _is_ignore(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.text == _IGNORE
