"""Where findings are made, and the shape of a finding: its places, its sentence, and the command to run."""

from collections.abc import Iterable
from typing import Final

from perfgate.analyzers.dependencies.usage.collecting import Usage, Use
from perfgate.analyzers.dependencies.usage.verdict import Verdict
from perfgate.report.model import Remark
from perfgate.workspace.manifest import Declaration
from perfgate.workspace.packages import Package, Packages

MAX_PLACES: Final = 10
_MAX_TEXT: Final = 1000


class Place:
    """Where findings are made: a verdict, all packages, and what the root declares."""

    def __init__(self, verdict: Verdict, packages: Packages, verdicts: dict[str, Verdict]) -> None:
        self.verdict = verdict
        self.usage: Usage = verdict.usage
        self.package: Package = verdict.usage.package
        self.packages = packages
        root = verdicts.get("")
        self.root = root.usage if root and root is not verdict else None
        self.ambient = frozenset(name for other in verdicts.values() for name in other.usage.ambient)
        self.members = [other.usage for folder, other in verdicts.items() if folder and not self.package.folder]

    @property
    def searched(self) -> str:
        """How many files were searched, as a part of a sentence."""
        count = self.usage.searched + sum(member.searched for member in self.members)
        folder = f"`{self.package.folder}`" if self.package.folder else ""
        where = folder or ("the repository" if len(self.packages.all) > 1 else "the package")
        return f"in {count:,} file{'s' if count != 1 else ''} of {where}"


def remark(kind: str, name: str, text: str, advice: str, places: Iterable[str], *, certain: bool) -> Remark:
    return Remark(
        kind=kind,
        subject=name,
        text=text[:_MAX_TEXT],
        advice=advice[:_MAX_TEXT],
        places=tuple(place[:_MAX_TEXT] for place in list(places)[:MAX_PLACES]),
        certain=certain,
    )


def declared_at(place: Place, entry: Declaration) -> str:
    path = place.package.manifest.path
    return f"{path}:{entry.line}" if entry.line else path


def files_of(uses: list[Use]) -> str:
    files = len({use.path for use in uses})
    return f"{files:,} file{'s' if files != 1 else ''}"
