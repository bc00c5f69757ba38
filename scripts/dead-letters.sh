#!/usr/bin/env bash
# Lists, redrives or drops the messages that failed for the last time.
set -euo pipefail
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/manage-system.sh" dead-letters "$@"
