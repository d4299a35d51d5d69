"""JSON of other tools: each value with its place, and an error that names it when it is not what it should be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from perfgate.analyzers.ingest.found import VALUES, Document, is_value
from perfgate.errors import ReportError


@dataclass(frozen=True, slots=True)
class Node:
    """One value and where it stands, such as `results[0].times`."""

    document: Document
    value: Any
    path: str = ""

    def error(self, message: str, hint: str = "") -> ReportError:
        return self.document.error(f"{self.path or 'the document'}: {message}", hint)

    def find(self, key: str) -> "Node | None":
        """The value of a key; None where it is absent or null."""
        found = self.value.get(key) if isinstance(self.value, dict) else None
        return None if found is None else Node(self.document, found, f"{self.path}.{key}".lstrip("."))

    def get(self, key: str) -> "Node":
        """The value of a key that must be there."""
        found = self.find(key)
        if found is None:
            raise self.error(f"no {key}", "is the file complete, and of a version that perfgate knows?")
        return found

    def items(self) -> Iterator["Node"]:
        if not isinstance(self.value, list):
            raise self.error("expected a list")
        for index, value in enumerate(self.value):
            yield Node(self.document, value, f"{self.path}[{index}]")

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.error("expected a text")
        return self.value

    def number(self) -> float:
        """A number that can be a value."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.error("expected a number")
        if not is_value(self.value):
            raise self.error(f"{str(self.value)[:30]} is no value of a metric", VALUES)
        return self.value

    def count(self, key: str) -> int:
        """A whole number at a key; 0 where it is absent."""
        found = self.find(key)
        number = found.number() if found else 0
        if found and number != int(number):
            raise found.error(f"{number} is not a whole number")
        return int(number)


def root(document: Document) -> Node:
    return Node(document, document.data)
