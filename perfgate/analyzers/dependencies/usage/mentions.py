"""Where the name of a package stands as text: in configuration, commands and strings, not in comments and prose.

A mention is strong where a tool reads it (configuration, commands) and weak elsewhere, in a string of a source file.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from perfgate.analyzers.dependencies.usage import roles
from perfgate.analyzers.dependencies.usage.assembled import assembled
from perfgate.analyzers.dependencies.usage.commands import conventional, words
from perfgate.analyzers.dependencies.usage.short_names import SHORT_NAMES
from perfgate.javascript import lexer
from perfgate.workspace.sources import is_code, is_embedding, is_style, suffix

# Files that name packages without using them: locks, logs, updaters, other analysers, lists of licenses.
_SILENT = re.compile(
    r"(?:.*/)?(?:package(?:-lock)?\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|yarn\.lock|bun\.lockb?|deno\.lock"
    r"|\.?renovate(?:rc)?[\w.-]*|dependabot\.yml|\.depcheckrc[\w.]*|\.?knip[\w.-]*|\.syncpackrc[\w.]*|\.ncurc[\w.]*|\.npmrc|\.yarnrc[\w.]*"
    r"|\.pnpmfile\.cjs|perfgate\.yaml|.*license.*|.*third.?party.*|changelog.*|.*\.snap|stats\.json|meta(?:file)?\.json|.*\.code-workspace"
    r"|rush\.json|common-versions\.json|browser-approved-packages\.json|\.all-contributorsrc|cspell\.\w+|\.cspell\.json|cgmanifest\.json"
    r"|\.size-snapshot\.json|codeowners|.*\.tsbuildinfo)",
    re.IGNORECASE,
)
# Parts of package.json that name packages without using them.
_SILENT_FIELDS = frozenset(
    "name version description keywords homepage bugs license licenses author contributors maintainers funding files main"
    " module types typings typesVersions exports imports bin man directories repository dependencies devDependencies"
    " optionalDependencies peerDependencies peerDependenciesMeta dependenciesMeta bundledDependencies bundleDependencies"
    " overrides resolutions pnpm engines engineStrict os cpu packageManager private publishConfig workspaces volta sideEffects"
    " scripts browserslist type unpkg jsdelivr source catalog catalogs devEngines trustedDependencies patchedDependencies knip"
    " depcheck renovate syncpack installConfig comments readme readmeFilename gitHead".split()
)
_KEYWORDS = re.compile(
    r"""(?:transport|target|driver|dialect|client|preset|plugins?|loader|compiler|parser|formatter|engine|adapter|module|package"""
    r"""|require|resolve|external|import|packages?|dependencies|runtime|renderer|provider|extends|entry|transform|bundle|include|use|register)(?:s|es|Name|Path|Module|Package|Plugin|Loader)?"""
    r"""["']?\s*[:=(\[{,]+\s*[^;{}\n]*\Z""",
    re.IGNORECASE,
)
# What follows the name of a global variable in the configuration of a linter.
_GLOBAL = re.compile(r"""["']?\s*:\s*(?:true|false|["'](?:readonly|writable|writeable|readable|off)["'])""")
# CoffeeScript, and templates of code.
_REQUIRED = re.compile(r"""\b(?:require|from|import)\s*\(?\s*["']\Z""")
# A name that stands as the value of a key, as the client of a database does.
_VALUE = re.compile(r"[\w-][\"']?\s*[:=]\s*[\"']?\Z")
_RUNNER = re.compile(
    r"(?:^|[\n;&|({`\"']|(?<![\w-])(?:env|npx|bunx|exec|dlx|-r|--(?:require|import|loader|experimental-loader|reporter|compilers|opts|format|formatter|plugin|preset|transform|ui|parser|config|extends)[= ]?(?:\w{1,9}:)?|yarn|pnpm|bun|run:|CMD|ENTRYPOINT|RUN|x|--)|\.bin/|\$\(BIN\)/)[ \t\[\"'@-]*\Z"
)
# Messages and the names of loggers are for people.
_LOGGING = re.compile(r"(?:\b(?:debug|log)|[lL]ogg(?:er|ing)?(?:\.\w+)?|console\.\w+)\s*\(\s*\Z")
_SHEBANG = re.compile(r"#![^\n]*")
_HTML_COMMENT = re.compile(r"<!--.*?-->")
_HASH_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#(?!!)[^\n]*")
_HASHED = frozenset(".yaml .yml .toml .sh .bash .zsh .fish .env .conf .ini .properties .cfg .mk .py .rb .tf".split())


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where the name of a package stands."""

    path: str
    line: int
    strong: bool


# A report of perfgate's own under any name: it names what it found, which must not count the next time.
_OUR_REPORT = re.compile(r'\{\s*"(?:formatVersion": \d+,\s*"timestamp|timestamp": "[^"]*",\s*"totals)"')


def is_silent(path: str) -> bool:
    """Whether names of packages in this file mean nothing."""
    return _SILENT.fullmatch(path.rpartition("/")[2]) is not None or path.rpartition("/")[2].lower().startswith(
        ("readme", "changelog", "license")
    )


def mentions(path: str, folder: str, text: str, names: Iterable[str]) -> Iterator[tuple[str, Mention]]:
    """The mentions of some packages in a file of the package at `folder`; one, the strongest, for each name."""
    if _OUR_REPORT.match(text):
        return
    inner = path[len(folder) + 1 :] if folder else path
    is_config = roles.configures(inner) or inner.rpartition("/")[2].startswith(("_eslintrc", "_babelrc"))
    present = [name for name in names if name in text or _may_be_meant(path, inner, text, name, is_config=is_config)]
    for name, offset, sure in assembled(text, names) if is_code(path) else ():
        yield name, Mention(path, text.count("\n", 0, offset) + 1, sure)
    if not present or is_style(path):
        return
    plain = _plain(path, text)
    shebang = _SHEBANG.match(text)
    interpreters = frozenset(words(shebang[0])) if shebang else frozenset()
    for name in present:
        if not interpreters.isdisjoint(conventional(name)):
            yield name, Mention(path, 1, strong=True)
            continue
        found = _in_config(plain, name, inner) if is_config else _elsewhere(path, plain, name)
        if found is not None:
            yield name, Mention(path, plain.count("\n", 0, found[0]) + 1, found[1])


def _may_be_meant(path: str, inner: str, text: str, name: str, *, is_config: bool) -> bool:
    """Whether a short name or a command of a package stands in a text that lacks its name."""
    if is_config and any(form in text for form in _forms(name, inner)):
        return True
    is_run = text.startswith("#!") or not (is_code(path) or is_embedding(path))
    return is_run and any(word in text for word in conventional(name))


def _plain(path: str, text: str) -> str:
    """The text without comments."""
    if is_code(path):
        return lexer.uncommented(text)
    if is_embedding(path):
        text = _HTML_COMMENT.sub(lambda found: " " * len(found[0]), text)
        return lexer.uncommented(text) if suffix(path) in (".vue", ".svelte") else text
    name = path.rpartition("/")[2]
    if suffix(path) in _HASHED or name.startswith((".husky", "Dockerfile", "Makefile")) or "/.husky/" in f"/{path}":
        return _HASH_COMMENT.sub(lambda found: " " * len(found[0]), text)
    return text


def _in_config(text: str, name: str, inner: str) -> tuple[int, bool] | None:
    """Offset and strength of a mention in the configuration of a tool."""
    for found in _occurrences(name, text):
        if not _GLOBAL.match(text, found.end()):
            return found.start(), True
    for form in _forms(name, inner):
        quoted = _form(form).search(text)
        if quoted:
            return quoted.start(), True
    return None


def _elsewhere(path: str, text: str, name: str) -> tuple[int, bool] | None:
    if is_code(path):
        return _in_string(text, name)
    best: tuple[int, bool] | None = None
    for found in _occurrences(name, text):
        if _is_telling(name) or _RUNNER.search(text, max(0, found.start() - 60), found.start()):
            return found.start(), suffix(path) not in (".json", ".html", ".htm", ".xml", ".vue", ".svelte")
        if _REQUIRED.search(text, max(0, found.start() - 20), found.start()):
            return found.start(), True
        quoted = text[found.start() - 1 : found.start()] in ("'", '"') and not _is_word(name)
        if best is None and (quoted or _VALUE.search(text, max(0, found.start() - 40), found.start())):
            best = found.start(), False
    for command in conventional(name) if suffix(path) not in (".json", ".html", ".xml") else ():
        for found in _occurrences(command, text):
            if _RUNNER.search(text, max(0, found.start() - 60), found.start()):
                return found.start(), True
    return best


def _in_string(text: str, name: str) -> tuple[int, bool] | None:
    """A string of a source that is the name, or begins with it as a path."""
    weak: tuple[int, bool] | None = None
    for found in _quoted(name).finditer(text):
        if _LOGGING.search(text, max(0, found.start() - 60), found.start()):
            continue
        begin = text.rfind("\n", 0, found.start()) + 1
        is_argument = _KEYWORDS.search(text[max(begin, found.start() - 120) : found.start()]) is not None
        if not _is_word(name) or is_argument or found[0].endswith("/"):
            if is_argument and not _is_word(name):
                return found.start(), True
            weak = weak or (found.start(), False)
    return weak


def _is_word(name: str) -> bool:
    """Whether a name is a word that stands in strings for many reasons."""
    return name.isalpha()


def _is_telling(name: str) -> bool:
    """Whether a name is unlikely to be written for another reason."""
    return "-" in name or "/" in name or "." in name


def _occurrences(name: str, text: str) -> Iterator[re.Match[str]]:
    """Where a name stands as a whole word; `find` is far quicker than a pattern that begins by looking back."""
    whole, at = _whole(name), text.find(name)
    while at >= 0:
        if found := whole.match(text, at):
            yield found
        at = text.find(name, at + len(name))


@cache
def _whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?:(?<![\w@/.$-])|(?<=node_modules/)|(?<=\.bin/)){re.escape(name)}(?![\w-]|\.\w)")


@cache
def _quoted(name: str) -> re.Pattern[str]:
    return re.compile(rf"""(?:["'`]|node_modules/){re.escape(name)}(?:["'`?!]|/)""")


@cache
def _form(form: str) -> re.Pattern[str]:
    """A short name as a string, alone or with the name of a rule or preset behind a slash; or as a key."""
    return re.compile(
        rf"""["'`]!?{re.escape(form)}(?:["'`]|/)|(?:^|[\s{{,]){re.escape(form)}\s*:|^\s*- {re.escape(form)}\s*$""",
        re.MULTILINE,
    )


def _forms(name: str, inner: str) -> tuple[str, ...]:
    """The short names of a package in a configuration file at this path."""
    file = inner.rpartition("/")[2]
    return tuple(form for files, forms in _short_names(name) if _is_one_of(file, inner, files) for form in forms)


def _is_one_of(file: str, inner: str, globs: tuple[str, ...]) -> bool:
    # A template writes `_eslintrc.js` for what becomes `.eslintrc.js`.
    names = (file, f".{file[1:]}") if file.startswith("_") else (file,)
    return any(fnmatchcase(inner if "/" in glob else name, glob) for glob in globs for name in names)


@cache
def _short_names(name: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    found = []
    for row in SHORT_NAMES:
        head, _, tail = row.packages.partition("*")
        if len(name) > len(head + tail) and name.startswith(head) and name.endswith(tail):
            middle = name[len(head) : len(name) - len(tail)]
            if "/" not in middle:
                forms = tuple(form.replace("*", middle) for form in row.forms.split())
                found.append((tuple(row.files.split()), forms))
    return tuple(found)


def in_manifest(data: Mapping[str, object], names: Iterable[str]) -> set[str]:
    """The packages that the configuration of tools in a package.json names."""
    found: set[str] = set()
    for field, text in _configurations(data):
        found.update(name for name in names if name in text and _whole(name).search(text))
        found.update(name for name in names if _short_in_manifest(text, name, field))
    return found


def configuration(data: Mapping[str, object]) -> str:
    """The configuration of tools in a package.json, as text."""
    return "\n".join(text for _, text in _configurations(data))


def _configurations(data: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for field, value in data.items():
        if field in _SILENT_FIELDS or not isinstance(value, (str, dict, list)):
            continue
        shown: object = value
        if field == "eslintConfig" and isinstance(value, dict):
            # Settings such as the version of React are no use of it.
            shown = {key: part for key, part in value.items() if key != "settings"}
        yield field, json.dumps({field: shown}, ensure_ascii=False)


# The parts of package.json whose tool knows short names, by what the packages are called.
_TOOLS = {
    "eslintConfig": "eslint",
    "babel": "babel",
    "jest": "jest",
    "stylelint": "stylelint",
    "commitlint": "commitlint",
    "remarkConfig": "remark",
    "postcss": "postcss",
}


def _short_in_manifest(text: str, name: str, field: str) -> bool:
    return _TOOLS.get(field, "\0") in name and any(_form(form).search(text) for form in _forms(name, "package.json"))
