"""The command line: parse, build the real things, call one function, print, end with a status."""

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from perfgate import __version__
from perfgate.errors import ConfigError, ExitStatus, PerfgateError, Problem, Source

# Nearly everything that is made here lives until the program ends: looking for garbage is time lost.
gc.disable()

# Command -> (module of its callback, section of the help). The module is imported when the command is used.
COMMANDS = {
    "run": ("gate", "Gate"),
    "analyze": ("analyzers", "Gate"),
    "validate": ("gate", "Gate"),
    "check": ("gate", "Gate"),
    "comment": ("post", "Gate"),
    "bundle": ("analyzers", "Analyzers"),
    "deps": ("analyzers", "Analyzers"),
    "treeshake": ("analyzers", "Analyzers"),
    "response": ("services", "Analyzers"),
    "memory": ("services", "Analyzers"),
    "selftest": ("services", "Tools"),
    "ingest": ("ingest", "Analyzers"),
    "build": ("build", "Analyzers"),
    "ab": ("ab", "Analyzers"),
    "baseline": ("baseline", "Baselines"),
    "schema": ("tools", "Tools"),
    "completion": ("tools", "Tools"),
}
SECTIONS = ("Gate", "Analyzers", "Baselines", "Tools")


class Boundary(click.Group):
    """The group that loads commands lazily, lists them in sections, and turns every exception into a status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"perfgate.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from perfgate.errors import did_you_mean

            hint = did_you_mean(args[0], COMMANDS)
            raise click.UsageError(f"{error.message.rstrip('.')}; {hint}", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in SECTIONS:
            rows = [
                (name, command.get_short_help_str(80))
                for name, (_, place) in COMMANDS.items()
                if place == section and (command := self.get_command(ctx, name))
            ]
            with formatter.section(section):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit status"):
            formatter.write_dl([(str(status.value), status.meaning) for status in ExitStatus])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PerfgateError as error:
            _say(error)
            ctx.exit(error.status)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (KeyboardInterrupt, click.Abort):
            # click would end with 1, which is the status of a failed gate.
            click.echo("interrupted; there is no verdict", err=True)
            # A normal exit would wait for the threads that compress, which cannot be told to stop.
            os._exit(ExitStatus.NO_VERDICT)
        except BrokenPipeError:
            # The reader has gone; what Python still wants to flush at the end must not complain either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(ExitStatus.NO_VERDICT)
        except Exception as error:  # noqa: BLE001  # the one place where a bug becomes a status
            _bug(error)
            ctx.exit(ExitStatus.NO_VERDICT)


def _say(error: PerfgateError) -> None:
    """An expected failure: every problem on a line of its own, then what to do now."""
    from perfgate.render import escape

    problems: Sequence[Problem] = error.problems if isinstance(error, ConfigError) else ()
    problems = problems or [Problem(error.source or Source(""), error.message)]
    for problem in problems:
        place = f"{problem.source}: " if problem.source.file else ""
        hint = f" ({problem.hint})" if problem.hint else ""
        click.echo(f"{_red('error:')} {escape.log(place + problem.message + hint)}", err=True)
    if error.hint:
        click.echo(f"hint: {escape.log(error.hint)}", err=True)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        _tell_runner(problems)


def _tell_runner(problems: Sequence[Problem]) -> None:
    """On a runner: annotations where the problems are, and the job summary, which a fork can write too."""
    from perfgate.publish import actions
    from perfgate.render import annotations, markdown

    for line in annotations.problems(list(problems)):
        click.echo(line)
    texts = [f"{problem.source}: {problem.message}" if problem.source.file else problem.message for problem in problems]
    actions.append_summary(os.environ.get("GITHUB_STEP_SUMMARY"), markdown.no_verdict_summary(texts))


def _bug(error: Exception) -> None:
    import tempfile
    import traceback

    from perfgate.render import escape

    with tempfile.NamedTemporaryFile("w", prefix="perfgate-", suffix=".log", delete=False, encoding="utf-8") as log:
        log.write(f"perfgate {__version__}, Python {sys.version}\n")
        traceback.print_exception(error, file=log)
    summary = escape.log(f"{type(error).__name__}: {error}")[:300]
    click.echo(f"{_red('error:')} this is a bug in perfgate: {summary}", err=True)
    click.echo(f"hint: please report it with {Path(log.name)}; there is no verdict", err=True)


def _red(text: str) -> str:
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    return click.style(text, fg="red", bold=True) if coloured else text


@click.group(
    cls=Boundary,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=False,
)
@click.version_option(__version__, prog_name="perfgate", message="%(prog)s %(version)s")
def main() -> None:
    """Performance budgets and regression checks for the services of a JavaScript or TypeScript repository."""
