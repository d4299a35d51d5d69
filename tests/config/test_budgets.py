"""Budgets files: what they mean, and that every mistake is named with its place and its remedy."""

import pytest

from perfgate.analyzers import METRICS
from perfgate.config.budgets import parse_files
from perfgate.config.limits import Budgets
from perfgate.errors import ConfigError
from perfgate.units import System
from tests.reports import budgets

FULL = """\
version: 1
units: iec
defaults:
  bundle.size: {fail: 500 KB, warn: 90%, increase: {warn: 2%, fail: 10%, floor: 1 KB}, drift: {window: 30d, fail: 5%}}
services:
  api-gateway: {bundle.size: 500 KB}
  auth-service:
    owners: ["@acme/identity"]
    bundle.size: 800 KB
  docs: {bundle.size: ignore}
missing: warn
existing: fail
comment: on-problem
edits: fail
"""


def test_a_service_inherits_what_it_does_not_say() -> None:
    rule = budgets(FULL).of("auth-service")["bundle.size"]
    assert rule.fail is not None
    assert rule.fail.value == 800 * 1024
    assert str(rule.fail.source) == "budgets/perfgate.yaml:9:18"
    assert rule.warn_at == 0.9 * 800 * 1024
    assert (rule.increase.fail and rule.increase.fail.value, rule.drift.days) == (10, 30)


def test_a_service_nobody_named_has_the_defaults() -> None:
    rule = budgets(FULL).of("new-service")["bundle.size"]
    assert rule.fail is not None
    assert rule.fail.value == 500 * 1024


def test_ignore_switches_a_rule_off() -> None:
    assert "bundle.size" not in budgets(FULL).of("docs")


def test_ignore_switches_one_part_off() -> None:
    rules = budgets(FULL, web="service: web\nbundle.size: {increase: ignore, drift: ignore, warn: ignore}\n")
    rule = rules.of("web")["bundle.size"]
    assert (rule.warn_at, rule.increase.fail, rule.drift.fail) == (None, None, None)
    assert "increase" in rule.ignored


def test_the_policy_is_read() -> None:
    policy = budgets(FULL).policy
    assert (policy.units, policy.missing, policy.existing, policy.comment, policy.edits) == (
        System.IEC, "warn", "fail", "on-problem", "fail",
    )  # fmt: skip


def test_si_units_hold_in_every_file() -> None:
    rules = budgets("version: 1\nunits: si\n", a="service: a\nbundle.size: 500 KB\n")
    fail = rules.of("a")["bundle.size"].fail
    assert fail is not None
    assert fail.value == 500_000


def test_owners_are_kept() -> None:
    assert budgets(FULL).owners == {"auth-service": ("@acme/identity",)}


