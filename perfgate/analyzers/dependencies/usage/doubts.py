"""What makes it uncertain that a dependency is unused: traces of a use that need not be one."""

import re
from collections.abc import Iterator, Mapping

from perfgate.analyzers.dependencies.usage import mentions
from perfgate.analyzers.dependencies.usage.collecting import Files, Usage, Use
from perfgate.analyzers.dependencies.usage.kinship import is_part, may_expect
from perfgate.analyzers.dependencies.usage.knowledge import Knowledge
from perfgate.analyzers.dependencies.usage.verdict import Verdict, typed_package
from perfgate.workspace.sources import entry_points, language

# What finds out by files whether it is needed: that another package could use it says nothing.
_SHOWN_BY_FILES = frozenset(
    "sass sass-embedded node-sass less stylus typescript terser lightningcss class-validator class-transformer".split()
)
# What compilers write into their output and no source imports, and the configuration that tells them to.
_HELPERS = {
    "tslib": "tsconfig.*json",
    "@swc/helpers": r"\.swcrc",
    "@babel/runtime": r"\.babelrc.*|babel\.config\..*",
    "babel-runtime": r"\.babelrc.*",
    "@babel/runtime-corejs3": r"\.babelrc.*|babel\.config\..*",
    "core-js": r"\.babelrc.*|babel\.config\..*",
    "regenerator-runtime": r"\.babelrc.*|babel\.config\..*",
}
_PLUGINS = ("plugin", "theme", "widget", "hook", "adapter", "preset")
# What is not the name of a logger.
_NO_LOGGER = rb"(?<!ogger\()(?<!ogger\( )(?<!ogger\)\()"
_MAX_OUTPUT_FILES = 3_000


