"""perfgate: performance budgets and regression checks for pull requests of JavaScript and TypeScript monorepos."""

__version__ = "0.1.0"
