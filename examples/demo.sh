#!/usr/bin/env bash
# Builds the example, runs the gate on it, then on planted changes: 60 KB and moment in auth-service, and in chat-service
# a route that waits 3 ms, found by running it beside the base.
# usage: examples/demo.sh PYTHON
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work="$root/build/demo"
pnpm="npx --yes $(sed -n 's/.*"packageManager": "\(pnpm@[0-9.]*\)".*/\1/p' "$root/examples/six-services/package.json")"

perfgate() { "$python" -I "$root/action/entry.py" "$@"; }
if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi
say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }
quietly() { "$@" >"$work.log" 2>&1 || { cat "$work.log"; exit 3; }; }

# What an outer git or runner has set is not about the repository made here.
unset "${!GIT_@}" "${!GITHUB_@}" "${!PERFGATE_@}"
export GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@example.com GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@example.com

say "A repository with six services, as on the main branch"
rm -rf "$work"
mkdir -p "$work"
cp -R "$root/examples/six-services/." "$root/budgets" "$work"
# Until the last part no service is started: sizes need none of the minute that this takes.
rm -rf "$work/node_modules" "$work/dist" "$work/perfgate.yaml"
cd "$work"
git init --quiet --initial-branch=main
git add --all
git commit --quiet --message "The example"
echo "installing and building ..."
# shellcheck disable=SC2086  # a command with its arguments
quietly $pnpm install --frozen-lockfile
quietly node build.mjs

say "perfgate run: the main branch"
perfgate run
perfgate baseline publish

say "A change that adds a table of 60 KB to auth-service"
git checkout --quiet -b change
node demo/plant-regression.mjs .
git add --all
git commit --quiet --message "Refuse disposable e-mail addresses"
quietly node build.mjs

say "perfgate run --base main: the change"
status=0
perfgate run --base main || status=$?
echo "exit status $status"

say "perfgate comment --dry-run: what the pull request would show"
perfgate comment --dry-run

say "perfgate check --explain auth-service bundle.size"
perfgate check --base main --explain auth-service bundle.size || true

if [ "$status" -ne 1 ]; then
  echo "the planted regression was not caught (status $status)" >&2
  exit 3
fi

say "Another change, that adds the package moment to auth-service"
git checkout --quiet main
git checkout --quiet -b moment
node demo/plant-moment.mjs .
# shellcheck disable=SC2086  # a command with its arguments
quietly $pnpm install --no-frozen-lockfile
git add --all
git commit --quiet --message "Say how long ago a session began"
quietly node build.mjs

say "perfgate run --base main"
status=0
perfgate run --base main || status=$?
echo "exit status $status"

say "perfgate bundle --why auth-service --baseline main"
perfgate bundle --why auth-service --baseline main

comment=$(perfgate comment --dry-run)
if [ "$status" -ne 1 ] || ! grep --quiet 'new .node_modules/moment., imported by .apps/auth-service/src/sessions.ts:2.' <<<"$comment"; then
  printf '%s\n' "$comment" "moment was not named as the cause (status $status)" >&2
  exit 3
fi

say "A last change: a route of chat-service waits 3 ms, and perfgate.yaml says how to start the services"
git checkout --quiet --force main
cp "$root/examples/six-services/perfgate.yaml" .
git add --all
git commit --quiet --message "How the services are started"
git checkout --quiet -b wait
node demo/plant-wait.mjs .
git add --all
git commit --quiet --message "Look the rooms up first"
# shellcheck disable=SC2086  # a command with its arguments
quietly $pnpm install --frozen-lockfile
quietly node build.mjs

say "perfgate ab --base main: every service beside what it was"
status=0
compared=$(perfgate ab --base main) || status=$?
printf '%s\nexit status %s\n' "$compared" "$status"

if [ "$status" -ne 1 ] || ! grep --quiet --extended-regexp 'GET /v1/rooms +response.mean .* regressed' <<<"$compared"; then
  echo "the slower route was not found (status $status)" >&2
  exit 3
fi
