"""The files of each package that people wrote: no installed packages, no build output, nothing that git ignores."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perfgate.workspace import ignoring
from perfgate.workspace.ignoring import Rule
from perfgate.workspace.manifest import FILE, Manifest, read

# Never entered, wherever they stand. Our own reports name packages that nothing else may name.
SKIPPED = frozenset(
    "node_modules bower_components jspm_packages __snapshots__ storybook-static .git .hg .svn .nyc_output .next .nuxt"
    " .output .svelte-kit .turbo .cache .parcel-cache .rpt2_cache .angular .vercel .netlify .docusaurus .vite .yarn"
    " .pnpm-store .expo .gradle .wrangler .serverless .nx .idea .pnp Pods performance-reports performance-baselines".split()
)
# Build output where they stand at the top of a package.
_OUTPUT = frozenset("dist out coverage".split())
# Build output where an entry point of the package leads into them, and there are other sources.
_LIKELY_OUTPUT = frozenset("build lib libs es esm cjs umd types typings bundles module commonjs node browser".split())
_SOURCES = frozenset({"src", "source", "sources", "ts"})
# The hash that a bundler puts into the names of what it makes.
_HASHED = re.compile(r".*[.-](?=[0-9a-f]*\d)[0-9a-f]{8,64}\.(?:m?js|css)")

_CODE = frozenset(".js .jsx .mjs .cjs .ts .tsx .mts .cts".split())
_EMBEDDING = frozenset(".vue .svelte .astro .mdx .html .htm".split())
_STYLES = frozenset(".css .scss .sass .less .styl .pcss .postcss".split())
_TEXTS = frozenset(
    ".json .jsonc .json5 .yaml .yml .toml .sh .bash .zsh .fish .ps1 .cmd .bat .env .ejs .hbs .pug .njk .liquid .graphql"
    " .gql .gyp .gypi .flow .prisma .mk .gradle .podspec .rb .py .php .xml .conf .ini .properties .coffee .tf .nix .cfg".split()
)
_TEXT_NAMES = re.compile(
    r"(?:GNU)?[Mm]akefile.*|Dockerfile.*|.*\.[Dd]ockerfile|Containerfile|Procfile.*|Jenkinsfile.*|[Jj]ustfile|Podfile"
    r"|\.[\w-]+rc|\.env\..*|\.browserslistrc|CNAME|\.?[\w-]*config|commit-msg|pre-commit|pre-push|post-[\w-]+|prepare-[\w-]+"
)
_TSCONFIG = re.compile(r"(?:ts|js)config[\w.-]*\.json")
MAX_BYTES = 2_000_000


@dataclass(slots=True)
class Sources:
    """The files of one package, as paths from the root of the repository.

    `output` are files of build output; `foreign` those below a package.json that is no package of the workspace, such as
    fixtures and templates; `unreadable` says in a sentence what could not be searched.
    """

    files: list[str] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def suffix(path: str) -> str:
    """The extension of a file, in lower case."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def is_code(path: str) -> bool:
    return suffix(path) in _CODE


def is_style(path: str) -> bool:
    return suffix(path) in _STYLES


def is_embedding(path: str) -> bool:
    """Whether code stands in blocks of this file."""
    return suffix(path) in _EMBEDDING


def language(path: str) -> str | None:
    """The extension of a language that imports - scripts, styles, and what holds them - or `tsconfig`; else None."""
    kind = suffix(path)
    if kind in _CODE or kind in _EMBEDDING or kind in _STYLES:
        return kind
    if not kind and _is_command(path):
        return ".js"
    return "tsconfig" if kind == ".json" and _TSCONFIG.fullmatch(path.rpartition("/")[2]) else None


def _is_command(path: str) -> bool:
    """Whether a file without extension may be a command; most of these are scripts for Node."""
    name = path.rpartition("/")[2]
    return "." not in name and name.islower()


