"""What a bundle is made of: the best source there is, the way in of each part, copies, and sums that are the file."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfgate.analyzers.bundle.bundler_output import BundlerOutput
from perfgate.analyzers.bundle.composition import Composition, compose, explain
from perfgate.report import codec
from perfgate.report.model import Bundle
from tests.javascript.test_source_map import a_map

TEXT = "m" * 30 + "d" * 60 + "p" * 210
SOURCES = {"src/main.ts": 30, "src/dates.ts": 60, "node_modules/moment/moment.js": 210}


def files(root: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def the_map(sources: dict[str, int], texts: dict[str, str] | None = None) -> dict[str, Any]:
    """A map of one line in which the sources follow one another."""
    line, column = [], 0
    for index, size in enumerate(sources.values()):
        line.append((column, index))
        column += size
    contents = {"sourcesContent": [texts.get(name) for name in sources]} if texts is not None else {}
    return a_map([line], [f"../{name}" for name in sources], **contents)


def a_metafile(size: int, sources: dict[str, int], imports: dict[str, list[tuple[str, str]]]) -> dict[str, Any]:
    return {
        "inputs": {
            name: {"imports": [{"path": path, "original": written} for path, written in imports.get(name, [])]}
            for name in {**sources, **imports}
        },
        "outputs": {
            "dist/main.js": {
                "bytes": size,
                "entryPoint": "src/main.ts",
                "inputs": {name: {"bytesInOutput": part} for name, part in sources.items()},
            }
        },
    }


def some_stats(size: int) -> dict[str, Any]:
    entry = {"name": "./src/main.ts", "size": 300, "chunks": [1], "reasons": [{"type": "entry"}]}
    reason = {"moduleName": "./src/main.ts", "userRequest": "moment"}
    package = {"name": "./node_modules/moment/moment.js", "size": 900, "chunks": [1], "reasons": [reason]}
    return {"assets": [{"name": "main.js", "size": size, "chunks": [1]}], "modules": [entry, package]}


def composed(root: Path, *paths: str, packages: dict[str, str] | None = None) -> Composition:
    output = BundlerOutput(root)
    explained = [explain(root, output, path, (root / path).read_bytes()) for path in paths or ("dist/main.js",)]
    return compose(root, explained, packages or {})


def told(composition: Composition) -> dict[str, tuple[int, str | None, tuple[str, ...]]]:
    return {module.name: (module.size, module.importer, module.chain) for module in composition.modules}


# Which source is used


@pytest.mark.parametrize(
    ("present", "origin"),
    [
        (("meta.json", "main.js.map", "stats.json"), "metafile"),
        (("main.js.map", "stats.json"), "source map"),
        (("stats.json",), "stats"),
        ((), None),
    ],
)
def test_the_best_source_there_is(tmp_path: Path, present: tuple[str, ...], origin: str | None) -> None:
    sources = {
        "meta.json": a_metafile(len(TEXT), SOURCES, {}),
        "main.js.map": the_map(SOURCES),
        "stats.json": some_stats(len(TEXT)),
    }
    files(tmp_path, {"dist/main.js": TEXT, **{f"dist/{name}": json.dumps(sources[name]) for name in present}})
    assert composed(tmp_path).origin == origin


@pytest.mark.parametrize(
    "place", ["dist/web/stats.json", "dist/webpack-stats.json", "rspack-stats.json", "stats-raw.json"]
)
def test_stats_are_found_beside_a_file_and_above(tmp_path: Path, place: str) -> None:
    files(tmp_path, {"dist/web/main.js": TEXT, place: json.dumps(some_stats(len(TEXT)))})
    found = composed(tmp_path, "dist/web/main.js")
    assert found.origin == "stats"
    assert told(found) == {"node_modules/moment": (225, "src/main.ts", ()), "src/main.ts": (75, None, ())}


def test_stats_tell_importers_where_a_map_tells_bytes(tmp_path: Path) -> None:
    stats, data = json.dumps(some_stats(len(TEXT))), json.dumps(the_map(SOURCES))
    files(tmp_path, {"dist/main.js": TEXT, "dist/main.js.map": data, "stats.json": stats})
    assert told(composed(tmp_path))["node_modules/moment"] == (210, "src/main.ts", ())


def test_stats_step_in_for_a_broken_map_which_is_noted(tmp_path: Path) -> None:
    files(tmp_path, {"dist/main.js": TEXT, "dist/main.js.map": "{", "stats.json": json.dumps(some_stats(len(TEXT)))})
    found = composed(tmp_path)
    assert found.origin == "stats"
    assert found.note == (
        "dist/main.js: dist/main.js.map:1:2: not valid JSON: Expecting property name enclosed in double quotes"
    )


def test_names_in_stats_are_located_by_the_files_on_disk(tmp_path: Path) -> None:
    files(
        tmp_path,
        {"apps/web/dist/main.js": TEXT, "apps/web/src/main.ts": "", "stats.json": json.dumps(some_stats(len(TEXT)))},
    )
    assert "src/main.ts" in told(composed(tmp_path, "apps/web/dist/main.js"))
    (tmp_path / "stats.json").rename(tmp_path / "apps/web/stats.json")
    assert "apps/web/src/main.ts" in told(composed(tmp_path, "apps/web/dist/main.js"))


@pytest.mark.parametrize("name", ["meta.json", "stats.json"])
def test_broken_bundler_output_is_noted(tmp_path: Path, name: str) -> None:
    files(tmp_path, {"dist/main.js": TEXT, f"dist/{name}": "{"})
    assert (
        composed(tmp_path).note == f"dist/{name}:1:2: not valid JSON: Expecting property name enclosed in double quotes"
    )


def test_bundler_output_is_not_read_through_a_link_out_of_the_workspace(tmp_path: Path) -> None:
    files(tmp_path, {"root/dist/main.js": TEXT, "secret.json": json.dumps(some_stats(len(TEXT)))})
    (tmp_path / "root/dist/stats.json").symlink_to(tmp_path / "secret.json")
    found = composed(tmp_path / "root")
    assert (found.modules, found.note) == ((), "dist/stats.json is a link to a place outside of the workspace")


def test_a_metafile_that_claims_more_than_the_file_has_explains_nothing(tmp_path: Path) -> None:
    files(
        tmp_path, {"dist/main.js": TEXT, "dist/meta.json": json.dumps(a_metafile(len(TEXT), {"src/main.ts": 301}, {}))}
    )
    assert composed(tmp_path).modules == ()


def test_a_metafile_written_by_a_build_in_a_package(tmp_path: Path) -> None:
    files(
        tmp_path,
        {"apps/web/dist/main.js": TEXT, "apps/web/dist/meta.json": json.dumps(a_metafile(len(TEXT), SOURCES, {}))},
    )
    assert "apps/web/src/main.ts" in told(composed(tmp_path, "apps/web/dist/main.js"))


# Sums


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["a.ts", "b.ts", "node_modules/c/c.js", "(x)", "d/é.ts"]), st.integers(0, 60)),
    st.sampled_from(["metafile", "map", "inline", "stats", "none"]),
    st.integers(0, 50),
)
def test_parts_and_the_rest_add_up_to_the_files(
    tmp_path_factory: pytest.TempPathFactory, sources: dict[str, int], kind: str, more: int
) -> None:
    root = tmp_path_factory.mktemp("w")
    text = "é" * (sum(sources.values()) + more) + "\n"
    modules = [{"name": f"./{name}", "size": size * 7, "chunks": [1]} for name, size in sources.items()]
    data = json.dumps(the_map(sources))
    size = len(text.encode())
    stats = {"assets": [{"name": "main.js", "size": size, "chunks": [1]}], "modules": modules}
    inline = f"//# sourceMappingURL=data:;base64,{base64.b64encode(data.encode()).decode()}" if kind == "inline" else ""
    extra = {
        "metafile": {"dist/meta.json": json.dumps(a_metafile(size, sources, {}))},
        "map": {"dist/main.js.map": data},
        "stats": {"dist/stats.json": json.dumps(stats)},
    }
    files(root, {"dist/main.js": text + inline, "dist/other.css": "x" * 17, **extra.get(kind, {})})
    found = composed(root, "dist/main.js", "dist/other.css")
    total = (root / "dist/main.js").stat().st_size + 17
    if found.modules:
        assert sum(module.size for module in found.modules) + (found.unmapped or 0) == total
        assert all(module.size > 0 for module in found.modules)
    else:
        assert found.unmapped is None


# The way in


def test_the_way_from_a_package_to_the_entry_point_leads_through_barrels(tmp_path: Path) -> None:
    on_disk = {
        "apps/web/main.ts": "\nimport { day } from '@shop/common'\n",
        "libs/common/src/index.ts": "export * from './a'\nexport * from './dates.js'\n",
        "libs/common/src/dates.ts": "// dates\nimport moment from 'moment'\n",
        "node_modules/moment/moment.js": "import './locale'; import 'tiny'",
    }
    sources = {
        "apps/web/main.ts": 30,
        "libs/common/src/dates.ts": 60,
        "node_modules/moment/moment.js": 150,
        "node_modules/tiny/i.js": 60,
    }
    expected = {
        "node_modules/moment": (150, "libs/common/src/dates.ts:2", ("libs/common/src/index.ts:2", "apps/web/main.ts:2")),
        "libs/common/src/dates.ts": (60, "libs/common/src/index.ts:2", ("apps/web/main.ts:2",)),
        "node_modules/tiny": (
            60, "node_modules/moment", ("libs/common/src/dates.ts:2", "libs/common/src/index.ts:2", "apps/web/main.ts:2")
        ),
        "apps/web/main.ts": (30, None, ()),
    }  # fmt: skip
    files(tmp_path, {**on_disk, "dist/main.js": TEXT, "dist/main.js.map": json.dumps(the_map(sources, on_disk))})
    packages = {"@shop/common": "libs/common"}
    assert told(composed(tmp_path, packages=packages)) == expected, "out of a source map"
    imports = {
        "apps/web/main.ts": [("libs/common/src/index.ts", "@shop/common")],
        "libs/common/src/index.ts": [("libs/common/src/dates.ts", "./dates.js")],
        "libs/common/src/dates.ts": [("node_modules/moment/moment.js", "moment")],
        "node_modules/moment/moment.js": [("node_modules/tiny/i.js", "tiny")],
    }
    meta = a_metafile(len(TEXT), sources, imports)
    meta["outputs"]["dist/main.js"]["entryPoint"] = "apps/web/main.ts"
    files(tmp_path, {"dist/meta.json": json.dumps(meta)})
    assert told(composed(tmp_path)) == expected, "out of a metafile"


def test_of_two_importers_the_one_nearer_to_the_entry_point(tmp_path: Path) -> None:
    imports = {
        "src/main.ts": [("src/deep.ts", "./deep"), ("src/near.ts", "./near")],
        "src/deep.ts": [("src/deeper.ts", "./deeper")],
        "src/deeper.ts": [("node_modules/a/a.js", "a")],
        "src/near.ts": [("node_modules/a/a.js", "a")],
    }
    files(
        tmp_path,
        {
            "dist/main.js": TEXT,
            "dist/meta.json": json.dumps(a_metafile(len(TEXT), {"node_modules/a/a.js": 9}, imports)),
        },
    )
    assert told(composed(tmp_path)) == {"node_modules/a": (9, "src/near.ts", ("src/main.ts",))}


def test_a_circle_of_imports_ends(tmp_path: Path) -> None:
    circle = {"a.ts": [("b.ts", "./b")], "b.ts": [("a.ts", "./a"), ("node_modules/c/c.js", "c")]}
    meta = a_metafile(len(TEXT), {"a.ts": 3, "b.ts": 2, "node_modules/c/c.js": 1}, circle)
    meta["outputs"]["dist/main.js"]["entryPoint"] = "a.ts"
    files(tmp_path, {"dist/main.js": TEXT, "dist/meta.json": json.dumps(meta)})
    assert told(composed(tmp_path)) == {
        "a.ts": (3, None, ()),
        "b.ts": (2, "a.ts", ()),
        "node_modules/c": (1, "b.ts", ("a.ts",)),
    }


def test_an_alias_leads_to_the_one_source_it_can_mean(tmp_path: Path) -> None:
    texts = {
        "src/main.ts": "import '@/lib/dates'\nimport '@app/common'",
        "src/lib/dates.ts": "",
        "libs/common/src/index.ts": "",
    }
    files(tmp_path, {"dist/main.js": TEXT, "dist/main.js.map": json.dumps(the_map(dict.fromkeys(texts, 10), texts))})
    ways = told(composed(tmp_path))
    assert ways["src/lib/dates.ts"] == (10, "src/main.ts:1", ())
    assert ways["libs/common/src/index.ts"] == (280, "src/main.ts:2", ())


def test_without_texts_a_manifest_tells_what_a_package_needs(tmp_path: Path) -> None:
    sources = {"src/main.ts": 10, "node_modules/a/src/a.ts": 10, "node_modules/b/b.js": 10}
    manifest = json.dumps({"dependencies": {"b": "1"}})
    written = {"src/main.ts": "import 'a'", "node_modules/a/package.json": manifest}
    files(tmp_path, {**written, "dist/main.js": TEXT, "dist/main.js.map": json.dumps(the_map(sources))})
    assert told(composed(tmp_path))["node_modules/b"] == (280, "node_modules/a", ("src/main.ts:1",))


# Copies


def test_copies_of_a_package_with_their_versions_and_bytes(tmp_path: Path) -> None:
    sources = {
        "node_modules/.pnpm/ms@2.0.0/node_modules/ms/index.js": 10,
        "node_modules/.pnpm/ms@2.1.3/node_modules/ms/index.js": 30,
        "node_modules/.pnpm/@a+b@1.0.0_react@18.2.0/node_modules/@a/b/i.js": 5,
        "node_modules/.pnpm/@a+b@1.0.0(react@17.0.0)/node_modules/@a/b/i.js": 4,
        "node_modules/x/node_modules/c/c.js": 3,
        "node_modules/c/c.js": 2,
        "node_modules/c/d.js": 2,
        "node_modules/once/index.js": 2,
    }
    manifests = {"node_modules/c/package.json": json.dumps({"version": "3.0.0"})}
    files(
        tmp_path, {**manifests, "dist/main.js": TEXT, "dist/meta.json": json.dumps(a_metafile(len(TEXT), sources, {}))}
    )
    found = {one.package: [(copy.version, copy.size) for copy in one.copies] for one in composed(tmp_path).duplicates}
    assert found == {
        "ms": [("2.1.3", 30), ("2.0.0", 10)],
        "@a/b": [("1.0.0", 5), ("1.0.0", 4)],
        "c": [("3.0.0", 4), (None, 3)],
    }
    assert [one.package for one in composed(tmp_path).duplicates] == ["ms", "@a/b", "c"]


# Hostile names


@pytest.mark.parametrize(
    "name",
    ["a\n::error::b.ts", "\ud800.ts", "\x00.ts", "node_modules/\x1b/a.ts", "node_modules/", "../../..", "x" * 5000],
)
@pytest.mark.parametrize("kind", ["metafile", "source map", "stats"])
def test_whatever_a_source_is_called_the_report_can_be_read_again(tmp_path: Path, name: str, kind: str) -> None:
    sources = {name: 10, f"z/{name}": 10, f"node_modules/p/{name}": 5, "src/main.ts": 5}
    modules = [{"name": source, "size": size, "chunks": [1]} for source, size in sources.items()]
    told_by = {
        "metafile": ("meta.json", a_metafile(len(TEXT), sources, {"src/main.ts": [(name, name)]})),
        "source map": ("main.js.map", the_map(sources, {"src/main.ts": f"import {json.dumps(name)}"})),
        "stats": (
            "stats.json",
            {"assets": [{"name": "main.js", "size": len(TEXT), "chunks": [1]}], "modules": modules},
        ),
    }
    file, data = told_by[kind]
    files(tmp_path, {"dist/main.js": TEXT, f"dist/{file}": json.dumps(data)})
    found = composed(tmp_path)
    assert found.origin == kind
    bundle = Bundle(modules=found.modules, duplicates=found.duplicates, unmapped=found.unmapped)
    assert codec.decode(Bundle, codec.encode(bundle), "report") == bundle
