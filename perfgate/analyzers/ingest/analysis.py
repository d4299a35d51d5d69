"""From the bytes of a tool's file to a part of the report. Pure: nothing is read, started or asked."""

import importlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Protocol, cast

from perfgate.analyzers.ingest import AUTO, READERS, load, recognition
from perfgate.analyzers.ingest.found import Document, Found, Missing, Options, Reading
from perfgate.errors import ConfigError, ReportError, did_you_mean
from perfgate.report.codec import MAX_BYTES, parse_json
from perfgate.report.document import Part
from perfgate.report.model import REPOSITORY, Metric, MetricSpec, NotMeasured


class Reader(Protocol):
    """What a module must have to be a reader."""

    def read(self, document: Document, options: Options) -> Found: ...


def recognise(content: bytes) -> str | None:
    """The tool that wrote a file, or None. Raises ReportError where it is broken."""
    return recognition.of(_parsed(content, "FILE", AUTO).data)


def read(tool: str, content: bytes, file: str, options: Options) -> tuple[str, Found]:
    """The tool that wrote `content`, which `auto` leaves open, and everything it measured.

    Raises ReportError with the place; ConfigError for options that this tool does not have.
    """
    document = _parsed(content, file, tool)
    seen = recognition.of(document.data)
    if tool == AUTO:
        if seen is None:
            raise document.error("no tool is recognised by this file", f"name it: {', '.join(READERS)}")
        tool = seen
    elif seen is not None and seen != tool:
        raise document.error(f"this looks like {seen}, not {tool}", f"perfgate ingest {seen} {file}")
    elif seen is None and isinstance(document.data, str) != (tool in _OF_TEXT):
        kind = "text" if isinstance(document.data, str) else "JSON"
        raise document.error(
            f"this is {kind}, and {tool} is read from {'text' if tool in _OF_TEXT else 'JSON'}",
            f"write it with `{READERS[tool].call}`",
        )
    _suits(tool, options)
    reader = cast("Reader", importlib.import_module(f"{__package__}.{READERS[tool].module}"))
    return tool, reader.read(document, options)


_OF_TEXT = ("wrk", "prometheus")


def _parsed(content: bytes, file: str, tool: str) -> Document:
    """The values of JSON, which begins with a brace or a bracket, else the text. A series may begin with a brace, too."""
    document = Document(file, None)
    if len(content) > MAX_BYTES:
        raise document.error(f"larger than {MAX_BYTES:,} bytes", "is this the right file?")
    text = _text(document, content)
    if not text.strip():
        raise document.error("empty", "did the tool end well? Look at what it said")
    if text.lstrip().startswith(("{", "[")):
        try:
            return Document(file, parse_json(text.encode(), file))
        except ReportError:
            if tool not in _OF_TEXT:
                raise
    return Document(file, text)


def _text(document: Document, content: bytes) -> str:
    """PowerShell redirects into UTF-16, with a mark in front that tells it; all else is UTF-8."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise document.error(
            f"not {encoding.removesuffix('-sig').upper()} text (byte {error.start})", "is this the right file?"
        ) from error


def _suits(tool: str, options: Options) -> None:
    """An option that would do nothing is a mistake."""
    if options.as_id and tool != "hyperfine":
        raise ConfigError(f"--as is for hyperfine, not for {tool}")
    for name, given in (("--metric", options.selected), ("--unit", options.unit)):
        if given and tool != "prometheus":
            raise ConfigError(f"{name} is for prometheus, not for {tool}")


def only(found: Found, ids: Collection[str], file: str) -> Found:
    """What was asked for. Raises ReportError for an id that is not there."""
    known = {reading.id for reading in found.readings} | {missing.id for missing in found.missing}
    for id_ in ids:
        if id_ not in known:
            raise Document(file, None).error(f"no {id_} in this file", did_you_mean(id_, known))
    return replace(
        found,
        readings=tuple(reading for reading in found.readings if reading.id in ids),
        missing=tuple(missing for missing in found.missing if missing.id in ids),
    )


def part(found: Found, service: str | None, specs: Mapping[str, MetricSpec]) -> Part:
    """What this file adds to the report of its services. The same ids of the same services are replaced, and nothing else.

    The times of one load tool do not stand beside those of another, so all of them are replaced together.
    """
    metrics = tuple(_metric(reading, _service(reading, service, specs)) for reading in found.readings)
    missing = tuple(
        NotMeasured(service=_service(entry, service, specs), id=entry.id, reason=entry.reason, failed=entry.failed)
        for entry in found.missing
    )
    entries: list[Metric | NotMeasured] = [*metrics, *missing]
    ids = {entry.id for entry in entries}
    if ids & set(load.IDS):
        ids |= set(load.IDS)
    services = frozenset(entry.service for entry in entries)
    return Part("ingest", frozenset(ids), metrics, missing, services=services)


def _metric(reading: Reading, service: str) -> Metric:
    return Metric(service=service, id=reading.id, value=reading.value, unit=reading.unit, samples=reading.samples)


def _service(entry: Reading | Missing, service: str | None, specs: Mapping[str, MetricSpec]) -> str:
    """Whose value it is. Raises ConfigError where the command line says too much or too little."""
    of_repository = specs[entry.id].scope == "repository"
    if of_repository and service is not None:
        raise ConfigError(f"{entry.id} is of the whole repository, not of a service", hint="leave --service out")
    if not of_repository and service is None:
        raise ConfigError(f"{entry.id} is of a service", hint="name it with --service NAME")
    return REPOSITORY if service is None else service
