"""Tree-shaking: who uses which exports, what bundles keep without need, and what to do about it."""

import datetime as dt
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from perfgate.analyzers import METRICS
from perfgate.analyzers.treeshake import analysis as treeshake
from perfgate.analyzers.treeshake.module_graph import Graph
from perfgate.analyzers.treeshake.shaken_service import Repository
from perfgate.config.limits import Amount, Budget, Budgets
from perfgate.config.project import Project
from perfgate.errors import Source
from perfgate.gate.cause import evidence
from perfgate.gate.check import Compared, check
from perfgate.javascript import source_map
from perfgate.report import codec
from perfgate.report.document import Part, derive, merge, parse
from perfgate.report.model import REPOSITORY, Remark
from perfgate.workspace.libraries import Libraries
from perfgate.workspace.resolution import Resolver
from perfgate.workspace.services import Workspace, discover
from tests.permissions import bound_by_modes
from tests.reports import a_report

SHOP = Path(__file__).parent.parent / "data" / "shop"


def shop(root: Path = SHOP, build: str = "esbuild") -> Workspace:
    """The workspace of two services with the artifacts of one bundler."""
    workspace = discover(root, Project())
    services = (replace(one, artifacts=(f"builds/{build}/{one.name}/*.js",)) for one in workspace.services)
    return replace(workspace, services=tuple(services))


def values(part: Part, service: str) -> dict[str, float]:
    return {one.id.removeprefix("treeshake."): one.value for one in part.metrics if one.service == service}


def remarks(part: Part, kind: str) -> list[Remark]:
    return [one for found in part.details.values() for one in found.remarks if one.kind == kind]


def places(part: Part, kind: str) -> list[tuple[str, ...]]:
    return [one.places for one in remarks(part, kind)]


# Of 25 lines that `web` could take it needs 7: 5 of kit (add, round, capitalize) and 2 of legacy (countOrders).
@pytest.mark.parametrize(
    ("build", "retained", "effectiveness"),
    [
        # Kept as well: 3 lines of SEPARATORS with its function, 4 of layout with its own.
        pytest.param("esbuild", 56.0, 61.1, id="esbuild"),
        pytest.param("esbuild-minified", 56.0, 61.1, id="esbuild minified"),
        # Sees that `SEPARATORS` can be left out.
        pytest.param("rollup", 44.0, 77.8, id="rollup"),
        pytest.param("esbuild-commonjs", 96.0, 5.6, id="CommonJS"),
    ],
)
def test_a_service_against_each_bundler(build: str, retained: float, effectiveness: float) -> None:
    part = treeshake.analyze(shop(build=build))
    assert values(part, "web") == {"retained": retained, "effectiveness": effectiveness}
    assert part.details["web"].method == "source map"
    assert not part.not_measured


def test_what_is_all_needed_is_all_effective() -> None:
    assert values(treeshake.analyze(shop()), "api")["effectiveness"] == 100


def test_libraries_are_counted_one_by_one() -> None:
    counts = {
        one.name: (one.available, one.kept, one.needed, one.effectiveness)
        for one in treeshake.analyze(shop()).details["web"].libraries
    }
    assert counts == {"@shop/kit": (16, 8, 5, 72.7), "@shop/legacy": (9, 6, 2, 42.9)}


def copied(tmp_path: Path, build: str, *suffixes: str) -> Workspace:
    """The workspace with only those files of a build whose names end so, and no comment that names a map."""
    shutil.copytree(SHOP, tmp_path, dirs_exist_ok=True)
    for path in (tmp_path / "builds" / build).rglob("*"):
        if path.is_file() and not path.name.endswith(suffixes):
            path.unlink()
        elif path.name == "main.js":
            path.write_text(path.read_text().replace("sourceMappingURL", "nothingWithAMap_"))
    return shop(tmp_path, build)


@pytest.mark.parametrize(
    ("build", "near"),
    [("esbuild", 61.1), ("esbuild-minified", 61.1), ("esbuild-commonjs", 5.6)],
)
def test_a_metafile_alone_gives_nearly_the_same(tmp_path: Path, build: str, near: float) -> None:
    part = treeshake.analyze(copied(tmp_path, build, ".js", "meta.json"))
    assert part.details["web"].method == "metafile"
    assert values(part, "web")["effectiveness"] == pytest.approx(near, abs=25)


def test_statistics_alone_say_which_exports_are_kept(tmp_path: Path) -> None:
    part = treeshake.analyze(copied(tmp_path, "webpack", ".js", "stats.json"))
    assert part.details["web"].method == "stats"
    assert values(part, "web") == {"retained": 28.0, "effectiveness": 100.0}


def test_without_either_it_is_not_measured_and_says_how(tmp_path: Path) -> None:
    part = treeshake.analyze(copied(tmp_path, "esbuild", ".js"))
    (missing, _) = [one for one in part.not_measured if one.service == "web"]
    assert "build with source maps" in missing.reason
    assert not missing.failed
    assert values(part, "@shop/kit") == {"exportsUsed": 100.0}


