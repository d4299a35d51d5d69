"""Which services a repository has, and which files each one ships."""

import json
from pathlib import Path

import pytest

from perfgate.config.project import Project, parse
from perfgate.workspace.files import Artifact, EscapeError, match
from perfgate.workspace.services import Service, discover


def tree(root: Path, *files: str, **contents: object) -> Path:
    """Files with some content, and JSON files by keyword (`package_json=...`)."""
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    for name, content in contents.items():
        (root / name.replace("__", "-").replace("_json", ".json")).write_text(json.dumps(content))
    return root


def package(root: Path, folder: str, **manifest: object) -> None:
    tree(root, f"{folder}/package.json")
    (root / folder / "package.json").write_text(json.dumps({"name": folder, **manifest}))


def names(root: Path, project: Project | None = None) -> list[str]:
    return [service.name for service in discover(root, project or Project()).services]


# Discovery


def test_folders_of_apps(tmp_path: Path) -> None:
    assert names(tree(tmp_path, "apps/b/main.ts", "apps/a/main.ts", "apps/.cache/x", "apps/notes.txt")) == ["a", "b"]


def test_folders_of_the_build_output(tmp_path: Path) -> None:
    assert names(tree(tmp_path, "dist/apps/web/main.js")) == ["web"]


def test_applications_of_nest(tmp_path: Path) -> None:
    projects = {
        "api": {"type": "application", "root": "apps/api"},
        "common": {"type": "library", "root": "libs/common"},
    }
    assert names(tree(tmp_path, nest__cli_json={"projects": projects})) == ["api"]


@pytest.mark.parametrize(
    "workspaces",
    [["services/*", "packages/*"], {"packages": ["services/*", "packages/*"]}, ["./services/*/", "packages/**"]],
)
def test_packages_of_npm_and_yarn_workspaces(tmp_path: Path, workspaces: object) -> None:
    tree(tmp_path, package_json={"workspaces": workspaces})
    package(tmp_path, "services/chat")
    package(tmp_path, "packages/lib")
    package(tmp_path, "packages/server", scripts={"start": "node ."})
    assert names(tmp_path) == ["chat", "server"]


@pytest.mark.parametrize(
    ("manifest", "deployable"),
    [
        ({"scripts": {"start": "node ."}}, True),
        ({"scripts": {"preview": "vite preview", "build": "vite build"}}, True),
        ({"private": True, "scripts": {"build": "vite build"}}, True),
        ({"private": True, "scripts": {"build": "tsc"}, "main": "dist/index.js"}, False),
        ({"private": True, "scripts": {"build": "tsc"}, "exports": "./src/index.ts"}, False),
        ({"scripts": {"build": "tsc", "dev": "tsc --watch"}}, False),
        ({"private": True}, False),
        ({"scripts": ["start"]}, False),
    ],
)
def test_which_packages_are_deployed(tmp_path: Path, manifest: dict[str, object], deployable: bool) -> None:
    tree(tmp_path, package_json={"workspaces": ["packages/*"]})
    package(tmp_path, "packages/x", **manifest)
    assert names(tmp_path) == (["x"] if deployable else [])


@pytest.mark.parametrize(
    "output", ["dist/apps/web", "dist/web", "apps/web/dist", "apps/web/build", "apps/web/out", "apps/web/.next/static"]
)
def test_where_the_output_of_a_service_lies(tmp_path: Path, output: str) -> None:
    (service,) = discover(tree(tmp_path, "apps/web/x", f"{output}/main.js"), Project()).services
    assert service.artifacts == (f"{output}/**/*.{{js,mjs,cjs,css}}",)
    assert [artifact.path for artifact in match(tmp_path, service.artifacts)] == [f"{output}/main.js"]


def test_packages_of_a_pnpm_workspace(tmp_path: Path) -> None:
    (tmp_path / "pnpm-workspace.yaml").write_text("packages:\n  - apps/*\n  - '!apps/old'\n  - libs/*\n")
    for folder in ("apps/web", "apps/old", "libs/ui", "node_modules/x/apps/evil"):
        package(tmp_path, folder)
    assert "web" in names(tmp_path)
    assert "ui" not in names(tmp_path)


def test_a_single_package_is_one_service_once_it_is_built(tmp_path: Path) -> None:
    tree(tmp_path, package_json={"name": "@acme/site"})
    assert names(tmp_path) == []
    tree(tmp_path, "dist/index.js")
    assert discover(tmp_path, Project()).services == (Service("site", ".", ("dist/**/*.{js,mjs,cjs,css}",)),)


def test_the_project_file_adds_changes_and_takes_away(tmp_path: Path) -> None:
    tree(tmp_path, "apps/a/x", "apps/docs/x", "apps/b/dist/b.js")
    project = parse(b"version: 1\nservices: {a: {artifacts: out/a.js}, extra: {path: tools/extra}}\nignore: [docs]\n")
    assert [(s.name, s.path, s.artifacts[0]) for s in discover(tmp_path, project).services] == [
        ("a", "apps/a", "out/a.js"),
        ("b", "apps/b", "apps/b/dist/**/*.{js,mjs,cjs,css}"),
        ("extra", "tools/extra", "dist/apps/extra/**/*.{js,mjs,cjs,css}"),
    ]


