#!/usr/bin/env bash
# Ends the action with the status that decides in its mode; a step that never came to a status is no verdict.
set -euo pipefail

case "$MODE" in
  all | gate) status=${CHECK:-3} ;;
  measure) status=${VALIDATE:-3} ;;
  comment) status=${COMMENT:-3} ;;
  baseline) status=${BASELINE:-3} ;;
  *)
    echo "::error title=perfgate::mode must be all, measure, gate, comment or baseline"
    status=2
    ;;
esac
echo "status=$status" >>"$GITHUB_OUTPUT"
exit "$status"
