"""Small repositories and what is wrong with their dependencies; as a script, precision and recall over all of them.

usage: python -m tests.analyzers.dependency_cases
"""

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfgate.analyzers.dependencies import analysis as dependencies
from perfgate.analyzers.dependencies.analysis import Analysis
from perfgate.config.project import Project

KINDS = ("unused", "missing", "misplaced")


@dataclass(frozen=True)
class Case:
    """Files by path, and the certain findings of each kind as `name`, or `folder:name` outside of the root.

    `likely` are the findings that are shown and not counted, each as `kind name`; None: whatever they are.
    """

    files: dict[str, str]
    unused: str = ""
    missing: str = ""
    misplaced: str = ""
    likely: str | None = ""

    def expected(self, kind: str) -> set[str]:
        return set(getattr(self, kind).split())


def package(production: str = "", development: str = "", **more: Any) -> str:
    """A package.json with these dependencies, each in a line of its own."""
    body: dict[str, Any] = {"name": "root", "private": True, **more}
    if production:
        body["dependencies"] = dict.fromkeys(production.split(), "^1.0.0")
    if development:
        body["devDependencies"] = dict.fromkeys(development.split(), "^1.0.0")
    return json.dumps(body, indent=2)


def one(
    source: str, *, path: str = "src/index.ts", declared: str = "", development: str = "", **more: Any
) -> dict[str, str]:
    """A repository of one package with one source."""
    return {"package.json": package(declared, development, **more), path: source}


def configured(path: str, text: str, development: str, **more: Any) -> dict[str, str]:
    """A repository whose development dependencies are for the configuration of a tool."""
    return {"package.json": package("", development, **more), "src/index.js": "", path: text}


def workspace(root: str = "", root_development: str = "", **members: dict[str, str]) -> dict[str, str]:
    """A workspace: each member is a folder in `packages` with its files."""
    files = {"package.json": package(root, root_development, workspaces=["packages/*"])}
    for name, own in members.items():
        files |= {f"packages/{name}/{path}": text for path, text in own.items()}
    return files


def member(name: str, production: str = "", development: str = "", source: str = "", **more: Any) -> dict[str, str]:
    return {"package.json": package(production, development, **{"name": name, **more}), "src/index.ts": source}


SYNTAX = {
    "default import": one("import a from 'a'", declared="a b" ),
    "side effect": one("import 'a'", declared="a b"),
    "require": one("const a = require('a')", declared="a b"),
    "dynamic": one("const a = await import('a')", declared="a b"),
    "re-export": one("export * from 'a'", declared="a b"),
    "sub path": one("import a from 'a/lib/x'", declared="a b"),
    "scoped": one("import a from '@s/a/x'", declared="@s/a b"),
    "type only": one("import type { A } from 'a'", declared="a b"),
    "import equals": one("import a = require('a')", declared="a b"),
    "type of an import": one("let x: import('a').A", declared="a b"),
    "jsdoc type": one("/** @type {import('a').A} */\nlet x", declared="a b", path="src/index.js"),
    "reference types": one("/// <reference types='a' />", declared="a b"),
    "resolve": one("require.resolve('a/x.css')", declared="a b"),
    "template below a package": one("require.resolve(`a/themes/${name}.css`)", declared="a b"),
    "worker url": one("new Worker(new URL('a/worker.js', import.meta.url))", declared="a b"),
    "jest mock": one("jest.mock('a', () => ({}))", declared="b", development="a", path="src/x.test.ts"),
    "vi mock": one("vi.mock('a')", declared="b", development="a", path="src/x.test.ts"),
    "create require": one("createRequire(import.meta.url)('a')", declared="a b", path="src/index.mjs"),
    "loader chain": one("import x from '!!a!./x.md'", declared="a b"),
    "vue": one("<template/>\n<script setup>import a from 'a'</script>", declared="a b vue", path="src/App.vue"),
    "svelte": one("<script>import a from 'a'</script>", declared="a b svelte", path="src/App.svelte"),
    "astro": one("---\nimport a from 'a'\n---\n<p/>", declared="a b astro", path="src/page.astro"),
    "mdx": one("import A from 'a'\n\n# Title\n", declared="a b", path="docs/page.mdx"),
    "html": one("<script src='../node_modules/a/dist/a.js'></script>", declared="a b", path="src/index.html"),
    "scss use": one("@use '~a/mixins';", declared="a b", path="src/a.scss"),
    "css import": one("@import 'a/reset.css';\n@import url('@s/c/x.css');", declared="a b @s/c", path="src/a.css"),
    "less plugin": one("@plugin 'a';", declared="a b", path="src/a.less"),
    "tailwind plugin": one("@import 'tailwindcss';\n@plugin '@tailwindcss/typography';", declared="tailwindcss @tailwindcss/typography b", path="src/a.css"),
    "command without extension": one("#!/usr/bin/env node\nrequire('a')", declared="a b", path="bin/tool"),
    "builtin with the name of a package": one("import { EventEmitter } from 'events'", declared="events b"),
}  # fmt: skip