def test_what_was_not_built_is_not_measured(tmp_path: Path) -> None:
    part = treeshake.analyze(copied(tmp_path, "esbuild"))
    assert {one.reason for one in part.not_measured if one.service == "web"} == {
        "no file matches builds/esbuild/web/*.js"
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"{", "not valid JSON", id="broken"),
        pytest.param(b"[]", "is not a source map", id="another shape"),
        pytest.param(b'{"version":3,"sources":["a"],"mappings":"AEAA"}', "name source 2", id="a lying index"),
        pytest.param(b'{"version":3,"sources":["a"],"mappings":";;;;;;;;;;AAAA' + b";" * 900 + b'AAAA"}', "speaks of line", id="a lying line"),
    ],
)  # fmt: skip
def test_a_broken_map_is_said_and_stops_nobody_else(tmp_path: Path, content: bytes, reason: str) -> None:
    workspace = shop(copied(tmp_path, "esbuild", ".js", ".map").root)
    (tmp_path / "builds/esbuild/web/main.js.map").write_bytes(content)
    part = treeshake.analyze(workspace)
    (missing, _) = [one for one in part.not_measured if one.service == "web"]
    assert reason in missing.reason
    assert missing.failed
    assert values(part, "api")["effectiveness"] == 100


def test_half_of_the_maps_is_no_number(tmp_path: Path) -> None:
    workspace = copied(tmp_path, "esbuild", ".js", ".map")
    shutil.copytree(SHOP / "builds/esbuild", tmp_path / "builds/esbuild", dirs_exist_ok=True)
    for path in tmp_path.rglob("meta.json"):
        path.unlink()
    (tmp_path / "builds/esbuild/web/chunk.js").write_text("1\n//# sourceMappingURL=gone.map")
    part = treeshake.analyze(workspace)
    assert {(one.failed, one.reason) for one in part.not_measured} == {
        (True, "builds/esbuild/web/chunk.js: names the map builds/esbuild/web/gone.map, which is not there")
    }
    assert part.details["web"].unknown


def test_a_source_that_was_changed_after_the_build_is_named(tmp_path: Path) -> None:
    shutil.copytree(SHOP, tmp_path, dirs_exist_ok=True)
    (tmp_path / "libs/kit/src/clock.ts").write_text("export default () => 1\n")
    assert any("clock.ts was changed" in text for text in treeshake.analyze(shop(tmp_path)).details["api"].unknown)


def test_a_metafile_of_another_build_tells_nothing(tmp_path: Path) -> None:
    workspace = copied(tmp_path, "esbuild", ".js", "meta.json")
    with (tmp_path / "builds/esbuild/web/main.js").open("a") as stream:
        stream.write("changed();")
    part = treeshake.analyze(workspace)
    assert part.details["web"].method == "none"
    assert {one.service for one in part.not_measured} == {"web"}


def test_a_metafile_that_lacks_an_artifact_is_no_number(tmp_path: Path) -> None:
    workspace = copied(tmp_path, "esbuild", ".js", "meta.json")
    (tmp_path / "builds/esbuild/web/chunk.js").write_text("later();")
    part = treeshake.analyze(workspace)
    assert {(one.failed, one.reason) for one in part.not_measured} == {
        (True, "builds/esbuild/web/chunk.js is in no metafile with this size: build again")
    }


def test_a_metafile_of_two_services_does_not_mix_them(tmp_path: Path) -> None:
    alone = treeshake.analyze(copied(tmp_path, "esbuild", ".js", "meta.json"))
    both: dict[str, dict[str, object]] = {"inputs": {}, "outputs": {}}
    for name in ("web", "api"):
        place = tmp_path / f"builds/esbuild/{name}/meta.json"
        one = json.loads(place.read_text())
        both = {key: {**both[key], **one[key]} for key in both}
        place.unlink()
    (tmp_path / "builds/esbuild/meta.json").write_text(json.dumps(both))
    assert treeshake.analyze(shop(tmp_path)).metrics == alone.metrics


