"""What makes a service another one, and what does not: told from real commits, without checking them out."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from perfgate.workspace.inputs import Deployed, Tree, digests, parse_tree
from tests.repositories import a_repository, commit, git, git_of

SERVICES = {"web": Deployed("apps/web"), "api": Deployed("apps/api")}
NONE: set[str] = set()

PNPM_LOCK = """\
lockfileVersion: '9.0'

importers:

  .: {}

  apps/api:
    dependencies:
      express:
        specifier: ^4.0.0
        version: 4.0.0

  apps/web:
    dependencies:
      '@shop/kit':
        specifier: workspace:*
        version: link:../../libs/kit

  libs/kit:
    dependencies:
      ms:
        specifier: ^2.0.0
        version: 2.0.0

packages:

  express@4.0.0:
    resolution: {integrity: sha512-a}

  ms@2.0.0:
    resolution: {integrity: sha512-b}

  qs@6.0.0:
    resolution: {integrity: sha512-c}

snapshots:

  express@4.0.0:
    dependencies:
      qs: 6.0.0

  ms@2.0.0: {}

  qs@6.0.0: {}
"""

WORKSPACE = {
    "package.json": '{"private": true, "packageManager": "pnpm@10.0.0"}',
    "pnpm-workspace.yaml": "packages:\n  - apps/*\n  - libs/*\n",
    "pnpm-lock.yaml": PNPM_LOCK,
    "build.mjs": "build()",
    "README.md": "read me",
    "LICENSE": "MIT",
    "budgets/perfgate.yaml": "version: 1",
    "docs/guide.js": "alert()",
    ".github/workflows/ci.yml": "on: push",
    "perfgate.yaml": "version: 1",
    "apps/web/package.json": '{"name": "web", "dependencies": {"@shop/kit": "workspace:*"}}',
    "apps/web/src/main.ts": "import '@shop/kit'",
    "apps/web/README.md": "web",
    "apps/web/pages/about.md": "served",
    "apps/api/package.json": '{"name": "api", "dependencies": {"express": "^4.0.0"}}',
    "apps/api/src/main.ts": "import 'express'",
    "libs/kit/package.json": '{"name": "@shop/kit", "dependencies": {"ms": "^2.0.0"}}',
    "libs/kit/src/index.ts": "export {}",
    "libs/unused/package.json": '{"name": "@shop/unused"}',
    "libs/unused/index.ts": "export {}",
}


def of_head(root: Path, services: dict[str, Deployed] | None = None, toolchain: str = "node 22") -> dict[str, str]:
    listing = git_of(root).command("ls-tree", "-r", "-z", "HEAD").stdout
    tree = Tree(parse_tree(listing), git_of(root).blobs)
    left_out = ("budgets/", ".github/", "docs/")
    return digests(tree, services or SERVICES, toolchain=toolchain, left_out=left_out)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return a_repository(tmp_path / "shop", WORKSPACE)


@pytest.fixture
def touched(shop: Path) -> Callable[..., set[str]]:
    """Which services a change makes other ones."""

    def change(files: dict[str, str]) -> set[str]:
        before = of_head(shop)
        commit(shop, files)
        after = of_head(shop)
        return {name for name in SERVICES if before[name] != after[name]}

    return change


@pytest.mark.parametrize(
    ("path", "services"),
    [
        ("apps/web/src/main.ts", {"web"}),
        ("apps/web/src/new.ts", {"web"}),
        ("apps/web/pages/about.md", {"web"}),
        ("apps/api/src/main.ts", {"api"}),
        ("libs/kit/src/index.ts", {"web"}),
        ("libs/unused/index.ts", NONE),
        ("build.mjs", {"web", "api"}),
        ("tsconfig.json", {"web", "api"}),
        (".npmrc", {"web", "api"}),
        ("tools/plugin.js", {"web", "api"}),
        ("patches/ms.patch", {"web", "api"}),
        ("README.md", NONE),
        ("LICENSE", NONE),
        ("CHANGELOG.md", NONE),
        ("apps/web/README.md", NONE),
        ("budgets/perfgate.yaml", NONE),
        ("docs/guide.js", NONE),
        (".github/workflows/ci.yml", NONE),
        ("perfgate.yaml", NONE),
    ],
)
def test_a_file_counts_for_what_is_made_of_it(path: str, services: set[str], touched: Callable[..., set[str]]) -> None:
    assert touched({path: "{}"}) == services


@pytest.mark.parametrize(
    ("old", "new", "services"),
    [
        ("ms@2.0.0", "ms@2.0.1", {"web"}),
        ("qs@6.0.0", "qs@6.0.1", {"api"}),
        ("sha512-c", "sha512-d", NONE),
    ],
)
def test_a_lockfile_counts_as_far_as_a_service_reaches(
    old: str, new: str, services: set[str], touched: Callable[..., set[str]]
) -> None:
    lock = PNPM_LOCK.replace(old, new)
    name, _, version = old.partition("@")
    if version:
        lock = lock.replace(f"{name}: {version}", f"{name}: {new.partition('@')[2]}")
        lock = lock.replace(f"version: {version}", f"version: {new.partition('@')[2]}") if name == "ms" else lock
    assert touched({"pnpm-lock.yaml": lock}) == services


@pytest.mark.parametrize(
    "lock",
    [
        PNPM_LOCK.replace("sha512-c", "sha512-d, tarball: https://codeload.example/qs.tgz"),
        "lockfileVersion: '3.0'",
        PNPM_LOCK.replace("      express:\n        specifier: ^4.0.0\n        version: 4.0.0\n", "      x: {}\n"),
    ],
    ids=["what it leads to may move", "it cannot be read", "it does not know a dependency"],
)
def test_a_lockfile_of_which_no_part_can_be_told_counts_whole(lock: str, touched: Callable[..., set[str]]) -> None:
    assert "api" in touched({"pnpm-lock.yaml": lock})


def test_a_package_that_is_needed_from_now_on_counts_from_now_on(touched: Callable[..., set[str]]) -> None:
    assert touched({"apps/api/package.json": '{"name": "api", "dependencies": {"@shop/unused": "workspace:*"}}'}) == {
        "api"
    }
    assert touched({"libs/unused/index.ts": "export const a = 1"}) == {"api"}


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("apps/api/package.json", {"name": "api", "devDependencies": {"unused": "workspace:@shop/unused@*"}}),
        ("apps/api/package.json", {"name": "api", "dependencies": {"anything": "file:../../libs/unused"}}),
        ("apps/api/tsconfig.json", {"compilerOptions": {"paths": {"~/*": ["../../libs/unused/*"]}}}),
        ("apps/api/tsconfig.json", {"references": [{"path": "../../libs/unused"}]}),
        ("tsconfig.base.json", {"compilerOptions": {"baseUrl": ".", "paths": {"@/x": ["libs/unused/index.ts"]}}}),
        ("package.json", {"private": True, "devDependencies": {"@shop/unused": "workspace:*"}}),
    ],
)
def test_what_a_service_is_made_of_may_be_said_in_many_ways(
    file: str, content: object, touched: Callable[..., set[str]]
) -> None:
    touched({file: json.dumps(content)})
    assert "api" in touched({"libs/unused/index.ts": "export const a = 1"})


def test_the_start_and_the_toolchain_count(shop: Path) -> None:
    started = {name: Deployed(one.folder, "node main.js") for name, one in SERVICES.items()}
    assert of_head(shop) == of_head(shop)
    assert set(of_head(shop).values()).isdisjoint(of_head(shop, started).values())
    assert set(of_head(shop).values()).isdisjoint(of_head(shop, toolchain="node 24").values())


def test_a_service_of_which_the_folder_is_not_known_is_made_of_everything(shop: Path) -> None:
    somewhere = {"web": Deployed(None)}
    before = of_head(shop, somewhere)
    commit(shop, {"libs/unused/index.ts": "export const a = 1"})
    assert of_head(shop, somewhere) != before


def test_without_a_workspace_every_file_counts_for_every_service(tmp_path: Path) -> None:
    root = a_repository(tmp_path / "shop", {"package.json": "{}", "apps/web/main.ts": "1", "apps/api/main.ts": "1"})
    before = of_head(root)
    commit(root, {"apps/api/main.ts": "2"})
    assert all(of_head(root)[name] != before[name] for name in SERVICES)


def test_moving_a_file_or_making_it_executable_is_a_change(shop: Path) -> None:
    before = of_head(shop)["web"]
    git(shop, "mv", "apps/web/src/main.ts", "apps/web/src/start.ts")
    commit(shop, {})
    moved = of_head(shop)["web"]
    (shop / "apps/web/src/start.ts").chmod(0o755)
    commit(shop, {})
    assert len({before, moved, of_head(shop)["web"]}) == 3


@pytest.mark.parametrize("content", ["{", "[]", '{"workspaces": 7, "dependencies": []}', "\x00"])
def test_a_broken_manifest_counts_as_a_file(content: str, touched: Callable[..., set[str]]) -> None:
    assert touched({"apps/web/package.json": content}) == {"web"}
    assert touched({"package.json": content}) == {"web", "api"}
