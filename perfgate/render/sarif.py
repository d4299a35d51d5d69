"""The verdict as SARIF 2.1.0, which code scanning shows on the lines that decided."""

import hashlib
import json
import re
from typing import Any

from perfgate.gate.verdict import Finding, Level, Rule, Verdict, Violation
from perfgate.render import words

_RULES = {
    Rule.LIMIT: "a metric is over its budget",
    Rule.INCREASE: "a metric got worse than the baseline by more than is allowed",
    Rule.DRIFT: "a metric got worse over the window by more than is allowed",
    Rule.MISSING: "a metric that has a budget was not measured",
    Rule.WAIVER: "a waiver ends soon, or has ended",
}
_LEVELS = {Level.FAIL: "error", Level.WARN: "warning", Level.OK: "note"}
_PLACE = re.compile(r"(?P<file>[^:]+\.ya?ml):(?P<line>\d+)(?::(?P<column>\d+))?")


_ANYWHERE = re.compile(r"(?P<file>[^:\s]+)(?::(?P<line>[1-9]\d*))?")


def sarif(verdict: Verdict) -> str:
    """A result for each broken rule."""
    results = [_result(finding, violation) for finding in verdict.findings for violation in finding.violations]
    rules = [{"id": str(rule), "shortDescription": {"text": text}} for rule, text in _RULES.items()]
    driver = {
        "name": "perfgate",
        "version": verdict.tool.version,
        "informationUri": "https://github.com/perfgate/perfgate",
        "rules": rules,
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(finding: Finding, violation: Violation) -> dict[str, Any]:
    # The same finding keeps its identity when its numbers or the lines around its budget change.
    identity = f"{finding.service}\0{finding.metric}\0{violation.rule}"
    result: dict[str, Any] = {
        "ruleId": str(violation.rule),
        "ruleIndex": list(_RULES).index(violation.rule),
        "level": _LEVELS[violation.level],
        "message": {"text": f"{words.subject(finding)}: {violation.text}"},
        "partialFingerprints": {"finding/v1": hashlib.sha256(identity.encode()).hexdigest()},
    }
    place = _PLACE.fullmatch(violation.source)
    if place:
        region = {"startLine": int(place["line"]), **({"startColumn": int(place["column"])} if place["column"] else {})}
        location = {"artifactLocation": {"uri": place["file"]}, "region": region}
        result["locations"] = [{"physicalLocation": location}]
    related = [_related(one.places[0], f"{one.subject}: {one.text}") for one in finding.evidence if one.places]
    if found := [location for location in related if location]:
        result["relatedLocations"] = found
    return result


def _related(place: str, text: str) -> dict[str, Any] | None:
    found = _ANYWHERE.fullmatch(place)
    if found is None:
        return None
    region = {"region": {"startLine": int(found["line"])}} if found["line"] else {}
    return {"physicalLocation": {"artifactLocation": {"uri": found["file"]}, **region}, "message": {"text": text}}