def a_map(*sources: str, mappings: str = "AAAA") -> str:
    """By default all of a bundle of one line comes from the first line of the first source."""
    return json.dumps({"version": 3, "sources": sources, "names": [], "mappings": mappings})


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("../../../apps/app/main.ts", "apps/app/main.ts"),
        ("webpack://app/./main.ts", "apps/app/main.ts"),
        ("webpack:///repository/apps/app/main.ts", "apps/app/main.ts"),
        ("turbopack:///[project]/apps/app/main.ts", "apps/app/main.ts"),
        ("webpack:///other/src/index.ts", None),
        ("webpack:///a/b/c/index.ts", None),
        (f"webpack:///{'n' * 300}/x.ts", None),
        ("webpack:///a\0b.ts", None),
        ("../../../../../outside/src/index.ts", None),
    ],
)
def test_the_file_that_a_source_of_a_map_stands_for(tmp_path: Path, source: str, place: str | None) -> None:
    for name in ("src/index.ts", "index.ts", "apps/app/main.ts"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    name = source_map.parse(a_map(source).encode(), "main.js.map", "dist/apps/app").sections[0].names[0]
    graph = Graph(tmp_path, Resolver(tmp_path, {}))
    assert Repository(tmp_path, Libraries(), [], graph, graph).locate(name, "apps/app") == place


def test_a_name_that_is_too_long_for_a_file_stops_nobody(tmp_path: Path) -> None:
    files = {
        "lib/index.ts": LIB,
        "app/main.ts": "import { a } from 'lib'",
        "dist/apps/app/main.js": "a()",
        "dist/apps/app/main.js.map": a_map("n" * 300),
    }
    part = tree(tmp_path, files)
    assert {one.failed for one in part.not_measured} == {True}


def test_an_export_of_a_package_does_not_make_a_library_commonjs(tmp_path: Path) -> None:
    code = (
        "function a() {}\n"
        'Object.defineProperty(exports, "__esModule", { value: true }); exports.a = 1; exports.b = 2;\n'
        "a();\n"
        "function b() {}\n"
    )
    sources = ("../../../libs/lib/index.ts", "../../../node_modules/p/index.js", "../../../apps/app/main.ts")
    files = {
        "lib/index.ts": "export function a() {}\nexport function b() {}",
        "app/main.ts": "import { a } from 'lib'\na()",
        "dist/apps/app/main.js": code,
        "dist/apps/app/main.js.map": a_map(*sources, mappings="AAAA;ACAA;ACAA;AFCA"),
    }
    part = tree(tmp_path, files)
    assert values(part, "app") == {"retained": 100.0, "effectiveness": 0.0}
    assert not remarks(part, "commonjs")


# Findings


def test_a_namespace_that_escapes_is_found_where_it_does() -> None:
    (found,) = remarks(treeshake.analyze(shop()), "namespace-import")
    assert found.places == ("apps/api/src/main.ts:2", "apps/api/src/main.ts:4")
    assert found.size == 759  # of the metafile


def test_an_import_for_side_effects_is_found() -> None:
    (found,) = remarks(treeshake.analyze(shop()), "side-effect-import")
    assert found.places == ("apps/api/src/main.ts:1",)
    assert found.subject == "libs/legacy/src/register.ts"


def test_a_barrel_is_found_where_it_keeps_what_is_not_needed() -> None:
    found = {one.subject: (one.places, one.size) for one in remarks(treeshake.analyze(shop()), "barrel")}
    assert found == {
        "libs/legacy/src/reports.ts": (("libs/legacy/src/index.ts:2",), 147),
        "libs/kit/src/text.ts": (("libs/kit/src/index.ts:2",), 95),
    }


def test_missing_side_effects_names_the_modules_that_have_some() -> None:
    (found,) = remarks(treeshake.analyze(shop()), "missing-side-effects")
    assert found.advice == 'Add `"sideEffects": ["./src/register.ts"]` to `libs/legacy/package.json`.'
    assert found.places == ("libs/legacy/package.json", "libs/legacy/src/register.ts:1", "libs/legacy/src/reports.ts:1")
    assert not found.certain  # a value is made by a call


def test_an_unused_export_is_found_with_its_line() -> None:
    (found,) = remarks(treeshake.analyze(shop()), "unused-export")
    assert (found.subject, found.places, found.certain) == ("report", ("libs/legacy/src/reports.ts:8",), True)


def test_a_library_that_was_compiled_to_commonjs_is_found() -> None:
    found = {one.subject for one in remarks(treeshake.analyze(shop(build="esbuild-commonjs")), "commonjs")}
    assert found == {"@shop/kit", "@shop/legacy"}


@pytest.mark.parametrize(
    ("manifest", "files", "found"),
    [
        pytest.param({"module": "./es.js"}, {"es.js": "export const p = 1"}, True, id="module"),
        pytest.param(
            {"exports": {".": {"import": "./es.mjs", "require": "./index.js"}}},
            {"es.mjs": "export const p = 1"},
            True,
            id="import condition",
        ),
        pytest.param(
            {"exports": {".": {"import": {"types": "./x.d.ts", "default": "./es.mjs"}}}},
            {"es.mjs": "export const p = 1"},
            True,
            id="import condition with types",
        ),
        pytest.param(
            {"exports": {".": {"import": "./wrapper.mjs"}}},
            {"wrapper.mjs": "import p from './index.js'\nexport default p"},
            False,
            id="ESM that only leads to CommonJS",
        ),
        pytest.param({"main": "./index.js"}, {}, False, id="no ESM"),
        pytest.param({"module": "./gone.js"}, {}, False, id="ESM that is not there"),
        pytest.param(
            {"module": "./es.js"}, {"es.js": "export {}", "index.js": "export const p = 1"}, False, id="is ESM"
        ),
    ],
)
def test_packages_in_commonjs_that_offer_esm(
    tmp_path: Path, manifest: dict[str, object], files: dict[str, str], found: bool
) -> None:
    installed = {"index.js": "exports.p = 1", "package.json": json.dumps({"name": "p", **manifest}), **files}
    metafile = {
        "inputs": {"apps/app/main.ts": {}, "node_modules/p/index.js": {}},
        "outputs": {
            "dist/apps/app/main.js": {
                "bytes": 100,
                "inputs": {"apps/app/main.ts": {"bytesInOutput": 9}, "node_modules/p/index.js": {"bytesInOutput": 70}},
            }
        },
    }
    built = {"dist/apps/app/main.js": "1" * 100, "dist/apps/app/meta.json": json.dumps(metafile)}
    sources = {"lib/index.ts": LIB, "app/main.ts": "import { a } from 'lib'\nimport { p } from 'p'"}
    part = tree(tmp_path, {**sources, **built, **{f"node_modules/p/{name}": text for name, text in installed.items()}})
    sizes = [(one.subject, one.size, one.places) for one in remarks(part, "commonjs-package")]
    assert sizes == ([("p", 70, ("apps/app/main.ts:2",))] if found else [])


# Who uses what, in small trees


def tree(root: Path, files: Mapping[str, str]) -> Part:
    """A workspace of a library `lib` and a service `app`; paths below `lib/` and `app/` are their sources."""
    defaults = {
        "package.json": '{"name": "root", "workspaces": ["apps/*", "libs/*"]}',
        "lib/package.json": '{"name": "lib", "exports": "./index.ts", "private": true}',
        "app/package.json": '{"name": "app", "dependencies": {"lib": "*"}}',
    }
    for name, text in {**defaults, **files}.items():
        place = {"lib": "libs/", "app": "apps/"}.get(name.partition("/")[0], "")
        path = root / f"{place}{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return treeshake.analyze(discover(root, Project()))


def unused(part: Part) -> set[str]:
    return {one.subject for one in remarks(part, "unused-export")}


LIB = "export const a = 1\nexport function b() { return c() }\nexport function c() {}\nexport interface T {}\n"


@pytest.mark.parametrize(
    ("app", "left"),
    [
        pytest.param("import { a } from 'lib'", {"b", "c"}, id="by name"),
        pytest.param("import { b as x } from 'lib'", {"a", "c"}, id="under another name"),
        pytest.param("import type { b } from 'lib'", {"a", "b", "c"}, id="a type uses nothing"),
        pytest.param("import { type b, a } from 'lib'", {"b", "c"}, id="a type in a list"),
        pytest.param("import * as lib from 'lib'\nlib.a", {"b", "c"}, id="member of a namespace"),
        pytest.param("import * as lib from 'lib'\nlib['a']", {"b", "c"}, id="member by a text"),
        pytest.param("import * as lib from 'lib'\nconst { a, b } = lib", {"c"}, id="namespace taken apart"),
        pytest.param("import * as lib from 'lib'\nf(lib)", set(), id="namespace that escapes"),
        pytest.param("const { a } = require('lib')", {"b", "c"}, id="require taken apart"),
        pytest.param("const lib = require('lib')\nlib.c()", {"a", "b"}, id="member of require"),
        pytest.param("f(require('lib'))", set(), id="require that escapes"),
        pytest.param("const { a } = await import('lib')", {"b", "c"}, id="import() taken apart"),
        pytest.param("load(() => import('lib'))", set(), id="import() uses all"),
        pytest.param("export { a } from 'lib'", {"b", "c"}, id="passed on by a service"),
        pytest.param("export * from 'lib'", set(), id="all passed on by a service"),
        pytest.param("import 'lib'", {"a", "b", "c"}, id="for side effects"),
        pytest.param("import { a } from '../../../libs/lib'", {"b", "c"}, id="by a relative path"),
        pytest.param("// import { a } from 'lib'\nimport { b } from 'lib'", {"a", "c"}, id="not in a comment"),
    ],
)
def test_exports_that_nobody_uses(tmp_path: Path, app: str, left: set[str]) -> None:
    part = tree(tmp_path, {"lib/index.ts": LIB, "app/src/main.ts": app})
    assert unused(part) == left
    assert values(part, "lib")["exportsUsed"] == round(100 * (3 - len(left)) / 3, 1)


@pytest.mark.parametrize(
    ("lib", "names"),
    [
        pytest.param({"index.ts": "export * from './x'", "x.ts": "export const a = 1, b = 2"}, {"b"}, id="barrel"),
        pytest.param(
            {"index.ts": "export * from './x'\nexport { a } from './x'", "x.ts": "export const a = 1"},
            set(),
            id="twice",
        ),
        pytest.param(
            {"index.ts": "export { default as a, q as b } from './x'", "x.ts": "export default 1\nexport const q = 2"},
            {"b"},
            id="renamed",
        ),
        pytest.param(
            {"index.ts": "import { q } from './x'\nexport { q as a }", "x.ts": "export const q = 2"},
            set(),
            id="imported first",
        ),
        pytest.param(
            {
                "index.ts": "export * from './x'\nexport const a = 1",
                "x.ts": "export * from './index'\nexport const z = 1",
            },
            {"z"},
            id="a cycle",
        ),
        pytest.param({"index.ts": "export const a = 1\nexport * from './gone'"}, set(), id="a file that is not there"),
        pytest.param(
            {"index.ts": "export const a = 1\nexport { x } from 'installed'"}, {"x"}, id="of an installed package"
        ),
        pytest.param({"index.js": "exports.a = 1; exports.b = 2"}, {"b"}, id="CommonJS"),
        pytest.param(
            {"index.ts": "export const a = 1\nexport type B = 1\nexport declare const d: 1"}, set(), id="types"
        ),
    ],
)
def test_exports_are_followed_to_where_they_are_declared(tmp_path: Path, lib: dict[str, str], names: set[str]) -> None:
    files = {f"lib/{name}": text for name, text in lib.items()}
    entry = json.dumps({"name": "lib", "private": True, "main": "./index"})
    assert (
        unused(tree(tmp_path, {**files, "lib/package.json": entry, "app/main.ts": "import { a } from 'lib'"})) == names
    )


@pytest.mark.parametrize(
    ("manifest", "file"),
    [
        ({"exports": "./src/index.ts"}, "src/index.ts"),
        ({"exports": {".": {"types": "./dist/index.d.ts", "import": "./dist/index.mjs"}}}, "src/index.ts"),
        ({"exports": {".": {"source": "./source/main.ts", "default": "./dist/x.js"}}}, "source/main.ts"),
        ({"main": "dist/index.js"}, "src/index.ts"),
        ({"main": "lib/main.js"}, "src/main.tsx"),
        ({"module": "./es/index.js", "main": "./lib/index.js"}, "src/index.jsx"),
        ({"types": "./index.ts"}, "index.ts"),
        ({}, "src/index.ts"),
        ({}, "index.js"),
        ({"exports": {"./*": "./src/*.ts"}}, "src/part.ts"),
        ({"exports": {"./part": {"import": "./src/part.ts"}}}, "src/part.ts"),
    ],
)
def test_entry_points_of_a_library(tmp_path: Path, manifest: dict[str, object], file: str) -> None:
    specifier = "lib/part" if "part" in file else "lib"
    files = {
        "lib/package.json": json.dumps({"name": "lib", "private": True, **manifest}),
        f"lib/{file}": "export const a = 1, b = 2",
        "app/main.ts": f"import {{ a }} from '{specifier}'",
    }
    part = tree(tmp_path, files)
    assert places(part, "unused-export") == [(f"libs/lib/{file}:1",)]


def test_libraries_that_tsconfig_names(tmp_path: Path) -> None:
    files = {
        "tsconfig.json": '{\n// names\n"compilerOptions": {"paths": {"@x/common": ["libs/common/src"], "@x/common/*": ["libs/common/src/*"],}}}',
        "package.json": '{"name": "root"}',
        "nest-cli.json": '{"projects": {"app": {"type": "application", "root": "apps/app"}}}',
        "libs/common/src/index.ts": "export * from './deep/x'\nexport const own = 1",
        "libs/common/src/deep/x.ts": "export const deep = 1",
        "apps/app/src/main.ts": "import { deep } from '@x/common/deep/x'",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    part = treeshake.analyze(discover(tmp_path, Project()))
    assert values(part, "@x/common") == {"exportsUsed": 50.0}
    assert unused(part) == {"own"}


@pytest.mark.parametrize(
    ("more", "text", "certain"),
    [
        pytest.param({}, "nobody uses it", True, id="nobody"),
        pytest.param({"app/main.test.ts": "import { gone } from 'lib'"}, "only tests use it", False, id="tests"),
        pytest.param({"app/x.ts": "import { a } from 'lib'; f('gone')"}, "stands in a text", False, id="mentioned"),
        pytest.param({"app/x.ts": "import type { gone } from 'lib'"}, "only its type", False, id="its type"),
        pytest.param({"lib/index.ts": "export const gone = 1\nexport const a = gone"}, "only its own library", True, id="inside"),
        pytest.param({"lib/package.json": '{"name": "lib", "main": "index.ts", "private": false}'}, "nobody", False, id="published"),
    ],
)  # fmt: skip
def test_how_certain_an_unused_export_is(tmp_path: Path, more: dict[str, str], text: str, certain: bool) -> None:
    files = {"lib/index.ts": "export const a = 1\nexport const gone = 1", "app/main.ts": "import { a } from 'lib'"}
    (found,) = remarks(tree(tmp_path, {**files, **more}), "unused-export")
    assert text in found.text
    assert found.certain is certain


def test_what_a_library_passes_on_is_used_when_somebody_uses_it_there(tmp_path: Path) -> None:
    files = {
        "lib/index.ts": "export const a = 1, b = 2",
        "libs/front/package.json": '{"name": "front", "private": true, "main": "index.ts"}',
        "libs/front/index.ts": "export * from 'lib'",
        "app/main.ts": "import { a } from 'front'",
    }
    part = tree(tmp_path, files)
    assert values(part, "lib")["exportsUsed"] == 50.0


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import _ from 'lodash'", True),
        ("import { map } from 'lodash'", True),
        ("const _ = require('lodash')", True),
        ("import map from 'lodash/map'", False),
        ("import type { List } from 'lodash'", False),
        ("import { map } from 'lodash-es'", False),
        ("import * as _ from 'lodash-es'\nf(_)", True),
        ("import * as _ from 'lodash-es'\n_.map()", False),
        ("import * as R from 'ramda'\nR.map()", False),
        ("import moment from 'moment'", True),
        ("import 'core-js'", True),
        ("import * as z from 'zod'\nf(z)", False),
    ],
)
def test_packages_that_come_as_a_whole(tmp_path: Path, source: str, found: bool) -> None:
    part = tree(tmp_path, {"lib/index.ts": LIB, "app/main.ts": f"\n{source}"})
    assert places(part, "whole-package-import") == ([("apps/app/main.ts:2",)] if found else [])


