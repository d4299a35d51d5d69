"""Names that tools let people cut in their configuration: `react` for `eslint-plugin-react`. Data only."""

from dataclasses import dataclass
from typing import Final

# Configuration files by tool, as globs for names.
_ESLINT = ".eslintrc* eslint.config.* package.json eslint*.js eslint*.json *.eslintrc*"
_BABEL = ".babelrc* babel.config.* package.json *.babelrc* rollup.config.* webpack*.js vite.config.*"
_STYLELINT = ".stylelintrc* stylelint.config.* package.json"
_JEST = "jest.config.* jest*.js jest*.json package.json"
_WEBPACK = "webpack* *.config.* webpack/*"


@dataclass(frozen=True, slots=True)
class ShortName:
    """A package whose name may be cut in configuration files: `*` of `packages` stands for the `*` of each form."""

    packages: str
    files: str
    forms: str


SHORT_NAMES: Final = (
    ShortName("eslint-plugin-*", _ESLINT, "* plugin:*"),
    ShortName("eslint-config-*", _ESLINT, "*"),
    ShortName("eslint-import-resolver-*", _ESLINT, "*"),
    ShortName("@*/eslint-plugin", _ESLINT, "@* plugin:@*"),
    ShortName("@*/eslint-config", _ESLINT, "@*"),
    ShortName("@*/eslint-parser", _ESLINT, "@*"),
    ShortName("eslint-formatter-*", _ESLINT, "*"),
    ShortName("babel-plugin-*", _BABEL, "* module:babel-plugin-*"),
    ShortName("babel-preset-*", _BABEL, "* module:babel-preset-*"),
    ShortName("@babel/preset-*", _BABEL, "@babel/* *"),
    ShortName("@babel/plugin-*", _BABEL, "@babel/* *"),
    ShortName("@babel/plugin-proposal-*", _BABEL, "proposal-* @babel/proposal-*"),
    ShortName("@babel/plugin-transform-*", _BABEL, "transform-* @babel/transform-*"),
    ShortName("@*/babel-preset", _BABEL, "@*"),
    ShortName("@*/babel-plugin", _BABEL, "@*"),
    ShortName("stylelint-config-*", _STYLELINT, "*"),
    ShortName("stylelint-*", _STYLELINT, "*"),
    ShortName("jest-environment-*", _JEST, "*"),
    ShortName("jest-runner-*", _JEST, "*"),
    ShortName("jest-watch-*", _JEST, "*"),
    ShortName("jest-*", _JEST, "*"),
    ShortName("@vitest/coverage-*", "vitest* vite.config.*", "*"),
    ShortName("vitest-environment-*", "vitest* vite.config.*", "*"),
    ShortName("*-loader", _WEBPACK, "*"),
    ShortName("postcss-*", "postcss.config.* .postcssrc* package.json", "*"),
    ShortName("rollup-plugin-*", "package.json rollup*", "*"),
    ShortName("@rollup/plugin-*", "package.json rollup*", "*"),
    ShortName("karma-*", "karma.conf.*", "*"),
    ShortName("remark-*", ".remarkrc* remark.config.* package.json", "* remark-*"),
    ShortName("retext-*", ".remarkrc* .retextrc* package.json", "*"),
    ShortName("rehype-*", ".rehyperc* package.json", "*"),
    ShortName("commitlint-config-*", "commitlint.config.* .commitlintrc* package.json", "*"),
    ShortName("@commitlint/config-*", "commitlint.config.* .commitlintrc* package.json", "@commitlint/*"),
    ShortName("@graphql-codegen/*", "codegen* graphql.config.* .graphqlrc* package.json *codegen*", "*"),
    ShortName("@graphql-codegen/*-preset", "codegen* graphql.config.* .graphqlrc* package.json *codegen*", "*"),
    ShortName(
        "conventional-changelog-*", ".releaserc* release.config.* .release-it* .versionrc* lerna.json package.json", "*"
    ),
    ShortName("@release-it/*", ".release-it* package.json", "@release-it/*"),
    ShortName("typedoc-plugin-*", "typedoc* tsconfig*", "*"),
    ShortName("prettier-plugin-*", ".prettierrc* prettier.config.* package.json", "*"),
    ShortName("@nestjs/*", "nest-cli.json", "@nestjs/*"),
    ShortName("mocha-*-reporter", ".mocharc* package.json", "*"),
    ShortName("gatsby-*", "gatsby-config.*", "gatsby-*"),
    ShortName("nodemailer-*", "*", "nodemailer-*"),
    ShortName("@docusaurus/*", "docusaurus.config.*", "*"),
    ShortName("jscs-preset-*", ".jscsrc .jscs.json package.json", "*"),
    ShortName("tslint-config-*", "tslint.json", "*"),
    ShortName("hexo-*", "_config.yml", "*"),
)
