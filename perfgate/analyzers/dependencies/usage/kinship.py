"""Which packages belong together by their names: what a package in use may expect beside it where its peers are not known."""

import re
from functools import cache

from perfgate.analyzers.dependencies.usage.known_packages import PEERS

_SHORTEST = 3
# Words that say what a package is, and not what it is for.
_GENERIC = frozenset(
    "node js lib core utils util cli types api plugin plugins loader config preset test tests server client parser stream"
    " promise async path url file fs http events process string array object data time date color colors tools common".split()
)
# A part of the family that installs the host itself.
_COMPLETE = frozenset("moment-timezone".split())
_CORES = ("core", "runtime", "cli")
_PLUGIN = re.compile(r"(?:^|[-/])(?:plugin|preset|adapter|loader|theme|addon)s?(?:-|$)")
# What a host loads by name, by the kind of part it is.
_PART = re.compile(
    r"(?:^|[-/])(?:plugin|preset|addon|theme|adapter|transformer?|resolver|reporter|launcher|driver|transport|renderer"
    r"|formatter|minify|hook|widget|processor|provider|command|connector|deploy|packager|optimizer|spriter|server)s?(?:-|$)|-cli$"
)
_LINTERS = {
    "eslint": re.compile(r"(?:@[\w-]+/)?eslint-(?:plugin|config|parser|import-resolver)(?:-.*)?|babel-eslint"),
    "stylelint": re.compile(r"stylelint-.*"),
}
_SHARED = {
    "eslint": re.compile(r"(?:@[\w-]+/)?eslint-config(?:-.*)?"),
    "stylelint": re.compile(r"stylelint-config-.*"),
}
# Shared configurations that bring what they use, and those whose peers are in the table.
_COMPLETE_SHARED = re.compile(
    r"eslint-config-(?:prettier|next|react-app|turbo|xo|semistandard)|@(?:vue|electron-toolkit|nuxt|nuxtjs|rushstack|vercel)/.*"
)


@cache
def may_expect(user: str, name: str) -> bool:
    """Whether `user` looks like what is installed beside `name`: its plug-in, its adapter, a part of its family."""
    if user in _COMPLETE or "@types" in (user[:6], name[:6]):
        return False
    return _is_host(user, name) or _is_core(user, name) or _is_shared(user, name)


def is_part(name: str, owner: str) -> bool:
    """Whether a dependency is called like a part of its owner, or of what both are for."""
    return bool(_PART.search(name)) and _first_word(name) == _first_word(owner) != ""


def _first_word(name: str) -> str:
    """What a name begins with, the scope counted too, without a number that a newer host carries."""
    return re.split(r"[-/.]", name.removeprefix("@"), maxsplit=1)[0].rstrip("0123456789")


def _is_host(user: str, name: str) -> bool:
    """`gulp-babel` and `@scope/x-babel` stand on what is called `babel`; `@scope/babel` is another one of the name."""
    if name.startswith("@") or len(name) < _SHORTEST or name in _GENERIC or user.endswith(f"/{name}"):
        return False
    return user != name and f"-{name}-" in f"-{_plain(user)}-"


def _is_core(user: str, name: str) -> bool:
    """`@scope/core` and `x-core` are what plug-ins called `@scope/...` and `x-...` stand on."""
    scope, slash, base = name.rpartition("/")
    if not _PLUGIN.search(user):
        return False
    if slash and base in _CORES:
        return user.startswith(f"{scope}/") or scope[1:] in user.split("-")
    families = (name.removesuffix(f"-{core}") for core in _CORES if name.endswith(f"-{core}"))
    return any(f"-{family}-" in f"-{_plain(user)}-" for family in families)


def _is_shared(user: str, name: str) -> bool:
    """A shared configuration of a linter asks who extends it to install the plug-ins."""
    if user in PEERS or _COMPLETE_SHARED.fullmatch(user):
        return False
    return any(_SHARED[tool].fullmatch(user) and _LINTERS[tool].fullmatch(name) for tool in _SHARED)


def _plain(name: str) -> str:
    return name.removeprefix("@").replace("/", "-")
