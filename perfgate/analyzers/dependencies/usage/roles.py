"""What a file is for, told from its path: shipped source, or tests, configuration, scripts, examples, fixtures."""

import re
from functools import cache
from typing import Final, Literal

Role = Literal["source", "types", "test", "story", "config", "script", "example", "fixture"]

# What is not needed where the package runs.
DEVELOPMENT: Final[frozenset[Role]] = frozenset({"test", "story", "config", "script", "example", "fixture"})

_FOLDERS: Final[dict[Role, frozenset[str]]] = {
    "fixture": frozenset(
        "fixtures __fixtures__ __testfixtures__ fixture testdata test-data test-fixtures templates template _templates"
        " boilerplate boilerplates scaffold scaffolds stubs snapshots vendor vendors third_party thirdparty".split()
    ),
    "test": frozenset(
        "test tests __tests__ __test__ __mocks__ _tests spec specs e2e e2e-tests cypress playwright testing test-utils"
        " testutils test-helpers integration-tests bench benchmark benchmarks perf jest vitest".split()
    ),
    "story": frozenset({".storybook", "stories", "__stories__"}),
    "example": frozenset(
        "example examples demo demos docs doc website playground playgrounds sandbox samples sample".split()
    ),
}
_GENERATORS = frozenset({"generator", "generators", "cli", "create"})
_TEST_NAME = re.compile(
    r".*[._-](?:test|tests|spec|specs|e2e|e2e-spec|int-spec|bench|cy|test-d|unit|mock)\.\w+"
    r"|(?:test|tests|bench|benchmark|mocha|setup-?[tT]ests?|test-?[sS]etup|jest[.-][\w.-]+|vitest[.-][\w.-]+)\.\w+"
)
_STORY_NAME = re.compile(r".*\.(?:stories|story)\.\w+")
_CONFIG_NAME = re.compile(
    r"\..+|.+\.config(?:\.[\w-]+)*\.\w+|.+rc\.\w+|.*\.conf\.\w+|(?:gulpfile|gruntfile|knexfile|plopfile|dangerfile|rakefile|jakefile)"
    r"(?:\.babel|\.esm)?\.\w+|(?:webpack|rollup|vite|vitest|babel|karma|metro|eslint|jest|postcss|tailwind|esbuild|tsup|craco"
    r"|electron-builder|wallaby|protractor|nightwatch|codegen|commitlint|stylelint|prettier|svgo|next|nuxt|gatsby)[.-][\w.-]+"
    r"|(?:gatsby-(?:node|config)|config-overrides|ember-cli-build|angular|nest-cli|project|workspace|nx|turbo|lerna|tsconfig[\w.-]*"
    r"|jsconfig|tslint|nodemon|bunfig|app|orval|typedoc|cypress|renovate|vercel|netlify|serverless|wrangler"
    r"|pm2|ecosystem|ormconfig|sonar-project|firebase|components|release)\.(?:json5?|jsonc|ya?ml|toml|config\.\w+)"
)
_SCRIPT_FOLDERS = frozenset(
    "scripts script tools tool tooling tasks build ci hack gulp grunt webpack config configs .github .circleci .husky .ci"
    " internals bin-dev dev".split()
)


def role(path: str, folder: str) -> Role:
    """What the file at `path` is for in the package at `folder`."""
    return _role(path[len(folder) + 1 :] if folder else path)


@cache
def _role(path: str) -> Role:
    *folders, name = path.split("/")
    return _of_folders(folders) or _of_name(name, folders)


def _of_folders(folders: list[str]) -> Role | None:
    generated = folders[:1] if _GENERATORS.isdisjoint(folders) else folders
    if any(folder.startswith(("template-", "templates-")) for folder in generated):
        return "fixture"
    return next((kind for kind, names in _FOLDERS.items() if not names.isdisjoint(folders)), None)


def _of_name(name: str, folders: list[str]) -> Role:
    tests: tuple[tuple[Role, bool], ...] = (
        ("test", _TEST_NAME.fullmatch(name) is not None),
        ("example", ".example." in name or ".sample." in name),
        ("story", _STORY_NAME.fullmatch(name) is not None),
        ("types", name.endswith((".d.ts", ".d.mts", ".d.cts"))),
        ("config", is_config(name, len(folders)) and (not folders or ".config." in name or name.startswith("."))),
        ("script", bool(folders) and folders[0] in _SCRIPT_FOLDERS),
    )
    return next((kind for kind, holds in tests if holds), "source")


# Folders with a dot that hold no configuration of tools that load packages.
_NO_CONFIGURATION = frozenset({".github", ".vscode", ".idea", ".circleci", ".devcontainer"})


def configures(path: str) -> bool:
    """Whether the file at this path of a package configures a tool, by its name or by the folder it is kept in."""
    first, inside, _ = path.partition("/")
    if inside and first.startswith("."):
        return first not in _NO_CONFIGURATION and first != ".husky"
    return is_config(path.rpartition("/")[2], path.count("/"))


def is_config(name: str, depth: int) -> bool:
    """Whether a file of this name, so many folders deep, configures a tool."""
    return depth <= 3 and _CONFIG_NAME.fullmatch(name.lower()) is not None
