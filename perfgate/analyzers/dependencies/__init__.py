"""Dependencies: for each workspace package what is unused, missing, misplaced, heavy or there twice, and what it installs."""

from perfgate.report.model import MetricSpec
from perfgate.units import Unit

METRICS = (
    MetricSpec("deps.unused", Unit.COUNT, "dependencies that nothing uses", scope="package", remarks=("unused",)),
    MetricSpec("deps.missing", Unit.COUNT, "packages that are imported and not declared", scope="package", remarks=("missing",)),
    MetricSpec("deps.misplaced", Unit.COUNT, "dependencies in the wrong one of dependencies and devDependencies", scope="package", remarks=("misplaced",)),
    MetricSpec("deps.heavy", Unit.COUNT, "dependencies that would free much disk if removed", scope="package", remarks=("heavy",)),
    MetricSpec("deps.duplicates", Unit.COUNT, "packages installed in several versions", scope="package", remarks=("duplicate",)),
    MetricSpec("deps.installSize", Unit.BYTES, "bytes of everything that is installed", scope="package"),
)  # fmt: skip