FALSE_FRIENDS = {
    "line comment": one("// import a from 'a'\nexport {}", declared="a"),
    "block comment": one("/* require('a') */", declared="a"),
    "comment in a style": one("/* @import 'a'; */ .x {}", declared="a", path="src/x.css"),
    "comment in html": one("<!-- <script src='node_modules/a/a.js'></script> -->\n<script>// import 'a'</script>", declared="a", path="src/App.vue"),
    "word in a string": one("const text = 'use a for it'", declared="a"),
    "identifier": one("const lodash = 1; lodash.map()", declared="lodash"),
    "longer name": one("import x from 'ab'; import y from 'a-b'", declared="a ab a-b"),
    "scope alone": one("import x from '@s/b'", declared="@s/a @s/b"),
    "own file of the name": one("import './a'; import '../a'", declared="a") | {"src/a.ts": ""},
    "settings of eslint": one("", declared="a", development="eslint", eslintConfig={"settings": {"a": {"version": "1"}}}),
    "keywords": one("", declared="react-a", keywords=["react-a"], description="about react-a"),
}  # fmt: skip

SILENT_FILES = {
    "readme": {"README.md": "npm install a-b"},
    "changelog": {"CHANGELOG.md": "a-b 1.0"},
    "renovate": {"renovate.json": '{"packageRules": [{"matchPackageNames": ["a-b"]}]}'},
    "knip": {"knip.json": '{"ignoreDependencies": ["a-b"]}'},
    "lockfile": {"pnpm-lock.yaml": "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a-b: {specifier: ^1.0.0, version: 1.0.0}\npackages:\n  a-b@1.0.0: {resolution: {integrity: sha512-x}}\nsnapshots:\n  a-b@1.0.0: {}\n"},
    "comment in yaml": {".github/workflows/ci.yml": "jobs: {}\n# npx a-b\n"},
    "comment in shell": {"run.sh": "# a-b\necho\n"},
}  # fmt: skip

SCRIPTS = {
    "command": ("rimraf dist", "rimraf"),
    "behind and": ("echo && rimraf dist", "rimraf"),
    "environment": ("A=b cross-env C=d rimraf dist", "cross-env rimraf"),
    "require flag": ("node -r dotenv/config x.js", "dotenv"),
    "import flag": ("node --import tsx x.ts", "tsx"),
    "node options": ("NODE_OPTIONS='--require=dotenv/config' node x", "dotenv"),
    "quoted": ('concurrently "tsc -w" "nodemon x"', "concurrently typescript nodemon"),
    "runner": ("npx rimraf x; pnpm exec nodemon", "rimraf nodemon"),
    "version": ("npx rimraf@5 x", "rimraf"),
    "path to a command": ("node node_modules/.bin/nodemon", "nodemon"),
    "path to a package": ("node ./node_modules/typescript/lib/tsc.js", "typescript"),
    "scoped command": ("nest build && ng serve", "@nestjs/cli @angular/cli"),
    "other name": ("run-s a b && changeset publish", "npm-run-all @changesets/cli"),
    "subshell": ("(cd x && rimraf y)", "rimraf"),
    "formatter": ("eslint --format eslint-formatter-x", "eslint eslint-formatter-x"),
}

