"""Runs perfgate from the folder it stands in, whatever lies in the working directory.

Start it with `python -I`: isolated mode ignores PYTHONPATH and the working directory, so that a file such as `json.py`
in a pull request cannot take the place of the standard library's. PERFGATE_SITE names the folder with the dependencies
where they are not installed.
"""

import os
import sys
from pathlib import Path

sys.path[:0] = filter(None, [str(Path(__file__).resolve().parents[1]), os.environ.pop("PERFGATE_SITE", "")])

from perfgate.cli import main  # noqa: E402  # found through the path set above

if __name__ == "__main__":
    main(prog_name="perfgate")
