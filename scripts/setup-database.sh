#!/usr/bin/env bash
# Creates both databases if they are missing and brings their tables up to date.
set -euo pipefail
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/manage-system.sh" setup-database "$@"