# File, its text, what it uses of the development dependencies.
CONFIGURATIONS = {
    "eslint short names": (".eslintrc.json", '{"plugins": ["react"], "extends": ["plugin:vue/recommended", "airbnb"], "parser": "@babel/eslint-parser"}', "eslint eslint-plugin-react eslint-plugin-vue eslint-config-airbnb @babel/eslint-parser"),
    "eslint scoped": (".eslintrc.yml", "plugins:\n  - '@s'\nextends:\n  - '@t/eslint-config'\n", "eslint @s/eslint-plugin @t/eslint-config"),
    "eslint resolver": (".eslintrc.json", '{"settings": {"import/resolver": {"typescript": {}}}}', "eslint eslint-import-resolver-typescript"),
    "eslint flat": ("eslint.config.mjs", "import js from '@eslint/js'; export default [js]", "eslint @eslint/js"),
    "prettier": (".prettierrc", '{"plugins": ["prettier-plugin-x"]}', "prettier prettier-plugin-x"),
    "babel": ("babel.config.js", "module.exports = {presets: ['@babel/env', 'x'], plugins: ['lodash']}", "@babel/core @babel/preset-env babel-preset-x babel-plugin-lodash"),
    "jest": ("jest.config.js", "module.exports = {preset: 'ts-jest', testEnvironment: 'jsdom', reporters: ['jest-junit']}", "jest ts-jest typescript jest-environment-jsdom jest-junit"),
    "vitest": ("vitest.config.ts", "export default {test: {environment: 'happy-dom', coverage: {provider: 'v8'}}}", "vitest vite happy-dom @vitest/coverage-v8 typescript"),
    "postcss": ("postcss.config.js", "module.exports = {plugins: {autoprefixer: {}, 'postcss-nested': {}}}", "postcss autoprefixer postcss-nested"),
    "stylelint": (".stylelintrc.json", '{"extends": "stylelint-config-standard"}', "stylelint stylelint-config-standard"),
    "commitlint": ("commitlint.config.js", "module.exports = {extends: ['@commitlint/config-conventional']}", "@commitlint/cli @commitlint/config-conventional"),
    "semantic release": (".releaserc", '{"plugins": ["@semantic-release/git"]}', "semantic-release @semantic-release/git"),
    "mocha": (".mocharc.json", '{"require": ["ts-node/register"], "reporter": "mocha-junit-reporter"}', "mocha ts-node typescript mocha-junit-reporter"),
    "nest": ("nest-cli.json", '{"collection": "@nestjs/schematics", "webpack": true}', "@nestjs/cli @nestjs/schematics ts-loader webpack typescript"),
    "husky": (".husky/pre-commit", "npx lint-staged\n", "husky lint-staged"),
    "lefthook": ("lefthook.yml", "pre-commit:\n  commands:\n    lint: {run: npx eslint}\n", "lefthook eslint"),
    "workflow": (".github/workflows/ci.yml", "jobs:\n  a:\n    steps:\n      - run: npx size-limit\n", "size-limit"),
    "makefile": ("Makefile", "build:\n\tnpx esbuild src\n", "esbuild"),
    "makefile with a flag": ("Makefile", "test:\n\t./node_modules/.bin/mocha --require should\n", "mocha should"),
    "shebang": ("bin/tool", "#!/usr/bin/env coffee\n", "coffeescript"),
    "dockerfile": ("Dockerfile", 'CMD ["npx", "nodemon", "x"]\n', "nodemon"),
    "shell": ("scripts/build.sh", "#!/bin/sh\nnode_modules/.bin/rollup -c\n", "rollup"),
    "tsconfig": ("tsconfig.json", '{// c\n"extends": "@tsconfig/node20/tsconfig.json", "compilerOptions": {"types": ["jest"], "importHelpers": true, "plugins": [{"name": "ts-plugin-x"}]},}', "typescript @tsconfig/node20 @types/jest jest tslib ts-plugin-x"),
    "storybook": (".storybook/main.js", "module.exports = {addons: ['@storybook/addon-links'], framework: '@storybook/react-vite'}", "storybook @storybook/addon-links @storybook/react-vite"),
    "karma": ("karma.conf.js", "module.exports = c => c.set({frameworks: ['jasmine']})", "karma karma-jasmine karma-chrome-launcher jasmine-core"),
    "codegen": ("codegen.yml", "generates:\n  x.ts:\n    plugins:\n      - typescript\n      - typescript-operations\n", "@graphql-codegen/cli @graphql-codegen/typescript @graphql-codegen/typescript-operations graphql"),
    "prisma": ("prisma/schema.prisma", 'generator client { provider = "prisma-client-js" }', "prisma @prisma/client"),
    "webpack loaders": ("webpack.config.js", "module.exports = {module: {rules: [{use: ['style-loader', 'css-loader']}]}}", "webpack style-loader css-loader"),
    "angular": ("angular.json", '{"projects": {"a": {"architect": {"build": {"builder": "@angular-devkit/build-angular:browser"}}}}}', "@angular-devkit/build-angular"),
    "serverless": ("serverless.yml", "plugins:\n  - serverless-offline\n", "serverless serverless-offline"),
    "changesets": (".changeset/config.json", '{"changelog": "@changesets/changelog-github"}', "@changesets/cli @changesets/changelog-github"),
    "typedoc": ("typedoc.json", '{"plugin": ["typedoc-plugin-markdown"]}', "typedoc typedoc-plugin-markdown"),
}  # fmt: skip

