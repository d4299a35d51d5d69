"""Tree-shaking: which exports of shared libraries are used, and how much of what a service does not need its bundle leaves out."""

from perfgate.report.model import MetricSpec
from perfgate.units import Unit

# What keeps code of shared libraries; packages from elsewhere count in neither number.
_KINDS = ("namespace-import", "side-effect-import", "commonjs", "barrel", "missing-side-effects")

METRICS = (
    MetricSpec(
        "treeshake.exportsUsed",
        Unit.PERCENT,
        "of the runtime exports of shared libraries, the share that another package uses",
        better="higher",
        scope="package",
        remarks=("unused-export",),
    ),
    MetricSpec(
        "treeshake.retained",
        Unit.PERCENT,
        "of the code of the shared libraries that the service imports, the share that is in its bundle",
        scope="package",
        remarks=_KINDS,
    ),
    MetricSpec(
        "treeshake.effectiveness",
        Unit.PERCENT,
        "of the code of shared libraries that the service does not need, the share that its bundle leaves out",
        better="higher",
        scope="package",
        remarks=_KINDS,
    ),
)
