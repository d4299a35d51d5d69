"""The compiler options of a tsconfig and of those it extends."""

import posixpath
from collections.abc import Callable, Iterator
from typing import Any

from perfgate.javascript import jsonc

_MAX_DEPTH = 50

# The folder of a tsconfig, from the root, and its `compilerOptions`.
Options = tuple[str, dict[str, Any]]


def options(
    path: str, read: Callable[[str], str | None], on_problem: Callable[[str], None] | None = None
) -> Iterator[Options]:
    """The options of a tsconfig and of those it extends, what overrides before what is overridden.

    `read` gives the text of a file of the repository, or None; `on_problem` is told of text that is no tsconfig. What is
    extended out of a package is not looked at, and what is not there may be made by a build yet.
    """
    problem = on_problem or (lambda _: None)
    seen: set[str] = set()

    def once(name: str) -> str | None:
        # What is there already overrides the same options further up, and a cycle ends.
        if name in seen:
            return None
        seen.add(name)
        return read(name)

    yield from _options(path, once(path), once, problem, 0)


def _options(
    path: str, text: str | None, read: Callable[[str], str | None], on_problem: Callable[[str], None], depth: int
) -> Iterator[Options]:
    if text is None or not text.strip("\ufeff \t\r\n"):
        return
    data = jsonc.parse(text)
    if not isinstance(data, dict) or depth > _MAX_DEPTH:
        on_problem(f"{path} is extended through too many others" if depth > _MAX_DEPTH else f"{path} is not valid JSON")
        return
    folder = posixpath.dirname(path)
    own = data.get("compilerOptions")
    if isinstance(own, dict):
        yield folder, own
    for parent in reversed(_extended(data)):
        target = posixpath.normpath(posixpath.join(folder, parent))
        for name in () if target.startswith("..") else (target, f"{target}.json"):
            inner = read(name)
            if inner is not None:
                yield from _options(name, inner, read, on_problem, depth + 1)
                break


def _extended(data: dict[str, Any]) -> list[str]:
    """What a tsconfig extends of the files of the repository; the last of several overrides the others."""
    extended = data.get("extends", [])
    parents = [extended] if isinstance(extended, str) else extended if isinstance(extended, list) else []
    return [parent for parent in parents if isinstance(parent, str) and parent.startswith(".")]