class Doubts:
    """Looks for doubts about one package after the other, with all that is known of the workspace.

    `hoists` says that a package can reach what is installed for its siblings.
    """

    def __init__(self, verdicts: Mapping[str, Verdict], files: Files, knowledge: Knowledge, *, hoists: bool) -> None:
        self.verdicts = verdicts
        self._files = files
        self._knowledge = knowledge
        self._hoists = hoists

    def weigh(self, verdict: Verdict) -> None:
        """Note what makes it uncertain that the remaining names are unused."""
        declared = verdict.usage.package.manifest.declared
        verdict.kept |= {name for name in _HELPERS.keys() & declared if not _is_told(verdict.usage, name)}
        self._look_into_output(verdict)
        self._search_large(verdict)
        self._find_packed(verdict)
        self._search_root(verdict)
        for name in sorted(verdict.open):
            self._look_around(verdict, name)
            self._look_at_name(verdict, name)

    def _look_at_name(self, verdict: Verdict, name: str) -> None:
        manifest = verdict.usage.package.manifest
        if name in _HELPERS and name != "tslib":
            verdict.hint(name, "a compiler may write imports of it", manifest.path)
        if manifest.name and name.startswith(tuple(f"{manifest.name}-{kind}-" for kind in _PLUGINS)):
            verdict.hint(name, "its name is that of a plug-in of this package", manifest.path)
        if not manifest.private and name in manifest.in_section("dependencies") and is_part(name, manifest.name or ""):
            verdict.hint(name, "a published package may load it by its name, or have it for its users", manifest.path)
        if _is_linked(verdict, name):
            verdict.hint(name, "it links to a folder, which may be for the order of builds", manifest.path)
        for other in () if name in _SHOWN_BY_FILES else sorted(verdict.kept):
            if not self._knowledge.knows_peers(verdict.usage.package.folder, other) and may_expect(other, name):
                verdict.hint(name, f"`{other}` may need it beside it", manifest.path)
            if name in self._knowledge.optional_peers(verdict.usage.package.folder, other):
                verdict.hint(name, f"`{other}` can make use of it", manifest.path)
        if name.startswith("@types/") and typed_package(name) == "node":
            verdict.hint(name, "TypeScript may need its globals", manifest.path)

    def _look_around(self, verdict: Verdict, name: str) -> None:
        own = verdict.usage
        for use, user in self._borrowers(own, name):
            verdict.hint(name, f"`{user}` imports it without declaring it", use.place)
        if name in own.elsewhere:
            verdict.hint(
                name,
                f"`{own.elsewhere[name]}` imports it, which belongs to a `package.json` of its own",
                own.elsewhere[name],
            )
        for use in own.uses.get(name, ()):
            verdict.hint(name, f"`{use.place}` imports it, which looks like a fixture or a template", use.place)
        root = self.verdicts.get("")
        if (
            root
            and root is not verdict
            and name in self._knowledge.called(own.package.folder, root.usage.package.manifest.scripts, [name])
        ):
            place = root.usage.package.manifest.path
            verdict.hint(name, f"a script in `{place}` calls it", place)

    def _borrowers(self, own: Usage, name: str) -> Iterator[tuple[Use, str]]:
        """Shipped code of other packages that reaches what the root declares only because it is installed there.

        pnpm keeps dependencies apart, so there nobody can. What a sibling declares is no promise: there the importer
        itself is found to lack it.
        """
        shares = self._hoists and not own.package.folder
        for other in self.verdicts.values() if shares else ():
            uses = other.usage.uses.get(name, ())
            if other.usage is not own and name not in other.usage.package.manifest.declared:
                shipped = (
                    use for use in uses if use.role == "source" and not use.on_one_platform and not use.only_types
                )
                yield from ((use, other.usage.package.name) for use in shipped)

    def _find_packed(self, verdict: Verdict) -> None:
        """What is packed into a file leaves no name behind, and without its sources nobody can tell."""
        own, manifest = verdict.usage, verdict.usage.package.manifest
        entries = {own.package.path(target.removeprefix("./")) for target in entry_points(manifest)}
        packed = sorted(entries.intersection((*own.packed, *own.large))) or (own.packed[:1] if not own.scripts else [])
        for name in sorted(verdict.open) if packed else ():
            verdict.hint(name, f"`{packed[0]}` is packed code, in which names of packages are lost", packed[0])

    def _search_large(self, verdict: Verdict) -> None:
        """Look for names in files that are too large to be read as code."""
        names = sorted(verdict.open)
        for path in verdict.usage.large if names else ():
            for name in self._files.names_in(path, names):
                verdict.hint(name, f"its name stands in `{path}`, which is too large to be read as code", path)

    def _search_root(self, verdict: Verdict) -> None:
        """Look into the configuration at the root for what members declare: only a hint, as it is not theirs."""
        root, names = self.verdicts.get(""), sorted(verdict.open - verdict.redundant)
        if root is None or root is verdict or not names:
            return
        for path in root.usage.sources.files:
            text = (
                None
                if "/" in path.removeprefix(".github/workflows/") or mentions.is_silent(path)
                else self._files.text(path)
            )
            for name, mention in mentions.mentions(path, "", text, names) if text else ():
                place = f"{mention.path}:{mention.line}"
                verdict.hint(name, f"its name stands in `{place}`", place)

    def _look_into_output(self, verdict: Verdict) -> None:
        """What build output on disk loads was put there by something."""
        names = sorted(verdict.open)
        for path in verdict.usage.sources.output[:_MAX_OUTPUT_FILES] if names else ():
            content = self._files.content(path) if language(path) else None
            for name in (name for name in names if content and _is_loaded(content, name)):
                if name in _HELPERS:
                    verdict.kept.add(name)
                verdict.hint(name, f"the build output `{path}` loads it", path)


def _is_loaded(content: bytes, name: str) -> bool:
    plain = name.encode()
    return (
        plain in content
        and re.search(_NO_LOGGER + rb"""["']""" + re.escape(plain) + rb"""["'/]""", content) is not None
    )


def _is_told(usage: Usage, helper: str) -> bool:
    """Whether the configuration of the compiler that may need a helper is all there to be read."""
    found = {usage.package.path(path) for path in usage.inner_paths if re.fullmatch(_HELPERS[helper], path)}
    return bool(found) and not any(use.path in found for uses in usage.uses.values() for use in uses)


def _is_linked(verdict: Verdict, name: str) -> bool:
    return any(
        entry.name == name and entry.range.startswith(("link:", "file:", "portal:"))
        for entry in verdict.usage.package.manifest.declarations
    )
