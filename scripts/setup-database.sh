#!/usr/bin/env bash
# Creates both databases if they are missing and migrates them.
set -euo pipefail
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/manage-system.sh" setup-database "$@"