@pytest.mark.parametrize(
    ("lib", "advice"),
    [
        ("export const a = 1", "false"),
        ("export class A {}\nA.b = 1", "false"),
        ("export const a = 1\nglobalThis.x = a", '["./index.ts"]'),
    ],
)
def test_what_side_effects_may_say(tmp_path: Path, lib: str, advice: str) -> None:
    part = tree(tmp_path, {"lib/index.ts": lib, "app/main.ts": "import { a } from 'lib'"})
    (found,) = remarks(part, "missing-side-effects")
    assert found.advice == f'Add `"sideEffects": {advice}` to `libs/lib/package.json`.'
    assert found.certain


def test_a_repository_without_libraries_has_nothing_to_leave_out(tmp_path: Path) -> None:
    (tmp_path / "apps/web/src").mkdir(parents=True)
    (tmp_path / "apps/web/src/main.ts").write_text("console.log(1)")
    part = treeshake.analyze(discover(tmp_path, Project()))
    assert part.metrics == ()
    assert not part.not_measured


def test_limits_for_all_hold_where_nothing_is_to_be_measured(tmp_path: Path) -> None:
    part = tree(tmp_path, {"lib/index.ts": LIB, "app/main.ts": "console.log(1)", "app/package.json": '{"name": "app"}'})
    limits = Source("perfgate.yaml")
    default = {
        "treeshake.exportsUsed": Budget(fail=Amount(10, limits, "10 %")),
        "treeshake.retained": Budget(fail=Amount(60, limits, "60 %")),
        "treeshake.effectiveness": Budget(fail=Amount(60, limits, "60 %")),
    }
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    verdict = check(merge(a_report(), part), Budgets(defaults=default), METRICS, Compared(), now=now)
    assert [one for one in verdict.findings if one.reason] == []


