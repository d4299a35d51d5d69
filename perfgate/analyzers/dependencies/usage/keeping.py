"""Decides for every package of the workspace which of its dependencies are in use."""

from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase

from perfgate.analyzers.dependencies.usage import mentions
from perfgate.analyzers.dependencies.usage.collecting import Files, Usage
from perfgate.analyzers.dependencies.usage.implied import Surroundings
from perfgate.analyzers.dependencies.usage.knowledge import Knowledge
from perfgate.analyzers.dependencies.usage.known_packages import PROVIDED
from perfgate.analyzers.dependencies.usage.mentions import Mention
from perfgate.analyzers.dependencies.usage.verdict import Verdict, typed_package

_NOT_REDUNDANT = frozenset({"@types/node", "@types/jest", "@types/react", "@types/react-dom"})


class Keeping:
    """The state of the decision: verdicts by folder, and what all of them need to know."""

    def __init__(self, usages: Mapping[str, Usage], files: Files, knowledge: Knowledge) -> None:
        self.verdicts = {folder: Verdict(usage) for folder, usage in usages.items()}
        self._files = files
        self._knowledge = knowledge
        self._surroundings: dict[frozenset[str], Surroundings] = {}

    def decide(self) -> dict[str, Verdict]:
        for verdict in self.verdicts.values():
            verdict.kept |= set(self._named(verdict))
        self._spread()
        for verdict in self.verdicts.values():
            self._search(verdict)
        self._spread()
        for verdict in self.verdicts.values():
            manifest = verdict.usage.package.manifest
            verdict.implied |= {name for name in manifest.in_section("dependencies") if self._is_needed(verdict, name)}
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
            folder, scripts = verdict.usage.package.folder, usage.package.manifest.scripts
            yield from self._knowledge.called(folder, scripts, mine)
            yield from mentions.in_manifest(usage.package.manifest.data, mine)

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

    def _search_files(self, verdict: Verdict, usage: Usage, names: list[str]) -> None:
        for path in usage.sources.files:
            text = None if mentions.is_silent(path) else self._files.text(path)
            if text is None:
                continue
            for name, mention in mentions.mentions(path, usage.package.folder, text, names):
                self._take(verdict, name, mention)

    def _take(self, verdict: Verdict, name: str, mention: Mention) -> None:
        if mention.strong:
            verdict.kept.add(name)
        else:
            place = f"{mention.path}:{mention.line}"
            verdict.hint(name, f"its name stands in `{place}`", place)


def _imports(usage: Usage, name: str) -> bool:
    """Whether code of the package itself imports a package; fixtures and templates are no such code.

    A package that carries the name of a builtin, such as `events`, is what bundlers put in its place.
    """
    return name in usage.builtins or any(use.role != "fixture" for use in usage.uses.get(name, ()))


def _is_provided(usage: Usage, owner: str) -> bool:
    """Whether modules are imported that come with another package."""
    return any(
        fnmatchcase(name, glob)
        for name in usage.uses.keys() - usage.package.manifest.declared
        for glob in PROVIDED.get(owner, "").split()
    )