def test_a_service_that_is_not_built_yet_still_has_a_place_to_look(tmp_path: Path) -> None:
    (service,) = discover(tree(tmp_path, "apps/a/x"), Project()).services
    assert service.artifacts == ("dist/apps/a/**/*.{js,mjs,cjs,css}",)


@pytest.mark.parametrize(
    "text", ["{", "[" * 100_000, "[1]", '{"workspaces": 5}', '{"workspaces": {"packages": 7}}', '{"name": 3}']
)
def test_a_manifest_that_makes_no_sense_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "package.json").write_text(text)
    assert names(tree(tmp_path, "apps/a/x")) == ["a"]


def test_a_broken_manifest_is_told(tmp_path: Path) -> None:
    (tmp_path / "nest-cli.json").write_text("{,")
    (tmp_path / "pnpm-workspace.yaml").write_text("packages: [")
    warnings = discover(tree(tmp_path, "apps/a/x"), Project()).warnings
    assert [warning.split(":")[0] for warning in warnings] == ["nest-cli.json", "pnpm-workspace.yaml"]


# Globs


@pytest.mark.parametrize(
    ("globs", "expected"),
    [
        (["d/a.js"], ["d/a.js"]),
        (["d/*.js"], ["d/a.js", "d/b.js"]),
        (["d/**/*.js"], ["d/a.js", "d/b.js", "d/e/c.js"]),
        (["**/c.js"], ["d/e/c.js"]),
        (["d/**"], ["d/a.css", "d/a.js", "d/b.js", "d/e/c.js"]),
        (["d/*.{js,css}"], ["d/a.css", "d/a.js", "d/b.js"]),
        (["d/?.js"], ["d/a.js", "d/b.js"]),
        (["d/[a-a].js"], ["d/a.js"]),
        (["d/[!a].js"], ["d/b.js"]),
        (["d/*.js", "!d/b.js"], ["d/a.js"]),
        (["d/**/*.js", "!**/e/**"], ["d/a.js", "d/b.js"]),
        (["x/*.js"], []),
        (["d/a.j"], []),
        (["d/{a,b}.js", "d/a.js"], ["d/a.js", "d/b.js"]),
    ],
)
def test_globs(tmp_path: Path, globs: list[str], expected: list[str]) -> None:
    tree(tmp_path, "d/a.js", "d/b.js", "d/e/c.js", "d/a.css", "node_modules/d/a.js")
    assert [artifact.path for artifact in match(tmp_path, globs)] == expected


def test_a_hash_in_a_name_becomes_a_label(tmp_path: Path) -> None:
    tree(tmp_path, "d/main.3f9a1c2b.js", "d/chunk-Zx_9-aQ1.js", "d/main.js", "d/main.ab.js")
    assert match(tmp_path, ["d/main.<hash>.js", "d/chunk-<hash>.js"]) == [
        Artifact("d/chunk-Zx_9-aQ1.js", "d/chunk-<hash>.js"),
        Artifact("d/main.3f9a1c2b.js", "d/main.<hash>.js"),
    ]


def test_links_that_stay_inside_are_files_like_others(tmp_path: Path) -> None:
    tree(tmp_path, "real/a.js", "d/x")
    (tmp_path / "d" / "a.js").symlink_to("../real/a.js")
    assert [artifact.path for artifact in match(tmp_path, ["d/*.js"])] == ["d/a.js"]


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside.js"])
def test_a_link_that_leads_out_is_refused(tmp_path: Path, target: str) -> None:
    root = tmp_path / "root" / "w"
    tree(root, "d/x")
    tree(tmp_path, "root/outside.js")
    (root / "d" / "a.js").symlink_to(target if target.startswith("/") else f"../{target}")
    with pytest.raises(EscapeError, match=r"d/a\.js"):
        match(root, ["d/*.js"])


def test_a_linked_folder_is_not_entered(tmp_path: Path) -> None:
    tree(tmp_path / "w", "d/a.js")
    tree(tmp_path, "outside/b.js")
    (tmp_path / "w" / "d" / "link").symlink_to(tmp_path / "outside", target_is_directory=True)
    assert [artifact.path for artifact in match(tmp_path / "w", ["d/**/*.js"])] == ["d/a.js"]


def test_a_linked_folder_named_outright_leads_out(tmp_path: Path) -> None:
    tree(tmp_path, "outside/b.js", "w/x")
    (tmp_path / "w" / "dist").symlink_to(tmp_path / "outside", target_is_directory=True)
    with pytest.raises(EscapeError):
        match(tmp_path / "w", ["dist/*.js"])
