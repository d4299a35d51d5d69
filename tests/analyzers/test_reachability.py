"""What is needed of a library when some of its exports are: every way in which one declaration leads to another."""

from pathlib import Path

import pytest

from perfgate.analyzers.treeshake.module_graph import Graph, Leaf
from perfgate.analyzers.treeshake.reachability import Reach
from perfgate.workspace.resolution import Importable, Resolver


def needed(root: Path, files: dict[str, str], *names: str, effects: bool = True) -> set[str]:
    """The lines that are needed when `index` is loaded and these names of it are taken, as `file:line`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    graph = Graph(root, Resolver(root, {"other": Importable("other", "other", {})}))
    entry = next(name for name in files if name.startswith("index"))
    reach = Reach(graph, lambda _: effects, lambda _: True)
    reach.need(leaf for name in names if (leaf := graph.leaf(entry, name)))
    if effects:
        reach.load(entry)
    return {f"{Path(path).stem}:{line}" for path in files for line in reach.lines(path)}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"index.ts": "export const a = 1\nexport const b = 2"}, {"index:1"}, id="itself"),
        pytest.param({"index.ts": "export const a = () => b()\nconst b = () => 1\nconst c = 2"}, {"index:1", "index:2"}, id="what it mentions"),
        pytest.param({"index.ts": "export function a() {\n  return a.b\n}\nconst b = 1"}, {"index:1", "index:2"}, id="members are no mention"),
        pytest.param({"index.ts": "export const a = { ...b }\nconst b = 1"}, {"index:1", "index:2"}, id="a spread is"),
        pytest.param({"index.ts": "export const a = `${b}`\nconst b = 1"}, {"index:1", "index:2"}, id="in a template"),
        pytest.param({"index.ts": "export const a = 'b' // b\nconst b = 1"}, {"index:1"}, id="not in texts and comments"),
        pytest.param({"index.ts": "export class a extends b {}\nclass b {}"}, {"index:1", "index:2"}, id="a base class"),
        pytest.param({"index.tsx": "export const a = () => <B />\nconst B = () => null"}, {"index:1", "index:2"}, id="JSX"),
        pytest.param({"index.ts": "export class a {}\na.b = c()\nfunction c() {}"}, {"index:1", "index:2", "index:3"}, id="what is set on it"),
        pytest.param({"index.ts": "import { x } from './x'\nexport const a = x", "x.ts": "export const x = 1\nexport const y = 2"}, {"index:2", "x:1"}, id="imports"),
        pytest.param({"index.ts": "import x from './x'\nexport const a = x", "x.ts": "const q = 1\nexport default q + 1\nexport const y = 2"}, {"index:2", "x:1", "x:2"}, id="a default expression"),
        pytest.param({"index.ts": "import * as x from './x'\nexport const a = x.x", "x.ts": "export const x = 1\nexport const y = 2"}, {"index:2", "x:1"}, id="members of a namespace"),
        pytest.param({"index.ts": "import * as x from './x'\nexport const a = [x]\nx.y", "x.ts": "export const x = 1\nexport const y = 2"}, {"index:2", "index:3", "x:1", "x:2"}, id="a namespace that escapes"),
        pytest.param({"index.ts": "export * from './x'", "x.ts": "export const a = 1\nexport const y = 2"}, {"x:1"}, id="export star"),
        pytest.param({"index.ts": "export { x as a } from './x'", "x.ts": "export const x = 1\nexport const y = 2"}, {"x:1"}, id="a renamed re-export"),
        pytest.param({"index.ts": "export * as a from './x'", "x.ts": "export const x = 1\nconst y = 2"}, {"x:1"}, id="a namespace passed on"),
        pytest.param({"index.ts": "export const a = () => import('./x')", "x.ts": "export const x = 1\nconst y = 2"}, {"index:1", "x:1"}, id="import()"),
        pytest.param({"index.ts": "import './x'\nexport const a = 1", "x.ts": "start()\nconst y = 2"}, {"index:2", "x:1"}, id="side effects of what is loaded"),
        pytest.param({"index.ts": "import { y } from './x'\nexport const a = 1", "x.ts": "import './z'\nexport const y = 2", "z.ts": "start()"}, {"index:2", "z:1"}, id="side effects further away"),
        pytest.param({"index.ts": "export const a = 1\nconst b = make()"}, {"index:1"}, id="a call that makes a value is not needed"),
        pytest.param({"index.ts": "import type { x } from './x'\nexport const a: x = 1", "x.ts": "export class x {}"}, {"index:2"}, id="a type needs nothing"),
        pytest.param({"index.ts": "export * from './x'\nexport const b = 1", "x.ts": "export * from './index'\nexport const a = 1"}, {"x:2"}, id="a cycle"),
        pytest.param({"index.js": "exports.a = a;\nfunction a() {}\nexports.b = b;\nfunction b() {}"}, {"index:2"}, id="CommonJS"),
        pytest.param({"index.js": "exports.a = () => x_1.x;\nconst x_1 = require('./x')", "x.js": "exports.x = 1;\nexports.y = 2;"}, {"index:1", "x:1"}, id="members of require"),
        pytest.param({"index.js": "__exportStar(require('./x'), exports)", "x.js": "exports.a = 1;\nexports.y = 2;"}, {"x:1"}, id="export star of TypeScript"),
    ],
)  # fmt: skip
def test_what_leads_to_what(tmp_path: Path, files: dict[str, str], expected: set[str]) -> None:
    assert needed(tmp_path, files, "a") == expected


def test_a_module_without_side_effects_is_loaded_only_for_what_is_taken(tmp_path: Path) -> None:
    files = {
        "index.ts": "export * from './x'\nexport * from './y'",
        "x.ts": "export const a = 1\nstart()",
        "y.ts": "start()",
    }
    assert needed(tmp_path, files, "a", effects=False) == {"x:1", "x:2"}


def test_a_name_that_is_not_there_needs_nothing(tmp_path: Path) -> None:
    assert needed(tmp_path, {"index.ts": "export const a = 1"}, "z") == set()


def test_leaves_are_the_same_by_every_way(tmp_path: Path) -> None:
    (tmp_path / "index.ts").write_text("export * from './x'\nexport { a as b } from './x'")
    (tmp_path / "x.ts").write_text("export const a = 1")
    graph = Graph(tmp_path, Resolver(tmp_path, {}))
    assert {leaf for _, leaf in graph.offered("index.ts")} == {Leaf("x.ts", "a")}


def test_a_chain_of_modules_without_end_gives_up(tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / f"m{number}.ts").write_text(
            f"export * from './m{number + 1}'\nexport {{ z }} from './m{number + 1}'"
        )
    graph = Graph(tmp_path, Resolver(tmp_path, {}))
    assert graph.leaf("m0.ts", "a") is None
    assert graph.leaf("m0.ts", "z") is None
    assert list(graph.offered("m0.ts")) == []


def test_a_name_hides_the_same_one_further_away(tmp_path: Path) -> None:
    (tmp_path / "index.ts").write_text("export * from './x'\nexport const a = 1")
    (tmp_path / "x.ts").write_text("export const a = 1\nexport const b = 2\nexport default 3")
    graph = Graph(tmp_path, Resolver(tmp_path, {}))
    assert list(graph.offered("index.ts")) == [("a", Leaf("index.ts", "a")), ("b", Leaf("x.ts", "b"))]


def test_barrels_that_lead_to_one_another_in_every_way_end(tmp_path: Path) -> None:
    for number in range(40):
        both = f"export * from './a{number + 1}'\nexport * from './b{number + 1}'"
        (tmp_path / f"a{number}.ts").write_text(both)
        (tmp_path / f"b{number}.ts").write_text(both)
    (tmp_path / "a40.ts").write_text("export const a = 1")
    graph = Graph(tmp_path, Resolver(tmp_path, {}))
    assert graph.leaf("a0.ts", "gone") is None
    assert list(graph.offered("a0.ts")) == [("a", Leaf("a40.ts", "a"))]
