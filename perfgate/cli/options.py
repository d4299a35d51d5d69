"""Options that several commands share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from perfgate.config.settings import INPUTS, PREFIX
from perfgate.errors import ConfigError
from perfgate.runtime.deadline import Deadline
from perfgate.units import Unit, UnitError, parse

_F = TypeVar("_F", bound=Callable[..., Any])


def _default(name: str) -> Callable[[], str]:
    """What the environment says, else the default of the input."""
    return lambda: os.environ.get(f"{PREFIX}{name.upper()}", "").strip() or str(INPUTS[name].default)


def input_option(name: str, metavar: str, **more: Any) -> Callable[[_F], _F]:
    """An option that is an input of the action too, with the same meaning and default."""
    default = str(INPUTS[name].default)
    about = INPUTS[name].metadata["about"]
    text = f"{about[0].upper()}{about[1:]}." + (f" [default: {default}]" if default else "")
    return click.option(f"--{name.replace('_', '-')}", name, metavar=metavar, default=_default(name), help=text, **more)


report_option = input_option("report", "FILE", type=click.Path(path_type=Path, dir_okay=False))


def budget_option(command: _F) -> _F:
    """How long a whole command may take; what it has not measured by then is marked as partial."""
    about = "End after this time, such as 60s, with what has been measured by then."
    return click.option("--budget", metavar="TIME", default=_default("time_budget"), help=about)(command)


def deadline_of(text: str) -> Deadline:
    """The moment at which a budget such as `60s` is used up. Raises ConfigError."""
    if not text.strip():
        return Deadline()
    try:
        return Deadline.after(parse(text.strip(), Unit.MILLISECONDS) / 1000)
    except UnitError as error:
        raise ConfigError(f"--budget: {error}", hint=error.hint) from error