MANIFEST_FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "eslintConfig": ({"eslintConfig": {"extends": ["react-app", "plugin:jest/recommended"]}}, "eslint eslint-config-react-app eslint-plugin-jest"),
    "jest": ({"jest": {"transform": {"x": "@swc/jest"}, "testEnvironment": "jsdom"}, "scripts": {"test": "jest"}}, "jest @swc/jest @swc/core jest-environment-jsdom"),
    "prettier": ({"prettier": "@acme/prettier-config"}, "prettier @acme/prettier-config"),
    "lint-staged": ({"lint-staged": {"*.js": ["eslint --fix", "prettier --write"]}, "scripts": {"x": "lint-staged"}}, "lint-staged eslint prettier"),
    "babel": ({"babel": {"presets": ["env"], "plugins": ["@babel/transform-runtime"]}}, "babel-preset-env @babel/plugin-transform-runtime"),
    "commitizen": ({"config": {"commitizen": {"path": "cz-x"}}}, "cz-x"),
    "husky": ({"husky": {"hooks": {"pre-commit": "lint-staged"}}}, "husky lint-staged"),
    "nyc": ({"nyc": {"extends": "@istanbuljs/nyc-config-typescript"}}, "nyc @istanbuljs/nyc-config-typescript"),
    "oclif": ({"oclif": {"plugins": ["@oclif/plugin-help"]}}, "@oclif/plugin-help"),
    "browserslist is no use": ({"browserslist": ["extends x"], "resolutions": {"x": "1"}, "overrides": {"x": "1"}}, ""),
}  # fmt: skip

