#!/usr/bin/env bash
# Installs the npm packages of the lock file, unless they are installed: those of the running system; with --all, those of tests and
# development too; with --if-missing, all of them, but only if one that package.json names is not there.
set -euo pipefail

# The stamp says of which lock file, and for which platform, the packages in node_modules/ are.
readonly STAMP='node_modules/.installed-from'
# npm writes its own record when an installation has come to its end.
readonly NPM_RECORD='node_modules/.package-lock.json'
# Holds the pid of the process that installs.
readonly INSTALL_LOCK='.installing'
readonly USAGE='Usage: install-dependencies.sh [--all | --if-missing]'
readonly OF_THE_SYSTEM='dependencies optionalDependencies'
# Two tries, 2 s apart: npm itself would wait for more than a minute before it says that there is no network. No package runs a script
# of its own: what the script of PostgreSQL would do is done at its start.
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

# An installation by hand is stamped too, if it is one of this lock file.
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

# Whether every package that npm's record names is that of the lock file, and none is new in it. Of optional ones, which may be for another
# platform, only those that package.json names are looked for, elsewhere.
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

# Without a stamp nothing says otherwise.
is_for_this_platform() {
  [[ -z $1 || $1 == *"$(platform)" ]]
}

# Names the packages of these groups of package.json that are not in node_modules/.
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
    fail "$PWD cannot be written by $(id -un), so that the dependencies cannot be installed: run as its owner, or in a copy of your own."
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

# npm ci starts from nothing. Where an installation is complete npm install only adds and replaces what differs: PostgreSQL and the
# services may be running from it. Neither changes the lock file. Without npm's record, which is taken away meanwhile, an installation
# that is interrupted does not look complete.
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

# mocha stands for all of them: what was installed once is kept.
has_development() {
  [[ -e node_modules/.bin/mocha ]]
}

# Of two that begin at once one installs; the lock of a process that has ended does not count, though another may have its pid by now.
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

# Without a start, the pid is all that is known.
is_alive() {
  local holder="$1" pid="${1%% *}"
  kill -0 "$pid" 2>/dev/null && [[ $holder == "$pid" || $holder == "$(start_of "$pid")" ]]
}

# The pid of a process and when it started, where the system tells. The name in stat may hold spaces and brackets.
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
    reason="npm cannot write in $PWD: run as its owner, or in a copy of your own"
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
