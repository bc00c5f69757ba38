#!/usr/bin/env bash
# Reports faults and how to fix them; exit code 0 only if everything is healthy. See docs/HEALTH_CHECK.md.
set -euo pipefail
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/manage-system.sh" health-check "$@"
