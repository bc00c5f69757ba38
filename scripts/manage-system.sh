#!/usr/bin/env bash
# Runs, checks and tests the Order Processing System. See --help.
set -euo pipefail

readonly OLDEST_NODE='20.19.0'

main() {
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  require_node
  install_dependencies
  exec node --require ts-node/register scripts/system/cli.ts "$@"
}

require_node() {
  local found
  found="$(node --version 2>/dev/null || true)"
  if [[ -z $found ]]; then
    fail "Node is missing: install Node ${OLDEST_NODE} or newer from https://nodejs.org."
  fi
  if [[ "$(printf '%s\n' "$OLDEST_NODE" "${found#v}" | sort --version-sort | head -n 1)" != "$OLDEST_NODE" ]]; then
    fail "Node ${found#v} is too old: install Node ${OLDEST_NODE} or newer from https://nodejs.org."
  fi
  if ! command -v npm >/dev/null; then
    fail 'npm is missing: it comes with Node from https://nodejs.org.'
  fi
}

# The stamp is the hash of the lock file that node_modules/ was installed from. npm's own record is newer than the lock
# file after an npm install by hand: then nothing is to be done either.
install_dependencies() {
  local stamp='node_modules/.installed-from' wanted
  if [[ node_modules/.package-lock.json -nt package-lock.json ]]; then
    return
  fi
  wanted="$(cksum <package-lock.json)"
  if [[ -f $stamp && "$(<"$stamp")" == "$wanted" ]]; then
    return
  fi
  echo 'Installing dependencies with npm ci' >&2
  npm ci --no-audit --no-fund >&2
  echo "$wanted" >"$stamp"
}

fail() {
  echo "$1" >&2
  exit 1
}

main "$@"