OTHERS = {
    "missing": Case(one("import a from 'a'; import '@s/b/x'; import fs from 'fs'; import 'node:path'; import './c'"), missing="a @s/b"),
    "missing in a test": Case(one("import a from 'a'", path="test/x.test.ts"), missing="a"),
    "missing, re-exported": Case(one("export { a } from 'a'; export * from '@s/b'"), missing="a @s/b"),
    "missing, loaded when needed": Case(one("const a = await import('a'); const b = require('b/c')"), missing="a b"),
    "missing, in a component": Case(one("<script setup>\nimport a from 'a'\n</script>", path="src/x.vue", declared="vue"), missing="a"),
    "missing, of a style sheet": Case(one("@import '@s/a/theme.css';", path="src/x.css"), missing="@s/a"),
    "missing, with its types declared": Case(one("import a from 'a'", development="@types/a"), missing="a", likely=None),
    "missing beside a virtual module": Case(one("import v from 'virtual:pages'; import a from 'a'"), missing="a"),
    "an alias is not missing": Case(one("import a from '@app/a'; import b from 'b'") | {"tsconfig.json": '{"compilerOptions": {"paths": {"@app/*": ["./src/*"]}}} // c', "src/a.ts": ""}, missing="b"),
    "its own name is not missing": Case(one("import a from 'root/a'; import b from 'b'"), missing="b"),
    "types of a declared package are not missing": Case(one("import type { A } from 'estree'; import b from 'b'", development="@types/estree"), missing="b"),
    "a name in a comment or text is not missing": Case(one("// import a from 'a'\nconst t = \"require('b')\"; import c from 'c'"), missing="c"),
    "missing in a member": Case(workspace(a=member("a", "x", source="import 'x'; import 'y'"), b=member("b", "y", source="import 'y'")), missing="packages/a:y"),
    "missing in configuration": Case(one("import a from 'a'", path="vite.config.ts"), missing="a"),
    "extended and not declared": Case(one('{"extends": "@tsconfig/node20/tsconfig.json"}', path="tsconfig.json"), missing="@tsconfig/node20"),
    "only if it is there": Case(one("try {\n  require('a')\n} catch {}"), likely="missing a"),
    "no packages": Case(one("import 'virtual:x'; import '~icons/a/b'; import '$app/stores'; import '$lib/x'; import 'bun:test'; import '#imports'; import 'https://x.y/z.js'; import '@/x'; import 'astro:content'; import 'data:text/javascript,1'; import 'cloudflare:workers'; import '/x.js'; import '@docusaurus/Link'")),
    "fixtures": Case(one("import 'a'", path="test/fixtures/x.js")),
    "templates": Case(one("import 'a'", path="template-react/src/x.js")),
    "fixture with a package.json": Case(one("import 'a'", path="cases/x/index.js") | {"cases/x/package.json": '{"name": "x", "dependencies": {"a": "1"}}'}),
    "a folder of the build": Case(one("import 'a'", path="dist/index.js") | {"src/index.ts": ""}),
    "ignored by git": Case(one("import 'a'", path="generated/x.ts") | {".gitignore": "/generated/\n*.gen.ts\n", "src/y.gen.ts": "import 'b'", "src/z.ts": ""}),
    "minified": Case(one("import 'a';" + "x=1;" * 10_000, path="src/x.js")),
    "tsconfig paths": Case(one("import '@app/x'; import 'lib'; import 'components/Button'") | {"tsconfig.json": '{"compilerOptions": {"baseUrl": "src", "paths": {"@app/*": ["app/*"], "lib": ["lib/index"]}}}', "src/components/Button.tsx": ""}),
    "tsconfig that extends": Case(one("import '@app/x'") | {"tsconfig.json": '{"extends": "./config/base"}', "config/base.json": '{"compilerOptions": {"paths": {"@app/*": ["src/*"]}}} // c'}),
    "vite alias": Case(one("import 'components/a'; import 'store'") | {"vite.config.ts": "export default {resolve: {alias: {components: '/src/c', store: '/src/s'}}}"}),
    "webpack alias": Case(one("import 'ui/a'", path="src/a.js") | {"webpack.config.js": "module.exports = {resolve: {alias: {ui$: 'x', ui: path.join(a, 'b')}}}"}),
    "jest mapper": Case(one("import 'mapped/a'", path="src/a.test.js") | {"jest.config.js": "module.exports = {moduleNameMapper: {'^mapped/(.*)$': '<rootDir>/src/$1'}}"}),
    "subpath imports": Case(one("import '#lib/x'", imports={"#lib/*": "./src/*"})),
    "self": Case(one("import 'root/x'")),
    "ambient": Case(one("import x from 'made-up'") | {"src/types.d.ts": "declare module 'made-up' { const x: 1 }"}),
    "type-only package": Case(one("import type { Node } from 'mdast'", development="@types/mdast typescript")),
    "typed package": Case(one("import a from 'a'", declared="a", development="@types/a typescript")),
    "typed scoped package": Case(one("import a from '@babel/core'", declared="@babel/core", development="@types/babel__core typescript")),
    "types of what is unused": Case(one("", declared="a", development="@types/a typescript"), unused="a @types/a"),
    "types of node": Case(one("import fs from 'node:fs'", development="@types/node typescript")),
    "types of jest": Case(one("describe('x', () => expect(1))", path="src/x.test.ts", development="@types/jest jest ts-jest typescript", scripts={"test": "jest"}, jest={"preset": "ts-jest"})),
    "react by its files": Case(one("export const A = () => <p/>", path="src/a.tsx", declared="react vue", development="typescript"), unused="vue"),
    "jsx of preact": Case(one("/** @jsxImportSource preact */\nexport const A = () => <p/>", path="src/a.jsx", declared="preact")),
    "peer and development": Case(one("", development="react typescript", peerDependencies={"react": "*"})),
    "peer alone": Case(one("", peerDependencies={"react": "*"})),
    "optional": Case(one("", optionalDependencies={"fsevents": "^2"}), likely="unused fsevents"),
    "bundled": Case(one("", declared="a", bundledDependencies=["a"]), likely="unused a"),
    "peers of what is used": Case(one("import x from '@mui/material'", declared="@mui/material @emotion/react @emotion/styled a", path="src/a.js"), unused="a"),
    "driver by dialect": Case(one("new DataSource({type: 'postgres'})\nimport 'typeorm'", declared="typeorm pg mysql2 reflect-metadata"), unused="mysql2"),
    "default platform of nest": Case(one("import '@nestjs/core'", declared="@nestjs/core @nestjs/platform-express rxjs reflect-metadata"), likely=None),
    "sass by its files": Case(one("$a: 1;", path="src/a.scss", development="sass less"), unused="less"),
    "property called require": Case(one("x.require('a'); x.import('a')", declared="a"), likely="unused a"),
    "name in a string": Case(one("load(['dash-name'])", declared="dash-name"), likely="unused dash-name"),
    "transport": Case(one("pino({transport: {target: 'pino-x'}})\nimport pino from 'pino'", declared="pino pino-x")),
    "coffee script": Case(one("a = require 'should'", path="test/a.coffee", development="should coffeescript x"), unused="x"),
    "babel 6": Case(configured(".babelrc", '{"presets": ["env"]}', "babel-core babel-preset-env x"), unused="x"),
    "plug-in that its host finds": Case(one("import 'hexo'", declared="hexo hexo-renderer-x x"), unused="x"),
    "built code that is all there is": Case(one("require('a')", path="dist/index.js", declared="a b", main="dist/index.js"), unused="b"),
    "global of a linter": Case(one("", declared="moment", development="eslint") | {".eslintrc.json": '{"globals": {"moment": true}}'}, unused="moment"),
    "in build output only": Case(one("", declared="a") | {"dist/index.js": "require('a')"}, likely="unused a"),
    "helpers in build output": Case(one("", declared="tslib") | {"dist/index.js": "require('tslib')"}),
    "helpers that nothing asks for": Case(one("", declared="tslib", development="typescript") | {"tsconfig.json": "{}"}, unused="tslib"),
    "linked folder": Case(one("", dependencies={"a": "link:../a"}), likely="unused a"),
    "hostile names": Case(one("", dependencies={"--config.x=y": "1", "*": "1", "__proto__": "1", "a" * 300: "1", "\U0001f600": "1", "../x": "1", "good": "1"}), unused="good"),
    "development in shipped code": Case(one("import a from 'a'; import b from 'b'", declared="a", development="b"), misplaced="b"),
    "everything is development": Case(one("import a from 'a'", development="a vite", path="src/a.js", scripts={"build": "vite build"}), likely="misplaced a"),
    "published and packed": Case(one("import a from 'a'", development="a tsup", private=False, scripts={"build": "tsup src/index.ts"}), likely="misplaced a"),
    "published, in development and loaded when needed": Case(one("export const f = () => import('a')", development="a", private=False), likely=None),
    "published with types of development only": Case(one("import type { A } from 'a'; export type B = A", development="a", private=False)),
    "published, and in a test": Case(one("import a from 'a'", path="src/x.spec.ts", development="a", private=False)),
    "a peer is where it belongs": Case(one("import a from 'a'", development="a", private=False, peerDependencies={"a": "*"})),
    "member published as it is": Case(workspace(m=member("m", "", "a", source="import 'a'", private=False)), misplaced="packages/m:a"),
    "published as it is": Case(one("import a from 'a'", development="a", private=False), misplaced="a"),
    "types in shipped code": Case(one("import type { A } from 'a'", development="a", private=False)),
    "production for tests only": Case(one("import a from 'a'", path="test/x.test.ts", declared="a", development="b") | {"src/b.ts": "import 'c'", "src/i.test.ts": "import 'b'"}, missing="c", misplaced="a"),
    "started from a script": Case(one("", declared="nodemon", scripts={"start": "nodemon x.js"})),
    "workspace": Case(workspace(a=member("a", "@w/b", source="import '@w/b'"), b=member("@w/b", "x", source="import 'y'")), unused="packages/b:x", missing="packages/b:y"),
    "workspace alias": Case(workspace(a=member("a", "@w/b", source="import '@w/b'"), b=member("@w/b")) | {"tsconfig.json": '{"compilerOptions": {"paths": {"@w/*": ["packages/*/src"]}}}'}),
    "tool at the root": Case(workspace(root_development="typescript eslint x", a=member("a", scripts={"build": "tsc", "lint": "eslint src"})), unused="x"),
    "declared at the root": Case(workspace("y", a=member("a", "z", source="import 'y'; import 'z'")), likely="missing packages/a:y"),
    "declared at the root and published": Case(workspace("y", a=member("a", "z", source="import 'y'; import 'z'", private=False)), missing="packages/a:y", likely=None),
    "used by a sibling that does not declare it": Case(workspace(a=member("a", "x"), b=member("b", "z", source="import 'x'; import 'z'")), unused="packages/a:x", missing="packages/b:x"),
    "reached through the root": Case(workspace("x", b=member("b", "z", source="import 'x'; import 'z'")), likely=None),
    "all at the root": Case({"package.json": package("x y", workspaces=["packages/*"]), "packages/a/package.json": '{"name": "a"}', "packages/a/src/i.ts": "import 'x'"}, unused="y"),
    "pnpm workspace": Case({"package.json": package(), "pnpm-workspace.yaml": "packages: ['apps/*', '!apps/old']\n", "apps/a/package.json": package("x", name="a"), "apps/a/i.js": "", "apps/old/package.json": package("z", name="old")}, unused="apps/a:x"),
    "name put together by require": Case(one("load = (t) => require('mailer-' + t + '-transport');", path="src/i.js", declared="mailer-smtp-transport mailing-list"), unused="mailing-list"),
    "name put together by import": Case(one("export const load = (t) => import(`imagemin-${t}`);", path="src/i.js", declared="imagemin-svgo imagem"), unused="imagem"),
    "name put together for a variable": Case(one("const name = 'hubot-' + kind; require(name);", path="src/i.js", declared="hubot-slack hub"), unused="hub", likely="unused hubot-slack"),
    "name of a logger": Case(one("const log = logging.createModuleLogger('y-webrtc'); debug('y-p2p');", path="src/i.js", declared="y-webrtc y-p2p"), unused="y-webrtc y-p2p"),
    "shared configuration": Case(configured(".eslintrc.json", '{"extends": "acme"}', "eslint-config-acme eslint-plugin-node left-pad"), unused="left-pad", likely="unused eslint-plugin-node"),
    "shared configuration that is complete": Case(configured(".eslintrc.json", '{"extends": "prettier"}', "eslint-config-prettier eslint-plugin-node"), unused="eslint-plugin-node"),
    "host by its name": Case(one("require('request-promise')", path="src/i.js", declared="request request-promise req"), unused="req", likely="unused request"),
    "brings its host": Case(one("require('moment-timezone')", path="src/i.js", declared="moment moment-timezone"), unused="moment"),
    "another one of the name": Case(one("require('@acme/escape-html')", path="src/i.js", declared="escape-html @acme/escape-html"), unused="escape-html"),
    "parts of a published package": Case(one("", declared="fis3-command-init fis-optimizer-x metro-minify-uglify left-pad", name="fis3", private=False), unused="left-pad metro-minify-uglify", likely=None),
    "parts of an application": Case(one("", declared="app-plugin-x", name="app"), likely="unused app-plugin-x"),
    "plug-ins for several syntaxes": Case(one("require('postcss-syntax')", path="src/i.js", declared="postcss-syntax postcss-html spare"), unused="spare"),
    "headers of native code": Case(one("", declared="nan spare") | {"binding.gyp": "{'include_dirs': ['<!(node -e \"require(\\'nan\\')\")']}"}, unused="spare"),
    "plug-in of a published package": Case(one("", declared="@parse/mail-adapter left-pad", name="parse-server", private=False), unused="left-pad", likely="unused @parse/mail-adapter"),
    "commands of another name": Case(one("", development="in-publish spare", scripts={"prepublish": "(in-install || not-in-publish)"}), unused="spare"),
    "interpreter of a file": Case(one("#!/usr/bin/env babel-node\nrun()", path="bin/run.js", development="babel-cli spare"), unused="spare"),
    "interpreter of a file without extension": Case(one("#!/usr/bin/env coffee\nrun()", path="bin/run", development="coffee-script spare"), unused="spare"),
    "babel beside a plug-in that code resolves": Case(one("require.resolve('@babel/plugin-x')", path="lib/i.js", declared="@babel/plugin-x @babel/core spare"), unused="spare"),
    "Makefile with mocha": Case(configured("Makefile", "test:\n\tmocha --require should --require sinon --compilers coffee:coffee-script/register\n", "mocha should sinon coffee-script spare"), unused="spare"),
    "loader with a query": Case(one("module.exports = {svg: '@svgr/webpack?-svgo![path]'};", path="src/i.js", declared="@svgr/webpack spare"), unused="spare", likely="unused @svgr/webpack"),
    "types of Flow beside a build": Case(one("import type {A} from 'metro-minify'", path="src/a.js.flow", declared="metro-minify spare"), unused="spare"),
    "preset of jscs": Case(configured(".jscsrc", '{"preset": "hexo"}', "jscs jscs-preset-hexo spare"), unused="spare"),
    "peers of the configuration of Create React App": Case(configured(".eslintrc", '{"extends": "react-app"}', "eslint-config-react-app eslint babel-eslint eslint-plugin-flowtype spare"), unused="spare"),
    "browser of a launcher": Case(one("require('karma-phantomjs-launcher')", path="src/i.js", declared="karma-phantomjs-launcher phantomjs-prebuilt spare"), unused="spare"),
    "loader that falls back to another": Case(one("require.resolve('url-loader')", path="src/i.js", declared="url-loader file-loader spare"), unused="spare"),
    "script that builds": Case(one("import 'esbuild'; import 'a'", path="build.mjs", declared="a", development="esbuild", scripts={"build": "node build.mjs"}), likely=None),
    "packed code": Case({"package.json": package("x", main="pack/a.js", name="p"), "pack/a.js": "!function(){" + "a=b;" * 8000 + "}()"}, likely="unused x"),
}  # fmt: skip


