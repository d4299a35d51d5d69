"""Why a bundle changed: the modules, or else the files, that grew, came or went."""

from collections.abc import Iterable, Iterator, Mapping

from perfgate.gate.verdict import Cause
from perfgate.report.model import Bundle

MAX_CAUSES = 10


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
