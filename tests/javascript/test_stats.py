"""Stats: whose file they speak of, modules that were put together, and sizes that never exceed the file."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.javascript import stats
from perfgate.javascript.parts import Link

PATH = "dist/apps/web/main.js"


def webpack(modules: list[dict[str, Any]], **asset: Any) -> dict[str, Any]:
    return {"assets": [{"name": "main.js", "size": 1000, "chunks": [1], **asset}], "modules": modules}


def module(name: str, size: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "size": size, "chunks": [1], **more}


def test_modules_of_the_chunk_of_a_file() -> None:
    data = webpack(
        [module("./src/main.ts", 100), module("./src/b.ts", 50, chunks=[2]), module("./src/c.ts", 5, chunks=[])]
    )
    found = stats.parts(data, PATH, 1000)
    assert found is not None
    assert found.sizes == {"./src/main.ts": 100}


def test_modules_that_were_put_together_are_taken_apart() -> None:
    inner = [
        {"name": "./src/main.ts", "size": 60, "reasons": [{"type": "entry"}]},
        {"name": "./node_modules/a/index.js", "size": 40, "reasons": [
            {"moduleName": "./src/main.ts + 1 modules", "userRequest": "a"}]},
    ]  # fmt: skip
    found = stats.parts(webpack([module("./src/main.ts + 1 modules", 100, modules=inner)]), PATH, 1000)
    assert found is not None
    assert found.sizes == {"./src/main.ts": 60, "./node_modules/a/index.js": 40}
    assert found.links == (Link("./src/main.ts", "a", "./node_modules/a/index.js"),)
    assert found.entries == ("./src/main.ts",)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("./a.js + 3 modules", "./a.js"),
        ("css-loader!./a.css?inline", "./a.css"),
        ("/ci/node_modules/x/i.cjs??rule!/ci/app/a.ts|f00", "/ci/app/a.ts"),
        ("\x00commonjsHelpers.js", "commonjsHelpers.js"),
        ("webpack/runtime/define", "webpack/runtime/define"),
    ],
)
def test_names_are_paths(name: str, shown: str) -> None:
    found = stats.parts(webpack([module(name, 10)]), PATH, 1000)
    assert found is not None
    assert list(found.sizes) == [shown]


@pytest.mark.parametrize(
    ("asset", "known"),
    [({}, True), ({"size": 999}, False), ({"name": "other.js"}, False), ({"name": "apps/web/main.js?v=1"}, True), ({"name": "ain.js"}, False)],
)  # fmt: skip
def test_only_stats_of_that_very_file_are_used(asset: dict[str, Any], known: bool) -> None:
    assert (stats.parts(webpack([module("./a.js", 10)], **asset), PATH, 1000) is not None) is known


def test_stats_of_several_configurations() -> None:
    data = {"children": [{"assets": [{"name": "x.js"}]}, webpack([module("./a.js", 10)])]}
    found = stats.parts(data, PATH, 1000)
    assert found is not None
    assert found.sizes == {"./a.js": 10}


def test_stats_that_plugins_of_vite_write_for_webpack_tools() -> None:
    data = {
        "assets": [{"name": "main.js", "size": 1000}],
        "chunks": [{"id": "c1", "files": ["main.js"], "modules": [{"name": "./src/a.js", "size": 10}]}],
    }
    found = stats.parts(data, PATH, 1000)
    assert found is not None
    assert found.sizes == {"./src/a.js": 10}


def visualizer() -> dict[str, Any]:
    return {
        "version": 2,
        "nodeParts": {"p1": {"renderedLength": 70}, "p2": {"renderedLength": 30}},
        "nodeMetas": {
            "m1": {"id": "/src/main.ts", "isEntry": True, "moduleParts": {"main.js": "p1"}, "imported": [{"uid": "m2"}, {"uid": "m3"}]},
            "m2": {"id": "/node_modules/a/a.js", "moduleParts": {"main.js": "p2"}, "imported": []},
            "m3": {"id": "node:fs", "moduleParts": {}, "isExternal": True},
        },
    }  # fmt: skip


def test_raw_data_of_the_visualizer() -> None:
    found = stats.parts(visualizer(), PATH, 1000)
    assert found is not None
    assert found.sizes == {"/src/main.ts": 70, "/node_modules/a/a.js": 30}
    assert found.links == (Link("/src/main.ts", "/node_modules/a/a.js", "/node_modules/a/a.js"),)
    assert found.entries == ("/src/main.ts",)
    assert stats.parts(visualizer(), "dist/other.js", 1000) is None


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.integers(0, 10_000), max_size=20), st.integers(1, 5000))
def test_scaled_sizes_never_exceed_the_file(sizes: dict[str, int], size: int) -> None:
    data = webpack([module(f"./{number}.js", part) for number, part in enumerate(sizes.values())], size=size)
    found = stats.parts(data, PATH, size)
    assert sum(found.sizes.values() if found else ()) <= size


@pytest.mark.parametrize(
    "data",
    [
        [], {}, {"assets": 1}, {"assets": [1, {"name": 2}]}, {"assets": [{"name": "main.js", "chunks": [{}]}], "modules": [1]},
        webpack([{"chunks": [1]}]), webpack([module("a", -5)]), webpack([module("a", 1, modules=[1, {}], reasons=3)]),
        {"nodeParts": {}, "nodeMetas": {"a": 1, "b": {"id": 3}}},
        {"nodeParts": {"p": 3}, "nodeMetas": {"b": {"id": "x", "moduleParts": {"main.js": "p"}, "imported": [{"uid": []}]}}},
    ],
)  # fmt: skip
def test_what_is_no_stats_says_nothing(data: Any) -> None:
    assert stats.parts(data, PATH, 1000) is None
