"""Bundle sizes: for each service the raw, gzip and brotli bytes of what it ships."""

import os
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from perfgate import reading
from perfgate.analyzers.bundle import METRICS
from perfgate.analyzers.bundle.bundler_output import BundlerOutput
from perfgate.analyzers.bundle.composition import Explained, compose, explain
from perfgate.analyzers.bundle.size_cache import SizeCache, key
from perfgate.reading import UnreadableError
from perfgate.report.document import Part
from perfgate.report.model import Bundle, Encoders, File, Metric, NotMeasured
from perfgate.units import Unit
from perfgate.workspace.files import Artifact, EscapeError, match
from perfgate.workspace.packages import Manifests
from perfgate.workspace.services import Service, Workspace

MAX_ARTIFACT_BYTES = 1024 * 1024 * 1024
_IDS = frozenset(spec.id for spec in METRICS)


class _UnmeasurableError(Exception):
    """One service cannot be measured. `failed` when something broke, else there is nothing to measure."""

    def __init__(self, reason: str, *, failed: bool) -> None:
        super().__init__(reason)
        self.failed = failed


@dataclass(frozen=True, slots=True)
class _Encoder:
    """A compressor: the name under which sizes are stored, and the size it makes of some bytes."""

    name: str
    version: str
    size: Callable[[bytes], int]


def encoders(names: Iterable[str]) -> Encoders:
    """Name and version of the compressors that are at hand, for the report."""
    found = {name: encoder for name in names if (encoder := _ENCODERS[name]())}
    gzip, brotli = found.get("gzip"), found.get("brotli")
    return Encoders(
        zlib=f"{gzip.name} {gzip.version}" if gzip else None,
        brotli=f"{brotli.name} {brotli.version}" if brotli else None,
    )


