"""Imports are found wherever they are code, and nowhere else."""

import pytest

from perfgate.javascript.lexer import Import, blanked, imports

FOUND = {
    "default": ("import a from 'm'", ("import", "m", "a")),
    "named over lines": ('import {\n a, // c\n b as d,\n} from "m"', ("import", "m", "{\n a,  \n b as d,\n}")),
    "namespace": ("import * as ns from 'm'", ("import", "m", "* as ns")),
    "side effect": ("import 'm'", ("import", "m", "")),
    "minified": ('import{a}from"m"', ("import", "m", "{a}")),
    "type only": ("import type { A } from 'm'", ("type", "m", "type { A }")),
    "all names types": ("import { type A, type B as C } from 'm'", ("type", "m", "{ type A, type B as C }")),
    "some names types": ("import { type A, b } from 'm'", ("import", "m", "{ type A, b }")),
    "a value called type": ("import type from 'm'", ("import", "m", "type")),
    "a value called type, and more": ("import type, { a } from 'm'", ("import", "m", "type, { a }")),
    "a type called from": ("import type from from 'm'", ("type", "m", "type from")),
    "attributes": ("import a from './a.json' with { type: 'json' }", ("import", "./a.json", "a")),
    "re-export": ("export { a as b } from 'm'", ("export", "m", "{ a as b }")),
    "re-export of all": ("export * from 'm'", ("export", "m", "*")),
    "re-export as namespace": ("export * as ns from 'm'", ("export", "m", "* as ns")),
    "re-export of types": ("export type { A } from 'm'", ("type-export", "m", "type { A }")),
    "dynamic": ("const a = await import('m')", ("dynamic", "m", "")),
    "dynamic with a comment": ("import(/* webpackChunkName: 'x' */ 'm')", ("dynamic", "m", "")),
    "dynamic with options": ("import('m', { with: {} })", ("dynamic", "m", "")),
    "plain template": ("import(`m`)", ("dynamic", "m", "")),
    "require": ("const { a } = require('m')", ("require", "m", "")),
    "import equals": ("import a = require('m')", ("require", "m", "")),
    "type of an import": ("let a: import('m').A", ("dynamic", "m", "")),
    "resolve": ("require.resolve('m')", ("resolve", "m", "")),
    "resolve of a module": ("import.meta.resolve('m')", ("resolve", "m", "")),
    "spread": ("[...require('m')]", ("require", "m", "")),
    "in a template": ("`${require('m')}`", ("require", "m", "")),
    "in a template in a template": ("`${`${require('m')}`}`", ("require", "m", "")),
    "after an object in a template": ("`${ {a: {}} } ' ` + require('m')", ("require", "m", "")),
    "after a regex with a quote": ("x = /['\"`]/; require('m')", ("require", "m", "")),
    "after a regex behind return": ("return /'/.test(a) || require('m')", ("require", "m", "")),
    "after divisions": ("a = b / c; d = '/'; require('m')", ("require", "m", "")),
    "after JSX with an apostrophe": ("<p>Don't</p>\nimport 'm'", ("import", "m", "")),
    "after a link in JSX": ("<a>see http://x.y</a>\nimport 'm'", ("import", "m", "")),
    "escaped": (r"require('m\x2fa')", ("require", "m/a", "")),
    "behind a shebang": ("#!/usr/bin/env node '\nrequire('m')", ("require", "m", "")),
}
NOT_FOUND = {
    "line comment": "// import a from 'm'",
    "block comment": "/* require('m') */",
    "string": "'require(\"m\")'",
    "template": "`import 'm'`",
    "regex": "x = /import 'm'/",
    "property": "a.require('m'); a.import('m')",
    "longer words": "requires('m'); reimport('m'); $import('m')",
    "computed": "require(name); import(name); import(`a/${b}`)",
    "sum": "require('a' + b)",
    "meta": "import.meta.url",
    "plain export": "export const a = 'm'",
    "local export": "export { a }",
}


@pytest.mark.parametrize("case", FOUND)
def test_an_import_is_found(case: str) -> None:
    source, (kind, specifier, clause) = FOUND[case]
    line = source[: source.rindex("\nimport") + 1].count("\n") + 1 if "\nimport" in source else None
    (one,) = imports(source)
    assert (one.kind, one.specifier, one.clause) == (kind, specifier, clause)
    assert line in (None, one.line)


@pytest.mark.parametrize("case", NOT_FOUND)
def test_what_only_looks_like_an_import_is_not(case: str) -> None:
    assert imports(NOT_FOUND[case]) == []


def test_imports_stand_in_order_with_their_lines() -> None:
    source = "\nimport a from 'a'\n\nexport * from 'b'; require('c')\n`\n\n${import('d')}`"
    assert imports(source) == [
        Import("import", "a", 2, "a"),
        Import("export", "b", 4, "*"),
        Import("require", "c", 4),
        Import("dynamic", "d", 7),
    ]


def test_blanking_keeps_code_and_offsets() -> None:
    source = "a = 'x{' + `y${b}z` /* c\n */ + /d}/.e // f\ng"
    blank = blanked(source)
    assert blank == "a = '  ' + ` ${b} `     \n    +     .e     \ng"
    assert len(blank) == len(source)
