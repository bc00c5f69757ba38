#!/usr/bin/env bash
# Runs, checks and tests the Order Processing System. See --help.
set -euo pipefail

readonly OLDEST_NODE='20.19.0'

main() {
  export CALLED_FROM="$PWD"
  # In seconds since 1970.
  CALLED_AT="$(date +%s)"
  export CALLED_AT
  local script
  script="$(readlink -f -- "${BASH_SOURCE[0]}")"
  CDPATH='' cd -- "$(dirname -- "$script")/.."
  require_node
  install_dependencies "$@"
  exec node --require ts-node/register scripts/system/cli.ts "$@"
}

require_node() {
  local found
  found="$(node --version 2>/dev/null || true)"
  if [[ -z $found ]]; then
    fail "Node is missing: install Node ${OLDEST_NODE} or newer from https://nodejs.org."
  fi
  if ! is_new_enough "${found#v}"; then
    fail "Node ${found#v} is too old: install Node ${OLDEST_NODE} or newer from https://nodejs.org."
  fi
}

is_new_enough() {
  local major minor oldest_major oldest_minor
  IFS=. read -r major minor _ <<<"$1"
  IFS=. read -r oldest_major oldest_minor _ <<<"$OLDEST_NODE"
  ((major > oldest_major || (major == oldest_major && minor >= oldest_minor)))
}

# The tests need more packages than the running system.
install_dependencies() {
  if [[ ${1:-} == test ]]; then
    ./scripts/install-dependencies.sh --all
  else
    ./scripts/install-dependencies.sh
  fi
}

fail() {
  echo "$1" >&2
  exit 1
}

main "$@"