def app_with_lib(source: str, lib: str = "export function a() {}\nexport function b() {}\n") -> dict[str, str]:
    """A bundle with one source, which is none of the library."""
    return {
        "lib/index.ts": lib,
        "app/main.ts": "import { a } from 'lib'\na()",
        "dist/apps/app/main.js": "a()",
        "dist/apps/app/main.js.map": a_map(source),
    }


@pytest.mark.parametrize(
    ("source", "lib", "reason"),
    [
        pytest.param(
            "turbopack:///[project]/kit-src/index.ts", "export function a() {}",
            "no module of lib, and none of its own, was found in its source map, which has sources such as"
            " [project]/kit-src/index.ts", id="neither",
        ),
        pytest.param(
            "../../../apps/app/main.ts", "export function a() {}",
            "no module of lib, of which it needs something, was found in its source map", id="only those of the library",
        ),
        pytest.param("../../../apps/app/main.ts", "export const a = 1", None, id="a constant that was written where it is used"),
        pytest.param("../../../apps/app/main.ts", "export enum a {\n  x,\n  y,\n}", None, id="an enum"),
    ],
)  # fmt: skip
def test_a_library_that_is_not_recognized_in_a_map_is_not_all_left_out(
    tmp_path: Path, source: str, lib: str, reason: str | None
) -> None:
    part = tree(tmp_path, app_with_lib(source, lib))
    assert {(one.failed, one.reason) for one in part.not_measured} == ({(True, reason)} if reason else set())
    assert values(part, "app") == ({} if reason else {"retained": 0.0, "effectiveness": 100.0})


