"""What to do about a failing row: one next step, how to see it locally, and the waiver that would allow it."""

import datetime as dt
import math
import re
import shlex
from collections.abc import Sequence

from perfgate.gate.verdict import Attribution, Cause, Finding, Rule, Verdict
from perfgate.javascript.parts import PACKAGES, package_name
from perfgate.render import escape
from perfgate.render.words import Quote, decisive, grew, main_cause
from perfgate.units import System, Unit, parse, show

WAIVER_DAYS = 30
# The first part of a metric id -> the command that measures it.
_COMMANDS = {part: part for part in ("bundle", "deps", "treeshake", "memory", "response", "build")}
_ON_SERVICES = ("response.", "memory.")
_STEPS = {
    "bundle": "Compare the bundles of both commits to see which module grew.",
    "deps": "Run `perfgate deps` on both commits to see which dependency makes the difference.",
    "treeshake": "Replace namespace imports and CommonJS in shared code by named imports.",
    "memory": "Take a heap snapshot after the load and look for what outlives its request.",
    "response": "Profile the slowest route, and look at what it waits for.",
    "response.cpu": "Profile the route on both commits, such as with `node --cpu-prof`, to see what computes more.",
    "build": "Look at which step of the build takes longer than on the base.",
    "score": "Start with the part that costs most points: the report lists what each part takes from 100.",
}


# Next step


def next_step(finding: Finding, quote: Quote, sentence: Quote, recommendations: Sequence[str] = ()) -> str:
    """The one thing to try first. `quote` makes a name inert, `sentence` the advice of an analyzer."""
    if finding.value is None:
        return _measure(finding)
    if finding.evidence and finding.evidence[0].advice:
        return sentence(finding.evidence[0].advice)
    cause = main_cause(finding)
    if cause:
        # An analyzer may know this very package, and so something better than what holds for all.
        about = f"`{_package(cause.name)}`"
        known = next((text for text in recommendations if about in text), None)
        return sentence(known) if known else _shrink(cause, quote)
    if finding.causes and not grew(finding):
        return f"Start with the largest part, {quote(finding.causes[0].name)}, or set the limit where the service is."
    if finding.attribution is Attribution.WAS_OVER:
        return "It was over before this change: bring it down apart from this change, or agree on a waiver."
    step = _STEPS.get(finding.metric) or _STEPS.get(finding.metric.partition(".")[0])
    return step or "Compare both commits to see what changed."


def _measure(finding: Finding) -> str:
    """What to do about a value that is not there."""
    if finding.metric.startswith(_ON_SERVICES):
        return "Start the service as `perfgate.yaml` says, and see why it does not run or answer as it should."
    return (
        "Build the service so that there is something to measure. If it is gone on purpose, take it out of the budgets."
    )


def _shrink(cause: Cause, quote: Quote) -> str:
    package = _package(cause.name)
    if package and cause.before is None:
        return (
            f"{quote(package)} is new in this bundle: import only the parts that are used, "
            "load it where it is needed with `await import()`, or take a smaller package."
        )
    if package:
        return (
            f"{quote(package)} grew: see why its version changed with `git diff` of the lockfile, and whether it must."
        )
    if cause.kind == "file":
        return (
            f"{quote(cause.name)} grew. Let the bundler write a metafile or stats file "
            "to see here which modules it is made of."
        )
    if cause.before is None and cause.importer:
        return f"Does {quote(cause.importer)} need all of {quote(cause.name)} at start? Load the rest when it is used."
    return f"Look at what was added to {quote(cause.name)}."


def _package(module: str) -> str:
    """The package a module belongs to: `@scope/name` or `name`; empty for the team's own code."""
    _, found, rest = module.rpartition(PACKAGES)
    return package_name(rest) if found else ""


# Reproduce


def reproduce(finding: Finding, verdict: Verdict) -> str:
    """The command line that shows the same locally."""
    baseline = verdict.baseline
    if finding.trials and verdict.beside:
        return f"perfgate ab --base {verdict.beside[:12]} --service {shlex.quote(escape.line(finding.service))}"
    analyzer = _COMMANDS.get(finding.metric.partition(".")[0], "analyze")
    against = f"--baseline {baseline.sha[:12]} " if baseline.sha and baseline.step in ("exact", "ancestor") else ""
    names = " ".join(shlex.quote(escape.line(name)) for name in (finding.service, finding.metric))
    return f"perfgate {analyzer} && perfgate check {against}--explain {names}"


# Waive


def can_be_waived(finding: Finding) -> bool:
    """A waiver lifts an absolute limit: there must be one, and a value to agree to."""
    return finding.value is not None and finding.limit is not None


def waiver(finding: Finding, units: System, today: dt.date) -> str:
    """The entry of waivers.yaml that would allow this value, with room for the reason."""
    lines = (
        "waivers:",
        f"  - service: {_yaml(finding.service)}",
        f"    metric: {_yaml(finding.metric)}",
        f"    allow: {ceiling(finding, units)}",
        '    reason: "why this is worth it, and when it goes away"',
        '    approved_by: "@who-agreed"',
        f"    expires: {today + dt.timedelta(days=WAIVER_DAYS)}",
    )
    return "\n".join(lines)


def otherwise(finding: Finding) -> str:
    """How to allow what no waiver can."""
    if finding.value is None:
        return "What is not measured cannot be waived; `missing: warn` in the budgets lets it pass with a warning."
    violation = decisive(finding)
    rule = "drift" if violation and violation.rule is Rule.DRIFT else "increase"
    return (
        f"To allow it, raise `{rule}` for this service in the budgets: there is no absolute limit that could be waived."
    )


def ceiling(finding: Finding, units: System) -> str:
    """A round amount that allows the value, and is no stricter than the limit: 858.3 KiB -> `860 KiB`."""
    value, limit = finding.value or 0, finding.limit or 0
    lenient = max(value, limit) if finding.better == "lower" else min(value, limit)
    suffix = _suffix(show(lenient, finding.unit, units))
    factor = parse(f"1 {suffix}".strip(), finding.unit, units)
    number = _round(lenient / factor, up=finding.better == "lower", whole=finding.unit is Unit.COUNT or suffix == "B")
    return f"{number}{'' if suffix in ('', '%') else ' '}{suffix}"


def _suffix(shown: str) -> str:
    found = re.search(r"[A-Za-z%]*$", shown)
    return found[0] if found else ""


def _round(number: float, *, up: bool, whole: bool) -> str:
    """To the next five of the third digit, away from what would refuse the value."""
    if not number:
        return "0"
    exponent = max(math.floor(math.log10(number)) - 2, 0 if whole else -6)
    step = (1 if whole and exponent == 0 else 5) * 10.0**exponent
    steps = math.ceil(number / step) if up else math.floor(number / step)
    return f"{steps * step:.{max(0, -exponent)}f}".rstrip("0").rstrip(".") if exponent < 0 else f"{steps * step:.0f}"


def _yaml(text: str) -> str:
    """A double-quoted scalar that is exactly `text` and shows every character of it."""
    return '"' + "".join(map(_yaml_character, text)) + '"'


def _yaml_character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"
