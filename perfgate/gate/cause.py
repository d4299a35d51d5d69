"""Why a value is what it is: the modules or files that grew, came or went, and the remarks that it counts."""

from collections.abc import Iterable, Iterator, Mapping

from perfgate.gate.verdict import Cause, Evidence
from perfgate.report.model import Bundle, MetricSpec, Remark, Report

MAX_CAUSES = 10
MAX_EVIDENCE = 10


def causes(now: Bundle | None, base: Bundle | None) -> tuple[Cause, ...]:
    """The parts whose bytes changed, largest change first.

    Without a base nothing has changed: then the largest parts, which are what a first limit is about.
    """
    if now is None:
        return ()
    if base is None:
        return tuple(_largest(now))
    both_have_modules = bool(now.modules and base.modules)
    found = list(_modules(now, base) if both_have_modules else _files(now, base))
    found.sort(key=lambda cause: (-abs(cause.change), cause.name))
    return tuple(found[:MAX_CAUSES])


def _largest(bundle: Bundle) -> Iterator[Cause]:
    if bundle.modules:
        for module in bundle.modules[:MAX_CAUSES]:
            yield Cause(
                kind="module", name=module.name, before=module.size, after=module.size, importer=module.importer
            )
    else:
        for file in sorted(bundle.files, key=lambda file: -file.size)[:MAX_CAUSES]:
            yield Cause(kind="file", name=file.label, before=file.size, after=file.size)


def _modules(now: Bundle, base: Bundle) -> Iterator[Cause]:
    before, after = ({module.name: module.size for module in bundle.modules} for bundle in (base, now))
    importers = {module.name: module.importer for module in (*base.modules, *now.modules)}
    for name, old, new in _changed(before, after):
        yield Cause(kind="module", name=name, before=old, after=new, importer=importers[name])


def _files(now: Bundle, base: Bundle) -> Iterator[Cause]:
    before, after = (_sum((file.label, file.size) for file in bundle.files) for bundle in (base, now))
    for name, old, new in _changed(before, after):
        yield Cause(kind="file", name=name, before=old, after=new)


def _sum(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Sizes by label; files that differ only in their hash share one."""
    sizes: dict[str, int] = {}
    for label, size in pairs:
        sizes[label] = sizes.get(label, 0) + size
    return sizes


def _changed(before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[tuple[str, int | None, int | None]]:
    for name in before.keys() | after.keys():
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)


def evidence(spec: MetricSpec, service: str, now: Report, base: Report | None) -> tuple[Evidence, ...]:
    """The remarks that a metric counts, what the baseline did not have first, then most bytes first."""
    known = {(remark.kind, remark.subject) for remark in _remarks(spec, service, base)} if base else set()
    found = [
        Evidence(**vars(remark), new=base is not None and (remark.kind, remark.subject) not in known)
        for remark in _remarks(spec, service, now)
    ]
    found.sort(key=lambda one: (not one.new, -(one.size or 0), one.subject, one.places))
    return tuple(found[:MAX_EVIDENCE])


def _remarks(spec: MetricSpec, service: str, report: Report) -> Iterator[Remark]:
    details = getattr(report.details, spec.id.partition(".")[0], None) or {}
    found = details.get(service)
    return (remark for remark in (found.remarks if found else ()) if remark.kind in spec.remarks and remark.certain)
