#!/usr/bin/env bash
# Says what is wrong and what helps; exit code 0 only if all is healthy. See docs/HEALTH_CHECK.md.
set -euo pipefail
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/manage-system.sh" health-check "$@"