def is_searched(path: str, name: str) -> bool:
    kind = suffix(name)
    if not kind and _is_command(path):
        return True
    if kind in _CODE:
        return not name.endswith((".min.js", ".bundle.js", ".min.mjs", ".min.cjs")) and not _HASHED.fullmatch(name)
    return kind in _EMBEDDING or kind in _STYLES or kind in _TEXTS or bool(_TEXT_NAMES.fullmatch(name))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a walk stands: the folder, its package, what its files count as, and the .gitignore files above."""

    folder: str
    owner: str
    kind: str
    rules: tuple[tuple[str, Rule], ...]


def sources(root: Path, manifests: Mapping[str, Manifest]) -> dict[str, Sources]:
    """The files of each package folder ("" is the root), each file with the innermost package that holds it."""
    found = {folder: Sources() for folder in ("", *manifests)}
    pending = [_Place("", "", "files", ())]
    while pending:
        place = pending.pop()
        pending += _entered(root, place, manifests, found)
    for folder, own in found.items():
        # The root of a workspace has nothing but what was built of its members.
        if folder or not manifests.keys() - {""}:
            _use_output_if_there_is_nothing_else(own)
        prefix = f"{folder}/" if folder else ""
        for paths in (own.files, own.output, own.foreign):
            paths.sort(key=lambda path, prefix=prefix: path.removeprefix(prefix))  # type: ignore[misc]
    return found


def _entered(
    root: Path, place: _Place, manifests: Mapping[str, Manifest], found: dict[str, Sources]
) -> Iterator[_Place]:
    """Take the files of one folder, and give the folders below it."""
    own = found[place.owner]
    try:
        with os.scandir(root / place.folder) as listing:
            entries = list(listing)
    except OSError as error:
        own.unreadable.append(f"{place.folder or '.'} cannot be read: {error.strerror}"[:1000])
        return
    names = {entry.name for entry in entries}
    rules = place.rules
    if ".gitignore" in names and (rule := ignoring.rule(root / place.folder)):
        rules = (*rules, (f"{place.folder}/" if place.folder else "", rule))
    kind = _kind(root, place, manifests) if FILE in names else place.kind
    has_sources = not _SOURCES.isdisjoint(names)
    taken: list[str] = getattr(own, kind)
    for entry in entries:
        path = f"{place.folder}/{entry.name}" if place.folder else entry.name
        if entry.is_symlink():
            continue
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in SKIPPED and not _ignored(rules, path, is_folder=True):
                yield _below(path, entry.name, place, kind, rules, manifests, has_sources=has_sources)
        elif (
            is_searched(path, entry.name)
            and entry.is_file(follow_symlinks=False)
            and not (rules and _ignored(rules, path, is_folder=False))
        ):
            taken.append(path)


def _kind(root: Path, place: _Place, manifests: Mapping[str, Manifest]) -> str:
    """What files below a package.json count as: it may only be a mark, such as `{"type": "module"}`."""
    if place.folder in manifests or place.kind != "files":
        return place.kind
    inner = read(root, f"{place.folder}/{FILE}")
    return "foreign" if inner.problem or inner.data.get("name") or inner.declarations else place.kind


def _below(
    path: str,
    name: str,
    place: _Place,
    kind: str,
    rules: tuple[tuple[str, Rule], ...],
    manifests: Mapping[str, Manifest],
    *,
    has_sources: bool,
) -> _Place:
    if path in manifests:
        return _Place(path, path, "files", rules)
    at_top = place.folder == place.owner
    # Where an entry point leads into a folder and there are no sources, what is built is all there is.
    is_output = has_sources if _is_built(name, manifests.get(place.owner)) else name in _OUTPUT
    if kind == "files" and at_top and is_output:
        return _Place(path, place.owner, "output", rules)
    return _Place(path, place.owner, kind, rules)


def _ignored(rules: Iterable[tuple[str, Rule]], path: str, *, is_folder: bool) -> bool:
    verdict = False
    for prefix, rule in rules:
        said = rule(path[len(prefix) :], is_folder)
        verdict = verdict if said is None else said
    return verdict


def _is_built(name: str, manifest: Manifest | None) -> bool:
    return (
        manifest is not None
        and name in (_OUTPUT | _LIKELY_OUTPUT)
        and any(target.removeprefix("./").startswith(f"{name}/") for target in entry_points(manifest))
    )


def entry_points(manifest: Manifest) -> list[str]:
    """The files that the package offers to others, as its manifest names them."""
    fields = ("main", "module", "types", "typings", "exports", "bin", "browser", "source", "es2015", "jsnext:main")
    pending = [manifest.data.get(name) for name in fields]
    found: list[str] = []
    while pending and len(found) < 1_000:
        value = pending.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return sorted(set(found))


def _use_output_if_there_is_nothing_else(own: Sources) -> None:
    """A package that came without its sources is what its output says, and what looked built may be all there is."""
    if not any(is_code(path) or is_embedding(path) for path in own.files if "/" in path and not _is_config(path)):
        own.files, own.output = own.files + own.output, []


def _is_config(path: str) -> bool:
    return ".config." in path or path.rpartition("/")[2].startswith(".")
