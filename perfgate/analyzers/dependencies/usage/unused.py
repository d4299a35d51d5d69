"""Dependencies that nothing uses."""

from collections.abc import Iterator

from perfgate.analyzers.dependencies.usage.place import Place, declared_at, remark
from perfgate.analyzers.dependencies.usage.verdict import typed_package
from perfgate.report.model import Remark
from perfgate.workspace.manifest import Declaration, is_package_name
from perfgate.workspace.packages import Package


def unused(place: Place) -> Iterator[Remark]:
    """Dependencies that nothing uses. Peers are promises to others and are left alone."""
    manifest = place.package.manifest
    entries = manifest.in_section("dependencies", "devDependencies", "optionalDependencies")
    peers = manifest.in_section("peerDependencies")
    for name, entry in sorted(entries.items()):
        if name in place.verdict.kept or name in peers or not is_package_name(name):
            continue
        if name == manifest.name:
            continue
        yield _unused(place, name, entry)


def _unused(place: Place, name: str, entry: Declaration) -> Remark:
    hint = place.verdict.hints.get(name)
    certain = hint is None
    if name in place.verdict.redundant:
        text = f"not needed: `{typed_package(name)}` ships its own types"
    elif hint:
        text = f"imported nowhere {place.searched}, but {hint}"
    else:
        text = f"neither imported nor named {place.searched}"
    if entry.section == "optionalDependencies" or _is_bundled(place.package, name):
        certain, text = False, f"{text}; it is declared as an optional or bundled dependency"
    if place.usage.unread:
        certain, text = False, f"{text}; {place.usage.unread[0]}"
    advice = _advice(place, name, hint, certain=certain)
    places = [declared_at(place, entry)]
    if name in place.verdict.hint_places:
        places.append(place.verdict.hint_places[name])
    return remark("unused", name, text, advice, dict.fromkeys(places), certain=certain)


def _advice(place: Place, name: str, hint: str | None, *, certain: bool) -> str:
    """What to do: a sentence with the command."""
    command = f"`{place.packages.removal(place.package, [name])}`"
    where = f"`{place.package.manifest.path}`"
    if hint and "without declaring" in hint:
        return f"Move `{name}` from {where} to the package that imports it: {command}."
    condition = "" if certain else " if nothing loads it"
    return f"Remove `{name}` from {where}{condition}: {command}."


def _is_bundled(package: Package, name: str) -> bool:
    bundled = [package.manifest.data.get(key) for key in ("bundledDependencies", "bundleDependencies")]
    return any(isinstance(names, list) and name in names for names in bundled)
