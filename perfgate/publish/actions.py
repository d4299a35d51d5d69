"""The files through which a step tells the runner something: outputs and the job summary."""

import re
import uuid
from collections.abc import Mapping
from pathlib import Path

from perfgate.errors import PerfgateError

MAX_OUTPUT_CHARACTERS = 64 * 1024
MAX_SUMMARY_BYTES = 900 * 1024
_NAME = re.compile(r"[a-z][a-z-]*")


def write_outputs(path: str | None, outputs: Mapping[str, str]) -> None:
    """Append outputs of the step to GITHUB_OUTPUT; does nothing where there is no such file.

    Values stand between random delimiters, so that none can end early and set another output. Raises PerfgateError for
    a value that contains its delimiter, and ValueError for a name that is no output of ours.
    """
    if not path:
        return
    lines = []
    for name, value in outputs.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of an output")
        delimiter = f"perfgate-{uuid.uuid4().hex}"
        if delimiter in value:
            raise PerfgateError(f"the output {name} contains its delimiter")
        lines.append(f"{name}<<{delimiter}\n{value[:MAX_OUTPUT_CHARACTERS]}\n{delimiter}\n")
    _append(path, "".join(lines).encode())


def append_summary(path: str | None, markdown: str) -> None:
    """Append to the job summary, GITHUB_STEP_SUMMARY. GitHub shows nothing of one over 1 MiB, so the end is cut off."""
    if path:
        content = markdown.encode()[:MAX_SUMMARY_BYTES].decode(errors="ignore")
        _append(path, f"{content}\n".encode())


def _append(path: str, content: bytes) -> None:
    with Path(path).open("ab") as stream:
        stream.write(content)
