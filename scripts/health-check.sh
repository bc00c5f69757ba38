#!/usr/bin/env bash
# Asks every component; exit code 0 only if all are healthy.
set -euo pipefail
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/manage-system.sh" health-check "$@"
