"""How often a workflow succeeds, from the conclusions of its runs. Pure."""

from collections.abc import Iterable

from perfgate.report.model import WorkflowRuns

_FAILED = frozenset({"failure", "timed_out", "startup_failure"})
# Monitoring calls a low rate critical only from here on: two failures of a few runs happen to every build.
_ENOUGH_RUNS = 20
_ENOUGH_FAILURES = 3


def count(conclusions: Iterable[str | None], most: int, *, workflow: str, branch: str) -> WorkflowRuns:
    """Go through conclusions, newest first, until `most` of them count.

    Success counts, and failure in all its forms. What was cancelled or skipped, is stale, neutral or waits for somebody
    says nothing of the build, and neither does a conclusion that is not known here.
    """
    succeeded = failed = skipped = 0
    for conclusion in conclusions:
        if conclusion == "success":
            succeeded += 1
        elif conclusion in _FAILED:
            failed += 1
        else:
            skipped += 1
        if succeeded + failed == most:
            break
    counted = succeeded + failed
    return WorkflowRuns(
        workflow=workflow,
        branch=branch,
        counted=counted,
        succeeded=succeeded,
        failed=failed,
        skipped=skipped,
        enough_for_alarm=counted >= _ENOUGH_RUNS and failed >= _ENOUGH_FAILURES,
    )


def rate(runs: WorkflowRuns) -> float | None:
    """The share of successes in percent, to a decimal; None when no run counts."""
    return round(runs.succeeded / runs.counted * 100, 1) if runs.counted else None
