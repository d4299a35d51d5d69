"""Dependencies: what is certain is right, what is uncertain is shown, and nothing a repository holds stops the others."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from perfgate.analyzers.dependencies import analysis as dependencies
from perfgate.analyzers.dependencies.analysis import Analysis
from perfgate.analyzers.dependencies.document import dependency_analysis
from perfgate.analyzers.dependencies.usage.reference_cache import reference_cache, references_of
from perfgate.config.project import Project, parse
from perfgate.report.model import REPOSITORY, Remark
from perfgate.workspace.services import Service
from tests.analyzers.dependency_cases import CASES, KINDS, build, found, member, one, package, workspace
from tests.permissions import bound_by_modes


def analyze(root: Path, files: dict[str, str], project: str = "", services: tuple[Service, ...] = ()) -> Analysis:
    return dependencies.analyze(build(root, files), parse(project.encode()), services)


def remarks(analysis: Analysis, folder: str = "") -> dict[str, Remark]:
    one = next(found for found in analysis.findings if found.package.folder == folder)
    return {f"{remark.kind} {remark.subject}": remark for remark in one.details.remarks}


def values(analysis: Analysis, service: str) -> dict[str, float]:
    return {metric.id: metric.value for metric in analysis.part.metrics if metric.service == service}


def reasons(analysis: Analysis, service: str) -> set[tuple[str, bool]]:
    return {(entry.reason, entry.failed) for entry in analysis.part.not_measured if entry.service == service}


@pytest.mark.parametrize("name", CASES)
def test_what_is_certain_is_right(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    analysis = analyze(tmp_path, case.files)
    assert {kind: found(analysis, kind, certain=True) for kind in KINDS} == {
        kind: case.expected(kind) for kind in KINDS
    }
    if case.likely is not None:
        shown = {f"{kind} {subject}" for kind in KINDS for subject in found(analysis, kind, certain=False)}
        assert shown == ({case.likely} if case.likely else set())


# Lockfiles: a peer of what is used is used, and a command is known by its name, where the lockfile tells.

LOCKFILES = {
    "pnpm 6": ("pnpm-lock.yaml", """\
lockfileVersion: '6.0'
dependencies:
  lib: {specifier: ^1.0.0, version: 1.0.0(peer@1.0.0)}
  peer: {specifier: ^1.0.0, version: 1.0.0}
  spare: {specifier: ^1.0.0, version: 1.0.0}
packages:
  /lib@1.0.0(peer@1.0.0):
    resolution: {integrity: sha512-x}
    peerDependencies: {peer: '*'}
    dependencies: {peer: 1.0.0}
  /peer@1.0.0: {resolution: {integrity: sha512-x}}
  /spare@1.0.0: {resolution: {integrity: sha512-x}}
"""),
    "pnpm 9": ("pnpm-lock.yaml", """\
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      lib: {specifier: ^1.0.0, version: 1.0.0(peer@1.0.0)}
      peer: {specifier: ^1.0.0, version: 1.0.0}
      spare: {specifier: ^1.0.0, version: 1.0.0}
packages:
  lib@1.0.0:
    resolution: {integrity: sha512-x}
    peerDependencies: {peer: '*'}
  peer@1.0.0: {resolution: {integrity: sha512-x}}
  spare@1.0.0: {resolution: {integrity: sha512-x}}
snapshots:
  lib@1.0.0(peer@1.0.0):
    dependencies: {peer: 1.0.0}
  peer@1.0.0: {}
  spare@1.0.0: {}
"""),
    "npm 2 and 3": ("package-lock.json", json.dumps({
        "lockfileVersion": 3,
        "packages": {
            "": {"dependencies": {"lib": "^1.0.0", "peer": "^1.0.0", "spare": "^1.0.0"}},
            "node_modules/lib": {"version": "1.0.0", "peerDependencies": {"peer": "*"}},
            "node_modules/peer": {"version": "1.0.0"},
            "node_modules/spare": {"version": "1.0.0"},
        },
    })),
    "yarn berry": ("yarn.lock", """\
