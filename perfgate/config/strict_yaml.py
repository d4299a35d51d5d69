"""YAML as configuration files need it: every value with its place, and nothing that can surprise.

Anchors, aliases, tags, several documents and deep nesting are refused; scalars stay text, so `off` is never False and
`12:30` never a number. Works on the event stream, because PyYAML's C loader crashes the interpreter on deep nesting.
"""

from dataclasses import dataclass
from typing import Any

from perfgate.errors import Problem, Source

MAX_BYTES = 1_000_000
MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as text. `start` and `end` are its character offsets, for editing it in place."""

    text: str
    quoted: bool
    source: Source
    start: int
    end: int

    @property
    def empty(self) -> bool:
        return not self.quoted and self.text in ("", "~", "null")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with the place of each and its value, in file order."""

    entries: dict[str, "tuple[Source, Node]"]
    source: Source


@dataclass(frozen=True, slots=True)
class Sequence:
    items: "list[Node]"
    source: Source


Node = Scalar | Mapping | Sequence


class _RefusedError(Exception):
    """A construct after which the rest of the file cannot be trusted."""

    def __init__(self, source: Source, message: str, hint: str = "") -> None:
        self.problem = Problem(source, message, hint)


def load(content: bytes, file: str) -> tuple[Node | None, list[Problem]]:
    """The document in `content` (None when it is empty) and everything wrong with it; never raises."""
    if len(content) > MAX_BYTES:
        return None, [
            Problem(Source(file), f"larger than {MAX_BYTES:,} bytes", "split it, or remove what is generated")
        ]
    # Imported here because most runs that only measure have no YAML to read.
    import yaml

    # The C parser is ten times faster; both give the same events.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(file)
    try:
        for event in yaml.parse(content.decode("utf-8"), Loader=loader):
            builder.take(event)
    except UnicodeDecodeError as error:
        return None, [Problem(Source(file), f"not UTF-8 text (byte {error.start})")]
    except _RefusedError as refused:
        return None, [*builder.problems, refused.problem]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        source = Source(file, mark.line + 1, mark.column + 1) if mark else Source(file)
        return None, [*builder.problems, Problem(source, f"not valid YAML: {error.problem or error.context}")]
    except yaml.reader.ReaderError as error:
        return None, [Problem(Source(file), f"not valid YAML: {error.reason} (character {error.position})")]
    return builder.root, builder.problems


class _Builder:
    """Puts the events of one document together into nodes."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[Mapping | Sequence] = []
        self._keys: list[tuple[str, Source] | None] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        if getattr(event, "anchor", None):
            raise _RefusedError(self._source(event), "anchors and aliases are not allowed", "write the value out")
        match type(event).__name__:
            case "DocumentStartEvent":
                self._documents += 1
                if self._documents > 1:
                    raise _RefusedError(self._source(event), "more than one document", "remove the line ---")
            case "ScalarEvent":
                self._scalar(event)
            case "MappingStartEvent":
                self._begin(event, Mapping({}, self._source(event)))
            case "SequenceStartEvent":
                self._begin(event, Sequence([], self._source(event)))
            case "MappingEndEvent" | "SequenceEndEvent":
                self._open.pop()
                self._keys.pop()

    def _source(self, event: Any) -> Source:
        return Source(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _scalar(self, event: Any) -> None:
        source = self._source(event)
        if event.tag is not None and event.tag != "!":
            raise _RefusedError(source, "tags are not allowed", "write the plain value")
        if self._wants_key():
            self._keys[-1] = (event.value, source)
        else:
            quoted = event.style in ("'", '"', "|", ">")
            self._put(Scalar(event.value, quoted, source, event.start_mark.index, event.end_mark.index))

    def _begin(self, event: Any, node: "Mapping | Sequence") -> None:
        if event.tag is not None:
            raise _RefusedError(node.source, "tags are not allowed", "write the plain value")
        if len(self._open) >= MAX_DEPTH:
            raise _RefusedError(node.source, f"nested deeper than {MAX_DEPTH} levels")
        if self._wants_key():
            raise _RefusedError(node.source, "a key must be a plain name")
        self._put(node)
        self._open.append(node)
        self._keys.append(None)

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1], Mapping) and self._keys[-1] is None

    def _put(self, node: Node) -> None:
        if not self._open:
            self.root = None if isinstance(node, Scalar) and node.empty else node
            return
        parent, key = self._open[-1], self._keys[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif key is not None:
            self._keys[-1] = None
            name, source = key
            if name in parent.entries:
                first = parent.entries[name][0]
                self.problems.append(Problem(source, f"duplicate key {name!r}", f"first given in line {first.line}"))
            else:
                parent.entries[name] = (source, node)
