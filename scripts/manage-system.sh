#!/usr/bin/env bash
# Runs, checks and tests the Order Processing System. See --help.
set -euo pipefail

readonly OLDEST_NODE='20.19.0'
# The stamp is the hash of the lock file that node_modules/ was installed from.
readonly STAMP='node_modules/.installed-from'
# Holds the pid of the process that installs.
readonly INSTALL_LOCK='.installing'

main() {
  export CALLED_FROM="$PWD"
  local script
  script="$(readlink -f -- "${BASH_SOURCE[0]}")"
  CDPATH='' cd -- "$(dirname -- "$script")/.."
  require_node
  is_installed || install_dependencies
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

# npm's own record is newer than the lock file after an npm install by hand: then nothing is to be done either. That is stamped
# too, because git gives the lock file a new time when it leaves a branch and comes back.
is_installed() {
  local wanted stamped=''
  wanted="$(cksum <package-lock.json)"
  if [[ -f $STAMP ]]; then
    stamped="$(<"$STAMP")"
  fi
  if [[ $stamped != "$wanted" && node_modules/.package-lock.json -nt package-lock.json ]]; then
    stamped="$wanted"
    echo "$wanted" 2>/dev/null >"$STAMP" || true
  fi
  [[ $stamped == "$wanted" ]]
}

install_dependencies() {
  local log start=$SECONDS
  if ! command -v npm >/dev/null; then
    fail 'npm is missing: it comes with Node from https://nodejs.org.'
  fi
  if [[ ! -w . || (-e node_modules && ! -w node_modules) ]]; then
    fail "$PWD cannot be written by $(id -un), so that the dependencies cannot be installed: run as its owner, or in a copy of your own."
  fi
  take_install_lock
  if is_installed; then
    return
  fi
  log="$(mktemp "${TMPDIR:-/tmp}/npm-ci.XXXXXX")"
  echo 'Installing dependencies with npm ci' >&2
  # Two tries, 2 s apart: npm itself would wait for more than a minute before it says that there is no network.
  if ! npm ci --no-audit --no-fund --fetch-retries=1 --fetch-retry-mintimeout=2000 </dev/null >"$log" 2>&1; then
    fail "$(npm_failure "$log")"
  fi
  cksum <package-lock.json >"$STAMP"
  rm -f "$log" "$INSTALL_LOCK"
  echo "Installed in $((SECONDS - start)) s" >&2
}

# Of two that begin at once one installs; the lock of a process that has ended does not count.
take_install_lock() {
  local holder
  if ! (set -o noclobber && echo "$$" >"$INSTALL_LOCK") 2>/dev/null; then
    holder="$(cat "$INSTALL_LOCK" 2>/dev/null || true)"
    if [[ -n $holder ]] && kill -0 "$holder" 2>/dev/null; then
      fail "The dependencies are being installed by another command (pid ${holder}): wait until it has ended."
    fi
    echo "$$" >"$INSTALL_LOCK"
  fi
  trap 'rm -f "$INSTALL_LOCK"' EXIT
}

npm_failure() {
  local log="$1" reason
  if grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET' "$log"; then
    reason='npm cannot reach its registry: check the network, or npm config get registry'
  elif grep -qE 'E(ROFS|ACCES|PERM)' "$log"; then
    reason="npm cannot write in $PWD: run as its owner, or in a copy of your own"
  elif grep -q 'ENOSPC' "$log"; then
    reason='there is no space left on the disk'
  else
    reason='npm ci failed'
  fi
  echo "The dependencies cannot be installed: ${reason} (output of npm: ${log})."
}

fail() {
  echo "$1" >&2
  exit 1
}

main "$@"
