"""Commands in scripts: which packages a line of shell calls or names."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from perfgate.analyzers.dependencies.usage.known_packages import COMMANDS

_BREAK = re.compile(r"""[\s"'`;|&()<>=,{}$\\]+""")
_VERSION = re.compile(r"(?<=.)@[\w.^~*-]*$")
_RUNNERS = frozenset(
    {"run", "run-script", "npm", "yarn", "pnpm", "bun", "run-s", "run-p", "npm-run-all", "npm-run-all2"}
)
_MAX_BYTES = 20_000


def words(line: str) -> list[str]:
    """The words of a line of shell, those in quotes and in assignments too."""
    return [word for word in _BREAK.split(line[:_MAX_BYTES]) if word]


@cache
def conventional(package: str) -> frozenset[str]:
    """The commands that a package of this name brings, where nothing else tells: its name, without scope and `-cli`."""
    known = COMMANDS.get(package)
    if known is not None:
        return frozenset(known.split())
    scope, _, name = package.rpartition("/")
    found = {name, name.removesuffix("-cli")}
    if name == "cli":
        found = {scope.removeprefix("@")}
    return frozenset(found)


def called(
    line: str, packages: Mapping[str, str], commands: Mapping[str, frozenset[str]], own: Iterable[str]
) -> set[str]:
    """The packages that a line calls or names.

    `packages` holds the names, `commands` who brings a command, `own` the names of scripts that may be run.
    """
    found: set[str] = set()
    scripts = frozenset(own)
    before = ""
    running = False
    for word in words(line):
        if word.startswith("-") and not running:
            before = word
            continue
        running = word in _RUNNERS or (running and word not in commands)
        if not (word in scripts and (before in _RUNNERS or running)):
            found |= _named(word, packages, commands)
        before = word
    return found


def _named(word: str, packages: Mapping[str, str], commands: Mapping[str, frozenset[str]]) -> set[str]:
    _, installed, inner = word.rpartition("node_modules/")
    if installed:
        word = inner.removeprefix(".bin/")
    elif word.startswith((".", "/")):
        return set()
    plain = _VERSION.sub("", word)
    return {*_prefixes(plain, packages), *commands.get(plain, ())}


def _prefixes(word: str, packages: Mapping[str, str]) -> Iterator[str]:
    """The package that a word such as `dotenv/config` begins with."""
    parts = word.split("/")
    for length in (1, 2):
        name = "/".join(parts[:length])
        if name in packages:
            yield name
