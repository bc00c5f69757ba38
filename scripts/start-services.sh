#!/usr/bin/env bash
# Starts the two services; the infrastructure must run already.
set -euo pipefail
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/manage-system.sh" start-services "$@"
