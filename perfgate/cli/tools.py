"""Commands for editors and shells."""

import json
from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import get_completion_class

from perfgate.analyzers import METRICS
from perfgate.config import editor_schema
from perfgate.errors import ExitStatus
from perfgate.gate import verdict
from perfgate.report import model

_SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "report": model.json_schema,
    "verdict": verdict.json_schema,
    "budgets": lambda: editor_schema.budgets(METRICS),
    "waivers": lambda: editor_schema.waivers(METRICS),
    "project": editor_schema.project,
}


@click.command()
@click.argument("name", type=click.Choice(sorted(_SCHEMAS)))
@click.pass_context
def schema(ctx: click.Context, name: str) -> None:
    """Print the JSON Schema of a file, for editors and other tools."""
    click.echo(json.dumps(_SCHEMAS[name](), indent=2, ensure_ascii=False))
    ctx.exit(ExitStatus.PASSED)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell: `eval "$(perfgate completion bash)"`."""
    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(ctx.find_root().command, {}, "perfgate", "_PERFGATE_COMPLETE").source())
    ctx.exit(ExitStatus.PASSED)
