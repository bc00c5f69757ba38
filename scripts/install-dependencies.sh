#!/usr/bin/env bash
# Installs the npm packages of the lock file, unless they are installed. By default: the runtime dependencies. --all: development
# dependencies too. --if-missing: all packages, but only if a package that package.json names is missing.
set -euo pipefail

# Records the lock file and platform that the packages in node_modules/ were installed for.
readonly STAMP='node_modules/.installed-from'
# npm writes this file when an installation is complete.
readonly NPM_RECORD='node_modules/.package-lock.json'
# Holds the pid of the installing process.
readonly INSTALL_LOCK='.installing'
readonly USAGE='Usage: install-dependencies.sh [--all | --if-missing]'
readonly OF_THE_SYSTEM='dependencies optionalDependencies'
# Two attempts, 2 s apart: by default npm takes more than a minute to report a missing network. Install scripts of packages do not run;
# the work of PostgreSQL's install script is done when PostgreSQL is started.
readonly NPM_OPTIONS=(
  --no-audit --no-fund --ignore-scripts --prefer-offline --fetch-retries=1 --fetch-retry-mintimeout=2000 --include=optional
)

main() {
  CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
  local groups="$OF_THE_SYSTEM" all="$OF_THE_SYSTEM devDependencies"
  case "$#:${1:-}" in
    0:) ;;
    1:--all) groups="$all" ;;
    1:--if-missing)
      groups="$all"
      if [[ -z $(missing "$all") ]]; then
        exit 0
      fi
      ;;
    1:-h | 1:--help)
      echo "$USAGE"
      exit 0
      ;;
    *)
      echo "$USAGE" >&2
      exit 2
      ;;
  esac
  is_installed "$groups" || install "$groups"
}

is_installed() {
  is_current && [[ -z $(missing "$1") ]]
}

# A manual installation from this lock file gets a stamp too.
is_current() {
  local wanted stamped=''
  wanted="$(stamp)"
  if [[ -f $STAMP ]]; then
    stamped="$(<"$STAMP")"
  fi
  if [[ $stamped != "$wanted" ]] && is_complete && is_of_lock_file; then
    stamped="$wanted"
    echo "$wanted" 2>/dev/null >"$STAMP" || true
  fi
  [[ $stamped == "$wanted" ]]
}

# Whether the packages in npm's record equal those of the lock file. Optional packages may be for another platform and are not required
# here; missing() checks those that package.json names.
is_of_lock_file() {
  node -e '
    const [installed, locked] = process.argv.slice(1).map((file) => JSON.parse(fs.readFileSync(file, "utf8")).packages);
    const isSame = (path) => installed[path]?.integrity === locked[path]?.integrity && installed[path]?.version === locked[path]?.version;
    const isLeftOut = ({ dev, optional, devOptional }) => optional || ((dev || devOptional) && !fs.existsSync("node_modules/.bin/mocha"));
    const wanted = Object.keys(locked).filter((path) => path !== "" && (path in installed || !isLeftOut(locked[path])));
    process.exitCode = [...wanted, ...Object.keys(installed)].every(isSame) ? 0 : 1;
  ' "$NPM_RECORD" package-lock.json 2>/dev/null
}

stamp() {
  echo "$(cksum <package-lock.json) $(platform)"
}

platform() {
  uname -sm
}

# Without a stamp the platform is assumed to match.
is_for_this_platform() {
  [[ -z $1 || $1 == *"$(platform)" ]]
}

# Prints the packages of these groups of package.json that are not in node_modules/.
missing() {
  local group name
  for group in $1; do
    for name in $(sed -n "/^  \"${group}\": {/,/^  }/s/^    \"\([^\"]*\)\": \".*/\1/p" package.json); do
      if [[ ! -d node_modules/$name ]]; then
        echo "$name"
      fi
    done
  done
}

