#!/usr/bin/env bash
# Lists, redrives or drops dead letters.
set -euo pipefail
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/manage-system.sh" dead-letters "$@"