def test_a_constant_is_not_left_out_where_it_may_be_in_a_source_of_another_name(tmp_path: Path) -> None:
    files = app_with_lib("../../../apps/app/main.ts", "export const a = 1")
    two = a_map("../../../apps/app/main.ts", "x:///kit-src/index.ts", mappings="AAAA,CCAA")
    part = tree(tmp_path, {**files, "dist/apps/app/main.js.map": two})
    assert {one.failed for one in part.not_measured} == {True}


def test_without_tsconfig_nothing_is_measured(tmp_path: Path) -> None:
    files = {**app_with_lib("../../../libs/lib/index.ts"), "tsconfig.json": '{"compilerOptions": {'}
    part = tree(tmp_path, files)
    assert not part.metrics
    assert {(one.service, one.failed, one.reason) for one in part.not_measured} == {
        (name, True, "tsconfig.json is not valid JSON") for name in ("app", "lib")
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"\n/*" + b"x" * 2_200_000 + b"*/", "is larger"), (b"\0", "is not a text")],
    ids=["too large", "binary"],
)
def test_a_library_that_cannot_be_read_is_not_measured(tmp_path: Path, content: bytes, reason: str) -> None:
    files = app_with_lib("../../../libs/lib/part.ts", "export { a } from './part'")
    tree(tmp_path, {**files, "lib/part.ts": "export function a() {}", "libs/other/package.json": '{"name": "other"}'})
    with (tmp_path / "libs/lib/part.ts").open("ab") as stream:
        stream.write(content)
    part = treeshake.analyze(discover(tmp_path, Project()))
    assert not part.metrics
    assert {(one.service, one.failed) for one in part.not_measured} == {("app", True), ("lib", True)}
    assert all(one.reason.startswith(f"libs/lib/part.ts {reason}") for one in part.not_measured)


