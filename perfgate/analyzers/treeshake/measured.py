"""The numbers of services and libraries, or the reasons why there are none."""

from collections.abc import Iterator, Mapping, Sequence

from perfgate.analyzers.treeshake.library_use import Offer
from perfgate.analyzers.treeshake.shaken_service import Repository, Served
from perfgate.analyzers.treeshake.shaking import Shaken, effectiveness, retained
from perfgate.report.model import REPOSITORY, Metric, NotMeasured
from perfgate.units import Unit

_EXPORTS, _RETAINED, _EFFECTIVENESS = "treeshake.exportsUsed", "treeshake.retained", "treeshake.effectiveness"
_HOW = (
    "no source map lies beside its artifacts, and no metafile (meta.json) or statistics (stats.json) that name them with "
    "their size: build with source maps, such as `sourcemap: true` of esbuild, rollup and vite, or "
    "`devtool: 'source-map'` of webpack"
)

Measured = Metric | NotMeasured


def measured(
    repository: Repository, served: Sequence[Served], offers: Mapping[str, Sequence[Offer]]
) -> Iterator[Measured]:
    """Everything that can be told of libraries and services; nothing of services that import no library."""
    for one in served:
        yield from _of_service(repository, one)
    for name, listed in offers.items():
        yield _of_library(repository, name, listed)
    if not offers and repository.libraries.broken:
        yield NotMeasured(service=REPOSITORY, id=_EXPORTS, reason=repository.libraries.broken[0][:1000], failed=True)


def _metric(name: str, id_: str, value: float) -> Metric:
    return Metric(service=name, id=id_, value=value, unit=Unit.PERCENT)


def _of_library(repository: Repository, name: str, offers: Sequence[Offer]) -> Measured:
    reasons = [*repository.libraries.broken]
    reasons += [one for package in repository.shared if package.name == name for one in repository.unreadable(package)]
    if reasons:
        return NotMeasured(service=name, id=_EXPORTS, reason=reasons[0][:1000], failed=True)
    used = sum(offer.used for offer in offers)
    return _metric(name, _EXPORTS, round(100 * used / len(offers), 1) if offers else 100.0)


def _of_service(repository: Repository, served: Served) -> Iterator[Measured]:
    name = served.service.name
    reason, failed = _reason(repository, served)
    if reason:
        for id_ in (_RETAINED, _EFFECTIVENESS):
            yield NotMeasured(service=name, id=id_, reason=reason[:1000], failed=failed)
    elif served.shaken:
        yield _metric(name, _RETAINED, retained(_counts(served)))
        yield _metric(name, _EFFECTIVENESS, effectiveness(_counts(served)))


def _counts(served: Served) -> tuple[int, int, int, int]:
    columns = zip(*(shaken.counts for _, shaken in served.shaken), strict=True)
    available, kept, needed, waste = map(sum, columns)
    return available, kept, needed, waste


def _reason(repository: Repository, served: Served) -> tuple[str | None, bool]:
    """Why the numbers of a service cannot be told, and whether something is wrong; half of them would be too good."""
    output = served.output
    if unread := [*repository.libraries.broken, *served.unreadable]:
        return unread[0], True
    if not served.shaken:
        return None, False
    if output.problems and (output.broken or output.method == "none"):
        return output.problems[0], True
    if output.method == "none":
        return (_HOW if output.built else f"no file matches {', '.join(served.service.artifacts)}"), False
    return _unrecognized(served), True


def _unrecognized(served: Served) -> str | None:
    """Modules that have to be in the bundle and that its map, metafile or statistics do not name."""
    output, known = served.output, served.output.sources
    is_known = not known.isdisjoint(served.own)
    for package, shaken in served.shaken:
        if not known.isdisjoint(shaken.available):
            continue
        if not is_known or _leaves_traces(served, shaken):
            such = f", which has sources such as {output.strangers[0][:200]}" if output.strangers else ""
            whose = (
                f"{package.name}, of which it needs something" if is_known else f"{package.name}, and none of its own"
            )
            return f"no module of {whose}, was found in its {output.method}{such}"
    return None


def _leaves_traces(served: Served, shaken: Shaken) -> bool:
    """Whether something is needed that no bundler can leave out.

    A constant or an enum may be written where it is used. Where sources are named that lead to no file, it may as well be
    in one of these.
    """
    for path, lines in shaken.needed.items():
        module = served.graph.module(path)
        for one in module.declarations if module and lines else ():
            own = lines.intersection(range(one.first, one.last + 1))
            is_lasting = one.kind in ("function", "class") or (one.kind == "variable" and len(own) > 1)
            if own and (is_lasting or served.output.strangers):
                return True
    return False
