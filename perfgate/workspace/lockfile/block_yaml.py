"""The part of YAML that package managers write their lockfiles in, read line by line.

Block mappings and lists, flow collections, quoted, folded and literal scalars; every scalar stays text. What no lockfile
holds (anchors, aliases, tags, tabs for indentation) is refused, as are duplicate keys and deep nesting.
"""

from typing import Any

from perfgate.errors import Source
from perfgate.workspace.lockfile import yaml_scalars
from perfgate.workspace.lockfile.model import LockError

Mapping = dict[str, Any]

_MAX_DEPTH = 40
_MAX_LINES = 200  # of one quoted or flow value
_MARKERS = ("---", "...")


def documents(text: str, file: str) -> list[Mapping]:
    """The documents of a file, each a mapping. Raises LockError."""
    return _Reader(text.split("\n"), file).documents()


class _Reader:
    """A place in the lines of a file, moving on as values are read."""

    def __init__(self, lines: list[str], file: str) -> None:
        self.lines = lines
        self.file = file
        self.at = 0

    def error(self, line: int, column: int, message: str, hint: str = "is the file complete?") -> LockError:
        return LockError(Source(self.file, min(line + 1, len(self.lines)), column + 1), message, hint)

    def documents(self) -> list[Mapping]:
        found = [self.mapping(0, 1)]
        while self.at < len(self.lines):
            self.at += 1  # a marker: nothing else ends a mapping without indentation
            found.append(self.mapping(0, 1))
        return [document for document in found if document]

    def mapping(self, indent: int, depth: int) -> Mapping:
        """The mapping whose keys stand at `indent`, up to the first line that is less indented."""
        if depth > _MAX_DEPTH:
            raise self.error(self.at, indent, f"nested deeper than {_MAX_DEPTH} levels", "is this the right file?")
        found: Mapping = {}
        lines = self.lines
        while self.at < len(lines):
            line = lines[self.at]
            body = line.lstrip(" ")
            if not body or body[0] == "#":
                self.at += 1
                continue
            here = len(line) - len(body)
            if here < indent or (here == 0 and body.startswith(_MARKERS)):
                break
            if here > indent:
                raise self.error(self.at, here, "unexpected indentation")
            start = self.at
            key, rest = self.key(body, here)
            if key in found:
                raise self.error(start, here, f"duplicate key {key[:214]!r}", "install again")
            self.at += 1
            found[key] = self.value(rest, indent, depth)
        return found

    def key(self, body: str, indent: int) -> tuple[str, str]:
        """A key and what follows its colon."""
        if body[0] in "'\"":
            end = yaml_scalars.quoted_end(body)
            if end and body[end : end + 1] == ":" and body[end + 1 : end + 2] in ("", " "):
                return yaml_scalars.unquote(body[:end]), body[end + 1 :].strip()
        elif body.startswith("? "):
            self.at += 1
            after = self.lines[self.at] if self.at < len(self.lines) else ""
            if after[indent : indent + 1] == ":" and not after[:indent].strip():
                return yaml_scalars.unquote(body[2:].strip()), after[indent + 1 :].strip()
        elif body[0] not in "&*!|>%@`{}[],\t":
            name, colon, rest = body.partition(": ")
            if colon:
                return name.rstrip(), rest.strip()
            name = body.rstrip()
            if name[-1] == ":":
                return name[:-1], ""
        raise self.error(self.at, indent, "expected `key: value`")

    def value(self, rest: str, indent: int, depth: int) -> Any:
        """What stands after a key or a dash at `indent`: on the same line, or below it."""
        if not rest or rest[0] == "#":
            return self.nested(indent, depth)
        first = rest[0]
        if first in "{[":
            return self.flow(rest)
        if first in "'\"":
            return self.quoted(rest)
        if first in "|>":
            return self.block_scalar(rest, indent)
        if first in "&*!%@`":
            raise self.error(self.at - 1, 0, "anchors, aliases and tags are not allowed", "install again")
        return self.plain(rest, indent)

    def nested(self, indent: int, depth: int) -> Any:
        """The block below a key at `indent`, or nothing."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            body = line.lstrip(" ")
            if body and body[0] != "#":
                here = len(line) - len(body)
                if here >= indent and (body == "-" or body.startswith("- ")):
                    return self.sequence(here, depth + 1)
                return self.mapping(here, depth + 1) if here > indent else ""
            self.at += 1
        return ""

    def sequence(self, indent: int, depth: int) -> list[Any]:
        if depth > _MAX_DEPTH:
            raise self.error(self.at, indent, f"nested deeper than {_MAX_DEPTH} levels", "is this the right file?")
        found: list[Any] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            body = line.lstrip(" ")
            if body and body[0] != "#":
                if len(line) - len(body) != indent or not (body == "-" or body.startswith("- ")):
                    break
                found.append(self.item(body[1:].lstrip(" "), indent, depth))
            else:
                self.at += 1
        return found

    def item(self, rest: str, indent: int, depth: int) -> Any:
        """One item of a list; a collection that begins after the dash stands where its first line does."""
        column = len(self.lines[self.at]) - len(rest)
        if rest == "-" or rest.startswith("- "):
            self.lines[self.at] = " " * column + rest
            return self.sequence(column, depth + 1)
        if _is_pair(rest):
            self.lines[self.at] = " " * column + rest
            return self.mapping(column, depth + 1)
        self.at += 1
        return self.value(rest.strip(), indent, depth)

    def plain(self, rest: str, indent: int) -> str:
        """A scalar without quotes, with the deeper lines that go on with it."""
        text = rest.partition(" #")[0].rstrip()
        while self.at < len(self.lines):
            line = self.lines[self.at]
            body = line.lstrip(" ")
            if not body or len(line) - len(body) <= indent or body[0] == "#":
                break
            if ": " in body or body.rstrip().endswith(":"):
                raise self.error(self.at, len(line) - len(body), "unexpected indentation")
            text = f"{text} {body.rstrip()}"
            self.at += 1
        return text

    def quoted(self, rest: str) -> str:
        end, first = yaml_scalars.quoted_end(rest), self.at - 1
        parts = [rest]
        while not end:
            parts.append(self.next_line(first, "a quoted text is not closed"))
            if rest[0] in parts[-1]:
                parts = [yaml_scalars.folded(parts)]
                end = yaml_scalars.quoted_end(parts[0])
        self.expect_end(parts[0][end:])
        return yaml_scalars.unquote(parts[0][:end])

    def flow(self, rest: str) -> Any:
        value = yaml_scalars.simple_flow(rest)
        if value is not None:
            return value
        first = self.at - 1
        parts = [rest]
        while not yaml_scalars.balanced(" ".join(parts)):
            parts.append(self.next_line(first, "a bracket is not closed"))
        try:
            value, after = yaml_scalars.flow(" ".join(parts))
        except ValueError as error:
            raise self.error(first, 0, str(error)) from error
        self.expect_end(after)
        return value

    def next_line(self, first: int, complaint: str) -> str:
        if self.at >= len(self.lines) or self.at - first > _MAX_LINES:
            raise self.error(first, 0, complaint)
        self.at += 1
        return self.lines[self.at - 1].strip()

    def expect_end(self, after: str) -> None:
        if after.strip() and not after.lstrip().startswith("#"):
            raise self.error(self.at - 1, 0, f"unexpected {after.strip()[:40]!r}")

    def block_scalar(self, header: str, indent: int) -> str:
        """A literal (`|`) or folded (`>`) text: all lines that are deeper than its key, or blank."""
        start = self.at
        while self.at < len(self.lines):
            line = self.lines[self.at]
            body = line.lstrip(" ")
            if body and len(line) - len(body) <= indent:
                break
            self.at += 1
        return yaml_scalars.block(self.lines[start : self.at], header)


def _is_pair(text: str) -> bool:
    """Whether `text` begins a mapping."""
    if text[:1] in ("'", '"'):
        text = text[yaml_scalars.quoted_end(text) :]
        return text.startswith(": ") or text.rstrip() == ":"
    return text[:1] not in tuple("{[|>#") and (text.startswith("? ") or ": " in text or text.rstrip().endswith(":"))
