#!/usr/bin/env bash
# Finds a Python and installs the locked dependencies outside of the workspace, without root and without a venv.
# Writes `python` and `site` to the outputs of the step.
set -euo pipefail

python=""
for candidate in "${PERFGATE_PYTHON_PATH:-}" "${pythonLocation:+$pythonLocation/bin/python3}" python3 python; do
  [ -n "$candidate" ] || continue
  if command -v "$candidate" >/dev/null 2>&1 &&
    "$candidate" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$("$candidate" -I -c 'import sys; print(sys.executable)')
    break
  fi
done
if [ -z "$python" ]; then
  echo "::error title=perfgate::No Python 3.11 or newer was found. Add actions/setup-python before this step, or set python-path."
  exit 2
fi

lock="$GITHUB_ACTION_PATH/requirements/action.txt"
# Another interpreter or another lock is another folder; a finished one is used again.
key=$("$python" -I -c '
import hashlib, sys
print(sys.implementation.cache_tag + "-" + hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest()[:16])' "$lock")
site="${RUNNER_TEMP:-/tmp}/perfgate-$key"

if [ ! -e "$site/.complete" ]; then
  echo "::group::Install the dependencies of perfgate"
  if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --no-config --python "$python" --target "$site" --require-hashes --only-binary :all: -r "$lock"
  else
    # A coloured warning of pip would end in an escape code that hides the ::endgroup:: behind it.
    PIP_NO_COLOR=1 PIP_ROOT_USER_ACTION=ignore "$python" -I -m pip install --quiet --disable-pip-version-check \
      --no-input --no-compile --target "$site" --require-hashes --only-binary :all: -r "$lock"
  fi
  : >"$site/.complete"
  echo "::endgroup::"
fi

{
  echo "python=$python"
  echo "site=$site"
} >>"$GITHUB_OUTPUT"
