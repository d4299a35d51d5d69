"""The verdict as JUnit XML, which most systems that show tests can read."""

import re
from xml.etree import ElementTree as ET

from perfgate.gate.verdict import Finding, Level, Verdict
from perfgate.render import words
from perfgate.render.words import Kind

# What XML 1.0 cannot hold.
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(verdict: Verdict) -> str:
    """A test case for each metric of each service: failed, skipped where nothing was measured, or passed."""
    findings = sorted(verdict.findings, key=lambda finding: (finding.service, finding.metric))
    kinds = [words.kind(finding) for finding in findings]
    counts = {"tests": len(findings), "failures": kinds.count(Kind.FAILING), "skipped": kinds.count(Kind.UNMEASURED)}
    attributes = {"name": "perfgate", "errors": "0", **{name: str(count) for name, count in counts.items()}}
    root = ET.Element("testsuites", attributes)
    suite = ET.SubElement(root, "testsuite", {**attributes, "timestamp": verdict.timestamp.rstrip("Z")})
    for finding in findings:
        _case(suite, finding, verdict)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(suite: ET.Element, finding: Finding, verdict: Verdict) -> None:
    names = {"classname": _clean(finding.service), "name": _clean(finding.metric)}
    case = ET.SubElement(suite, "testcase", {**names, "time": "0"})
    row = words.row(finding, verdict.units)
    if finding.level is Level.FAIL:
        texts = [violation.text for violation in finding.violations]
        failure = ET.SubElement(case, "failure", {"type": row.status, "message": _clean("; ".join(texts))})
        lines = [f"{violation.source}: {violation.text}" for violation in finding.violations]
        lines += [words.evidence(one, verdict.units, str, str) for one in finding.evidence]
        failure.text = _clean("\n".join(lines))
    elif finding.value is None:
        ET.SubElement(case, "skipped", {"message": _clean(finding.reason or Kind.UNMEASURED)})
    ET.SubElement(case, "system-out").text = _clean(
        f"now {row.now}, change {row.change}, budget {row.budget}, used {row.used}"
    )


def _clean(text: str) -> str:
    return _UNSPEAKABLE.sub("\ufffd", text)