def test_no_files_are_no_budgets() -> None:
    assert parse_files({}, METRICS) == Budgets()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("version: 1\nservcies: {}", "2:1: unknown key 'servcies', expected a key of a budgets file (did you mean services?)"),
        (
            "version: 1\ndefaults: {bundle.sise: 5 KB}",
            "2:12: unknown key 'bundle.sise' (did you mean bundle.size?)",
        ),
        ("version: 1\ndefaults: {bundle.size: 500}", "2:25: '500' has no unit (write a number and a unit, such as 500 KB)"),
        ("version: 1\ndefaults: {bundle.size: abc}", "2:25: 'abc' is not a size (write a number and a unit, such as 500 KB)"),
        (
            'version: 1\ndefaults: {bundle.size: "1,5 kB"}',
            "2:25: '1,5 kB' has a comma (write decimals with a point and leave out thousands separators)",
        ),
        (
            "version: 1\ndefaults: {bundle.size: 500 kbs}",
            "2:25: '500 kbs' is not a size: unknown unit 'kbs' "
            "(write a number and a unit, such as 500 KB; known units: B, KB, KiB, MB, MiB, GB, GiB)",
        ),
        (
            "version: 1\ndefaults: {bundle.size: 10%}",
            "2:25: '10%' is not a size: unknown unit '%' "
            "(write a number and a unit, such as 500 KB; known units: B, KB, KiB, MB, MiB, GB, GiB)",
        ),
        ("version: 1\ndefaults: {bundle.size: off}", "2:25: 'off' is not a size (did you mean ignore?)"),
        ("version: 1\ndefaults:\n  bundle.size: 1 KB\n  bundle.size: 2 KB", "4:3: duplicate key 'bundle.size' (first given in line 3)"),
        ("version: 1\ndefaults: &x {bundle.size: 1 KB}", "2:11: anchors and aliases are not allowed (write the value out)"),
        ("version: 1\ndefaults: !!map {}", "2:11: tags are not allowed (write the plain value)"),
        ("version: 1\ndefaults: {", "3:1: not valid YAML: did not find expected node content"),
        ("version: 1\ndefaults: {custom.checkout: 5 ms}", "2:12: unknown key 'custom.checkout' (declare it in perfgate.yaml, under `custom`)"),
        ("version: 2", "1:10: unknown version (this perfgate reads `version: 1`)"),
        ("defaults: {}", "1:1: no version (add `version: 1` as the first line)"),
        ("- a", "1:1: a budgets file must be a mapping (start with `version: 1`)"),
        ("version: 1\nmissing: off", "2:10: missing: 'off' is not one of fail, warn, carry-forward, ignore (did you mean ignore?)"),
        ("version: 1\nbundle.size: 5 KB", "2:1: bundle.size stands outside of defaults and services (indent it under `defaults:`, or name the `service:`)"),
        ("version: 1\nservices: {web: 500 KB}", "2:12: web must be a mapping (write the metric too, such as `bundle.size: 500 KB`)"),
        ("version: 1\ndefaults: {bundle.size: {fial: 5 KB}}", "2:26: unknown key 'fial', expected a part of the rule for bundle.size (did you mean fail?)"),
        ("version: 1\ndefaults: {bundle.size: {fail: 5 KB, increase: {fail: 10}}}", "2:55: '10' has no unit (write a number and a unit, such as 70%)"),
        ("version: 1\ndefaults: {bundle.size: {fail: 5 KB, warn: 6 KB}}", "2:44: warns beyond the failing limit 5 KiB (such a warning is never seen)"),
        ("version: 1\ndefaults: {bundle.size: {drift: {window: 30 days, fail: 1%}}}", "2:42: '30 days' is not a number of days (write days, such as 30d)"),
        ("version: 1\ndefaults: {bundle.size: {drift: {window: 30d}}}", "2:33: drift has no limit (add `fail: 5%` or `warn: 5%`)"),
        ("version: 1\ndefaults: {bundle.size: [5 KB]}", "2:25: expected a mapping with fail, warn, increase, drift, not a list"),
        ("version: 1\ndefaults: {bundle.size: }", "2:25: expected a single value"),
        ("version: 1\n---\nversion: 1", "2:1: more than one document (remove the line ---)"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_its_remedy(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        budgets(text)
    assert str(refused.value) == f"budgets/perfgate.yaml:{problem}"


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        budgets("version: 1\ndefaults: {bundle.size: 5}\nmissing: maybe\n", b="service: b\nbundle.gzpi: 1 KB\n")
    assert [str(problem.source) for problem in refused.value.problems] == [
        "budgets/b.yaml:2:1", "budgets/perfgate.yaml:2:25", "budgets/perfgate.yaml:3:10",
    ]  # fmt: skip


def test_the_same_limit_in_two_files_is_an_error() -> None:
    with pytest.raises(ConfigError) as refused:
        budgets("version: 1\nservices: {web: {bundle.size: 1 KB}}\n", web="service: web\nbundle.size: 2 KB\n")
    assert "web bundle.size is given twice (first given in" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff\xfe", "not UTF-8 text (byte 0)"),
        (b"[" * 100_000, "1:33: nested deeper than 32 levels"),
        (b"a" * 1_000_001, "larger than 1,000,000 bytes (split it, or remove what is generated)"),
        (b"a: \x00", "not valid YAML: control characters are not allowed (character 3)"),
        (b"a: &a [x]\nb: [*a, *a]", "1:4: anchors and aliases are not allowed (write the value out)"),
        (b"{a: 1}: 2", "1:1: a key must be a plain name"),
    ],
)
def test_hostile_files_end_with_one_clear_line(content: bytes, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_files({"b.yaml": content}, METRICS)
    assert str(refused.value) in (f"b.yaml:{problem}", f"b.yaml: {problem}")


WAIVER = (
    "{service: auth, metric: bundle.size, allow: 860 KB, reason: 'client', approved_by: '@lead', expires: 2026-12-31}"
)


def test_a_waiver_is_read() -> None:
    (waiver,) = budgets("version: 1", waivers=f"waivers:\n  - {WAIVER}\n").waivers
    assert (waiver.service, waiver.allow.value, waiver.expires.isoformat()) == ("auth", 860 * 1024, "2026-12-31")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (WAIVER.replace("2026-12-31", "soon"), "'soon' is not a date (write year-month-day, such as 2026-12-31)"),
        (WAIVER.replace("860 KB", "860"), "'860' has no unit (write a number and a unit, such as 500 KB)"),
        (WAIVER.replace("bundle.size", "bundle.sise"), "unknown metric 'bundle.sise' (did you mean bundle.size?)"),
        (WAIVER.replace(", expires: 2026-12-31", ""), "the waiver lacks expires (a waiver names its ceiling, reason, approver and end)"),
        (WAIVER.replace("reason: 'client'", "reason: ''"), "expected reason as text"),
    ],
)  # fmt: skip
def test_a_waiver_must_be_whole(entry: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        budgets("version: 1", waivers=f"waivers:\n  - {entry}\n")
    assert str(refused.value).split(": ", 1)[1] == problem


def test_a_waiver_given_twice_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"auth bundle.size is given twice"):
        budgets("version: 1", waivers=f"waivers:\n  - {WAIVER}\n  - {WAIVER}\n")
