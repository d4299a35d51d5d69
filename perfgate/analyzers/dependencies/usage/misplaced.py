"""Dependencies in the wrong one of dependencies and devDependencies."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

from perfgate.analyzers.dependencies.usage.collecting import Use
from perfgate.analyzers.dependencies.usage.commands import conventional, words
from perfgate.analyzers.dependencies.usage.place import Place, declared_at, files_of, remark
from perfgate.analyzers.dependencies.usage.roles import DEVELOPMENT, Role
from perfgate.report.model import Remark
from perfgate.workspace.manifest import Declaration, is_package_name
from perfgate.workspace.packages import Package
from perfgate.workspace.sources import entry_points

_BUNDLERS: Final = frozenset(
    "rollup tsup vite esbuild webpack parcel parcel-bundler microbundle unbuild @vercel/ncc ncc tsdown @rslib/core father bunchee"
    " pkgroll @rspack/core @rspack/cli @rsbuild/core browserify ng-packagr @sveltejs/package next nuxt @sveltejs/kit astro gatsby"
    " react-scripts @vue/cli-service @angular/cli electron-vite rolldown @remix-run/dev vitepress @docusaurus/core snowpack"
    " poi bili nwb tsdx dts-cli wmr wrangler expo react-native @storybook/react ember-cli kcd-scripts preconstruct @preconstruct/cli"
    " @11ty/eleventy bun bun-types @types/bun umi dumi quasar @quasar/app-vite electron-builder electron-forge @electron-forge/cli"
    " metro metro-config stencil @stencil/core wxt plasmo @crxjs/vite-plugin vike hexo gulp grunt".split()
)
_RUNTIME_SCRIPTS: Final = frozenset({"start", "serve", "install", "postinstall", "preinstall", "start:prod"})
_INTERPRETERS: Final = frozenset("node tsx ts-node babel-node bun zx".split())
_SHIPPED_FOLDERS: Final = frozenset("src lib app source server bin api".split())
# Compilers by trade: what is left of them in a bundle is a runtime that they put there.
_COMPILED: Final = frozenset({"svelte", "@sveltejs/kit", "astro"})


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
    text = f"imported by shipped code in {files_of(uses)}, but an installation without `devDependencies` lacks it"
    if not certain:
        text += "; that is right where a bundler packs it in"
    condition = "" if certain else " if no bundler packs it in"
    advice = _moving(place, name, condition, development=False)
    places = [declared_at(place, entry), *dict.fromkeys(use.place for use in uses)]
    yield remark("misplaced", name, text, advice, places, certain=certain)


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
    text = f"used only by {_users(roles)}, in {files_of(uses)}, yet an installation for production gets it"
    advice = _moving(place, name, "" if certain else " if nothing that is shipped needs it", development=True)
    places = [declared_at(place, entry), *dict.fromkeys(use.place for use in uses)]
    yield remark("misplaced", name, text, advice, places, certain=certain)


def _moving(place: Place, name: str, condition: str, *, development: bool) -> str:
    section = "devDependencies" if development else "dependencies"
    command = place.packages.move(place.package, name, development=development)
    return f"Move `{name}` to `{section}` of `{place.package.manifest.path}`{condition}: `{command}`."


def _users(roles: set[Role]) -> str:
    """What uses a dependency, in words."""
    words = {"test": "tests", "story": "stories", "config": "configuration", "script": "scripts"}
    found = [text for role, text in words.items() if role in roles] or ["examples"]
    return " and ".join(filter(None, (", ".join(found[:-1]), found[-1])))


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
    running = {
        path.removeprefix("./"): name
        for name, text in package.manifest.scripts.items()
        for runner, path in pairwise(words(text))
        if runner in _INTERPRETERS
    }

    def is_shipped(path: str) -> bool:
        folders = path[skip:].split("/")[:-1]
        # What only a script of the package runs, such as `node build.mjs`, stays at home.
        if path not in entries and running.get(path[skip:], "start") not in _RUNTIME_SCRIPTS:
            return False
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
