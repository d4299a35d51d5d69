"""Packages of the workspace: which there are, what they declare on which line, and the commands that change them."""

from pathlib import Path

import pytest

from perfgate.workspace import packages
from perfgate.workspace.manifest import Declaration, is_package_name, parse
from perfgate.workspace.sources import sources

MANIFEST = b"""{
  "name": "a",
  "scripts": {"dependencies": "x", "y": "}"},
  "dependencies": {
    "b": "^1",
    "@s/c": "workspace:*"
  },
  "devDependencies": {"d": "1", "e": {}}
}"""


def test_every_entry_has_its_line() -> None:
    assert parse(MANIFEST, "package.json").declarations == (
        Declaration("b", "dependencies", "^1", 5),
        Declaration("@s/c", "dependencies", "workspace:*", 6),
        Declaration("d", "devDependencies", "1", 8),
        Declaration("e", "devDependencies", "", 8),
    )


@pytest.mark.parametrize("name", ["a", "@s/a", "a.b", "a_b", "JSONStream", "~a", "a" * 214])
def test_npm_accepts(name: str) -> None:
    assert is_package_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "-a", ".a", "a b", "a/b", "@s", "@s/", "@/a", "a" * 215, "*", "a;b", "../a", "node_modules", "ä", "a\n"],
)
def test_npm_refuses(name: str) -> None:
    assert not is_package_name(name)


@pytest.mark.parametrize(
    ("lockfile", "root", "inner"),
    [
        ("package-lock.json", "npm install x --save-dev", "npm install x --save-dev -w a"),
        ("pnpm-lock.yaml", "pnpm add x --save-dev -w", "pnpm add x --save-dev --filter a"),
        ("yarn.lock", "yarn remove x && yarn add x -D", "yarn workspace a remove x && yarn workspace a add x -D"),
    ],
)
def test_moving_a_dependency(lockfile: str, root: str, inner: str, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"workspaces": ["packages/*"]}')
    (tmp_path / "packages/a").mkdir(parents=True)
    (tmp_path / "packages/a/package.json").write_text('{"name": "a"}')
    (tmp_path / lockfile).touch()
    found = packages.find(tmp_path)
    assert [found.move(package, "x", development=True) for package in found.all] == [root, inner]


def test_a_folder_with_a_hostile_name_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"workspaces": ["packages/*"]}')
    (tmp_path / "packages/a;rm -rf x").mkdir(parents=True)
    (tmp_path / "packages/a;rm -rf x/package.json").write_text("{}")
    found = packages.find(tmp_path)
    assert found.removal(found.all[1], ["x"]) == "npm uninstall x -w './packages/a;rm -rf x'"


def test_files_of_git_ignored_folders_are_nobodys(tmp_path: Path) -> None:
    for path in ("src/a.ts", "src/gen/b.ts", "src/keep.gen.ts", "src/c.gen.ts", "tmp/d.ts", "node_modules/x/e.js"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / ".gitignore").write_text("# c\n/tmp/\ngen/\n*.gen.ts\n!keep.gen.ts\n[\n")
    found = sources(tmp_path, packages.find(tmp_path).manifests)
    assert [path for path in found[""].files if path.endswith(".ts")] == ["src/a.ts", "src/keep.gen.ts"]


def test_what_declares_nothing_is_said_with_its_line(tmp_path: Path) -> None:
    text = '{"dependencies": {"ok": "1",\n"<img src=x>": "1"},\n"devDependencies": ["a"]}'
    (tmp_path / "package.json").write_text(text)
    assert packages.find(tmp_path).warnings == (
        "package.json:2: '<img src=x>' is no name that npm takes; "
        "package.json: devDependencies is no object, so it declares nothing",
    )
