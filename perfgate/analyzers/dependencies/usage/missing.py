"""Packages that are imported and not declared."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from perfgate.analyzers.dependencies.usage.collecting import Use
from perfgate.analyzers.dependencies.usage.known_packages import PROVIDED
from perfgate.analyzers.dependencies.usage.known_types import TYPE_ONLY
from perfgate.analyzers.dependencies.usage.place import Place, files_of, remark
from perfgate.analyzers.dependencies.usage.roles import DEVELOPMENT
from perfgate.report.model import Remark

# Names of folders that a bundler may be told to look in.
_GENERIC: Final = frozenset(
    "test tests src app config components utils util helpers lib libs assets styles pages store types shared common server"
    " client models services hooks api modules routes views core features constants images public static i18n locales".split()
)


def missing(place: Place) -> Iterator[Remark]:
    """Packages that are imported and not declared."""
    for name, uses in sorted(place.usage.uses.items()):
        real = [use for use in uses if not use.inside and use.role != "fixture" and _names_a_package(use, name)]
        if real and not _is_accounted_for(place, name, real):
            yield _missing(place, name, real)


def _names_a_package(use: Use, name: str) -> bool:
    """A style sheet without a scope may be a neighbour, and the `types` of a tsconfig a folder of `typeRoots`."""
    if use.kind == "types" and use.path.endswith(".json"):
        return False
    return use.kind != "asset" or name.startswith("@")


def _is_accounted_for(place: Place, name: str, uses: list[Use]) -> bool:
    declared = place.package.manifest.declared
    usages = [place.usage, *([place.root] if place.root else [])]
    meta = place.package.manifest.data.get("peerDependenciesMeta")
    if name in declared or name in place.ambient or (isinstance(meta, dict) and name in meta):
        return True
    everywhere = declared.union(*(usage.package.manifest.declared for usage in usages))
    typed = f"@types/{_types_name(name)}" in everywhere
    if typed and (name in TYPE_ONLY or all(use.role == "types" for use in uses)):
        return True
    if any(_matches(name, names) for owner, names in PROVIDED.items() if owner in everywhere):
        return True
    return place.root is not None and name in place.root.package.manifest.declared and not declared


def _types_name(name: str) -> str:
    return name.removeprefix("@").replace("/", "__") if name.startswith("@") else name


def _matches(name: str, globs: str) -> bool:
    return any(fnmatchcase(name, glob.removesuffix("/*") if glob.count("/") > 1 else glob) for glob in globs.split())


def _missing(place: Place, name: str, uses: list[Use]) -> Remark:
    shipped = [use for use in uses if use.role not in DEVELOPMENT]
    telling = [
        use for use in uses if use.kind in ("import", "export", "require", "dynamic", "type", "type-export", "asset")
    ]
    firm = [use for use in telling if _is_firm(use) and name not in _GENERIC]
    at_root = place.root is not None and name in place.root.package.manifest.declared
    certain = bool(firm)
    text = f"imported in {files_of(uses)} and not declared in `{place.package.manifest.path}`"
    if at_root:
        # One version of everything at the root is how many repositories work; only what is published breaks by it.
        certain = certain and bool(shipped) and not place.package.manifest.private and not _all_types(shipped)
        text = f"imported in {files_of(uses)} and declared only at the root of the workspace"
    elif not firm:
        text += f"; {_doubt(telling)}"
    development = not shipped or all(use.only_types for use in uses)
    command = place.packages.addition(place.package, [name], development=development)
    condition = "" if certain else " if it is needed there"
    advice = f"Declare `{name}` in `{place.package.manifest.path}`{condition}: `{command}`."
    places = dict.fromkeys(use.place for use in sorted(uses, key=lambda use: (use.path, use.line)))
    return remark("missing", name, text, advice, places, certain=certain)


def _doubt(uses: list[Use]) -> str:
    """Why it is not certain that these imports need the package."""
    if not uses:
        return "no statement imports it, only comments, mocks or types do"
    if all(use.optional for use in uses):
        return "it is only loaded under a condition"
    if all(use.on_one_platform for use in uses):
        return "only files for one platform import it"
    if all(use.role == "types" for use in uses):
        return "only declarations of types import it"
    if all(use.role == "example" for use in uses):
        return "only examples import it"
    return "its name may be that of a folder here"


def _is_firm(use: Use) -> bool:
    """Whether the import is needed wherever the package runs."""
    if use.optional or use.role == "example" or use.path.endswith((".d.ts", ".d.mts", ".d.cts")):
        return False
    return not use.on_one_platform


def _all_types(uses: list[Use]) -> bool:
    return all(use.only_types for use in uses)
