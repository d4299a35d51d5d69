"""Finding files of the workspace by globs. No path leads out of it, links resolved."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SKIPPED_FOLDERS = frozenset({"node_modules", ".git"})


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of a service: its path from the root, and the same with hashes replaced, so that builds compare."""

    path: str
    label: str


class EscapeError(Exception):
    """A path that leads out of the workspace; `str()` is the path."""


def match(root: Path, globs: Iterable[str], on_error: Callable[[OSError], None] | None = None) -> list[Artifact]:
    """The files below `root` that `globs` name, sorted by path.

    `**`, `*`, `?`, `[a-z]` and `{a,b}` as usual, `!` takes away again; `<hash>` stands for a content hash.
    Raises EscapeError when a match is a link to a place outside of `root`.
    """
    wanted = [glob for glob in globs if not glob.startswith("!")]
    unwanted = [_regex(glob[1:]) for glob in globs if glob.startswith("!")]
    found: dict[str, Artifact] = {}
    for glob in wanted:
        regex = _regex(glob)
        for path in _files(root, _static_prefix(glob), on_error):
            hit = regex.fullmatch(path)
            if hit and path not in found and not any(no.fullmatch(path) for no in unwanted):
                _check_inside(root, path)
                found[path] = Artifact(path, _label(path, hit))
    return [found[path] for path in sorted(found)]


def select(paths: Iterable[str], globs: Iterable[str]) -> list[str]:
    """Those of `paths` that `globs` name, in their order: as `match`, for a tree that is not on disk."""
    globs = list(globs)
    wanted = [_regex(glob) for glob in globs if not glob.startswith("!")]
    unwanted = [_regex(glob[1:]) for glob in globs if glob.startswith("!")]
    return [
        path
        for path in paths
        if any(yes.fullmatch(path) for yes in wanted) and not any(no.fullmatch(path) for no in unwanted)
    ]


def _label(path: str, hit: re.Match[str]) -> str:
    """`path` with every part that matched `<hash>` replaced by it."""
    for start, end in sorted((hit.span(group) for group in range(1, len(hit.groups()) + 1)), reverse=True):
        path = f"{path[:start]}<hash>{path[end:]}"
    return path


def _static_prefix(glob: str) -> str:
    """The folder part of a glob before its first special character: where to start looking."""
    special = re.search(r"[*?\[{<]", glob)
    return glob if special is None else glob[: special.start()].rpartition("/")[0]


def _files(root: Path, start: str, on_error: Callable[[OSError], None] | None) -> Iterator[str]:
    """Paths from `root` of all files below `start`, or `start` itself; links to folders are not followed."""
    place = root / start if start else root
    if os.path.lexists(place) and not place.is_dir():
        # Also what is no regular file: whoever reads it says so.
        yield start
        return
    pending = [start]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in SKIPPED_FOLDERS:
                            pending.append(path)
                    elif not entry.is_dir():
                        yield path
        except FileNotFoundError:
            continue
        except OSError as error:
            if on_error:
                on_error(error)


def _check_inside(root: Path, path: str) -> None:
    if not (root / path).resolve().is_relative_to(root.resolve()):
        raise EscapeError(path)


_HASH = r"([A-Za-z0-9_-]{5,64})"


@cache
def _regex(glob: str) -> re.Pattern[str]:
    """A glob as a regular expression over whole paths; one group for each `<hash>`."""
    out, position, depth = "", 0, 0
    while position < len(glob):
        rest = glob[position:]
        if rest.startswith("**/"):
            out, position = out + r"(?:[^/]+/)*", position + 3
        elif rest.startswith("**"):
            out, position = out + r".*", position + 2
        elif rest.startswith("<hash>"):
            out, position = out + _HASH, position + 6
        elif (group := re.match(r"\[!?[^\]/]+\]", rest)) is not None:
            out, position = out + group[0].replace("[!", "[^").replace("\\", "\\\\"), position + len(group[0])
        else:
            part, depth = _character(rest[0], depth)
            out, position = out + part, position + 1
    return re.compile(out + ")" * depth)


def _character(character: str, depth: int) -> tuple[str, int]:
    """One character of a glob as regular expression, and how deep in braces the next one stands."""
    if character == "{":
        return "(?:", depth + 1
    if character == "}" and depth:
        return ")", depth - 1
    if character == "," and depth:
        return "|", depth
    return {"*": r"[^/]*", "?": r"[^/]"}.get(character, re.escape(character)), depth