install() {
  local groups="$1" log start=$SECONDS
  if ! command -v npm >/dev/null; then
    fail 'npm is missing: it comes with Node from https://nodejs.org.'
  fi
  if [[ ! -w . || (-e node_modules && ! -w node_modules) ]]; then
    fail "$PWD is not writable for $(id -un), so the dependencies cannot be installed: run as its owner, or use your own copy."
  fi
  take_install_lock
  if is_installed "$groups"; then
    return
  fi
  log="$(mktemp "${TMPDIR:-/tmp}/npm-install.XXXXXX")"
  run_npm "$groups" "$log"
  if [[ -n $(missing "$groups") ]]; then
    fail "The dependencies cannot be installed: npm left out $(missing "$groups" | paste -s -d ' ' -) (output of npm: ${log})."
  fi
  stamp >"$STAMP"
  rm -f "$log" "$INSTALL_LOCK"
  echo "Installed in $((SECONDS - start)) s" >&2
}

# npm ci deletes node_modules/ first. If an installation is complete, npm install is used instead: it only replaces packages that differ,
# because PostgreSQL and the services may be running from node_modules/. Neither changes the lock file. npm's record is moved away during
# the installation, so that an interrupted installation does not count as complete.
run_npm() {
  local groups="$1" log="$2" command='ci' kept="$NPM_RECORD.kept" which='--omit=dev' purpose='the dependencies of the system'
  if [[ $groups != "$OF_THE_SYSTEM" ]] || has_development; then
    which='--include=dev'
    purpose+=', of tests and of development'
  fi
  if is_complete; then
    command='install --no-save'
    mv "$NPM_RECORD" "$kept"
  fi
  echo "Installing ${purpose} with npm ${command%% *}" >&2
  # shellcheck disable=SC2086
  if ! npm $command "$which" "${NPM_OPTIONS[@]}" </dev/null >"$log" 2>&1; then
    if [[ -f $kept ]]; then
      mv "$kept" "$NPM_RECORD"
    fi
    fail "$(npm_failure "$log")"
  fi
  rm -f "$kept"
}

is_complete() {
  local stamped=''
  if [[ -f $STAMP ]]; then
    stamped="$(<"$STAMP")"
  fi
  [[ -f $NPM_RECORD ]] && is_for_this_platform "$stamped"
}

# Development dependencies are kept once installed; mocha indicates that they are.
has_development() {
  [[ -e node_modules/.bin/mocha ]]
}

# Only one process installs at a time. The lock of an ended process is ignored, even if its pid has been reused.
take_install_lock() {
  local holder
  if ! (set -o noclobber && start_of "$$" >"$INSTALL_LOCK") 2>/dev/null; then
    holder="$(cat "$INSTALL_LOCK" 2>/dev/null || true)"
    if [[ $holder =~ ^[1-9][0-9]*( |$) ]] && is_alive "$holder"; then
      fail "The dependencies are being installed by another command (pid ${holder%% *}): wait until it has ended."
    fi
    start_of "$$" >"$INSTALL_LOCK"
  fi
  trap 'rm -f "$INSTALL_LOCK"' EXIT
}

# A lock without a start time is compared by pid only.
is_alive() {
  local holder="$1" pid="${1%% *}"
  kill -0 "$pid" 2>/dev/null && [[ $holder == "$pid" || $holder == "$(start_of "$pid")" ]]
}

# Prints the pid of a process and its start time if known. The program name in /proc/PID/stat may contain spaces and brackets.
start_of() {
  local fields started=''
  if [[ -r /proc/$1/stat ]]; then
    read -r -a fields <<<"$(sed 's/^.*) //' "/proc/$1/stat")"
    started="${fields[19]}"
  elif command -v ps >/dev/null; then
    started="$(ps -o lstart= -p "$1" | tr -s ' ' _)"
  fi
  echo "$1${started:+ $started}"
}

npm_failure() {
  local log="$1" reason
  if grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET' "$log"; then
    reason='npm cannot reach its registry: check the network, or npm config get registry'
  elif grep -qE 'E(ROFS|ACCES|PERM)' "$log"; then
    reason="npm cannot write in $PWD: run as its owner, or use your own copy"
  elif grep -q 'ENOSPC' "$log"; then
    reason='there is no space left on the disk'
  else
    reason='npm failed'
  fi
  echo "The dependencies cannot be installed: ${reason} (output of npm: ${log})."
}

fail() {
  echo "$1" >&2
  exit 1
}

main "$@"
