"""A few words for writing facts in tests: reports, budgets, and the gate over both."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from perfgate.analyzers import METRICS
from perfgate.config.budgets import parse_files
from perfgate.config.limits import Budgets
from perfgate.gate.check import Compared, check
from perfgate.gate.verdict import Baseline, Finding, Verdict
from perfgate.report.model import (
    FORMAT_VERSION,
    Bundle,
    Details,
    Encoders,
    Environment,
    Metric,
    Module,
    NotMeasured,
    Report,
    Tool,
)
from perfgate.units import System, Unit, parse

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
SHA = "a" * 40


def a_report(text: str = "", *, zlib: str = "zlib 1.3.1", **head: Any) -> Report:
    """`"auth bundle.size=510KB; web bundle.size missing: no file; api bundle.gzip failed: cannot be read"`."""
    metrics, missing = [], []
    for fact in filter(None, (part.strip() for part in text.split(";"))):
        service, what = fact.split(" ", 1)
        if "=" in what:
            id_, _, amount = what.partition("=")
            unit = METRICS[id_].unit
            value = int(amount) if unit is Unit.BYTES and amount.isdigit() else parse(amount, unit)
            metrics.append(Metric(service=service, id=id_, value=value, unit=unit))
        else:
            id_, state, reason = what.split(" ", 2)
            missing.append(NotMeasured(service=service, id=id_, reason=reason, failed=state == "failed:"))
    empty = Report(
        format_version=FORMAT_VERSION,
        timestamp="2026-11-24T12:00:00Z",
        tool=Tool(version="0.1.0"),
        commit=SHA,
        environment=Environment(
            os="linux", arch="x86_64", python="3.12.0", encoders=Encoders(zlib=zlib, brotli="brotli 1.2.0")
        ),
        metrics=tuple(metrics),
        not_measured=tuple(missing),
    )
    return replace(empty, **head)


def with_modules(report: Report, service: str, modules: Mapping[str, int], importer: str | None = None) -> Report:
    """The report with what a bundle is made of."""
    parts = tuple(Module(name=name, size=size, importer=importer) for name, size in modules.items())
    return replace(report, details=Details(bundle={service: Bundle(modules=parts)}))


def budgets(text: str, **files: str) -> Budgets:
    """The budgets of one root file, and of others by name."""
    contents = {"budgets/perfgate.yaml": text.encode()} | {f"budgets/{n}.yaml": t.encode() for n, t in files.items()}
    return parse_files(contents, METRICS)


def gate(report: Report, rules: Budgets, base: Report | None = None, *, oldest: Report | None = None) -> Verdict:
    """The verdict at NOW; `base` is the exact baseline, `oldest` the oldest report of 30 days."""
    baseline = Baseline(step="exact", sha="b" * 40, age_days=1) if base else Baseline(step="none")
    compared = Compared(baseline, base, {30: oldest} if oldest else None)
    return check(report, rules, METRICS, compared, now=NOW)


def finding(verdict: Verdict, service: str = "auth", metric: str = "bundle.size") -> Finding:
    return next(found for found in verdict.findings if (found.service, found.metric) == (service, metric))


KIB = int(parse("1 KB", Unit.BYTES, System.IEC))
