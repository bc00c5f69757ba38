#!/usr/bin/env bash
# Starts the two services; the infrastructure must already be running.
set -euo pipefail
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/manage-system.sh" start-services "$@"
