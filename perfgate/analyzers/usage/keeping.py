"""Decides for every package of the workspace which of its dependencies are in use, and what speaks for the others."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from perfgate.analyzers.usage import mentions
from perfgate.analyzers.usage.collecting import Files, Usage, Use
from perfgate.analyzers.usage.commands import called
from perfgate.analyzers.usage.implied import Surroundings
from perfgate.analyzers.usage.knowledge import Knowledge
from perfgate.analyzers.usage.known_packages import PROVIDED
from perfgate.analyzers.usage.mentions import Mention
from perfgate.workspace.sources import MAX_BYTES, language

# What finds out by files whether it is needed: that another package could use it says nothing.
_SHOWN_BY_FILES = frozenset(
    {"sass", "sass-embedded", "node-sass", "less", "stylus", "typescript", "terser", "lightningcss"}
)
_NOT_REDUNDANT = frozenset({"@types/node", "@types/jest", "@types/react", "@types/react-dom"})
# What compilers write into their output and no source imports, and the configuration that tells them to.
_HELPERS = {
    "tslib": "tsconfig.*json",
    "@swc/helpers": r"\.swcrc",
    "@babel/runtime": r"\.babelrc.*|babel\.config\..*",
    "@babel/runtime-corejs3": r"\.babelrc.*|babel\.config\..*",
    "core-js": r"\.babelrc.*|babel\.config\..*",
    "regenerator-runtime": r"\.babelrc.*|babel\.config\..*",
}
_PLUGINS = ("plugin", "theme", "widget", "hook", "adapter", "preset")
_MAX_OUTPUT_FILES = 3_000


@dataclass
class Verdict:
    """What was found out about the dependencies of one package: those in use, and hints for some of the others."""

    usage: Usage
    kept: set[str] = field(default_factory=set)
    hints: dict[str, str] = field(default_factory=dict)
    hint_places: dict[str, str] = field(default_factory=dict)
    redundant: set[str] = field(default_factory=set)
    implied: set[str] = field(default_factory=set)

    @property
    def open(self) -> frozenset[str]:
        """Declared names that nothing has been found for yet."""
        return self.usage.package.manifest.declared - self.kept

    def hint(self, name: str, text: str, place: str) -> None:
        self.hints.setdefault(name, text)
        self.hint_places.setdefault(name, place)


class Keeping:
    """The state of the decision: verdicts by folder, and what all of them need to know."""

    def __init__(self, usages: Mapping[str, Usage], files: Files, knowledge: Knowledge, *, hoists: bool) -> None:
        self.verdicts = {folder: Verdict(usage) for folder, usage in usages.items()}
        self._files = files
        self._knowledge = knowledge
        self._hoists = hoists
        self._surroundings: dict[frozenset[str], Surroundings] = {}

    def decide(self) -> dict[str, Verdict]:
        for verdict in self.verdicts.values():
            verdict.kept |= set(self._named(verdict))
        self._spread()
        for verdict in self.verdicts.values():
            self._search(verdict)
        self._spread()
        for verdict in self.verdicts.values():
            self._weigh(verdict)
        return self.verdicts

    def _speakers(self, verdict: Verdict, name: str) -> tuple[Usage, ...]:
        """The packages that speak for a dependency: for one of the root also members that do not declare it."""
        own = verdict.usage
        if own.package.folder:
            return (own,)
        others = (other.usage for folder, other in self.verdicts.items() if folder)
        return (own, *(other for other in others if name not in other.package.manifest.declared))

    def _around(self, verdict: Verdict, name: str) -> Surroundings:
        speakers = self._speakers(verdict, name)
        key = frozenset(usage.package.folder for usage in speakers)
        if key not in self._surroundings:
            self._surroundings[key] = Surroundings(speakers, self._files)
        return self._surroundings[key]

    def _named(self, verdict: Verdict) -> Iterator[str]:
        """What is imported, called in scripts, configured in package.json, or a pair of peer and development."""
        manifest = verdict.usage.package.manifest
        development = manifest.in_section("devDependencies", "dependencies")
        yield from (name for name in manifest.in_section("peerDependencies") if name in development)
        for name in manifest.declared:
            speakers = self._speakers(verdict, name)
            if any(_imports(usage, name) for usage in speakers) or (
                name in PROVIDED and any(_is_provided(usage, name) for usage in speakers)
            ):
                yield name
        for usage in self._speakers(verdict, ""):
            mine = manifest.declared - (usage.package.manifest.declared if usage is not verdict.usage else frozenset())
            yield from self._called(verdict, usage, mine)
            yield from mentions.in_manifest(usage.package.manifest.data, mine)

    def _called(self, verdict: Verdict, usage: Usage, names: Collection[str]) -> Iterator[str]:
        commands = self._knowledge.commands(verdict.usage.package.folder, names)
        scripts = usage.package.manifest.scripts
        by_name = dict.fromkeys(names, "")
        for text in scripts.values():
            yield from called(text, by_name, commands, scripts)

    # Packages in use bring others into use

    def _spread(self) -> None:
        """Add peers, implied tools and types until nothing more comes."""
        changed = True
        while changed:
            changed = False
            for verdict in self.verdicts.values():
                more = {name for name in verdict.open if self._is_needed(verdict, name)}
                verdict.kept |= more
                changed = changed or bool(more)

    def _is_needed(self, verdict: Verdict, name: str) -> bool:
        kept = self._beside(verdict)
        if name.startswith("@types/"):
            return self._types_needed(verdict, name, kept)
        around = self._around(verdict, name)
        if around.rule_for(name, kept) is not None or around.loads_driver(name, kept):
            return True
        return any(name in self._knowledge.peers(folder, other) for folder, other in self._kept_near(verdict, name))

    def _kept_near(self, verdict: Verdict, name: str) -> Iterator[tuple[str, str]]:
        """The packages in use that `name` could serve, with the folder of the package that declares them."""
        for usage in self._speakers(verdict, name):
            folder = usage.package.folder
            yield from ((folder, other) for other in self.verdicts[folder].kept)

    def _beside(self, verdict: Verdict) -> set[str]:
        if verdict.usage.package.folder and "" in self.verdicts:
            return verdict.kept | self.verdicts[""].kept
        return set().union(*(other.kept for other in self.verdicts.values()))

    def _types_needed(self, verdict: Verdict, name: str, kept: Collection[str]) -> bool:
        target = typed_package(name)
        folder = verdict.usage.package.folder
        if name not in _NOT_REDUNDANT and self._knowledge.ships_types(folder, target):
            verdict.redundant.add(name)
            return False
        speakers = self._speakers(verdict, name)
        if target == "node":
            around = self._around(verdict, name)
            return (
                any(usage.builtins or "node" in usage.uses for usage in speakers)
                or bool(around.rule_for(name, kept))
                or around.has_global(name)
            )
        if target in kept or any(target in usage.uses or target in usage.ambient for usage in speakers):
            return True
        if any(name in self._knowledge.peers(place, other) for place, other in self._kept_near(verdict, name)):
            return True
        if self._around(verdict, name).rule_for(name, kept) is not None:
            return True
        return self._around(verdict, name).has_global(name)

    # Text

    def _search(self, verdict: Verdict) -> None:
        """Look for the names that are left in the text of all files that speak for them."""
        for usage in self._speakers(verdict, ""):
            hidden = usage.package.manifest.declared if usage is not verdict.usage else frozenset()
            names = sorted(verdict.open - hidden - verdict.redundant)
            if names:
                self._search_files(verdict, usage, names)

    def _search_root(self, verdict: Verdict) -> None:
        """Look into the configuration at the root for what members declare: only a hint, as it is not theirs."""
        root, names = self.verdicts.get(""), sorted(verdict.open - verdict.redundant)
        if root is None or root is verdict or not names:
            return
        for path in root.usage.sources.files:
            text = (
                None
                if "/" in path.removeprefix(".github/workflows/") or mentions.is_silent(path)
                else self._files.text(path)
            )
            for name, mention in mentions.mentions(path, "", text, names) if text else ():
                place = f"{mention.path}:{mention.line}"
                verdict.hint(name, f"its name stands in {place}", place)

    def _search_files(self, verdict: Verdict, usage: Usage, names: list[str]) -> None:
        for path in usage.sources.files:
            text = None if mentions.is_silent(path) else self._files.text(path)
            if text is None or len(text) > MAX_BYTES:
                continue
            for name, mention in mentions.mentions(path, usage.package.folder, text, names):
                self._take(verdict, name, mention)

    def _take(self, verdict: Verdict, name: str, mention: Mention) -> None:
        if mention.strong:
            verdict.kept.add(name)
        else:
            place = f"{mention.path}:{mention.line}"
            verdict.hint(name, f"its name stands in {place}", place)

    # What is left

    def _weigh(self, verdict: Verdict) -> None:
        """Note what makes it uncertain that the remaining names are unused."""
        folder = verdict.usage.package.folder
        manifest = verdict.usage.package.manifest
        verdict.implied |= {name for name in manifest.in_section("dependencies") if self._is_needed(verdict, name)}
        verdict.kept |= {name for name in _HELPERS.keys() & manifest.declared if not _is_told(verdict.usage, name)}
        self._look_into_output(verdict)
        self._search_large(verdict)
        self._search_root(verdict)
        for name in sorted(verdict.open):
            self._look_around(verdict, name)
            if name in _HELPERS and name != "tslib":
                verdict.hint(name, "a compiler may write imports of it", manifest.path)
            if manifest.name and name.startswith(tuple(f"{manifest.name}-{kind}-" for kind in _PLUGINS)):
                verdict.hint(name, "its name is that of a plug-in of this package", manifest.path)
            if _is_linked(verdict, name):
                verdict.hint(name, "it links to a folder, which may be for the order of builds", manifest.path)
            for other in sorted(verdict.kept - {name}):
                if name in self._knowledge.optional_peers(folder, other) and name not in _SHOWN_BY_FILES:
                    verdict.hint(name, f"{other} can make use of it", verdict.usage.package.manifest.path)
            if name.startswith("@types/") and typed_package(name) == "node":
                verdict.hint(name, "TypeScript may need its globals", verdict.usage.package.manifest.path)

    def _look_around(self, verdict: Verdict, name: str) -> None:
        own = verdict.usage
        for use, user in self._borrowers(own, name):
            verdict.hint(name, f"{user} imports it without declaring it", use.place)
        if name in own.elsewhere:
            verdict.hint(
                name,
                f"{own.elsewhere[name]} does, which belongs to a package.json of its own",
                own.elsewhere[name],
            )
        for use in own.uses.get(name, ()):
            verdict.hint(name, f"{use.place} does, which looks like a fixture or a template", use.place)
        root = self.verdicts.get("")
        if root and root is not verdict and name in set(self._called(verdict, root.usage, [name])):
            place = root.usage.package.manifest.path
            verdict.hint(name, f"a script in {place} calls it", place)

    def _borrowers(self, own: Usage, name: str) -> Iterator[tuple[Use, str]]:
        """Shipped code of other packages that reaches a dependency only because it is installed for this one.

        pnpm keeps dependencies apart, so there nobody can.
        """
        for other in self.verdicts.values() if self._hoists else ():
            uses = other.usage.uses.get(name, ())
            if other.usage is not own and name not in other.usage.package.manifest.declared:
                shipped = (
                    use for use in uses if use.role == "source" and not use.on_one_platform and not use.only_types
                )
                yield from ((use, other.usage.package.name) for use in shipped)

    def _search_large(self, verdict: Verdict) -> None:
        """Look for names in files that are too large to be read as code."""
        names = sorted(verdict.open)
        for path in verdict.usage.large if names else ():
            for name in self._files.names_in(path, names):
                verdict.hint(name, f"its name stands in {path}, which is too large to be read as code", path)

    def _look_into_output(self, verdict: Verdict) -> None:
        """What build output on disk loads was put there by something."""
        names = sorted(verdict.open)
        for path in verdict.usage.sources.output[:_MAX_OUTPUT_FILES] if names else ():
            content = self._files.content(path) if language(path) else None
            for name in (name for name in names if content and _is_loaded(content, name)):
                if name in _HELPERS:
                    verdict.kept.add(name)
                verdict.hint(name, f"the build output {path} loads it", path)


def _is_loaded(content: bytes, name: str) -> bool:
    return any(f"{quote}{name}{end}".encode() in content for quote in "\"'" for end in (quote, "/"))


def _imports(usage: Usage, name: str) -> bool:
    """Whether code of the package itself imports a package; fixtures and templates are no such code.

    A package that carries the name of a builtin, such as `events`, is what bundlers put in its place.
    """
    return name in usage.builtins or any(use.role != "fixture" for use in usage.uses.get(name, ()))


def _is_told(usage: Usage, helper: str) -> bool:
    """Whether the configuration of the compiler that may need a helper is all there to be read."""
    found = {usage.package.path(path) for path in usage.inner_paths if re.fullmatch(_HELPERS[helper], path)}
    return bool(found) and not any(use.path in found for uses in usage.uses.values() for use in uses)


def _is_linked(verdict: Verdict, name: str) -> bool:
    return any(
        entry.name == name and entry.range.startswith(("link:", "file:", "portal:"))
        for entry in verdict.usage.package.manifest.declarations
    )


def _is_provided(usage: Usage, owner: str) -> bool:
    """Whether modules are imported that come with another package."""
    return any(
        fnmatchcase(name, glob)
        for name in usage.uses.keys() - usage.package.manifest.declared
        for glob in PROVIDED.get(owner, "").split()
    )


def typed_package(types: str) -> str:
    """The package that `@types/...` describes: `@types/babel__core` stands for `@babel/core`."""
    name = types.removeprefix("@types/")
    scope, found, inner = name.partition("__")
    return f"@{scope}/{inner}" if found else name
