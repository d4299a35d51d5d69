"""Shared libraries that tsconfig names: comments, commas, `extends`, and what cannot be read."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from perfgate.config.project import Project
from perfgate.workspace import libraries
from perfgate.workspace.libraries import Libraries
from perfgate.workspace.services import discover

PATHS = {"paths": {"@x/kit": ["libs/kit/src"]}}


def found(root: Path, files: Mapping[str, str]) -> Libraries:
    for name, text in {"libs/kit/src/index.ts": "export const a = 1", "package.json": "{}", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return libraries.find(discover(root, Project()))


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"tsconfig.json": json.dumps({"compilerOptions": PATHS})}, id="plain"),
        pytest.param(
            {"tsconfig.json": '{"compilerOptions": {"paths": {"@x/kit": ["libs/kit/src"], // the kit\n}, /* end */}}'},
            id="a comma and a comment behind it",
        ),
        pytest.param(
            {
                "tsconfig.json": '{"extends": "./config/base"}',
                "config/base.json": '{"compilerOptions": {"paths": {"@x/kit": ["../libs/kit/src"]}}}',
            },
            id="extends, relative to where it stands",
        ),
        pytest.param(
            {
                "tsconfig.json": '{"extends": "./config/base.json", "compilerOptions": {"baseUrl": "."}}',
                "config/base.json": json.dumps({"compilerOptions": PATHS}),
            },
            id="extends, relative to the base of who extends",
        ),
        pytest.param(
            {
                "tsconfig.json": '{"extends": ["./a.json", "./b.json", "./made-by-a-build.json", "@tsconfig/node20"]}',
                "a.json": '{"compilerOptions": {"paths": {"@x/kit": ["libs/other/src"]}}}',
                "b.json": json.dumps({"compilerOptions": PATHS}),
            },
            id="the last of several overrides",
        ),
    ],
)
def test_libraries_that_tsconfig_names(tmp_path: Path, files: dict[str, str]) -> None:
    libraries = found(tmp_path, files)
    assert [(one.name, one.folder) for one in libraries.shared] == [("@x/kit", "libs/kit")]
    assert not libraries.broken


@pytest.mark.parametrize(
    ("files", "broken"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"tsconfig.json": " "}, [], id="empty"),
        pytest.param({"tsconfig.json": "{"}, ["tsconfig.json is not valid JSON"], id="cut off"),
        pytest.param({"tsconfig.json": "[" * 100_000}, ["tsconfig.json is not valid JSON"], id="deeply nested"),
        pytest.param({"tsconfig.json": '{"extends": "./b"}', "b.json": "["}, ["b.json is not valid JSON"], id="extended"),
        pytest.param(
            {"tsconfig.json": '{"extends": "./tsconfig.json"}'},
            [],
            id="a cycle",
        ),
        pytest.param(
            {
                "tsconfig.json": '{"extends": "./0"}',
                **{f"{number}.json": f'{{"extends": "./{number + 1}"}}' for number in range(2_000)},
            },
            ["50.json is extended through too many others"],
            id="a chain without end",
        ),
        pytest.param(
            {"tsconfig.json": " " * 4_200_000}, ["tsconfig.json is larger than 4,194,304 bytes"], id="too large"
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(tmp_path: Path, files: dict[str, str], broken: list[str]) -> None:
    assert list(found(tmp_path, files).broken) == broken


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository/tsconfig.json").symlink_to(tmp_path / "secret.json")
    assert found(tmp_path / "repository", {}).broken == ("tsconfig.json is a link to a place outside of the workspace",)