def test_a_library_behind_a_library_that_cannot_be_read_is_said_too(tmp_path: Path) -> None:
    files = app_with_lib("../../../libs/lib/index.ts", "export { x as a } from 'inner'\nexport const b = 1")
    inner = {"libs/inner/package.json": '{"name": "inner", "exports": "./index.ts"}', "libs/inner/index.ts": "\0"}
    part = tree(tmp_path, {**files, **inner})
    assert {(one.service, one.failed) for one in part.not_measured} == {("app", True), ("inner", True)}


def test_a_service_of_which_a_module_cannot_be_read_is_not_measured(tmp_path: Path) -> None:
    files = app_with_lib("../../../apps/app/main.ts")
    part = tree(tmp_path, {**files, "app/main.ts": "\0"})
    assert {(one.service, one.failed, one.reason) for one in part.not_measured} == {
        ("app", True, "apps/app/main.ts is not a text; what it uses is not known")
    }
    assert values(part, "lib") == {"exportsUsed": 0.0}


def test_a_library_with_a_folder_that_cannot_be_searched_is_not_measured(tmp_path: Path) -> None:
    tree(tmp_path, {**app_with_lib("../../../libs/lib/index.ts"), "lib/closed/x.ts": ""})
    (tmp_path / "libs/lib/closed").chmod(0)
    with bound_by_modes():
        part = treeshake.analyze(discover(tmp_path, Project()))
    (tmp_path / "libs/lib/closed").chmod(0o755)
    assert {one.service for one in part.not_measured} == {"app", "lib"}


def test_a_service_with_a_folder_of_artifacts_that_cannot_be_searched_is_not_measured(tmp_path: Path) -> None:
    tree(tmp_path, {**app_with_lib("../../../libs/lib/index.ts"), "dist/apps/app/closed/x.js": ""})
    (tmp_path / "dist/apps/app/closed").chmod(0)
    with bound_by_modes():
        part = treeshake.analyze(discover(tmp_path, Project()))
    (tmp_path / "dist/apps/app/closed").chmod(0o755)
    assert {(one.service, one.failed) for one in part.not_measured} == {("app", True)}


def test_an_export_may_be_used_where_nothing_can_be_read(tmp_path: Path) -> None:
    files = {"lib/index.ts": LIB, "app/main.ts": "import { a } from 'lib'", "app/binary.ts": "\0"}
    found = remarks(tree(tmp_path, files), "unused-export")
    assert [one.certain for one in found] == [False, False]
    assert all("but `apps/app/binary.ts` could not be read" in one.text for one in found)


