"""All shared libraries and all services of a repository examined, and what was found put into words and numbers."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from perfgate.analyzers.treeshake import METRICS, commonjs_remarks, import_remarks, library_remarks, library_use
from perfgate.analyzers.treeshake.bundled import scripts
from perfgate.analyzers.treeshake.library_use import Offer
from perfgate.analyzers.treeshake.module_graph import Graph
from perfgate.analyzers.treeshake.shaken_service import Repository, Served, examine
from perfgate.analyzers.treeshake.shaking import effectiveness, retained
from perfgate.report.document import Part
from perfgate.report.model import REPOSITORY, Library, Metric, NotMeasured, Remark, Treeshaking
from perfgate.units import Unit
from perfgate.workspace import libraries
from perfgate.workspace.resolution import Resolver
from perfgate.workspace.services import Workspace

_IDS = frozenset(spec.id for spec in METRICS)
_MOST_REMARKS = 100
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
_HOW = (
    "no source map, metafile (meta.json) or statistics (stats.json) lie beside its artifacts: build with source maps, "
    "such as `sourcemap: true` of esbuild, rollup and vite, or `devtool: 'source-map'` of webpack"
)


def analyze(workspace: Workspace) -> Part:
    """Examine every shared library and every service; one that cannot be examined does not stop the others."""
    found = libraries.find(workspace)
    problems: list[str] = []
    outputs = {path for service in workspace.services for path in scripts(workspace.root, service, [])}
    files = [path for path in libraries.code_files(workspace.root, found, problems) if path not in outputs]
    written = Graph(workspace.root, Resolver(workspace.root, found.packages, found.paths))
    built = written.resolving(Resolver(workspace.root, found.packages, found.paths, built=True))
    used = library_use.use(written, found, files)
    shared = library_use.shared(written, found, used)
    repository = Repository(workspace.root, found, shared, written, built, files)
    served = [examine(repository, service) for service in workspace.services]
    offers = {package.name: library_use.offers(written, package, used) for package in shared}
    details = {one.service.name: _service_details(repository, one) for one in served}
    for package in shared:
        mine = library_remarks.remarks(repository, package, offers[package.name], used, served)
        known = details.get(package.name) or Treeshaking(method="exports")
        details[package.name] = _with_exports(known, offers[package.name], mine)
    unknown = [*problems, *found.warnings, *written.problems.values()]
    if unknown:
        details[REPOSITORY] = Treeshaking(
            method="exports", unknown=tuple(text[:1000] for text in unknown[:_MOST_REMARKS])
        )
    measured = [pair for one in served for pair in _of_service(one)]
    metrics = [one for one in measured if isinstance(one, Metric)] + list(_exports_used(offers))
    return Part(
        "treeshake", _IDS, tuple(metrics), tuple(one for one in measured if isinstance(one, NotMeasured)), details
    )


def _exports_used(offers: dict[str, list[Offer]]) -> Iterator[Metric]:
    """For each shared library; a repository without any has nothing that could be unused."""
    for name, listed in (offers or {REPOSITORY: []}).items():
        used = sum(offer.used for offer in listed)
        value = round(100 * used / len(listed), 1) if listed else 100.0
        yield Metric(service=name, id="treeshake.exportsUsed", value=value, unit=Unit.PERCENT)


def _of_service(served: Served) -> Iterator[Metric | NotMeasured]:
    name = served.service.name
    reason = _unmeasurable(served)
    counts = _counts(served)
    for id_, formula in (("treeshake.retained", retained), ("treeshake.effectiveness", effectiveness)):
        if reason:
            yield NotMeasured(service=name, id=id_, reason=reason[:1000], failed=bool(served.output.problems))
        else:
            yield Metric(service=name, id=id_, value=formula(counts), unit=Unit.PERCENT)


def _unmeasurable(served: Served) -> str | None:
    """Why the numbers of a service cannot be told; half of its maps would make them too good."""
    output = served.output
    if not served.shaken or output.method in ("metafile", "stats") or (output.method != "none" and not output.broken):
        return None
    if output.problems:
        return output.problems[0]
    return _HOW if output.built else f"no file matches {', '.join(served.service.artifacts)}"


def _counts(served: Served) -> tuple[int, int, int, int]:
    available, kept, needed, waste = (sum(column) for column in zip((0, 0, 0, 0), *_columns(served), strict=True))
    return available, kept, needed, waste


def _columns(served: Served) -> Iterable[tuple[int, int, int, int]]:
    return (shaken.counts for _, shaken in served.shaken)


def _service_details(repository: Repository, served: Served) -> Treeshaking:
    found = [*import_remarks.remarks(repository, served), *commonjs_remarks.remarks(repository, served)]
    return Treeshaking(
        method=served.output.method,
        libraries=tuple(_libraries(served)),
        remarks=_ranked(found),
        unknown=tuple([*served.output.problems, *_stale(served)][:_MOST_REMARKS]),
    )


def _libraries(served: Served) -> Iterator[Library]:
    is_known = served.output.method != "none"
    for package, shaken in served.shaken:
        available, kept, needed, _ = shaken.counts
        yield Library(
            name=package.name,
            available=available,
            kept=kept if is_known else None,
            needed=needed,
            effectiveness=effectiveness(shaken.counts) if is_known else None,
        )


def _stale(served: Served) -> Iterator[str]:
    """Sources that are not what the bundle was made of."""
    for _, shaken in served.shaken:
        for path in shaken.available:
            text, here = served.output.texts.get(path), served.graph.text(path)
            if text is not None and here is not None and text.removeprefix("\ufeff").replace("\r\n", "\n") != here:
                yield f"{path} was changed after the bundle was built: build again for exact numbers"


def _with_exports(known: Treeshaking, offers: Sequence[Offer], remarks: Iterable[Remark]) -> Treeshaking:
    """What is to say of a library; `known` holds what there is already of a service of the same name."""
    used = sum(offer.used for offer in offers)
    return replace(known, exports=len(offers), used=used, remarks=_ranked([*known.remarks, *remarks]))


def _ranked(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Most bytes first, then as they stand in the sources."""
    ranked = sorted(remarks, key=lambda one: -(one.size or 0))
    return tuple(_printable(one) for one in ranked[:_MOST_REMARKS])


def _printable(remark: Remark) -> Remark:
    """The same, cut and cleaned to what a report may hold: names and paths come from the sources."""
    return replace(
        remark,
        subject=_UNPRINTABLE.sub("?", remark.subject)[:214] or "?",
        text=remark.text[:1000],
        advice=remark.advice[:1000] if remark.advice else None,
        places=tuple(_UNPRINTABLE.sub("?", place)[:1000] for place in remark.places),
    )
