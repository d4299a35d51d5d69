"""What is on disk in node_modules, whoever laid it out."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from perfgate.analyzers.dependencies.install_size import install_size, total_size, weigh
from perfgate.analyzers.dependencies.installed import Installed, scan

Manifests = dict[str, Mapping[str, Any]]


def put(root: Path, folder: str, size: int = 0, **manifest: object) -> None:
    """A package, padded so that all its files together have `size` bytes where that is given."""
    path = root / folder
    path.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"name": folder.rpartition("node_modules/")[2], "version": "1.0.0", **manifest})
    (path / "package.json").write_text(text)
    if size:
        (path / "index.js").write_text("x" * (size - len(text)))


def link(root: Path, at: str, to: str) -> None:
    path = root / at
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(os.path.relpath(root / to, path.parent))


def bytes_on_disk(root: Path) -> int:
    """All regular files in node_modules folders, each once, links not followed."""
    found = {}
    for folder, _, files in os.walk(root):
        if "node_modules" in Path(folder).relative_to(root).parts:
            for name in files:
                status = (Path(folder) / name).lstat()
                if not (Path(folder) / name).is_symlink():
                    found[status.st_ino] = status.st_size
    return sum(found.values())


# Layouts


def hoisted(root: Path) -> Manifests:
    """As npm and yarn do: one copy on top, others nested where they are needed, workspace packages as links."""
    put(root, "node_modules/a", 1000, dependencies={"b": "^1", "@s/c": "1"})
    put(root, "node_modules/b", 500, version="2.0.0")
    put(root, "node_modules/a/node_modules/b", 700, version="1.0.0")
    put(root, "node_modules/@s/c", 300, dependencies={"a": "1"})
    put(root, "packages/x/node_modules/b", 900, version="3.0.0")
    link(root, "node_modules/x", "packages/x")
    (root / "node_modules/.bin").mkdir()
    (root / "node_modules/.package-lock.json").write_text("{}")
    return {"": {"dependencies": {"a": "1", "x": "1"}}, "packages/x": {"dependencies": {"b": "3", "@s/c": "1"}}}


def pnpm(root: Path) -> Manifests:
    """As pnpm does: a folder for each package in a store, and links to what it needs beside it."""
    store = "node_modules/.pnpm"
    put(root, f"{store}/a@1.0.0/node_modules/a", 1000, dependencies={"b": "^1"})
    put(root, f"{store}/b@1.0.0/node_modules/b", 700)
    put(root, f"{store}/b@3.0.0/node_modules/b", 900, version="3.0.0", dependencies={"phantom": "1"})
    put(root, f"{store}/phantom@1.0.0/node_modules/phantom", 50)
    link(root, f"{store}/a@1.0.0/node_modules/b", f"{store}/b@1.0.0/node_modules/b")
    link(root, f"{store}/node_modules/phantom", f"{store}/phantom@1.0.0/node_modules/phantom")
    link(root, "node_modules/a", f"{store}/a@1.0.0/node_modules/a")
    link(root, "packages/x/node_modules/b", f"{store}/b@3.0.0/node_modules/b")
    link(root, "packages/x/node_modules/root", ".")
    (root / "node_modules/.modules.yaml").write_text("layoutVersion: 5\n")
    return {"": {"dependencies": {"a": "1"}}, "packages/x": {"dependencies": {"b": "3", "root": "workspace:*"}}}


def test_packages_of_npm_and_yarn(tmp_path: Path) -> None:
    installed = scan(tmp_path, hoisted(tmp_path))
    assert installed.importers == {
        "": {"a": "node_modules/a", "x": "link:packages/x"},
        "packages/x": {"@s/c": "node_modules/@s/c", "b": "packages/x/node_modules/b"},
    }
    assert installed.packages["node_modules/a"].dependencies == {
        "@s/c": "node_modules/@s/c",
        "b": "node_modules/a/node_modules/b",
    }
    assert {key: package.size for key, package in installed.packages.items()} == {
        "node_modules/@s/c": 300,
        "node_modules/a": 1000,
        "node_modules/a/node_modules/b": 700,
        "node_modules/b": 500,
        "packages/x/node_modules/b": 900,
    }
    assert (installed.other, installed.unknown) == (2, ())


def test_packages_of_pnpm(tmp_path: Path) -> None:
    installed = scan(tmp_path, pnpm(tmp_path))
    store = "node_modules/.pnpm"
    assert installed.importers == {
        "": {"a": f"{store}/a@1.0.0/node_modules/a"},
        "packages/x": {"b": f"{store}/b@3.0.0/node_modules/b", "root": "link:"},
    }
    assert installed.packages[f"{store}/a@1.0.0/node_modules/a"].dependencies == {
        "b": f"{store}/b@1.0.0/node_modules/b"
    }
    assert installed.unknown == ()


def test_what_pnpm_has_only_hoisted_was_not_installed_for_a_package(tmp_path: Path) -> None:
    installed = scan(tmp_path, pnpm(tmp_path))
    assert not installed.packages["node_modules/.pnpm/b@3.0.0/node_modules/b"].dependencies


def test_packages_of_yarn_with_its_pnpm_linker(tmp_path: Path) -> None:
    store = "node_modules/.store"
    put(tmp_path, f"{store}/a-npm-1.0.0-abc/package", 100, name="a", dependencies={"b": "1"})
    put(tmp_path, f"{store}/b-npm-1.0.0-abc/package", 70, name="b")
    link(tmp_path, f"{store}/a-npm-1.0.0-abc/node_modules/b", f"{store}/b-npm-1.0.0-abc/package")
    link(tmp_path, "node_modules/a", f"{store}/a-npm-1.0.0-abc/package")
    installed = scan(tmp_path, {"": {"dependencies": {"a": "1"}}})
    assert installed.packages[installed.importers[""]["a"]].dependencies == {"b": f"{store}/b-npm-1.0.0-abc/package"}
    assert weigh(installed)[""]["a"].freed == 170


@pytest.mark.parametrize("layout", [hoisted, pnpm])
def test_sizes_add_up_to_what_is_on_disk(tmp_path: Path, layout: Any) -> None:
    installed = scan(tmp_path, layout(tmp_path))
    assert total_size(installed) + installed.other == bytes_on_disk(tmp_path)


def test_files_with_several_links_are_counted_once(tmp_path: Path) -> None:
    for variant in ("a@1_b@1", "a@1_b@2"):
        put(tmp_path, f"node_modules/.pnpm/{variant}/node_modules/a")
        link(tmp_path, f"packages/{variant[-1]}/node_modules/a", f"node_modules/.pnpm/{variant}/node_modules/a")
    first, second = (tmp_path / f"node_modules/.pnpm/a@1_b@{n}/node_modules/a" for n in (1, 2))
    (first / "big.js").write_text("x" * 10_000)
    (first / "same.js").hardlink_to(first / "big.js")
    (second / "big.js").hardlink_to(first / "big.js")
    manifest = (first / "package.json").stat().st_size
    manifests: Manifests = {
        "": {},
        "packages/1": {"dependencies": {"a": "1"}},
        "packages/2": {"dependencies": {"a": "1"}},
    }
    installed = scan(tmp_path, manifests)
    assert total_size(installed) == 10_000 + 2 * manifest == bytes_on_disk(tmp_path)
    # The other variant keeps the large file.
    assert weigh(installed)["packages/1"]["a"].freed == manifest
    assert weigh(installed)["packages/1"]["a"].own == 10_000 + manifest


def test_a_folder_of_the_repository_brings_what_it_needs(tmp_path: Path) -> None:
    put(tmp_path, "vendor/filed", 5000, name="filed", dependencies={"ms": "2"})
    put(tmp_path, "vendor/filed/node_modules/ms", 200, version="2.0.0")
    put(tmp_path, "node_modules/ms", 100)
    link(tmp_path, "node_modules/filed", "vendor/filed")
    installed = scan(tmp_path, {"": {"dependencies": {"filed": "file:vendor/filed"}}})
    assert installed.packages["vendor/filed"].dependencies == {"ms": "vendor/filed/node_modules/ms"}
    assert weigh(installed)[""]["filed"].freed == 200


# What a package says of itself


@pytest.mark.parametrize(
    ("manifest", "bins"),
    [
        ({"name": "@s/tool", "bin": "cli.js"}, ("tool",)),
        ({"name": "tool", "bin": {"b": "b.js", "a": "a.js"}}, ("a", "b")),
        ({"name": "tool", "bin": ["a"]}, ()),
        ({"bin": "cli.js", "name": 5}, ()),
    ],
)
def test_commands(tmp_path: Path, manifest: dict[str, Any], bins: tuple[str, ...]) -> None:
    put(tmp_path, "node_modules/tool", **manifest)
    assert scan(tmp_path, {"": {}}).packages["node_modules/tool"].bins == bins


def test_peers(tmp_path: Path) -> None:
    put(
        tmp_path,
        "node_modules/a",
        peerDependencies={"react": "*", "redux": "*"},
        peerDependenciesMeta={"redux": {"optional": True}},
    )
    put(tmp_path, "node_modules/react")
    put(tmp_path, "node_modules/redux")
    package = scan(tmp_path, {"": {}}).packages["node_modules/a"]
    assert package.peers == {"react", "redux"}
    assert package.optional_peers == {"redux"}
    assert package.dependencies == {"react": "node_modules/react"}


@pytest.mark.parametrize(
    ("manifest", "files", "types"),
    [
        ({}, (), False),
        ({"types": "a.d.ts"}, (), True),
        ({"typings": "a.d.ts"}, (), True),
        ({"exports": {".": {"import": {"types": "./a.d.mts", "default": "./a.mjs"}}}}, (), True),
        ({"exports": {".": "./a.js"}}, (), False),
        ({}, ("index.d.ts",), True),
    ],
)
def test_types(tmp_path: Path, manifest: dict[str, Any], files: tuple[str, ...], types: bool) -> None:
    put(tmp_path, "node_modules/a", **manifest)
    for file in files:
        (tmp_path / "node_modules/a" / file).write_text("")
    assert scan(tmp_path, {"": {}}).packages["node_modules/a"].types is types


# What could not be seen


def test_nothing_is_installed(tmp_path: Path) -> None:
    assert scan(tmp_path, {"": {"dependencies": {"a": "1"}}}) == Installed(
        {"": {}}, {}, unknown=("sizes: node_modules is not there; install first",)
    )


def test_plug_and_play(tmp_path: Path) -> None:
    (tmp_path / ".pnp.cjs").write_text("")
    assert scan(tmp_path, {"": {}}).unknown == (
        "sizes: yarn Plug'n'Play keeps packages in archives; set nodeLinker: node-modules to have them measured",
    )


def test_declared_and_not_installed(tmp_path: Path) -> None:
    put(tmp_path, "node_modules/a")
    manifest = {"dependencies": {"a": "1", "b": "1"}, "devDependencies": {"c": "1"}, "optionalDependencies": {"d": "1"}}
    assert scan(tmp_path, {"": manifest}).unknown == ("sizes: the root has not installed b, c; install again",)


def test_links_out_of_the_repository_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    put(tmp_path, "elsewhere/secret", 9000)
    put(root, "node_modules/a")
    link(root, "node_modules/secret", "../elsewhere/secret")
    link(root, "packages/x/node_modules", "../elsewhere")
    installed = scan(root, {"": {}, "packages/x": {}})
    assert list(installed.packages) == ["node_modules/a"]
    assert installed.unknown == (
        "sizes: links out of the repository are not followed: node_modules/secret",
        "sizes: node_modules that are links are not followed: packages/x/node_modules",
    )


def test_many_of_a_kind_are_one_sentence(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    put(tmp_path, "store/a")
    for number in range(9):
        link(root, f"node_modules/a{number}", "../store/a")
    assert scan(root, {"": {}}).unknown == (
        "sizes: links out of the repository are not followed: node_modules/a0, node_modules/a1, node_modules/a2 and 6 more",
    )


def test_links_inside_of_a_package_are_not_counted(tmp_path: Path) -> None:
    put(tmp_path, "node_modules/a", 100)
    (tmp_path / "node_modules/a/loop").symlink_to(".")
    (tmp_path / "node_modules/a/hosts").symlink_to("/etc/hosts")
    (tmp_path / "node_modules/broken").symlink_to("nowhere")
    (tmp_path / "node_modules/circle").symlink_to("circle")
    installed = scan(tmp_path, {"": {}})
    assert {key: package.size for key, package in installed.packages.items()} == {"node_modules/a": 100}


@pytest.mark.parametrize(
    "content", [b"{", b"\xff\xfe", b"[" * 200_000, b"[]", b'"x"'], ids=["cut", "binary", "deep", "list", "text"]
)
def test_a_broken_manifest_leaves_its_package_with_the_name_of_its_folder(tmp_path: Path, content: bytes) -> None:
    put(tmp_path, "node_modules/@s/a")
    (tmp_path / "node_modules/@s/a/package.json").write_bytes(content)
    installed = scan(tmp_path, {"": {"dependencies": {"@s/a": "1"}}})
    package = installed.packages["node_modules/@s/a"]
    assert (package.name, package.version, package.size) == ("@s/a", "", len(content))


def test_values_of_the_wrong_kind(tmp_path: Path) -> None:
    put(
        tmp_path, "node_modules/a", version=1, dependencies=["b"], peerDependenciesMeta=1, exports=[{"types": 1}], bin=1
    )
    installed = scan(tmp_path, {"": {"dependencies": ["a"], "devDependencies": 5}})
    assert (installed.packages["node_modules/a"].version, installed.importers) == ("", {"": {}})


# What is in a package


def test_folders_below_a_package_belong_to_it_save_for_packages_nested_in_it(tmp_path: Path) -> None:
    put(tmp_path, "node_modules/a", 1000)
    put(tmp_path, "node_modules/a/dist/node_modules/inner", 400)
    put(tmp_path, "node_modules/a/node_modules/bundled", 300)
    installed = scan(tmp_path, {"": {"dependencies": {"a": "1"}}})
    assert installed.packages["node_modules/a"].size == 1400
    # Nobody declares it, and it goes all the same when the package around it does.
    assert installed.packages["node_modules/a"].contains == ("node_modules/a/node_modules/bundled",)
    assert weigh(installed)[""]["a"].freed == 1700


def test_deep_folders_and_odd_names(tmp_path: Path) -> None:
    put(tmp_path, "node_modules/a")
    deep = tmp_path / "node_modules/a" / "/".join("d" * 400)
    deep.mkdir(parents=True)
    (deep / "file\nwith|odd`name").write_text("xyz")
    manifest = (tmp_path / "node_modules/a/package.json").stat().st_size
    assert total_size(scan(tmp_path, {"": {}})) == manifest + 3


def test_what_one_workspace_package_leads_to(tmp_path: Path) -> None:
    manifests = hoisted(tmp_path)
    installed = scan(tmp_path, manifests)
    assert install_size(installed, "packages/x", manifests) == 900 + 300 + 1000 + 700
    assert install_size(installed, "", manifests) == 1000 + 700 + 300 + 900
