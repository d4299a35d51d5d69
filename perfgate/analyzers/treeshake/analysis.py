"""All shared libraries and all services of a repository examined, and what was found put into words and numbers."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from perfgate.analyzers.treeshake import METRICS, commonjs_remarks, import_remarks, library_remarks, library_use
from perfgate.analyzers.treeshake.bundled import scripts
from perfgate.analyzers.treeshake.library_use import Offer
from perfgate.analyzers.treeshake.measured import measured
from perfgate.analyzers.treeshake.module_graph import Graph
from perfgate.analyzers.treeshake.shaken_service import Repository, Served, examine
from perfgate.analyzers.treeshake.shaking import effectiveness
from perfgate.report.document import Part
from perfgate.report.model import REPOSITORY, Library, Metric, NotMeasured, Remark, Treeshaking
from perfgate.workspace import libraries
from perfgate.workspace.resolution import Resolver
from perfgate.workspace.services import Workspace

_IDS = frozenset(spec.id for spec in METRICS)
_MOST = 100
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


def analyze(workspace: Workspace) -> Part:
    """Examine every shared library and every service; one that cannot be examined does not stop the others."""
    found = libraries.find(workspace)
    closed: dict[str, str] = {}
    outputs = {path for service in workspace.services for path in scripts(workspace.root, service, [])}
    files = [path for path in libraries.code_files(workspace.root, found, closed) if path not in outputs]
    written = Graph(workspace.root, Resolver(workspace.root, found.packages, found.paths), dict(closed))
    built = written.resolving(Resolver(workspace.root, found.packages, found.paths, built=True))
    used = library_use.use(written, found, files)
    shared = library_use.shared(written, found, used)
    repository = Repository(workspace.root, found, shared, written, built, files, frozenset(closed))
    served = [examine(repository, service) for service in workspace.services]
    offers = {package.name: library_use.offers(written, package, used) for package in shared}
    details = {one.service.name: _service_details(repository, one) for one in served}
    for package in shared:
        mine = library_remarks.of_library(repository, package, offers[package.name], used, served)
        known = details.get(package.name) or Treeshaking(method="exports")
        details[package.name] = _with_exports(known, offers[package.name], mine)
    unknown = [*found.broken, *found.warnings, *written.problems.values()]
    if unknown:
        details[REPOSITORY] = Treeshaking(method="exports", unknown=_few(unknown))
    values = list(measured(repository, served, offers))
    return Part(
        "treeshake",
        _IDS,
        tuple(one for one in values if isinstance(one, Metric)),
        tuple(one for one in values if isinstance(one, NotMeasured)),
        details,
    )


def _few(unknown: Sequence[str]) -> tuple[str, ...]:
    """The lines that a report may hold, and how many more there are."""
    more = [f"and {len(unknown) - _MOST} more, which are not listed"] if len(unknown) > _MOST else []
    return tuple(text[:1000] for text in [*unknown[:_MOST], *more])


def _service_details(repository: Repository, served: Served) -> Treeshaking:
    found = [
        *import_remarks.remarks(repository, served),
        *commonjs_remarks.remarks(repository, served),
        *library_remarks.of_service(repository, served),
    ]
    known = Treeshaking(
        method=served.output.method,
        libraries=tuple(_libraries(served)),
        unknown=_few([*served.output.problems, *_stale(served)]),
    )
    return _with_remarks(known, found)


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
    return _with_remarks(replace(known, exports=len(offers), used=used), [*known.remarks, *remarks])


def _with_remarks(known: Treeshaking, remarks: Iterable[Remark]) -> Treeshaking:
    """With the remarks that have most bytes, then as they stand in the sources, and how many more there are."""
    ranked = sorted(remarks, key=lambda one: -(one.size or 0))
    more = [f"{len(ranked) - _MOST} findings about fewer bytes are not listed"] if len(ranked) > _MOST else []
    return replace(known, remarks=tuple(_printable(one) for one in ranked[:_MOST]), unknown=(*known.unknown, *more))


def _printable(remark: Remark) -> Remark:
    """The same, cut and cleaned to what a report may hold: names and paths come from the sources."""
    return replace(
        remark,
        subject=_UNPRINTABLE.sub("?", remark.subject)[:214] or "?",
        text=remark.text[:1000],
        advice=remark.advice[:1000] if remark.advice else None,
        places=tuple(_UNPRINTABLE.sub("?", place)[:1000] for place in remark.places),
    )
