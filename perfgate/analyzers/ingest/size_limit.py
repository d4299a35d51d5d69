"""size-limit's `--json`: bytes of each entry, compressed as its configuration says."""

from perfgate.analyzers.ingest.found import Document, Found, Options, Reading, custom_id, distinct
from perfgate.analyzers.ingest.node import Node, root
from perfgate.units import Unit


def read(document: Document, _options: Options) -> Found:
    """Raises ReportError."""
    entries = list(root(document).items())
    if not entries:
        raise document.error("no entry was measured", "does the configuration of size-limit name any?")
    return Found(distinct(document, (_reading(document, entry) for entry in entries)))


def _reading(document: Document, entry: Node) -> Reading:
    """An entry without a file is written with 0 bytes."""
    name, size = entry.get("name").text(), entry.get("size")
    if not size.number():
        raise size.error(f"0 bytes: size-limit found no file for {name!r}", "build first, or correct its path")
    return Reading(custom_id(document, name, ".size"), entry.count("size"), Unit.BYTES, name)
