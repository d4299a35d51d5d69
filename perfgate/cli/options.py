"""Options that several commands share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from perfgate.config.settings import INPUTS, PREFIX

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
