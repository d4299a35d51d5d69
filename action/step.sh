#!/usr/bin/env bash
# Runs one perfgate command and keeps its exit status as the output `status`: the last step of the action ends with the
# one that decides, after the comment has been written.
set -uo pipefail

status=0
"$PERFGATE_PYTHON" -I "$GITHUB_ACTION_PATH/action/entry.py" "$@" || status=$?
echo "status=$status" >>"$GITHUB_OUTPUT"
