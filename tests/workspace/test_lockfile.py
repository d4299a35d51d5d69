"""What is locked, for every package manager; real lockfiles are compared with what their package manager lists."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from perfgate.errors import Problem
from perfgate.workspace.lockfile import Lock, linked_folder, read

DATA = Path(__file__).parent.parent / "data" / "lockfiles"
FOLDERS = ("", "apps/web", "packages/a", "packages/b")
REAL = sorted(path.name for path in DATA.iterdir() if path.is_dir())


def manifests_of(root: Path) -> dict[str, Mapping[str, Any]]:
    return {folder: json.loads((root / folder / "package.json").read_text()) for folder in FOLDERS}


def real(name: str) -> Lock:
    lock = read(DATA / name, manifests_of(DATA / name))
    assert isinstance(lock, Lock)
    return lock


def write(root: Path, file: str, text: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def read_text(root: Path, file: str, text: str, **manifest: object) -> Lock:
    write(root, file, text)
    lock = read(root, {"": manifest})
    assert isinstance(lock, Lock), lock
    return lock


def refused(root: Path, file: str, text: str) -> str:
    write(root, file, text)
    problem = read(root, {"": {}})
    assert isinstance(problem, Problem), problem
    return str(problem)


# Real lockfiles


def title(lock: Lock, key: str) -> str:
    folder = linked_folder(key)
    if folder is not None:
        return key if folder in FOLDERS else "a folder"
    package = lock.packages[key]
    return f"{package.name}@{package.version}" if package.version else "a folder"


def edges(lock: Lock) -> set[tuple[str, str, str]]:
    """All (from, name, to) of a lock."""
    found = {
        (folder or ".", name, title(lock, key)) for folder in FOLDERS for name, key in lock.importers[folder].items()
    }
    for owner in lock.packages:
        if title(lock, owner) != "a folder":
            dependencies = lock.packages[owner].dependencies.items()
            found |= {(title(lock, owner), name, title(lock, key)) for name, key in dependencies}
    return found


def listed(name: str) -> set[tuple[str, str, str]]:
    """The same as the package manager lists it, folders of the repository as just that."""
    found = set()
    for owner, dependencies in json.loads((DATA / name / "listed.json").read_text()).items():
        for dependency, targets in dependencies.items():
            for target in targets.split():
                place = target.removeprefix("link:")
                is_folder = target.endswith("@") or (target != place and place not in FOLDERS)
                folder = is_folder or dependency in ("filed", "linked", "ported")
                if owner.split("@")[0] not in ("filed", "linked", "ported"):
                    found.add((owner, dependency, "a folder" if folder else target))
    return found


@pytest.mark.parametrize("name", REAL)
def test_what_leads_to_what_is_what_the_package_manager_lists(name: str) -> None:
    lock = real(name)
    ours = {
        (owner, dependency, "a folder" if dependency in ("filed", "linked", "ported") else target)
        for owner, dependency, target in edges(lock)
        if owner.split("@")[0] not in ("filed", "linked", "ported")
    }
    # A package for macOS is locked and not installed; peers of workspace packages are not listed, or have their own row.
    extra = {edge for edge in ours - listed(name) if edge[1] not in ("fsevents", "react")}
    assert (listed(name) - ours, extra) == (set(), set())


@pytest.mark.parametrize("name", REAL)
def test_nothing_is_left_unsaid(name: str) -> None:
    lock = real(name)
    assert lock.notes == ()
    keys = [key for package in lock.packages.values() for key in package.dependencies.values()]
    keys += [key for table in lock.importers.values() for key in table.values()]
    assert all(key in lock.packages or linked_folder(key) is not None for key in keys)


@pytest.mark.parametrize("name", REAL)
def test_an_alias_leads_to_the_package_of_its_own_name(name: str) -> None:
    lock = real(name)
    aliased = lock.packages[lock.importers["packages/a"]["lodash3"]]
    assert (aliased.name, aliased.version) == ("lodash", "3.10.1")


@pytest.mark.parametrize("name", [name for name in REAL if not name.startswith("yarn-1")])
def test_peers(name: str) -> None:
    lock = real(name)
    peers = {package.name: package.peers for package in lock.packages.values() if package.peers}
    assert peers["use-sync-external-store"] == {"react"}


@pytest.mark.parametrize("name", [name for name in REAL if name.startswith("pnpm")])
def test_a_package_with_two_sets_of_peers_is_two_packages(name: str) -> None:
    lock = real(name)
    keys = {lock.importers[folder]["use-sync-external-store"] for folder in ("packages/a", "packages/b")}
    assert {lock.packages[key].dependencies["react"] for key in keys} == {"react@18.2.0", "react@17.0.2"}


@pytest.mark.parametrize("name", REAL)
def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing(name: str, tmp_path: Path) -> None:
    lock = real(name)
    text = (DATA / name / lock.file).read_text()
    write(tmp_path, lock.file, "\ufeff" + text.replace("\n", "\r\n"))
    if (DATA / name / ".yarnrc.yml").exists():
        write(tmp_path, ".yarnrc.yml", (DATA / name / ".yarnrc.yml").read_text())
    assert read(tmp_path, manifests_of(DATA / name)) == lock


# What the real ones above do not have


def test_packages_from_git_and_from_an_address_in_pnpm_6_and_9(tmp_path: Path) -> None:
    old = read_text(
        tmp_path,
        "pnpm-lock.yaml",
        """lockfileVersion: '6.1'
