"""Every way perfgate can end that is not a verdict, and the exit statuses.

PerfgateError                 something known went wrong; no verdict (3)
├── ConfigError               options, budgets or project files are wrong (2); carries every problem at once
├── ReportError               a report cannot be read, or is not one
├── AnalyzerError             an analyzer could not run at all
├── HistoryError              a stored report cannot be read or written
├── ProcessError              a child process failed, or took too long
└── GitHubError               GitHub refused, or could not be reached
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class ExitStatus(IntEnum):
    """What a run ends with; README, `--help` and docs print this table."""

    PASSED = 0
    FAILED = 1
    USAGE = 2
    NO_VERDICT = 3

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS = {
    ExitStatus.PASSED: "passed (warnings included)",
    ExitStatus.FAILED: "failed: a budget, a regression rule or a must-be-measured rule was broken",
    ExitStatus.USAGE: "usage or configuration error: a bad option, or a bad budgets or project file",
    ExitStatus.NO_VERDICT: "no verdict: something perfgate needs failed, or perfgate has a bug",
}


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A place in a file, as editors and annotations understand it. Lines and columns count from 1."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a configuration file: where, what, and what to do about it."""

    source: Source
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.source}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class PerfgateError(Exception):
    """A known failure. `hint` says what to do now."""

    status = ExitStatus.NO_VERDICT

    def __init__(self, message: str, *, hint: str = "", source: Source | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.source = source

    def __str__(self) -> str:
        return f"{self.source}: {self.message}" if self.source else self.message

    @property
    def reason(self) -> str:
        """Why something could not be measured, with what to do now, in one sentence."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


class ConfigError(PerfgateError):
    """Options or configuration files are wrong. `problems` holds all of them, in file order."""

    status = ExitStatus.USAGE

    def __init__(
        self, message: str = "", *, hint: str = "", source: Source | None = None, problems: Iterable[Problem] = ()
    ) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.source))
        super().__init__(message or "\n".join(map(str, self.problems)), hint=hint, source=source)


class ReportError(PerfgateError):
    """A report cannot be read, is no report, or is of a version this perfgate does not know."""


class AnalyzerError(PerfgateError):
    """An analyzer could not run at all; a single unmeasured service is a value, not an error."""


class HistoryError(PerfgateError):
    """A stored report cannot be read or written."""


class ProcessError(PerfgateError):
    """A child process could not start, failed, or took too long."""


class GitHubError(PerfgateError):
    """GitHub refused a request or could not be reached. `http_status` is 0 when there was no answer."""

    def __init__(self, message: str, *, hint: str = "", http_status: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.http_status = http_status


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The hint for a misspelt name: the nearest known one, else all of them."""
    from difflib import get_close_matches

    names = sorted(known)
    near = get_close_matches(word.lower(), [name.lower() for name in names], n=1, cutoff=0.6)
    if near:
        return f"did you mean {next(name for name in names if name.lower() == near[0])}?"
    return f"known: {', '.join(names)}" if names else ""