def test_what_explains_a_number_stands_with_its_service() -> None:
    part = treeshake.analyze(shop())
    kinds = {name: {one.kind for one in found.remarks} for name, found in part.details.items()}
    assert kinds == {
        "api": {"namespace-import", "side-effect-import"},
        "web": {"barrel", "missing-side-effects"},
        "@shop/kit": set(),
        "@shop/legacy": {"unused-export"},
    }
    report = merge(a_report(), part)
    effectiveness = METRICS["treeshake.effectiveness"]
    assert {one.kind for one in evidence(effectiveness, "web", report, None)} == {"barrel"}


def test_packages_from_elsewhere_explain_no_number() -> None:
    counted = {kind for spec in METRICS.values() if spec.id.startswith("treeshake.") for kind in spec.remarks}
    assert not counted & {"whole-package-import", "commonjs-package", "dropped-import"}


def test_what_is_too_much_to_list_is_counted(tmp_path: Path) -> None:
    lib = "".join(f"export const n{number} = {number}\n" for number in range(251))
    part = tree(tmp_path, {"lib/index.ts": lib, "app/main.ts": "import { n0 } from 'lib'"})
    assert len(part.details["lib"].remarks) == 100
    assert part.details["lib"].unknown == ("151 findings about fewer bytes are not listed",)
    assert (part.details["lib"].exports, part.details["lib"].used) == (251, 1)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("apps/app/big.ts", b"import { b } from 'lib'\n" * 100_000, "is larger than 2,000,000 bytes"),
        ("apps/app/binary.ts", b"lib\0\1\2", "is not a text"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    tree(tmp_path, {"lib/index.ts": LIB, "app/main.ts": "import { a } from 'lib'"})
    (tmp_path / name).write_bytes(content)
    part = treeshake.analyze(discover(tmp_path, Project()))
    assert [reason in text and name in text for text in part.details[REPOSITORY].unknown] == [True]
    assert values(part, "lib")["exportsUsed"] == 33.3


def test_links_out_of_the_workspace_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.ts").write_text("export const secret = 1")
    root = tmp_path / "repository"
    tree(root, {"lib/index.ts": "export * from './out'\nexport const a = 1", "app/main.ts": "import { a } from 'lib'"})
    (root / "libs/lib/out.ts").symlink_to(tmp_path / "secret.ts")
    part = treeshake.analyze(discover(root, Project()))
    assert unused(part) == set()
    assert any("out.ts is a link" in text for text in part.details[REPOSITORY].unknown)


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    tree(tmp_path, {"lib/index.ts": LIB, "app/main.ts": "import { a } from 'lib'", "app/closed/x.ts": ""})
    (tmp_path / "apps/app/closed").chmod(0)
    with bound_by_modes():
        part = treeshake.analyze(discover(tmp_path, Project()))
    (tmp_path / "apps/app/closed").chmod(0o755)
    assert any("apps/app/closed cannot be read" in text for text in part.details[REPOSITORY].unknown)


def test_a_bundle_made_from_built_libraries_is_compared_with_those(tmp_path: Path) -> None:
    built = "exports.a = a;\nfunction a() {\n  return 1;\n}\nexports.b = b;\nfunction b() {\n  return 2;\n}\n"
    metafile = {
        "inputs": {"apps/app/main.ts": {}, "libs/lib/dist/index.js": {"format": "cjs"}},
        "outputs": {
            "dist/apps/app/main.js": {
                "bytes": 100,
                "inputs": {"apps/app/main.ts": {"bytesInOutput": 9}, "libs/lib/dist/index.js": {"bytesInOutput": 70}},
            }
        },
    }
    files = {
        "lib/package.json": '{"name": "lib", "private": true, "main": "dist/index.js"}',
        "lib/src/index.ts": "export const a = () => 1\nexport const b = () => 2",
        "lib/dist/index.js": built,
        "app/main.ts": "import { a } from 'lib'",
        "dist/apps/app/main.js": "1" * 100,
        "dist/apps/app/meta.json": json.dumps(metafile),
    }
    part = tree(tmp_path, files)
    assert unused(part) == {"b"}
    (library,) = part.details["app"].libraries
    assert (library.available, library.kept, library.needed) == (6, 6, 2)


def test_hostile_names_make_a_valid_report(tmp_path: Path) -> None:
    lib = "export const a = 1\nexport { a as 'x\x01y', a as '' }\nexport const " + "n" * 500 + " = 1\n"
    files = {
        "lib/index.ts": lib,
        "lib/package.json": '{"name": "lib", "private": true, "main": "index.ts"}',
        "libs/odd/package.json": '{"name": "od\\u0001d", "main": "index.ts"}',
        "app/main.ts": "import 'lib\x07'\nimport {} from 'lib'",
    }
    report = merge(a_report(), tree(tmp_path, files))
    again = parse(codec.encode(derive(report)), "report.json")
    assert again.details.treeshake is not None
    assert set(again.details.treeshake) == {"app", "lib"}


def test_numbers_do_not_depend_on_the_order_of_anything() -> None:
    assert treeshake.analyze(shop()) == treeshake.analyze(shop())