dependencies:
  is-odd:
    specifier: github:jonschlinkert/is-odd
    version: github.com/jonschlinkert/is-odd/abc123
packages:
  github.com/jonschlinkert/is-odd/abc123:
    resolution: {tarball: https://codeload.github.com/jonschlinkert/is-odd/tar.gz/abc123}
    name: is-odd
    version: 3.0.1
    dependencies:
      is-number: 6.0.0
    dev: false
  /is-number@6.0.0:
    resolution: {integrity: sha512-x==}
    dev: true
""",
    )
    new = read_text(
        tmp_path,
        "pnpm-lock.yaml",
        """lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      is-odd:
        specifier: github:jonschlinkert/is-odd
        version: https://codeload.github.com/jonschlinkert/is-odd/tar.gz/abc123
packages:
  is-odd@https://codeload.github.com/jonschlinkert/is-odd/tar.gz/abc123:
    resolution: {tarball: https://codeload.github.com/jonschlinkert/is-odd/tar.gz/abc123}
    version: 3.0.1
  is-number@6.0.0:
    resolution: {integrity: sha512-x==}
snapshots:
  is-odd@https://codeload.github.com/jonschlinkert/is-odd/tar.gz/abc123:
    dependencies:
      is-number: 6.0.0
  is-number@6.0.0: {}
""",
    )
    for lock in (old, new):
        package = lock.packages[lock.importers[""]["is-odd"]]
        assert (package.name, package.version, dict(package.dependencies)) == (
            "is-odd",
            "3.0.1",
            {"is-number": "is-number@6.0.0"},
        )
    assert [old.packages[key].dev for key in sorted(old.packages)] == [False, True]


def test_optional_peers_of_pnpm_are_not_followed(tmp_path: Path) -> None:
    lock = read_text(
        tmp_path,
        "pnpm-lock.yaml",
        """lockfileVersion: '9.0'
importers:
  .: {dependencies: {debug: {specifier: 4.4.3, version: 4.4.3(supports-color@5.5.0)}}}
packages:
  debug@4.4.3:
    resolution: {integrity: sha512-x==}
    peerDependencies: {supports-color: '*'}
    peerDependenciesMeta:
      supports-color:
        optional: true
  supports-color@5.5.0: {}
snapshots:
  debug@4.4.3(supports-color@5.5.0):
    dependencies:
      supports-color: 5.5.0
  supports-color@5.5.0: {}
""",
    )
    package = lock.packages[lock.importers[""]["debug"]]
    assert package.optional_peers == {"supports-color"}
    assert not package.dependencies


def test_the_repository_is_the_last_document_of_pnpm(tmp_path: Path) -> None:
    tools = "lockfileVersion: '9.0'\nimporters:\n  .:\n    packageManagerDependencies: {}\n"
    lock = read_text(
        tmp_path,
        "pnpm-lock.yaml",
        f"---\n{tools}---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n"
        "      a:\n        version: 1.0.0\npackages:\n  a@1.0.0: {}\nsnapshots:\n  a@1.0.0: {}\n",
    )
    assert lock.importers == {"": {"a": "a@1.0.0"}}


def test_npm_finds_the_nearest_copy_above(tmp_path: Path) -> None:
    packages = {
        "": {"dependencies": {"a": "1"}, "workspaces": ["packages/*"]},
        "packages/x": {"dependencies": {"b": "1", "c": "1"}},
        "packages/x/node_modules/c": {"version": "9.0.0"},
        "node_modules/x": {"resolved": "packages/x", "link": True},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "^1"}, "bin": {"a": "cli.js"}, "dev": True},
        "node_modules/a/node_modules/b": {"version": "1.0.0", "dependencies": {"c": "1"}},
        "node_modules/b": {"version": "2.0.0", "optionalDependencies": {"gone": "1"}},
        "node_modules/c": {"version": "1.0.0", "peerDependencies": {"a": "*", "o": "*"}, "peerDependenciesMeta": {"o": {"optional": True}}},
        "node_modules/o": {"version": "1.0.0"},
    }  # fmt: skip
    lock = read_text(tmp_path, "package-lock.json", json.dumps({"lockfileVersion": 3, "packages": packages}))
    assert lock.importers == {
        "": {"a": "node_modules/a"},
        "packages/x": {"b": "node_modules/b", "c": "packages/x/node_modules/c"},
    }
    assert lock.packages["node_modules/a"].dependencies == {"b": "node_modules/a/node_modules/b"}
    assert (lock.packages["node_modules/a"].bins, lock.packages["node_modules/a"].dev) == (("a",), True)
    assert lock.packages["node_modules/a/node_modules/b"].dependencies == {"c": "node_modules/c"}
    assert lock.packages["node_modules/c"].dependencies == {"a": "node_modules/a"}


def test_yarn_berry_resolutions_catalogs_and_patches(tmp_path: Path) -> None:
    write(tmp_path, ".yarnrc.yml", "catalogs:\n  old:\n    a: ^1.0.0\n")
    lock = read_text(
        tmp_path,
        "yarn.lock",
        """__metadata:
  version: 8

"a@npm:^1.0.0":
  version: 1.1.0
  resolution: "a@npm:1.1.0"
  dependencies:
    b: "npm:^1.0.0"

"a@npm:^2.0.0":
  version: 2.0.0
  resolution: "a@npm:2.0.0"

"b@npm:5.0.0":
  version: 5.0.0
  resolution: "b@npm:5.0.0"

"b@npm:^1.0.0":
  version: 1.0.0
  resolution: "b@npm:1.0.0"

"c@patch:c@npm%3A1.0.0#~/.yarn/patches/c.patch":
  version: 1.0.0
  resolution: "c@patch:c@npm%3A1.0.0#~/.yarn/patches/c.patch::version=1.0.0&hash=abc"

"root@workspace:.":
  version: 0.0.0-use.local
  resolution: "root@workspace:."
  dependencies:
    a: "catalog:old"
    b: "npm:^1.0.0"
    c: "patch:c@npm%3A1.0.0#~/.yarn/patches/c.patch"
""",
        resolutions={"a/b": "5.0.0"},
    )
    direct = lock.importers[""]
    assert lock.packages[direct["a"]].version == "1.1.0"
    assert lock.packages[direct["b"]].version == "1.0.0"
    assert lock.packages[lock.packages[direct["a"]].dependencies["b"]].version == "5.0.0"
    assert (lock.packages[direct["c"]].name, lock.packages[direct["c"]].version) == ("c", "1.0.0")


def test_a_newer_layout_of_yarn_is_read_with_a_note(tmp_path: Path) -> None:
    lock = read_text(tmp_path, "yarn.lock", "__metadata:\n  version: 11\n")
    assert lock.notes == ("yarn.lock: version 11 is newer than 10, the newest known; it was read like that one",)


def test_yarn_1_looks_ranges_of_workspace_packages_up(tmp_path: Path) -> None:
    write(tmp_path, "yarn.lock", '# yarn lockfile v1\n\n\n"@s/a@>=1 <3", "@s/a@^2":\n  version "2.1.0"\n')
    manifests = {
        "": {"name": "root", "dependencies": {"@s/a": ">=1 <3"}},
        "packages/x": {"name": "x", "devDependencies": {"@s/a": "^2"}, "dependencies": {"y": "1.0.0"}},
        "packages/y": {"name": "y", "dependencies": {"x": "*"}},
    }
    lock = read(tmp_path, manifests)
    assert isinstance(lock, Lock)
    assert lock.importers == {
        "": {"@s/a": "@s/a@>=1 <3"},
        "packages/x": {"@s/a": "@s/a@>=1 <3", "y": "link:packages/y"},
        "packages/y": {"x": "link:packages/x"},
    }
    assert lock.packages["@s/a@>=1 <3"].name == "@s/a"


@pytest.mark.parametrize("key", ["@s/a", "**/@s/a", "x/@s/a", "@t/x/@s/a", "@s/a@^3"])
def test_yarn_1_replaces_ranges(tmp_path: Path, key: str) -> None:
    text = '# yarn lockfile v1\n\n"@s/a@2.0.0":\n  version "2.0.0"\n\nb@1:\n  version "1.0.0"\n'
    dependencies = {"@s/a": "^3", "b": "^2"}
    lock = read_text(tmp_path, "yarn.lock", text, dependencies=dependencies, resolutions={key: "2.0.0"})
    assert lock.importers == {"": {"@s/a": "@s/a@2.0.0"}}
    assert lock.notes == ("yarn.lock does not have b of package.json; install again",)


# Which file counts


def test_no_lockfile(tmp_path: Path) -> None:
    assert read(tmp_path, {"": {}}) is None


EMPTY = {
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
    "yarn.lock": "# yarn lockfile v1\n",
    "package-lock.json": '{"lockfileVersion": 3, "packages": {}}',
}


@pytest.mark.parametrize(
    ("manager", "file", "note"),
    [
        (
            "yarn@4.1.0",
            "yarn.lock",
            "yarn.lock was read, not pnpm-lock.yaml or package-lock.json: package.json names yarn",
        ),
        (
            "npm@10",
            "package-lock.json",
            "package-lock.json was read, not pnpm-lock.yaml or yarn.lock: package.json names npm",
        ),
        (
            "bun@1",
            "pnpm-lock.yaml",
            "pnpm-lock.yaml was read, not yarn.lock or package-lock.json: package.json names none of them as packageManager",
        ),
    ],
)
def test_the_named_package_manager_decides_which_lockfile_counts(
    tmp_path: Path, manager: str, file: str, note: str
) -> None:
    for name, text in EMPTY.items():
        write(tmp_path, name, text)
    lock = read(tmp_path, {"": {"packageManager": manager}})
    assert isinstance(lock, Lock)
    assert (lock.file, lock.notes) == (file, (note,))


def test_a_lockfile_older_than_the_manifests(tmp_path: Path) -> None:
    write(tmp_path, "pnpm-lock.yaml", EMPTY["pnpm-lock.yaml"])
    lock = read(tmp_path, {"": {}, "packages/x": {"dependencies": {f"d{n:02}": "1" for n in range(12)}}})
    assert isinstance(lock, Lock)
    assert lock.notes == (
        "pnpm-lock.yaml does not have d00, d01, d02, d03, d04, d05, d06, d07, d08, d09 and 2 more "
        "of packages/x/package.json; install again",
    )


# Broken and hostile files

V9 = "lockfileVersion: '9.0'\n"


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("pnpm-lock.yaml", "lockfileVersion: 5.4\n", "pnpm-lock.yaml:1:1: lockfileVersion 5.4 is not supported (install with pnpm 8 or newer)"),
        ("pnpm-lock.yaml", "lockfileVersion: '10.0'\n", "pnpm-lock.yaml:1:1: lockfileVersion 10.0 is not supported (known are 6 to 9; is there a newer perfgate?)"),
        ("pnpm-lock.yaml", "", "pnpm-lock.yaml:1:1: has no lockfileVersion (is the file complete?)"),
        ("pnpm-lock.yaml", f"{V9}packages:\n  a@1.0.0:\n    resol", "pnpm-lock.yaml:4:5: expected `key: value` (is the file complete?)"),
        ("pnpm-lock.yaml", f"{V9}packages:\n  a@1.0.0: {{integrity: x", "pnpm-lock.yaml:3:1: a bracket is not closed (is the file complete?)"),
        ("pnpm-lock.yaml", f"{V9}<<<<<<< HEAD\na: b\n", "pnpm-lock.yaml:2:1: merge conflict (resolve it and install again)"),
        ("pnpm-lock.yaml", f"{V9}a: &x [y]\n", "pnpm-lock.yaml:2:1: anchors, aliases and tags are not allowed (install again)"),
        ("pnpm-lock.yaml", f"{V9}a: [*x, *x]\n", "pnpm-lock.yaml:2:1: anchors, aliases and tags are not allowed (is the file complete?)"),
        ("pnpm-lock.yaml", f"{V9}a:\n  b: 1\n  b: 2\n", "pnpm-lock.yaml:4:3: duplicate key 'b' (install again)"),
        ("pnpm-lock.yaml", V9 + "".join(f"{' ' * n}k:\n" for n in range(5000)), "pnpm-lock.yaml:42:41: nested deeper than 40 levels (is this the right file?)"),
        ("pnpm-lock.yaml", f"{V9}a: {'[' * 90_000}{']' * 90_000}\n", "pnpm-lock.yaml:2:1: brackets nested deeper than 20 levels (is the file complete?)"),
        ("pnpm-lock.yaml", f"{V9}a: 'x\n" + "y\n" * 90_000, "pnpm-lock.yaml:2:1: a quoted text is not closed (is the file complete?)"),
        ("pnpm-lock.yaml", f"{V9}\ta: b\n", "pnpm-lock.yaml:2:1: expected `key: value` (is the file complete?)"),
        ("package-lock.json", '{"lockfileVersion": 1, "dependencies": {}}', "package-lock.json:1:1: lockfileVersion 1 is not supported (install with npm 7 or newer)"),
        ("package-lock.json", '{"lockfileVersion": 4, "packages": {}}', "package-lock.json:1:1: lockfileVersion 4 is not supported (known are 2 and 3; is there a newer perfgate?)"),
        ("package-lock.json", '{"lockfileVersion": 3}', "package-lock.json:1:1: has no packages (is the file complete?)"),
        ("package-lock.json", "[]", "package-lock.json:1:1: has no lockfileVersion (is the file complete?)"),
        ("package-lock.json", '{"lockfileVersion": 3, "packages": {"a', "package-lock.json:1:37: not valid JSON: Unterminated string starting at (is the file complete?)"),
        ("package-lock.json", '{"a":' * 100_000, "package-lock.json: nested too deeply"),
        ("package-lock.json", json.dumps({"lockfileVersion": 3, "packages": {"a/" * 3000: {}}}), "package-lock.json: has paths longer than 4,096 characters (is this the right file?)"),
        ("npm-shrinkwrap.json", '{\n"lockfileVersion": 3,\n=======\n}', "npm-shrinkwrap.json:3:1: not valid JSON: Expecting property name enclosed in double quotes (is the file complete?)"),
        ("yarn.lock", "", "yarn.lock:1:1: is not a lockfile of yarn 1 or newer (is the file complete?)"),
        ("yarn.lock", '# yarn lockfile v1\n\na@1:\n  version "1.0', "yarn.lock:4:3: expected `name value` (is the file complete?)"),
        ("yarn.lock", "# yarn lockfile v1\n\n||||||| base\n", "yarn.lock:3:1: merge conflict (resolve it and install again)"),
        ("yarn.lock", "__metadata:\n  version: 3\n", "yarn.lock:1:1: __metadata version '3' is not supported (install with yarn 2 or newer)"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_read_is_one_line_with_its_place(tmp_path: Path, file: str, text: str, problem: str) -> None:
    assert refused(tmp_path, file, text) == problem


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "yarn.lock").write_bytes(b"abc\xff")
    assert str(read(tmp_path, {})) == "yarn.lock: not UTF-8 text (byte 3) (install again)"


def test_a_file_of_a_hundred_megabytes(tmp_path: Path) -> None:
    with (tmp_path / "package-lock.json").open("wb") as file:
        file.truncate(100_000_000)
    assert (
        str(read(tmp_path, {})) == "package-lock.json: is larger than 33,554,432 bytes (put the lockfile itself there)"
    )


def test_a_link_out_of_the_repository(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/yarn.lock", "secret")
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository/yarn.lock").symlink_to(tmp_path / "elsewhere/yarn.lock")
    assert str(read(tmp_path / "repository", {})) == (
        "yarn.lock: is a link to a place outside of the workspace (put the lockfile itself there)"
    )


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pnpm-lock.yaml", f"{V9}importers: [a]\npackages:\n  (a)(b): {{}}\n  'x(': y\n  '': {{}}\nsnapshots: z\n"),
        ("pnpm-lock.yaml", f"{V9}importers:\n  .: x\n  a:\n    dependencies: [x]\n  b:\n    dependencies: {{c: {{}}}}\n"),
        ("package-lock.json", '{"lockfileVersion":3,"packages":{"":{"dependencies":["a",1]},"node_modules/a":5,"x":{"peerDependenciesMeta":[]}}}'),
        ("yarn.lock", '__metadata:\n  version: 8\na: b\n"@":\n  resolution: ""\nc:\n  resolution: x\n  dependencies: [a]\n'),
    ],
    ids=["pnpm", "pnpm importers", "npm", "berry"],
)  # fmt: skip
def test_values_of_the_wrong_kind_are_passed_over(tmp_path: Path, file: str, text: str) -> None:
    read_text(tmp_path, file, text)


def test_names_have_no_characters_that_cannot_be_seen(tmp_path: Path) -> None:
    packages = {"node_modules/a": {"name": "a\n::error::\ud800", "version": "\u202e1"}}
    lock = read_text(tmp_path, "package-lock.json", json.dumps({"lockfileVersion": 3, "packages": packages}))
    package = lock.packages["node_modules/a"]
    assert (package.name, package.version) == ("a\ufffd::error::\ufffd", "\ufffd1")


def test_names_are_cut_to_what_npm_allows(tmp_path: Path) -> None:
    lock = read_text(tmp_path, "pnpm-lock.yaml", f"{V9}packages:\n  {'n' * 9000}@{'1' * 9000}: {{}}\n")
    package = next(iter(lock.packages.values()))
    assert (len(package.name), len(package.version)) == (214, 214)
