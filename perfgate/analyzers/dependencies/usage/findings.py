"""Everything that is found about the dependencies of one package."""

from perfgate.analyzers.dependencies.usage.misplaced import misplaced
from perfgate.analyzers.dependencies.usage.missing import missing
from perfgate.analyzers.dependencies.usage.place import Place
from perfgate.analyzers.dependencies.usage.unused import unused
from perfgate.report.model import Remark


def findings(place: Place) -> list[Remark]:
    """The remarks about one package, in the order of their kinds and subjects."""
    found = [*unused(place), *missing(place), *misplaced(place)]
    return sorted(found, key=lambda remark: (not remark.certain, remark.kind, remark.subject))
