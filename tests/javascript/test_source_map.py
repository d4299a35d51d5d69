"""Source maps: exact bytes by source in every form a map can have, and one clear line for what cannot be right."""

import base64
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.javascript import attribution, source_map
from perfgate.javascript.source_map import SourceMap, SourceMapError

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def vlq(number: int) -> str:
    value, text = (number << 1) if number >= 0 else (-number << 1 | 1), ""
    while True:
        digit, value = value & 31, value >> 5
        text += DIGITS[digit | (32 if value else 0)]
        if not value:
            return text


def mappings(lines: Sequence[Sequence[tuple[int, int | None]]]) -> str:
    """Lines of (column, source), written as bundlers do; source None is a segment of one number."""
    out, last = [], 0
    for line in lines:
        segments, column = [], 0
        for at, source in line:
            text = vlq(at - column)
            column = at
            if source is not None:
                text += vlq(source - last) + "AA"
                last = source
            segments.append(text)
        out.append(",".join(segments))
    return ";".join(out)


def a_map(
    lines: Sequence[Sequence[tuple[int, int | None]]], sources: list[Any] | None = None, **more: Any
) -> dict[str, Any]:
    return {"version": 3, "sources": sources or ["a.ts", "b.ts", "c.ts"], "mappings": mappings(lines), **more}


def sizes(text: str, data: dict[str, Any], folder: str = "") -> dict[str, int]:
    read = source_map.parse(json.dumps(data).encode(), "main.js.map", folder)
    return attribution.sizes(text.encode("utf-8", "surrogatepass"), read)


LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=12), min_size=1, max_size=4)


@given(LINES, st.data())
def test_bytes_equal_a_plain_recount(lines: list[str], data: st.DataObject) -> None:
    """Random lines, also beyond ASCII and beyond 16 bits, with random segments, against a decoder that counts units."""
    segments: list[list[tuple[int, int | None]]] = []
    expected: dict[str, int] = {}
    for line in lines:
        units = [c if ord(c) < 0x10000 else part for c in line for part in ([c] if ord(c) < 0x10000 else [c, ""])]
        starts = [0, *(i for i in range(1, len(units)) if units[i] != "")]
        chosen = sorted(data.draw(st.sets(st.sampled_from(starts))))
        row = [(column, data.draw(st.sampled_from([0, 1, 2, None]))) for column in chosen]
        segments.append(row)
        for (column, source), (end, _) in pairwise([*row, (len(units), None)]):
            size = len("".join(units[column:end]).encode())
            if source is not None and size:
                expected["abc"[source] + ".ts"] = expected.get("abc"[source] + ".ts", 0) + size
    found = {name: size for name, size in sizes("\n".join(lines), a_map(segments)).items() if size}
    assert found == expected


def test_what_comes_before_the_first_segment_belongs_to_nobody() -> None:
    assert sizes("0123456789", a_map([[(4, 0)]])) == {"a.ts": 6}


def test_a_segment_without_a_source_ends_the_one_before() -> None:
    assert sizes("0123456789", a_map([[(0, 0), (3, None), (5, 0), (8, 1)]])) == {"a.ts": 6, "b.ts": 2}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_belong_to_nobody(end: str) -> None:
    assert sizes(f"0123{end}45{end}", a_map([[(0, 0)], [(0, 1)]])) == {"a.ts": 4, "b.ts": 2}


def test_a_byte_order_mark_is_no_column() -> None:
    assert sizes("\ufeff0123", a_map([[(0, 0)]])) == {"a.ts": 4}


def test_sections_are_put_where_they_belong() -> None:
    first, second = a_map([[(0, 0)], [(0, 0)]], ["a.ts"]), a_map([[(0, 0)], [(0, 0)]], ["b.ts"])
    sections = [{"offset": {"line": 0, "column": 0}, "map": first}, {"offset": {"line": 1, "column": 3}, "map": second}]
    assert sizes("aaaa\naaabbb\nbb", {"version": 3, "sections": sections}) == {"a.ts": 7, "b.ts": 5}


@pytest.mark.parametrize(
    ("source", "root", "name"),
    [
        ("../../apps/web/src/a.ts", "", "apps/web/src/a.ts"),
        ("webpack://shop/./src/a.ts", "", "src/a.ts"),
        ("webpack:///src/a.ts", "", "src/a.ts"),
        ("a.ts", "../src/", "dist/src/a.ts"),
        ("../../../../outside/a.ts", "", "outside/a.ts"),
        (None, "", "(no name)"),
        ("/home/me/a.ts", "", "home/me/a.ts"),
    ],
)
def test_sources_are_named_from_the_root_of_the_workspace(source: str | None, root: str, name: str) -> None:
    data = a_map([[(0, 0)]], [source], sourceRoot=root)
    assert sizes("x", data, "dist/web") == {name: 1}