__metadata:
  version: 8

"root@workspace:.":
  version: 0.0.0-use.local
  resolution: "root@workspace:."
  dependencies:
    lib: "npm:^1.0.0"
    peer: "npm:^1.0.0"
    spare: "npm:^1.0.0"
  languageName: unknown
  linkType: soft

"lib@npm:^1.0.0":
  version: 1.0.0
  resolution: "lib@npm:1.0.0"
  peerDependencies:
    peer: "*"
  languageName: node
  linkType: hard

"peer@npm:^1.0.0":
  version: 1.0.0
  resolution: "peer@npm:1.0.0"
  languageName: node
  linkType: hard

"spare@npm:^1.0.0":
  version: 1.0.0
  resolution: "spare@npm:1.0.0"
  languageName: node
  linkType: hard
"""),
}  # fmt: skip


@pytest.mark.parametrize("name", LOCKFILES)
def test_a_lockfile_tells_peers(name: str, tmp_path: Path) -> None:
    path, text = LOCKFILES[name]
    analysis = analyze(tmp_path, one("import 'lib'", declared="lib peer spare") | {path: text})
    assert found(analysis, "unused", certain=True) == {"spare"}


def test_a_lockfile_tells_commands(tmp_path: Path) -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"devDependencies": {"tool": "1", "other": "1"}},
            "node_modules/tool": {"version": "1.0.0", "bin": {"odd-name": "x.js"}},
            "node_modules/other": {"version": "1.0.0"},
        },
    }
    files = one("", development="tool other", scripts={"x": "odd-name"}) | {"package-lock.json": json.dumps(lock)}
    assert found(analyze(tmp_path, files), "unused", certain=True) == {"other"}


def test_a_yarn_1_lockfile_is_read_for_versions(tmp_path: Path) -> None:
    analysis = analyze(tmp_path, one("import 'a'; import 'b'", declared="a b") | {"yarn.lock": YARN_LOCK})
    duplicate = remarks(analysis)["duplicate c"]
    assert (
        duplicate.text
        == "installed in 2 versions: 2.0.0 through `b@1.0.0 > c@2.0.0`, 1.0.0 through `a@1.0.0 > c@1.0.0`"
    )
    assert values(analysis, REPOSITORY)["deps.duplicates"] == 1


YARN_LOCK = (
    "# yarn lockfile v1\n\n"
    'a@^1.0.0:\n  version "1.0.0"\n  dependencies:\n    c "^1.0.0"\n\n'
    'b@^1.0.0:\n  version "1.0.0"\n  dependencies:\n    c "^2.0.0"\n\n'
    'c@^1.0.0:\n  version "1.0.0"\n\nc@^2.0.0:\n  version "2.0.0"\n'
)


def test_a_duplicate_of_several_packages_is_remarked_once_and_counted_for_each(tmp_path: Path) -> None:
    source = "import 'a'; import 'b'"
    files = workspace(x=member("x", "a b", source=source), y=member("y", "a b", source=source), z=member("z", "a"))
    analysis = analyze(tmp_path, files | {"yarn.lock": YARN_LOCK})
    found_ = [(one.service, remark) for one in analysis.findings for remark in one.details.remarks]
    ((owner, remark),) = [(service, remark) for service, remark in found_ if remark.kind == "duplicate"]
    assert (owner, remark.certain) == (REPOSITORY, True)
    assert remark.places == ("packages/x/package.json", "packages/y/package.json")
    assert remark.advice == "Bring `c` to 2.0.0: update `a@1.0.0`, which asks for 1.0.0."
    counts = {name: values(analysis, name)["deps.duplicates"] for name in (REPOSITORY, "x", "y", "z")}
    assert counts == {REPOSITORY: 1, "x": 1, "y": 1, "z": 0}


def test_duplicates_of_tools_and_binaries_are_not_counted(tmp_path: Path) -> None:
    lock = re.sub(r"\bc(@\^[\d.]+)", r'"@tool/linux-x64\1"', YARN_LOCK).replace(' c "', ' "@tool/linux-x64" "')
    tools = analyze(tmp_path / "tools", one("", development="a b") | {"yarn.lock": YARN_LOCK})
    assert remarks(tools)["duplicate c"].certain is False
    assert values(tools, REPOSITORY)["deps.duplicates"] == 0
    assert "duplicate @tool/linux-x64" not in remarks(
        analyze(tmp_path / "b", one("", declared="a b") | {"yarn.lock": lock})
    )


def installed(root: Path, name: str, size: int = 10, **body: Any) -> dict[str, str]:
    manifest = json.dumps({"name": name, "version": "1.0.0", **body})
    return {f"node_modules/{name}/package.json": manifest, f"node_modules/{name}/index.js": " " * size}


def test_installed_packages_tell_sizes(tmp_path: Path) -> None:
    files = one("import 'big'", declared="big small")
    files |= installed(tmp_path, "big", 3_000_000) | installed(tmp_path, "small", 1000)
    analysis = analyze(tmp_path, files, "version: 1\ndeps: {heavy: 2 MB}")
    assert remarks(analysis)["heavy big"].size == pytest.approx(3_000_000, abs=200)
    assert remarks(analysis)["unused small"].size == pytest.approx(1000, abs=200)
    measured = values(analysis, REPOSITORY)
    assert (measured["deps.heavy"], measured["deps.unused"]) == (1, 1)
    assert measured["deps.installSize"] == pytest.approx(3_001_000, abs=300)


def test_types_of_a_package_that_ships_its_own_are_unused(tmp_path: Path) -> None:
    files = one("import 'a'", declared="a", development="@types/a typescript")
    analysis = analyze(tmp_path, files | installed(tmp_path, "a", types="index.d.ts") | installed(tmp_path, "@types/a"))
    assert "`a` ships its own types" in remarks(analysis)["unused @types/a"].text


# Evidence


def test_unused_says_what_was_searched_where_it_is_declared_and_what_to_run(tmp_path: Path) -> None:
    files = workspace(web=member("web", "left-pad", source="export {}")) | {
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\n"
    }
    remark = remarks(analyze(tmp_path, files), "packages/web")["unused left-pad"]
    assert remark.text == "neither imported nor named in 2 files of `packages/web`"
    assert remark.places == ("packages/web/package.json:5",)
    assert remark.advice == "Remove `left-pad` from `packages/web/package.json`: `pnpm remove left-pad --filter web`."


def test_missing_names_every_import_up_to_ten(tmp_path: Path) -> None:
    files = {"package.json": package()} | {f"src/{n:02}.ts": "\nimport 'a'" for n in range(12)}
    remark = remarks(analyze(tmp_path, files))["missing a"]
    assert remark.places == tuple(f"src/{n:02}.ts:2" for n in range(10))
    assert remark.text == "imported in 12 files and not declared in `package.json`"
    assert remark.advice == "Declare `a` in `package.json`: `npm install a`."


@pytest.mark.parametrize(
    ("lockfile", "command"),
    [
        ("package-lock.json", "npm uninstall x -w web"),
        ("pnpm-lock.yaml", "pnpm remove x --filter web"),
        ("yarn.lock", "yarn workspace web remove x"),
        ("bun.lock", "bun --cwd packages/web remove x"),
    ],
)
def test_the_command_is_that_of_the_package_manager(lockfile: str, command: str, tmp_path: Path) -> None:
    files = workspace(web=member("web", "x")) | {lockfile: ""}
    advice = remarks(analyze(tmp_path, files), "packages/web")["unused x"].advice
    assert advice == f"Remove `x` from `packages/web/package.json`: `{command}`."


def test_without_anything_installed_it_says_what_it_does_not_know(tmp_path: Path) -> None:
    analysis = analyze(tmp_path, one("import 'a'", declared="a"))
    (only,) = analysis.findings
    assert only.details.unknown == (
        "sizes: node_modules is not there; install first",
        "commands and peers of packages: told by their names only, as nothing is installed or locked",
        "versions: there is no lockfile",
    )
    assert ("sizes: node_modules is not there; install first", False) in reasons(analysis, REPOSITORY)
    assert set(values(analysis, REPOSITORY)) == {"deps.unused", "deps.missing", "deps.misplaced"}


# Names of the report


def test_metrics_go_by_the_service_the_package_or_the_repository(tmp_path: Path) -> None:
    files = workspace("x", web=member("@acme/web", "y"), lib=member("lib", "z"))
    analysis = analyze(tmp_path, files, services=(Service("web", "packages/web", ()),))
    assert {metric.service for metric in analysis.part.metrics} == {REPOSITORY, "web", "lib"}
    assert set(analysis.part.details) == {REPOSITORY, "web", "lib"}


def test_a_repository_that_is_one_service_goes_by_its_name(tmp_path: Path) -> None:
    analysis = analyze(tmp_path, one("", declared="x"), services=(Service("site", ".", ()),))
    assert values(analysis, "site")["deps.unused"] == 1


def test_two_packages_of_one_name_go_by_their_folders(tmp_path: Path) -> None:
    analysis = analyze(tmp_path, workspace(a=member("same", "x"), b=member("same", "y")))
    assert {one.service for one in analysis.findings} == {REPOSITORY, "same", "packages/b"}
    assert "packages/b/package.json: same is also the name of packages/a/package.json" in analysis.warnings


# The ignore list


IGNORING = "version: 1\ndeps:\n  ignore:\n    - {package: a, reason: loaded by a plug-in}\n    - {package: gone, reason: old}\n"


def test_what_is_ignored_stays_visible_and_is_not_counted(tmp_path: Path) -> None:
    analysis = analyze(tmp_path, one("", declared="a b"), IGNORING)
    ignored = remarks(analysis)["unused a"]
    assert not ignored.certain
    assert ignored.text.endswith("; ignored: loaded by a plug-in")
    assert values(analysis, REPOSITORY)["deps.unused"] == 1


def test_an_entry_that_ignores_nothing_is_remarked(tmp_path: Path) -> None:
    remark = remarks(analyze(tmp_path, one("", declared="a b"), IGNORING))["ignored-without-need gone"]
    assert remark.places == ("perfgate.yaml:5:7",)


def test_an_entry_may_hold_for_one_package_of_the_workspace(tmp_path: Path) -> None:
    text = "version: 1\ndeps: {ignore: [{package: x, workspace: a, reason: why}]}"
    analysis = analyze(tmp_path, workspace(a=member("a", "x"), b=member("b", "x")), text)
    assert found(analysis, "unused", certain=True) == {"packages/b:x"}


# The document


def test_the_document_lists_the_root_and_every_workspace(tmp_path: Path) -> None:
    analysis = analyze(tmp_path, workspace("x", a=member("a", "y", source="import 'q'")))
    document = dependency_analysis(analysis)
    assert [entry["name"] for entry in document["unusedDependencies"]] == ["x"]
    assert document["unusedDependencies"][0]["type"] == "dependencies"
    assert document["unusedDependencies"][0]["version"] == "^1.0.0"
    (only,) = document["workspaces"]
    assert (only["name"], only["path"]) == ("a", "packages/a")
    assert [entry["name"] for entry in only["unusedDependencies"]] == ["y"]
    assert [entry["name"] for entry in only["missingDependencies"]] == ["q"]
    assert document["totals"]["unusedDependencies"] == 2
    assert json.loads(json.dumps(document)) == document


def test_no_hostile_name_reaches_the_document_or_a_command(tmp_path: Path) -> None:
    names = [
        "--config.x=y",
        "*",
        "__proto__",
        "a" * 500,
        "\U0001f600",
        "../../etc",
        "a b",
        "$(id)",
        "a;b",
        "@x",
        "@/y",
        "-rf",
    ]
    analysis = analyze(tmp_path, one("", dependencies=dict.fromkeys([*names, "good"], "1")))
    document = dependency_analysis(analysis)
    assert [entry["name"] for entry in document["unusedDependencies"]] == ["good"]
    assert [entry["advice"] for entry in document["unusedDependencies"]] == [
        "Remove `good` from `package.json`: `npm uninstall good`."
    ]
    assert document["likely"] == []


# Bad input


def broken(root: Path, text: str) -> Analysis:
    return analyze(root, workspace(a=member("a", "x"), b={"package.json": text, "i.ts": ""}))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"name": "b",', "packages/b/package.json:1:14: not valid JSON: Expecting property name enclosed in double quotes"),
        ("[1]", "packages/b/package.json: not a JSON object"),
        ("[" * 100_000, "packages/b/package.json: nested too deeply"),
        ("", "packages/b/package.json:1:1: not valid JSON: Expecting value"),
    ],
    ids=["cut off", "a list", "deep", "empty"],
)  # fmt: skip
def test_a_broken_manifest_is_said_and_the_others_are_analysed(text: str, reason: str, tmp_path: Path) -> None:
    analysis = broken(tmp_path, text)
    assert reasons(analysis, "packages/b") == {(reason, True)}
    assert values(analysis, "a")["deps.unused"] == 1


def test_a_key_that_stands_twice_counts_as_npm_counts_it(tmp_path: Path) -> None:
    analysis = broken(tmp_path, '{"name": "b", "dependencies": {"x": "1"}, "dependencies": {"y": "1"}}')
    assert found(analysis, "unused", certain=True) == {"packages/a:x", "packages/b:y"}
    assert any("duplicate key 'dependencies'" in warning for warning in analysis.warnings)


def test_odd_shapes_in_a_manifest_are_passed_over(tmp_path: Path) -> None:
    odd = {"name": 5, "scripts": [1], "dependencies": ["a"], "devDependencies": {"x": {"y": 1}}, "bin": {"a": [1]}, "exports": {"a": {"b": ["c"]}}, "workspaces": 7, "imports": 3, "eslintConfig": 1}  # fmt: skip
    analysis = analyze(tmp_path, {"package.json": json.dumps(odd), "i.js": ""})
    assert found(analysis, "unused", certain=True) == {"x"}


def test_packages_that_need_one_another_are_said(tmp_path: Path) -> None:
    files = workspace(a=member("a", "b", source="import 'b'"), b=member("b", "a", source="import 'a'"))
    analysis = analyze(tmp_path, files)
    assert analysis.warnings == ("2 packages of the workspace depend on one another in a cycle: `a`, `b`",)
    assert found(analysis, "unused", certain=True) == set()


def test_of_a_huge_file_only_names_are_searched_and_that_is_said(tmp_path: Path) -> None:
    build(tmp_path, one("", declared="x y"))
    with (tmp_path / "src/huge.js").open("wb") as stream:
        stream.seek(50 * 1024 * 1024)
        stream.write(b"require('y')")
        stream.truncate(100 * 1024 * 1024)
    analysis = dependencies.analyze(tmp_path, Project())
    assert remarks(analysis)["unused x"].certain
    assert not remarks(analysis)["unused y"].certain
    said = "src/huge.js is larger than 2,000,000 bytes: only names were searched in it, its imports were not read"
    assert said in analysis.findings[0].details.unknown


def test_what_a_binary_file_uses_is_not_known(tmp_path: Path) -> None:
    build(tmp_path, one("", declared="x"))
    (tmp_path / "src/b.ts").write_bytes(bytes(range(256)) * 50)
    analysis = dependencies.analyze(tmp_path, Project())
    assert found(analysis, "unused", certain=True) == set()
    assert found(analysis, "unused", certain=False) == {"x"}
    assert "src/b.ts is no text: what it uses is not known" in analysis.findings[0].details.unknown


def test_a_binary_file_that_is_no_code_says_nothing(tmp_path: Path) -> None:
    build(tmp_path, one("", declared="x"))
    (tmp_path / "src/queue").write_bytes(bytes(range(256)) * 50)
    assert found(dependencies.analyze(tmp_path, Project()), "unused", certain=True) == {"x"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_source_in_another_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    build(tmp_path, one("", declared="x"))
    (tmp_path / "src/b.ts").write_bytes("import 'x'; // é".encode(encoding))
    assert found(dependencies.analyze(tmp_path, Project()), "unused", certain=True) == set()


def test_everything_is_counted_although_not_everything_is_listed(tmp_path: Path) -> None:
    names = [f"unused-{number}" for number in range(700)]
    imports = "".join(f"import 'missing-{number}'\n" for number in range(700))
    build(tmp_path, one(imports, declared=" ".join(names)))
    analysis = dependencies.analyze(tmp_path, Project())
    values = {metric.id: metric.value for metric in analysis.part.metrics}
    assert (values["deps.unused"], values["deps.missing"]) == (700, 700)
    assert "900 more findings are counted and not listed" in analysis.findings[0].details.unknown


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("src", "packages/b/src cannot be read: Permission denied"),
        ("src/closed.ts", "packages/b/src/closed.ts cannot be read"),
    ],
)
def test_an_unreadable_folder_or_source_fails_its_package_only(tmp_path: Path, name: str, reason: str) -> None:
    build(tmp_path, workspace(a=member("a", "x"), b=member("b", "y")))
    (tmp_path / "packages/b/src/closed.ts").write_text("import 'y'")
    (tmp_path / "packages/b" / name).chmod(0)
    with bound_by_modes():
        analysis = dependencies.analyze(tmp_path, Project())
    (tmp_path / "packages/b" / name).chmod(0o755)
    assert reasons(analysis, "b") == {(reason, True)}
    assert values(analysis, "a")["deps.unused"] == 1


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    build(outside, {"a.js": "import 'x'"})
    build(root, one("", declared="x"))
    (root / "src/loop").symlink_to(root / "src")
    (root / "src/away").symlink_to(outside)
    (root / "src/a.js").symlink_to(outside / "a.js")
    assert found(dependencies.analyze(root, Project()), "unused", certain=True) == {"x"}


def test_a_lockfile_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    analysis = analyze(tmp_path, one("import 'a'", declared="a") | {"package-lock.json": '{"lockfileVersion": 99}'})
    assert len(analysis.warnings) == 1
    assert analysis.warnings[0].startswith("package-lock.json")


def test_an_empty_folder_has_nothing_to_say(tmp_path: Path) -> None:
    assert dependencies.analyze(tmp_path, Project()).findings == ()


# The cache


def test_a_cache_changes_nothing_but_time(tmp_path: Path) -> None:
    root, cache = tmp_path / "root", tmp_path / "cache" / "references.json"
    build(root, CASES["workspace"].files)
    cold = dependencies.analyze(root, Project(), (), cache)
    assert cache.exists()
    warm = dependencies.analyze(root, Project(), (), cache)
    without = dependencies.analyze(root, Project())
    assert cold.part == warm.part == without.part


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"version": 1, "references": {"x": 5}}',
        b'{"version": 0, "values": {}}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_cache_that_somebody_else_wrote_is_an_empty_one(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "references.json"
    path.write_bytes(content)
    found = references_of(reference_cache(path), b"import 'a'", ".js")
    assert [one.specifier for one in found] == ["a"]


def test_an_entry_of_the_cache_that_cannot_be_read_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "references.json"
    first = reference_cache(path)
    references_of(first, b"import 'a'", ".js")
    first.save()
    data = json.loads(path.read_text())
    data["values"] = {key: [99, "x", 0] for key in data["values"]}
    path.write_text(json.dumps(data))
    assert [one.specifier for one in references_of(reference_cache(path), b"import 'a'", ".js")] == ["a"]
