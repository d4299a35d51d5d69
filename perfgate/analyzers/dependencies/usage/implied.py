"""Applies the table of tool rules: which packages are in use because of files, commands and other packages."""

from collections.abc import Callable, Collection, Iterable
from fnmatch import fnmatchcase
from functools import cache

from perfgate.analyzers.dependencies.usage import mentions
from perfgate.analyzers.dependencies.usage.collecting import Files, Usage
from perfgate.analyzers.dependencies.usage.commands import words
from perfgate.analyzers.dependencies.usage.drivers import DIALECT_LOADERS, DIALECTS
from perfgate.analyzers.dependencies.usage.known_types import AMBIENT_TYPES
from perfgate.analyzers.dependencies.usage.tool_rules import IMPLIED, Implied
from perfgate.javascript import lexer
from perfgate.workspace.manifest import FILE
from perfgate.workspace.sources import is_code, is_embedding

_SEARCHED_CHARACTERS = 200_000
_DATA = (".json", ".yml", ".yaml", ".env")


class Surroundings:
    """The packages whose files, scripts and dependencies speak for a dependency: its own, and those that share it."""

    def __init__(self, usages: Iterable[Usage], files: Files) -> None:
        self.usages = tuple(usages)
        self._files = files
        self._held: dict[Implied, bool] = {}

    def rule_for(self, name: str, kept: Collection[str]) -> Implied | None:
        """The rule that needs `name` while the packages in `kept` are in use."""
        for rule in _rules_of(name):
            if rule not in self._held:
                self._held[rule] = self._holds(rule)
            if self._held[rule] or (rule.beside and _any_of(rule.beside, kept)):
                return rule
        return None

    def _holds(self, rule: Implied) -> bool:
        """Whether a rule holds whatever packages are in use."""
        return (
            (bool(rule.files) and any(_has_file(usage, rule.files) for usage in self.usages))
            or (bool(rule.commands) and any(_has_command(usage, rule.commands) for usage in self.usages))
            or (bool(rule.field) and any(rule.field in usage.package.manifest.data for usage in self.usages))
            or (bool(rule.within) and self._says(rule.within, rule.text))
        )

    def _says(self, globs: str, text: str) -> bool:
        wanted = text.split()
        for usage in self.usages:
            for path in _matching(usage, globs):
                if path == FILE:
                    plain = mentions.configuration(usage.package.manifest.data)
                else:
                    content = self._files.text(usage.package.path(path)) or ""
                    plain = lexer.uncommented(content) if is_code(path) else content
                if any(word in plain for word in wanted):
                    return True
        return False

    def loads_driver(self, name: str, kept: Collection[str]) -> bool:
        """Whether a library in use is told a dialect that needs this driver."""
        dialects = DIALECTS.get(name)
        if dialects is None or DIALECT_LOADERS.isdisjoint(kept):
            return False
        quoted = [f"{quote}{word}{quote}" for word in dialects.split() for quote in "'\"`"]
        quoted += [f"Transport.{word}" for word in dialects.split()]
        return self.code_says(lambda text: any(word in text for word in quoted))

    def has_global(self, name: str) -> bool:
        """Whether code uses the globals that a package of types declares."""
        globals_ = AMBIENT_TYPES.get(name, "").split()
        return bool(globals_) and self.code_says(lambda text: any(word in text for word in globals_))

    def code_says(self, test: Callable[[str], bool]) -> bool:
        """Whether the text of any source passes a test."""
        return any(
            test((self._files.text(path) or "")[:_SEARCHED_CHARACTERS])
            for usage in self.usages
            for path in usage.sources.files
            if is_code(path) or is_embedding(path) or (path.endswith(_DATA) and not mentions.is_silent(path))
        )


@cache
def _rules_of(name: str) -> tuple[Implied, ...]:
    return tuple(rule for rule in IMPLIED if _any_of(rule.packages, (name,)))


def _any_of(globs: str, names: Collection[str]) -> bool:
    for glob in globs.split():
        if glob in names or ("*" in glob and any(fnmatchcase(name, glob) for name in names)):
            return True
    return False


def _has_file(usage: Usage, globs: str) -> bool:
    return any(_matching(usage, globs))


def _matching(usage: Usage, globs: str) -> list[str]:
    """The files of a package, by path in it, that globs name."""
    found = []
    for glob in globs.split():
        if "/" in glob:
            found += [path for path in usage.inner_paths if fnmatchcase(path, glob)]
        elif "*" not in glob:
            found += [path for path in usage.inner_paths if glob in usage.names and path.lower().endswith(glob)]
        else:
            found += [path for path in usage.inner_paths if fnmatchcase(path.rpartition("/")[2].lower(), glob)]
    return found


def _has_command(usage: Usage, commands: str) -> bool:
    wanted = frozenset(commands.split())
    return any(not wanted.isdisjoint(words(text)) for text in usage.package.manifest.scripts.values())
