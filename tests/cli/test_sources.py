"""The commands that look at sources and manifests, as people and scripts use them."""

import json
from pathlib import Path
from typing import Any

from tests.running import files, perfgate


def report_of(root: Path) -> Any:
    return json.loads((root / "performance-reports" / "latest.json").read_text())


def a_shop(root: Path) -> Path:
    """A workspace with a service that declares what it does not use, and a library with an export nobody uses."""
    return files(
        root,
        package_json='{"private": true, "workspaces": ["apps/*", "libs/*"]}',
        apps__web__package_json='{"name": "web", "private": true, "scripts": {"start": "node ."}, "dependencies":\n'
        '{"@shop/kit": "*",\n"left-pad": "1.3.0"}}',
        apps__web__src__main_ts='import { price } from "@shop/kit";\nimport ms from "ms";\nconsole.log(price, ms);\n',
        libs__kit__package_json='{"name": "@shop/kit", "private": true, "exports": "./index.ts"}',
        libs__kit__index_ts="export const price = 1;\nexport const tax = 2;\n",
    )


def test_deps_says_what_is_unused_and_what_is_missing(tmp_path: Path) -> None:
    done = perfgate(a_shop(tmp_path), "deps")
    assert done.status == 0
    assert "unused left-pad" in done.out
    assert "apps/web/package.json:3" in done.out
    assert "apps/web/src/main.ts:2" in done.out
    report = report_of(tmp_path)
    values = {(one["service"], one["id"]): one["value"] for one in report["metrics"]}
    assert (values["web", "deps.unused"], values["web", "deps.missing"], values["@shop/kit", "deps.unused"]) == (
        1,
        1,
        0,
    )
    assert {one["id"] for one in report["notMeasured"]} == {"deps.heavy", "deps.installSize", "deps.duplicates"}
    assert perfgate(tmp_path, "validate").status == 0


def test_deps_writes_the_document_that_scripts_read(tmp_path: Path) -> None:
    a_shop(tmp_path)
    files(
        tmp_path,
        package_json='{"private": true, "workspaces": ["apps/*"], "dependencies": {"q": "1", "--x=y": "1", "*": "1"}}',
    )
    assert perfgate(tmp_path, "deps").status == 0
    found = json.loads((tmp_path / "performance-reports/dependency-analysis-latest.json").read_text())
    assert [one["name"] for one in found["unusedDependencies"]] == ["q"]
    web = next(one for one in found["workspaces"] if one["name"] == "web")
    assert [one["name"] for one in web["unusedDependencies"]] == ["left-pad"]
    assert [one["name"] for one in report_of(tmp_path)["unusedDependencies"]] == ["q"]


def test_a_second_run_finds_the_same_although_the_first_has_written_names_down(tmp_path: Path) -> None:
    first = perfgate(a_shop(tmp_path), "deps", "--report", "mine.json")
    assert perfgate(tmp_path, "deps", "--report", "mine.json").out == first.out


def test_what_was_built_is_no_source_of_the_root(tmp_path: Path) -> None:
    files(a_shop(tmp_path), dist__apps__web__main_js='import x from "not-declared-at-the-root";')
    perfgate(tmp_path, "deps")
    assert ("(repository)", "deps.missing", 0) in {
        (m["service"], m["id"], m["value"]) for m in report_of(tmp_path)["metrics"]
    }


def test_a_broken_manifest_is_one_line_and_the_others_are_analysed(tmp_path: Path) -> None:
    files(a_shop(tmp_path), libs__kit__package_json='{"name": "@shop/kit",\n]')
    done = perfgate(tmp_path, "deps")
    assert done.status == 3
    lines = [line for line in done.err.splitlines() if line.startswith("not measured: libs/kit")]
    assert lines == [
        "not measured: libs/kit: libs/kit/package.json:2:1: not valid JSON: Expecting property name enclosed in double quotes"
    ]
    assert "unused left-pad" in done.out


def test_treeshake_says_which_exports_nobody_uses(tmp_path: Path) -> None:
    done = perfgate(a_shop(tmp_path), "treeshake")
    assert done.status == 0
    assert "unused-export tax" in done.out
    assert "libs/kit/index.ts:2" in done.out
    values = {(one["service"], one["id"]): one["value"] for one in report_of(tmp_path)["metrics"]}
    assert values["@shop/kit", "treeshake.exportsUsed"] == 50
    assert "no file matches dist/apps/web" in done.err


def test_each_analyzer_keeps_what_the_others_found(tmp_path: Path) -> None:
    a_shop(tmp_path)
    files(tmp_path, dist__apps__web__main_js="console.log(1)")
    for command in (["treeshake"], ["deps"], ["bundle", "--encoding", "gzip"], ["deps"]):
        assert perfgate(tmp_path, *command).status == 0
    ids = {one["id"].split(".")[0] for one in report_of(tmp_path)["metrics"]}
    assert ids >= {"bundle", "deps", "treeshake"}


def test_a_manifest_behind_a_link_is_passed_over_and_the_others_are_analysed(tmp_path: Path) -> None:
    root = a_shop(tmp_path / "shop")
    (tmp_path / "outside.json").write_text('{"name": "outside", "dependencies": {"secret": "1"}}')
    (root / "libs/evil").mkdir()
    (root / "libs/evil/package.json").symlink_to("../../../outside.json")
    (root / "libs/endless").mkdir()
    (root / "libs/endless/package.json").symlink_to("/dev/zero")
    done = perfgate(root, "deps")
    assert done.status == 0
    assert "warning: libs/evil/package.json is a link to a place outside of the workspace" in done.err
    assert "warning: libs/endless/package.json is a link to a place outside of the workspace" in done.err
    assert "unused left-pad" in done.out
    assert "secret" not in done.out + done.err


def test_a_warning_of_several_analyzers_is_said_once(tmp_path: Path) -> None:
    root = a_shop(tmp_path / "shop")
    (root / "libs/endless").mkdir()
    (root / "libs/endless/package.json").symlink_to("/dev/zero")
    assert perfgate(root, "analyze").err.count("warning: libs/endless/package.json is a link") == 1


def test_a_root_manifest_behind_a_link_is_not_read(tmp_path: Path) -> None:
    root = files(tmp_path / "shop", apps__web__package_json="{}")
    (tmp_path / "outside.json").write_text('{"dependencies": {"secret": "1"}}')
    (root / "package.json").symlink_to("../outside.json")
    done = perfgate(root, "deps")
    assert done.status == 3
    assert "package.json is a link to a place outside of the workspace" in done.err
    assert "secret" not in done.out + done.err
