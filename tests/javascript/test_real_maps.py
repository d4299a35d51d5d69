"""Bytes by source of real bundles, as source-map-explorer found them; and what becomes of their maps when these break."""

import json
from pathlib import Path

import pytest

from perfgate.javascript import attribution, source_map
from perfgate.javascript.source_map import SourceMapError
from perfgate.javascript.written_imports import of_map

DATA = Path(__file__).parents[1] / "data" / "source_maps"
SIZES: dict[str, dict[str, int]] = json.loads((DATA / "sizes.json").read_bytes())


@pytest.mark.parametrize("path", SIZES)
def test_bytes_by_source(path: str) -> None:
    content = (DATA / path).read_bytes()
    read = source_map.find(DATA, path, content)
    assert read is not None
    sizes = attribution.sizes(content, read)
    assert sizes == SIZES[path]
    assert sum(sizes.values()) <= len(content)


def test_imports_of_the_sources_it_carries() -> None:
    path = "preact/preact.js"
    read = source_map.find(DATA, path, (DATA / path).read_bytes())
    assert read is not None
    found = {(link.importer.rpartition("/")[2], link.specifier, link.line) for link in of_map(read)}
    assert ("render.js", "./constants", 1) in found
    assert ("component.js", "./util", 1) in found


@pytest.mark.parametrize("path", SIZES)
@pytest.mark.parametrize("part", range(1, 10))
def test_a_map_cut_short_is_one_clear_line(path: str, part: int, tmp_path: Path) -> None:
    content, text = (DATA / path).read_bytes(), (DATA / f"{path}.map").read_bytes()
    file = tmp_path / path
    file.parent.mkdir()
    file.with_name(f"{file.name}.map").write_bytes(text[: len(text) * part // 10])
    with pytest.raises(SourceMapError) as refused:
        source_map.find(tmp_path, path, content)
    assert str(refused.value).startswith(f"{path}.map:1:")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("path", SIZES)
def test_the_map_of_another_file_is_refused(path: str) -> None:
    read = source_map.find(DATA, path, (DATA / path).read_bytes())
    assert read is not None
    with pytest.raises(SourceMapError, match="the map speaks of"):
        attribution.sizes(b"a short file\n", read)
