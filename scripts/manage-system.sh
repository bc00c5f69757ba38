#!/usr/bin/env bash
# Runs, checks and tests the Order Processing System. See --help.
set -euo pipefail

# The first releases that can load ES modules with require(), which some packages need.
readonly SUPPORTED_NODE='20.19 or newer of that line, or 22.12 or newer'

main() {
  export CALLED_FROM="$PWD"
  # In seconds since 1970.
  CALLED_AT="$(date +%s)"
  export CALLED_AT
  local script
  script="$(readlink -f -- "${BASH_SOURCE[0]}")"
  CDPATH='' cd -- "$(dirname -- "$script")/.."
  # ts-node variables of the shell belong to another project.
  unset "${!TS_NODE_@}"
  require_node
  install_dependencies "$@"
  exec node --require ts-node/register scripts/system/cli.ts "$@"
}

require_node() {
  local found
  if ! found="$(node --version 2>&1)" && command -v node >/dev/null; then
    fail "Node cannot be run: ${found%%$'\n'*}"
  fi
  if ! command -v node >/dev/null; then
    fail "Node is missing: install Node ${SUPPORTED_NODE}, from https://nodejs.org."
  fi
  if ! is_supported "${found#v}"; then
    fail "Node ${found#v} is too old: install Node ${SUPPORTED_NODE}, from https://nodejs.org."
  fi
}

is_supported() {
  local major minor
  IFS=. read -r major minor _ <<<"$1"
  ((major > 22 || (major == 22 && minor >= 12) || (major == 20 && minor >= 19)))
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
