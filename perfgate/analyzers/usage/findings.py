"""Turns verdicts into remarks: unused, missing and misplaced dependencies, each with its evidence and the command to run."""

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final

from perfgate.analyzers.usage.collecting import Usage, Use
from perfgate.analyzers.usage.commands import conventional, words
from perfgate.analyzers.usage.keeping import Verdict, typed_package
from perfgate.analyzers.usage.known_packages import PROVIDED
from perfgate.analyzers.usage.known_types import TYPE_ONLY
from perfgate.analyzers.usage.roles import DEVELOPMENT
from perfgate.report.model import Remark
from perfgate.workspace.manifest import Declaration, is_package_name
from perfgate.workspace.packages import Package, Packages
from perfgate.workspace.sources import entry_points

MAX_PLACES: Final = 10
_MAX_TEXT: Final = 1000
# Names of folders that a bundler may be told to look in.
_GENERIC: Final = frozenset(
    "test tests src app config components utils util helpers lib libs assets styles pages store types shared common server"
    " client models services hooks api modules routes views core features constants images public static i18n locales".split()
)
# Compilers by trade: what is left of them in a bundle is a runtime that they put there.
_COMPILED: Final = frozenset({"svelte", "@sveltejs/kit", "astro"})
_BUNDLERS: Final = frozenset(
    "rollup tsup vite esbuild webpack parcel parcel-bundler microbundle unbuild @vercel/ncc ncc tsdown @rslib/core father bunchee"
    " pkgroll @rspack/core @rspack/cli @rsbuild/core browserify ng-packagr @sveltejs/package next nuxt @sveltejs/kit astro gatsby"
    " react-scripts @vue/cli-service @angular/cli electron-vite rolldown @remix-run/dev vitepress @docusaurus/core snowpack"
    " poi bili nwb tsdx dts-cli wmr wrangler expo react-native @storybook/react ember-cli kcd-scripts preconstruct @preconstruct/cli"
    " @11ty/eleventy bun bun-types @types/bun umi dumi quasar @quasar/app-vite electron-builder electron-forge @electron-forge/cli"
    " metro metro-config stencil @stencil/core wxt plasmo @crxjs/vite-plugin vike hexo gulp grunt".split()
)
_RUNTIME_SCRIPTS: Final = frozenset({"start", "serve", "install", "postinstall", "preinstall", "start:prod"})
_SHIPPED_FOLDERS: Final = frozenset("src lib app source server bin api".split())


class Place:
    """Where findings are made: a verdict, all packages, and what the root declares."""

    def __init__(self, verdict: Verdict, packages: Packages, verdicts: dict[str, Verdict]) -> None:
        self.verdict = verdict
        self.usage: Usage = verdict.usage
        self.package: Package = verdict.usage.package
        self.packages = packages
        root = verdicts.get("")
        self.root = root.usage if root and root is not verdict else None
        self.ambient = frozenset(name for other in verdicts.values() for name in other.usage.ambient)
        self.members = [other.usage for folder, other in verdicts.items() if folder and not self.package.folder]

    @property
    def searched(self) -> str:
        """How many files were searched, as the begin of a sentence."""
        count = self.usage.searched + sum(member.searched for member in self.members)
        where = self.package.folder or ("the repository" if len(self.packages.all) > 1 else "the package")
        return f"{count:,} file{'s' if count != 1 else ''} of {where} searched"


def findings(place: Place) -> list[Remark]:
    """The remarks about one package, in the order of their kinds and subjects."""
    found = [*unused(place), *missing(place), *misplaced(place)]
    return sorted(found, key=lambda remark: (not remark.certain, remark.kind, remark.subject))


def _remark(kind: str, name: str, text: str, advice: str, places: Iterable[str], *, certain: bool) -> Remark:
    return Remark(
        kind=kind,
        subject=name,
        text=text[:_MAX_TEXT],
        advice=advice[:_MAX_TEXT],
        places=tuple(place[:_MAX_TEXT] for place in list(places)[:MAX_PLACES]),
        certain=certain,
    )


def _declared_at(place: Place, entry: Declaration) -> str:
    path = place.package.manifest.path
    return f"{path}:{entry.line}" if entry.line else path


# Unused


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
        text = f"{typed_package(name)} ships its own types, so nothing reads {name}"
    elif hint:
        text = f"{place.searched}; nothing else imports it, but {hint}"
    else:
        text = f"{place.searched}; nothing imports or names it"
    if entry.section == "optionalDependencies" or _is_bundled(place.package, name):
        certain, text = False, f"{text}; it is declared as an optional or bundled dependency"
    if place.usage.unread:
        certain, text = False, f"{text}; {place.usage.unread[0]}"
    advice = f"Remove it: {place.packages.removal(place.package, [name])}"
    if hint and "without declaring" in hint:
        advice = f"Move it to the package that imports it: {place.packages.removal(place.package, [name])}"
    places = [_declared_at(place, entry)]
    if name in place.verdict.hint_places:
        places.append(place.verdict.hint_places[name])
    return _remark("unused", name, text, advice, dict.fromkeys(places), certain=certain)


def _is_bundled(package: Package, name: str) -> bool:
    bundled = [package.manifest.data.get(key) for key in ("bundledDependencies", "bundleDependencies")]
    return any(isinstance(names, list) and name in names for names in bundled)