def test_a_source_given_twice_is_one() -> None:
    assert sizes("0123", a_map([[(0, 0), (2, 1)]], ["a.ts", "./a.ts"])) == {"a.ts": 4}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"version": 2, "sources": [], "mappings": ""}, "the map is not of version 3, or has no mappings"),
        ({"version": 3, "sources": []}, "the map is not of version 3, or has no mappings"),
        ({"version": 3, "mappings": "AAAA"}, "the map has no list of sources"),
        (a_map([[(0, 7)]]), "the mappings of line 1 name source 7, there are 3"),
        (a_map([[(50, 0)]]), "the map speaks of column 51 of line 1, which has 10"),
        (a_map([[(0, 0), (50, 0)]]), "the map speaks of column 51 of line 1, which has 10"),
        (a_map([[], [], [(0, 0)]]), "the map speaks of line 3, the file has 1"),
        (a_map([[(5, 0), (2, 1)]]), "the mappings of line 1 go back"),
        ({**a_map([]), "mappings": "A!AA"}, "the mappings have characters that no map has"),
        ({**a_map([]), "mappings": "gg"}, "the mappings of line 1 are broken"),
        ({**a_map([]), "mappings": "DAAA"}, "the mappings of line 1 begin before the line"),
        ({"version": 3, "sections": [{}]}, "a section of the map has no offset or no map"),
    ],
)
def test_a_map_that_cannot_be_right_is_refused(data: dict[str, Any], problem: str) -> None:
    with pytest.raises(SourceMapError) as refused:
        sizes("0123456789", data)
    assert str(refused.value) == problem


# Where the map is

DATA = a_map([[(0, 0)]], ["a.ts"])
TEXT = json.dumps(DATA)


def found(root: Path, content: str, **files: str) -> SourceMap | None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_js_map", ".js.map")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return source_map.find(root, "dist/main.js", content.encode())


def names(read: SourceMap | None) -> tuple[str, ...]:
    assert read is not None
    return read.sections[0].names


@pytest.mark.parametrize(
    "comment",
    [
        "//# sourceMappingURL=main.js.map",
        "//@ sourceMappingURL=main.js.map",
        "/*# sourceMappingURL=main.js.map */",
        "//# sourceMappingURL=main.js.map\n\n",
        "",
    ],
)
def test_an_external_map(tmp_path: Path, comment: str) -> None:
    assert names(found(tmp_path, f"x\n{comment}", dist__main_js_map=TEXT)) == ("dist/a.ts",)


def test_a_map_in_another_folder(tmp_path: Path) -> None:
    read = found(tmp_path, "x\n//# sourceMappingURL=../maps/m%20x.js.map", **{"maps__m x_js_map": TEXT})
    assert names(read) == ("maps/a.ts",)


@pytest.mark.parametrize(
    "address",
    [
        f"data:application/json;base64,{base64.b64encode(TEXT.encode()).decode()}",
        f"data:application/json;charset=utf-8;base64,{base64.b64encode(TEXT.encode()).decode()}",
        f"data:application/json,{quote(TEXT)}",
    ],
)
def test_a_map_inside_of_the_file(tmp_path: Path, address: str) -> None:
    assert names(found(tmp_path, f"x\n//# sourceMappingURL={address}\n")) == ("dist/a.ts",)


def test_a_large_map_inside_of_the_file(tmp_path: Path) -> None:
    large = json.dumps({**DATA, "names": ["n" * 20_000]})
    data = found(tmp_path, f"x\n//# sourceMappingURL=data:;base64,{base64.b64encode(large.encode()).decode()}")
    assert names(data) == ("dist/a.ts",)


@pytest.mark.parametrize("text", [f")]}}'\n{TEXT}", f"\ufeff{TEXT}"])
def test_what_stands_before_a_map(tmp_path: Path, text: str) -> None:
    assert names(found(tmp_path, "x\n//# sourceMappingURL=main.js.map", dist__main_js_map=text)) == ("dist/a.ts",)


def test_a_file_without_a_map(tmp_path: Path) -> None:
    assert found(tmp_path, "console.log('sourceMappingURL=x')\n") is None


@pytest.mark.parametrize(
    ("comment", "text", "problem"),
    [
        ("gone.js.map", TEXT, "names the map dist/gone.js.map, which is not there"),
        ("../../secret.map", TEXT, "names a map outside of the workspace"),
        ("https://cdn.example/m.map", TEXT, "names a map outside of the workspace"),
        ("main.js.map", "{", "dist/main.js.map:1:2: not valid JSON: Expecting property name enclosed in double quotes"),
        ("main.js.map", "[" * 100_000, "dist/main.js.map: nested too deeply"),
        ("main.js.map", "[]", "dist/main.js.map is not a source map"),
        ("data:;base64,!!!!", TEXT, "the map inside of it is not valid base64"),
    ],
)
def test_a_map_that_cannot_be_read(tmp_path: Path, comment: str, text: str, problem: str) -> None:
    with pytest.raises(SourceMapError) as refused:
        found(tmp_path, f"x\n//# sourceMappingURL={comment}", dist__main_js_map=text)
    assert str(refused.value) == problem


def test_a_map_that_is_a_link_out_of_the_workspace(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "dist").mkdir(parents=True)
    (tmp_path / "secret.map").write_text(TEXT)
    (root / "dist" / "main.js.map").symlink_to(tmp_path / "secret.map")
    with pytest.raises(SourceMapError, match="is a link to a place outside of the workspace"):
        source_map.find(root, "dist/main.js", b"x")
