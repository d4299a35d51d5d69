"""What a bundle is made of, for a terminal of 100 columns: packages and own modules, how they get in, what changed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from perfgate.gate.verdict import Cause
from perfgate.javascript.parts import PACKAGES
from perfgate.render import words
from perfgate.render.escape import log, shorten
from perfgate.report.model import Bundle, Duplicate, Module
from perfgate.units import System, Unit, show, show_percent

MOST_PACKAGES = 15
MOST_MODULES = 10
MOST_WAYS = 5
MOST_FILES = 5
MOST_DUPLICATES = 8
_WIDTH = 100
_NAME_WIDTH = 36
_PLACE_WIDTH = _WIDTH - _NAME_WIDTH - 24
_ORIGINS = {
    "metafile": "bytes exact, from its metafile",
    "source map": "bytes exact, from its source map",
    "stats": "bytes estimated from stats of the bundler",
    "mixed": "bytes in part estimated from stats of the bundler",
}
_NOTHING = "nothing says what it is made of: let the bundler write a source map or a metafile beside it"


def why(service: str, bundle: Bundle, changes: Sequence[Cause], units: System) -> str:
    """Largest first with share and importer, the way in of the largest, duplicates, and what changed."""
    size = sum(file.size for file in bundle.files)
    head = f"{log(service)}: {show(size, Unit.BYTES, units)} in {len(bundle.files)} {words.plural('file', len(bundle.files))}"
    origin = f"; {_ORIGINS[bundle.origin]}" if bundle.origin else ""
    packages = [module for module in bundle.modules if module.name.startswith(PACKAGES)]
    own = [module for module in bundle.modules if not module.name.startswith(PACKAGES)]
    parts = (
        head + origin,
        _summary(bundle, packages, own, size, units),
        _table("package", packages, MOST_PACKAGES, size, units),
        _table("own module", own, MOST_MODULES, size, units),
        _section("how the largest get in", _ways(bundle.modules[:MOST_WAYS])),
        _section("largest files of packages", _files(packages, size, units)),
        _section("more than once in it", _duplicates(bundle.duplicates, units)),
        _section("changed since the baseline", _changes(changes, bundle.modules, units)),
        log(bundle.note) if bundle.note else "",
        "" if bundle.modules or bundle.note else _NOTHING,
    )
    return "\n\n".join(part for part in parts if part)


def _summary(bundle: Bundle, packages: Sequence[Module], own: Sequence[Module], size: int, units: System) -> str:
    """Packages, own code and what nobody claims, with their shares, which add up to the whole."""
    if not bundle.modules:
        return ""
    sums = (
        ("packages", sum(module.size for module in packages)),
        ("own modules", sum(module.size for module in own)),
        ("unmapped", bundle.unmapped or 0),
    )
    return "   ".join(
        f"{name} {show(part, Unit.BYTES, units)} ({show_percent(part / size * 100)})" for name, part in sums if part
    )


def _table(title: str, modules: Sequence[Module], most: int, size: int, units: System) -> str:
    if not modules:
        return ""
    from tabulate import tabulate

    rows = [
        (*_amount(module.size, size, units), _name(module.name, _NAME_WIDTH), _place(module.importer, _PLACE_WIDTH))
        for module in modules[:most]
    ]
    rest = modules[most:]
    if rest:
        rows.append((*_amount(sum(module.size for module in rest), size, units), f"({len(rest):,} more)", ""))
    aligned = ("right", "right", "left", "left")
    header = ("size", "share", title, "imported by")
    return tabulate(rows, header, tablefmt="simple", colalign=aligned, disable_numparse=True)


def _amount(part: int, size: int, units: System) -> tuple[str, str]:
    return show(part, Unit.BYTES, units), show_percent(part / size * 100)


def _name(name: str, width: int = _WIDTH) -> str:
    """A package without the folder it is in, anything else as it is."""
    return log(shorten(name.removeprefix(PACKAGES), width))


def _place(place: str | None, width: int = _WIDTH) -> str:
    return _name(place, width) if place else ""


def _section(title: str, lines: Iterator[str]) -> str:
    found = [f"  {line}" for line in lines]
    return "\n".join([title, *found]) if found else ""


def _ways(modules: Sequence[Module]) -> Iterator[str]:
    """The importers of each, up to the entry point, on as many lines as they need."""
    for module in modules:
        if module.importer:
            yield from _way(_name(module.name, _NAME_WIDTH), [module.importer, *module.chain])


def _way(name: str, importers: Sequence[str]) -> Iterator[str]:
    line = name
    for importer in importers:
        step = f" ← {_place(importer, _WIDTH - 10)}"
        if len(line) + len(step) > _WIDTH - 2:
            yield line
            line = "   "
        line += step
    yield line


def _files(packages: Sequence[Module], size: int, units: System) -> Iterator[str]:
    found = [(file.size, f"{package.name}/{file.path}") for package in packages for file in package.files]
    for part, name in sorted(found, key=lambda entry: (-entry[0], entry[1]))[:MOST_FILES]:
        amount, share = _amount(part, size, units)
        yield f"{_name(name, _WIDTH - 24)} {amount} ({share})"


def _duplicates(duplicates: Sequence[Duplicate], units: System) -> Iterator[str]:
    for duplicate in duplicates[:MOST_DUPLICATES]:
        copies = ", ".join(
            f"{log(shorten(copy.version or 'of unknown version', 30))} {show(copy.size, Unit.BYTES, units)}"
            for copy in duplicate.copies
        )
        spare = sum(copy.size for copy in duplicate.copies[1:])
        yield f"{_name(duplicate.package, _NAME_WIDTH)}: {copies}; one would save {show(spare, Unit.BYTES, units)}"
    if len(duplicates) > MOST_DUPLICATES:
        yield f"and {len(duplicates) - MOST_DUPLICATES:,} more packages"


def _changes(changes: Sequence[Cause], modules: Sequence[Module], units: System) -> Iterator[str]:
    """What grew, came or went, and the way in of what is new."""
    chains = {module.name: module.chain for module in modules}
    for change in changes:
        text = words.cause(replace(change, importer=None), units, lambda name: _name(name, _NAME_WIDTH * 2))
        is_new = change.importer and change.before is None
        yield from _way(text, [change.importer or "", *chains.get(change.name, ())] if is_new else [])