def _all() -> dict[str, Case]:
    found = {name: Case(files, unused="b") for name, files in SYNTAX.items()}
    found |= {f"not used: {name}": Case(files, unused=_first(files)) for name, files in FALSE_FRIENDS.items()}
    found |= {
        f"says nothing: {name}": Case(one("", declared="a-b") | extra, unused="a-b")
        for name, extra in SILENT_FILES.items()
    }
    for name, (script, used) in SCRIPTS.items():
        files = one("", development=f"{used} never-called", scripts={"x": script})
        found[f"script: {name}"] = Case(files, unused="never-called")
    for name, (path, text, used) in CONFIGURATIONS.items():
        found[f"configuration: {name}"] = Case(configured(path, text, f"{used} never-named"), unused="never-named")
    for name, (fields, used) in MANIFEST_FIELDS.items():
        found[f"package.json: {name}"] = Case(
            one("", development=f"{used} never-named", **fields), unused="never-named"
        )
    return found | OTHERS


def _first(files: dict[str, str]) -> str:
    """The first dependency, which is the one that only seems to be used."""
    return str(next(iter(json.loads(files["package.json"])["dependencies"])))


CASES = _all()


def build(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return root


def found(analysis: Analysis, kind: str, *, certain: bool) -> set[str]:
    """The findings of a kind as the table writes them."""
    return {
        f"{one.package.folder}:{remark.subject}".removeprefix(":")
        for one in analysis.findings
        for remark in one.details.remarks
        if remark.kind == kind and remark.certain is certain
    }


def main() -> None:
    counts = {kind: [0, 0, 0] for kind in KINDS}
    for name, case in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            analysis = dependencies.analyze(build(Path(folder), case.files), Project())
        for kind in KINDS:
            want, have = case.expected(kind), found(analysis, kind, certain=True)
            for index, number in enumerate((len(want & have), len(have - want), len(want - have))):
                counts[kind][index] += number
            if want != have:
                print(f"{name}: {kind} should be {sorted(want)}, is {sorted(have)}", file=sys.stderr)
    print(f"{len(CASES)} trees\n{'':<10} {'right':>6} {'false':>6} {'lost':>6} {'precision':>10} {'recall':>7}")
    for kind, (right, false, lost) in counts.items():
        shares = f"{right / max(right + false, 1):10.3f} {right / max(right + lost, 1):7.3f}"
        print(f"{kind:<10} {right:6} {false:6} {lost:6} {shares}")


if __name__ == "__main__":
    main()
