"""What is known of the dependencies of one package while they are judged."""

from dataclasses import dataclass, field

from perfgate.analyzers.dependencies.usage.collecting import Usage


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


def typed_package(types: str) -> str:
    """The package that `@types/...` describes: `@types/babel__core` stands for `@babel/core`."""
    name = types.removeprefix("@types/")
    scope, found, inner = name.partition("__")
    return f"@{scope}/{inner}" if found else name
