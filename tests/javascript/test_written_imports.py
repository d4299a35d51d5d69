"""Imports in sources: in their text, and the same ones in the JSON of a map that carries them."""

import json

import pytest

from perfgate.javascript import source_map
from perfgate.javascript.written_imports import imports, of_map

SOURCES = [
    ("import a from 'a'", [("a", 1)]),
    ('import "a"\nimport { b,\n  c } from "./b.js"', [("a", 1), ("./b.js", 2)]),
    ('const x = require("x")\n\nawait import(\n  `./y`)', [("x", 1), ("./y", 3)]),
    ("export * from '@scope/x/sub'", [("@scope/x/sub", 1)]),
    ('import{a}from"a";import{b}from"b"', [("a", 1), ("b", 1)]),
    ("// import a from 'a'\n * from 'b'\n/* import 'c' */", []),
    ("import type { A } from 'a'\nexport type { B } from 'b'", []),
    ("const text = 'a\\n\\n'\nimport 'x'", [("x", 2)]),
    ("let from = 3, imported = 'x'", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "found"), SOURCES)
def test_imports_in_a_text(text: str, found: list[tuple[str, int]]) -> None:
    assert imports(text) == found


@pytest.mark.parametrize(("text", "found"), SOURCES)
def test_imports_in_a_map(text: str, found: list[tuple[str, int]]) -> None:
    data = {"version": 3, "sources": ["a.ts"], "sourcesContent": [text], "mappings": ""}
    read = source_map.parse(json.dumps(data).encode(), "m", "")
    assert [(link.specifier, link.line) for link in of_map(read)] == found


def test_of_packages_only_what_leads_to_packages() -> None:
    data = {
        "version": 3,
        "sources": ["node_modules/a/a.js"],
        "sourcesContent": ["import 'b'; import './c'"],
        "mappings": "",
    }
    assert [link.specifier for link in of_map(source_map.parse(json.dumps(data).encode(), "m", ""))] == ["b"]
