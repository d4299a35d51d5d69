"""The build: how long it takes, what it takes of the machine, and how often it has succeeded lately."""

from perfgate.report.model import MetricSpec
from perfgate.units import Unit

METRICS = (
    MetricSpec(
        "build.duration",
        Unit.MILLISECONDS,
        "time from the start of the build command to its end",
        noise="noisy",
        scope="repository",
    ),
    MetricSpec(
        "build.successRate",
        Unit.PERCENT,
        "runs of the workflow on its branch that succeeded, of the last ones that succeeded or failed",
        better="higher",
        noise="noisy",
        scope="repository",
    ),
)