# Missing


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
    text = f"imported in {_count(uses)}, and declared nowhere in {place.package.manifest.path}"
    if at_root:
        # One version of everything at the root is how many repositories work; only what is published breaks by it.
        certain = certain and bool(shipped) and not place.package.manifest.private and not _all_types(shipped)
        text = f"imported in {_count(uses)}, and declared only at the root of the workspace"
    elif not firm:
        text += f"; {_doubt(telling)}"
    development = not shipped or all(use.only_types for use in uses)
    advice = f"Declare it: {place.packages.addition(place.package, [name], development=development)}"
    places = dict.fromkeys(use.place for use in sorted(uses, key=lambda use: (use.path, use.line)))
    return _remark("missing", name, text, advice, places, certain=certain)


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


def _count(uses: list[Use]) -> str:
    files = len({use.path for use in uses})
    return f"{files:,} file{'s' if files != 1 else ''}"


# Misplaced


def misplaced(place: Place) -> Iterator[Remark]:
    """Dependencies in the wrong one of the two sections."""
    manifest = place.package.manifest
    production = manifest.in_section("dependencies", "peerDependencies", "optionalDependencies")
    for name, entry in sorted(manifest.in_section("devDependencies").items()):
        if name not in production and is_package_name(name) and not name.startswith("@types/"):
            yield from _needed_in_production(place, name, entry)
    development = manifest.in_section("peerDependencies", "optionalDependencies")
    for name, entry in sorted(manifest.in_section("dependencies").items()):
        if name not in development and is_package_name(name) and name in place.verdict.kept:
            yield from _needed_in_development(place, name, entry)


def _needed_in_production(place: Place, name: str, entry: Declaration) -> Iterator[Remark]:
    is_shipped = _shipping(place.package)
    uses = [
        use
        for use in place.usage.uses.get(name, ())
        if use.role == "source" and use.kind in ("import", "export", "require", "dynamic") and is_shipped(use.path)
    ]
    if not uses or name in _COMPILED:
        return
    firm = any(use.kind in ("import", "export") or (use.kind == "require" and not use.optional) for use in uses)
    certain = firm and (_keeps_sections(place) if place.package.manifest.private else not _is_bundling(place))
    text = f"shipped code imports it in {_count(uses)}, but installing without devDependencies leaves it out"
    if not certain:
        text += "; that is right where a bundler packs it in"
    advice = f"Move it to dependencies: {place.packages.addition(place.package, [name])}"
    places = [_declared_at(place, entry), *dict.fromkeys(use.place for use in uses)]
    yield _remark("misplaced", name, text, advice, places, certain=certain)


def _needed_in_development(place: Place, name: str, entry: Declaration) -> Iterator[Remark]:
    uses = place.usage.uses.get(name, [])
    is_published = _publishing(place.package)
    if not uses or any(use.role not in DEVELOPMENT or is_published(use) for use in uses) or name.startswith("@types/"):
        return
    if name in place.verdict.implied:
        return
    if _runs(place.package, name) or all(use.role in ("example", "fixture") for use in uses):
        return
    roles = {use.role for use in uses}
    certain = roles <= {"test"} or (not place.package.manifest.private and roles <= {"test", "config", "story"})
    certain = certain and bool(place.package.manifest.in_section("devDependencies"))
    text = f"only tests, configuration and scripts use it, in {_count(uses)}, yet a production install gets it"
    advice = f"Move it to devDependencies: {place.packages.addition(place.package, [name], development=True)}"
    places = [_declared_at(place, entry), *dict.fromkeys(use.place for use in uses)]
    yield _remark("misplaced", name, text, advice, places, certain=certain)


def _publishing(package: Package) -> Callable[[Use], bool]:
    """A test whether a use stands in a file that is published, as `files` of the manifest says; tests never count."""
    listed = package.manifest.data.get("files")
    files = [text.strip("./*") for text in listed if isinstance(text, str)] if isinstance(listed, list) else None
    skip = len(package.folder) + 1 if package.folder else 0

    def is_published(use: Use) -> bool:
        inner = use.path[skip:]
        if package.manifest.private or use.role in ("test", "example", "fixture"):
            return False
        if files is None:
            return "/" in inner
        return any(inner == file or inner.startswith(f"{file}/") for file in files)

    return is_published


def _runs(package: Package, name: str) -> bool:
    """Whether a script that runs after installing names the package."""
    scripts = package.manifest.scripts
    commands = {name, *conventional(name)}
    return any(not commands.isdisjoint(words(text)) for script, text in scripts.items() if script in _RUNTIME_SCRIPTS)


def _shipping(package: Package) -> Callable[[str], bool]:
    """A test whether a source of the package is shipped: it stands where the code is, or is an entry point."""
    entries = {package.path(target.removeprefix("./")) for target in entry_points(package.manifest)}
    skip = len(package.folder) + 1 if package.folder else 0

    def is_shipped(path: str) -> bool:
        folders = path[skip:].split("/")[:-1]
        return package.manifest.private or path in entries or not _SHIPPED_FOLDERS.isdisjoint(folders)

    return is_shipped


def _is_bundling(place: Place) -> bool:
    """Whether the package is built by something that packs its imports in."""
    called = {word for text in place.package.manifest.scripts.values() for word in words(text)}
    declared = place.package.manifest.declared | (place.root.package.manifest.declared if place.root else frozenset())
    return not _BUNDLERS.isdisjoint(declared) or not _BUNDLERS.isdisjoint(called)


def _keeps_sections(place: Place) -> bool:
    """Whether an application tells its sections apart: most of what its code imports is in dependencies.

    Where everything is packed by a bundler, some declare all of it as devDependencies.
    """
    manifest = place.package.manifest
    development = manifest.in_section("devDependencies")
    wrong = [
        name
        for name, uses in place.usage.uses.items()
        if name in development and any(use.role == "source" and not use.only_types for use in uses)
    ]
    return len(place.verdict.kept & manifest.in_section("dependencies").keys()) >= max(1, len(wrong))
