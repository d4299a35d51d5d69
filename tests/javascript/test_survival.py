"""Lines that survive in a bundle: bytes add up to those of the map, wherever lines and columns are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from perfgate.javascript import attribution, source_map, survival
from perfgate.javascript.source_map import SourceMapError
from perfgate.javascript.survival import Survival

BUILDS = Path(__file__).parent.parent / "data" / "shop" / "builds"


@pytest.mark.parametrize("path", sorted(str(path.relative_to(BUILDS)) for path in BUILDS.glob("*/*/main.js")))
def test_the_lines_of_a_source_add_up_to_its_bytes(path: str) -> None:
    content = (BUILDS / path).read_bytes()
    found = source_map.find(BUILDS, path, content)
    assert found is not None
    lines = survival.survival(content, found, lambda name: name)
    sizes = {source: sum(of_source.values()) for source, of_source in lines.items()}
    assert sizes == attribution.sizes(content, found)


def surviving(
    content: bytes, data: dict[str, Any], wanted: Callable[[str], str | None] = lambda name: name
) -> Survival:
    return survival.survival(content, source_map.parse(json.dumps(data).encode(), "a.map", ""), wanted)


def a_map(mappings: str, **more: Any) -> dict[str, Any]:
    return {"version": 3, "sources": ["a.ts", "b.ts"], "mappings": mappings, **more}


@pytest.mark.parametrize(
    ("content", "mappings", "expected"),
    [
        pytest.param("ab\ncd\n", "AAAA;AACA", {"a.ts": {1: 2, 2: 2}}, id="a line each"),
        pytest.param("abcd", "AAAA,CACA,CCDA", {"a.ts": {1: 1, 2: 1}, "b.ts": {1: 2}}, id="columns"),
        pytest.param("abcd", "AAAA,CAAC,CACA", {"a.ts": {1: 2, 2: 2}}, id="a step within a line is no new line"),
        pytest.param("abcd", "AAAA,C", {"a.ts": {1: 1}}, id="a segment without a source ends it"),
        pytest.param("é€😀x", "AAAA,CACA,CACA", {"a.ts": {1: 2, 2: 3, 3: 5}}, id="bytes, not units"),
        pytest.param("ab\r\ncd\r\n", "AAAA;AACA", {"a.ts": {1: 2, 2: 2}}, id="carriage returns belong to no line"),
        pytest.param("ab\n\ncd", ";;AAAA", {"a.ts": {1: 2}}, id="lines without segments"),
    ],
)
def test_bytes_by_line(content: str, mappings: str, expected: dict[str, dict[int, int]]) -> None:
    assert surviving(content.encode(), a_map(mappings)) == expected


def test_only_what_is_wanted_is_collected() -> None:
    found = surviving(b"abcd", a_map("AAAA,CCAA"), lambda name: "x" if name == "b.ts" else None)
    assert found == {"x": {1: 3}}


@pytest.mark.parametrize("path", sorted(str(path.relative_to(BUILDS)) for path in BUILDS.glob("*/*/main.js")))
def test_what_nobody_wants_changes_nothing_in_the_rest(path: str) -> None:
    content = (BUILDS / path).read_bytes()
    found = source_map.find(BUILDS, path, content)
    assert found is not None
    everything = survival.survival(content, found, lambda name: name)
    for every in range(2, 5):
        wanted = sorted(everything)[::every]
        some = survival.survival(content, found, {name: name for name in wanted}.get)
        assert some == {name: everything[name] for name in wanted}


@pytest.mark.parametrize(
    "mappings",
    [
        pytest.param("AAAA;ACAA;AACA;AAEA;ADAA", id="lines"),
        pytest.param("AAAA;ACAA,CACA,CAEA;;CDAA", id="an empty line among them"),
        pytest.param("AAAA;ACAA;CACA,CADA,CDAA", id="the middle of a line"),
        pytest.param("AAAA;ACAA,CACA,C,CAEA;CDDA", id="a segment without a source among them"),
    ],
)
def test_unwanted_sources_are_passed_over(mappings: str) -> None:
    content = b"ab\nabcd\nabcd\nabc\nab"
    got = surviving(content, a_map(mappings), lambda name: name if name == "a.ts" else None)
    everything = surviving(content, a_map(mappings))
    assert got == {"a.ts": everything["a.ts"]}


def test_sections_are_shifted() -> None:
    inner = a_map("AAAA")
    sections = [
        {"offset": {"line": 0, "column": 0}, "map": inner},
        {"offset": {"line": 1, "column": 2}, "map": a_map("ACAA")},
    ]
    data = {"version": 3, "sections": sections}
    assert surviving(b"ab\ncdef", data) == {"a.ts": {1: 2}, "b.ts": {1: 2}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (a_map("AEAA"), "name source 2, there are 2"),
        (a_map(";;AAAA"), "speaks of line 3, the file has 1"),
        (a_map("AAAA!"), "characters that no map has"),
        ({"version": 2}, "not of version 3"),
        ({"version": 3, "sections": [1]}, "no offset or no map"),
    ],
)
def test_what_is_wrong_with_a_map(data: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceMapError, match=message):
        surviving(b"abcd", data)


def test_lines_before_the_first_one_are_passed_over() -> None:
    assert surviving(json.dumps("x").encode(), a_map("AADA")) == {}