def analyze(
    workspace: Workspace,
    *,
    encodings: Sequence[str],
    cache: SizeCache,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Part:
    """Measure every service; one that cannot be measured does not stop the others.

    `progress` is told files done and files in all. Compression runs on all cores: both compressors release the GIL.
    """
    chosen = {name: _ENCODERS[name]() for name in encodings}
    plans = [(service, _plan(workspace, service)) for service in workspace.services]
    todo = [(service, artifact) for service, plan in plans if isinstance(plan, list) for artifact in plan]
    measured: dict[str, list[_Measured | _UnmeasurableError]] = {}
    sources = _Sources(BundlerOutput(workspace.root), threading.Lock())
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        results = pool.map(
            lambda artifact: _measure(workspace.root, artifact, chosen, cache, sources), (a for _, a in todo)
        )
        for done, ((service, _), result) in enumerate(zip(todo, results, strict=True), start=1):
            measured.setdefault(service.name, []).append(result)
            progress(done, len(todo))
    finally:
        # After an error or Ctrl-C nobody waits for what is still to be compressed.
        pool.shutdown(wait=False, cancel_futures=True)
    cache.save()
    found = [(service, measured[service.name] if isinstance(plan, list) else plan) for service, plan in plans]
    return _part(workspace, found, chosen)


def _plan(workspace: Workspace, service: Service) -> list[Artifact] | _UnmeasurableError:
    """The artifacts of a service, or why there are none."""
    errors: list[OSError] = []
    try:
        artifacts = match(workspace.root, service.artifacts, errors.append)
    except EscapeError as error:
        return _UnmeasurableError(f"{error} is a link to a place outside of the workspace", failed=True)
    if errors:
        place = _relative(workspace.root, str(errors[0].filename))
        return _UnmeasurableError(f"{place} cannot be read: {errors[0].strerror}", failed=True)
    if not artifacts:
        return _UnmeasurableError(f"no file matches {', '.join(service.artifacts)}", failed=False)
    return artifacts


def _relative(root: Path, path: str) -> str:
    return path.removeprefix(f"{root}/")


def _measure(
    root: Path, artifact: Artifact, chosen: dict[str, _Encoder | None], cache: SizeCache, sources: "_Sources"
) -> "_Measured | _UnmeasurableError":
    try:
        content = reading.content(root, artifact.path, MAX_ARTIFACT_BYTES)
    except UnreadableError as error:
        return _UnmeasurableError(f"{artifact.path} {error}", failed=True)
    if not content:
        return _UnmeasurableError(f"{artifact.path} is empty", failed=False)
    sizes = {name: _compressed(content, encoder, cache) for name, encoder in chosen.items() if encoder}
    file = File(
        label=artifact.label,
        path=artifact.path,
        size=len(content),
        gzip=sizes.get("gzip"),
        brotli=sizes.get("brotli"),
    )
    with sources.one_at_a_time:
        explained = explain(root, sources.output, artifact.path, content)
    return _Measured(file, explained)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A file with its sizes, and what it is made of."""

    file: File
    explained: Explained


@dataclass(frozen=True, slots=True)
class _Sources:
    """What explains files. Only one map is held at a time: reading it is bound by the interpreter, not by the cores."""

    output: BundlerOutput
    one_at_a_time: threading.Lock


def _compressed(content: bytes, encoder: _Encoder, cache: SizeCache) -> int:
    place = key(content, f"{encoder.name} {encoder.version}")
    size = cache.get(place)
    if size is None:
        size = encoder.size(content)
        cache.put(place, size)
    return size


def _part(
    workspace: Workspace,
    results: list[tuple[Service, list[_Measured | _UnmeasurableError] | _UnmeasurableError]],
    chosen: dict[str, _Encoder | None],
) -> Part:
    metrics: list[Metric] = []
    missing: list[NotMeasured] = []
    details: dict[str, Bundle] = {}
    packages: dict[str, str] | None = None
    ids = ["bundle.size", *(f"bundle.{name}" for name in chosen), "bundle.files"]
    for service, result in results:
        try:
            found = _complete(result)
        except _UnmeasurableError as error:
            missing += [_missing(service, id_, str(error), failed=error.failed) for id_ in ids]
            continue
        files = [one.file for one in found]
        for id_, value in _values(files, chosen):
            if value is None:
                missing.append(_missing(service, id_, "the brotli package is not installed here", failed=True))
            else:
                unit = Unit.COUNT if id_ == "bundle.files" else Unit.BYTES
                metrics.append(Metric(service=service.name, id=id_, value=value, unit=unit))
        explained = [one.explained for one in found]
        if packages is None and any(one.origin in ("source map", "stats") for one in explained):
            packages = _packages(workspace.root)
        details[service.name] = _details(workspace.root, files, explained, packages or {})
    return Part("bundle", _IDS, tuple(metrics), tuple(missing), details)


def _details(root: Path, files: list[File], explained: list[Explained], packages: dict[str, str]) -> Bundle:
    parts = compose(root, explained, packages)
    return Bundle(
        files=tuple(files),
        modules=parts.modules,
        duplicates=parts.duplicates,
        unmapped=parts.unmapped,
        origin=parts.origin,
        note=parts.note,
    )


def _packages(root: Path) -> dict[str, str]:
    """The packages of the workspace, name to folder."""
    manifests = Manifests(root, [])
    names = ((manifests.json(f"{folder}/package.json").get("name"), folder) for folder in manifests.workspace_folders())
    return {name: folder for name, folder in names if isinstance(name, str)}


def _complete(result: list[_Measured | _UnmeasurableError] | _UnmeasurableError) -> list[_Measured]:
    """All measured files of a service; raises the first reason why one could not be."""
    if isinstance(result, _UnmeasurableError):
        raise result
    found: list[_Measured] = []
    for one in result:
        if isinstance(one, _UnmeasurableError):
            raise one
        found.append(one)
    return found


def _values(files: list[File], chosen: dict[str, _Encoder | None]) -> Iterator[tuple[str, int | None]]:
    yield "bundle.size", sum(file.size for file in files)
    for name, encoder in chosen.items():
        sizes = [getattr(file, name) for file in files]
        yield f"bundle.{name}", sum(sizes) if encoder else None
    yield "bundle.files", len(files)


def _missing(service: Service, id_: str, reason: str, *, failed: bool) -> NotMeasured:
    return NotMeasured(service=service.name, id=id_, reason=reason[:1000], failed=failed)


def _gzip() -> _Encoder:
    # zlib-ng, which some builds of Python carry, makes other sizes than zlib.
    ng = getattr(zlib, "ZLIBNG_VERSION", None)
    name, version = ("zlib-ng", ng) if ng else ("zlib", zlib.ZLIB_RUNTIME_VERSION)
    return _Encoder(name, version, lambda content: len(zlib.compress(content, 9, wbits=31)))


def _brotli() -> _Encoder | None:
    try:
        import brotli
    except ImportError:
        return None
    return _Encoder("brotli", brotli.__version__, lambda content: len(brotli.compress(content, quality=11)))


_ENCODERS: dict[str, Callable[[], _Encoder | None]] = {"gzip": _gzip, "brotli": _brotli}
