"""Modules that a file names, whatever its language, with the line and whether the file goes on without them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.javascript import jsonc
from perfgate.javascript.references import Reference, references
from perfgate.javascript.specifiers import package_of

FOUND = {
    "try": (".js", "try {\n  require('a')\n} catch {}", Reference("require", "a", 2, optional=True)),
    "if": (".js", "if (x) {\n  require('a')\n}", Reference("require", "a", 2, optional=True)),
    "after a try": (".js", "try { x() } catch {}\nrequire('a')", Reference("require", "a", 2)),
    "mock": (".ts", "\nvi.mock('a', () => 1)", Reference("mock", "a", 2)),
    "actual": (".ts", "vi.importActual<typeof A>('a')", Reference("mock", "a", 1)),
    "reference": (".ts", "/// <reference types='a' />", Reference("types", "a", 1)),
    "comment": (".js", "/**\n * @type {import('a').B}\n */", Reference("types", "a", 2)),
    "pragma": (".tsx", "/** @jsxImportSource a */", Reference("jsx", "a", 1)),
    "ambient": (".ts", "declare module 'a' {}", Reference("ambient", "a", 1)),
    "vue": (".vue", "<p/>\n<script setup>\nimport 'a'\n</script>", Reference("import", "a", 3)),
    "astro": (".astro", "---\nimport 'a'\n---", Reference("import", "a", 2)),
    "mdx": (".mdx", "# A\n\nimport B from 'a'", Reference("import", "a", 3)),
    "style": (".scss", ".x {}\n@use '~a/b';", Reference("asset", "a/b", 2)),
    "composes": (".css", ".x { composes: y from 'a/b.css' }", Reference("asset", "a/b.css", 1)),
    "extended": ("tsconfig", '{\n"extends": "a/x.json", // c\n}', Reference("require", "a/x.json", 2)),
    "types of a tsconfig": ("tsconfig", '{"compilerOptions": {"types": ["a"]}}', Reference("types", "a", 1)),
}
NOT_FOUND = {
    "comment in markup": (".vue", "<!-- <script>import 'a'</script> -->"),
    "fence": (".mdx", "```js\nimport 'a'\n```"),
    "comment in a style": (".css", "/* @import 'a'; */"),
    "line comment in a style": (".scss", "// @use 'a';"),
    "registering something else": (".js", "resolvers.register('shell', x)"),
    "file beside the module": (".html", "<script src='./a.js'></script>"),
}


@pytest.mark.parametrize("case", FOUND)
def test_a_module_is_found(case: str) -> None:
    extension, text, wanted = FOUND[case]
    assert references(text, extension) == [wanted]


@pytest.mark.parametrize("case", NOT_FOUND)
def test_what_only_looks_like_a_module_is_not(case: str) -> None:
    extension, text = NOT_FOUND[case]
    assert references(text, extension) == []


@given(
    st.text(alphabet="import exportqu'\"`/*${}()<>\n\\.;from@-ta"),
    st.sampled_from([".ts", ".vue", ".mdx", ".astro", ".css", "tsconfig"]),
)
def test_any_text_has_some_references(text: str, extension: str) -> None:
    for one in references(text, extension):
        assert one.specifier
        assert 1 <= one.line <= text.count("\n") + 1


@given(st.text(alphabet='{}[]",:/* \n\\a1'))
def test_any_text_may_be_a_tsconfig(text: str) -> None:
    jsonc.parse(text)


@pytest.mark.parametrize(
    ("specifier", "package"),
    [
        ("a", "a"),
        ("a/b", "a"),
        ("@s/a/b", "@s/a"),
        ("a?raw", "a"),
        ("punycode/", "punycode"),
        ("@s", None),
        ("@S/A", None),
        ("./a", None),
        ("fs/promises", None),
        ("node:fs", None),
        ("virtual:a", None),
        ("~icons/a", None),
        ("$lib/a", None),
        ("#a", None),
        ("https://a/b", None),
        ("", None),
    ],
)
def test_a_specifier_names_a_package_or_none(specifier: str, package: str | None) -> None:
    assert package_of(specifier) == package
