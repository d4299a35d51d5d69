"""Turns YAML nodes into values, collecting every problem with its place instead of stopping at the first."""

from collections.abc import Iterable

from perfgate.config import strict_yaml
from perfgate.config.strict_yaml import Node, Scalar
from perfgate.errors import Problem, Source, did_you_mean


class Reader:
    """What the readers of all configuration files share: the list of problems and the plain shapes."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, source: Source, message: str, hint: str = "") -> None:
        self.problems.append(Problem(source, message, hint))

    def text(self, node: Node, wanted: str) -> str:
        if isinstance(node, Scalar) and not node.empty and node.text.strip():
            return node.text.strip()
        self.wrong(node.source, f"expected {wanted}" + ("" if isinstance(node, Scalar) else f", not a {_shape(node)}"))
        return ""

    def mapping(self, node: Node, wanted: str) -> Iterable[tuple[str, tuple[Source, Node]]]:
        if isinstance(node, strict_yaml.Mapping):
            return node.entries.items()
        if not (isinstance(node, Scalar) and node.empty):
            self.wrong(node.source, f"expected {wanted}, not a {_shape(node)}")
        return ()

    def known(self, node: Node, keys: Iterable[str], wanted: str) -> Iterable[tuple[str, Node]]:
        """The entries of a mapping whose keys are known; the others are problems."""
        for key, (source, value) in self.mapping(node, f"a mapping with {', '.join(keys)}"):
            if key in keys:
                yield key, value
            else:
                self.wrong(source, f"unknown key {key!r}, expected {wanted}", did_you_mean(key, keys))

    def texts(self, node: Node, wanted: str) -> tuple[str, ...]:
        """A list of texts, or a single one."""
        items = node.items if isinstance(node, strict_yaml.Sequence) else [node]
        return tuple(text for item in items if (text := self.text(item, wanted)))


def _shape(node: Node) -> str:
    return {Scalar: "single value", strict_yaml.Mapping: "mapping", strict_yaml.Sequence: "list"}[type(node)]
