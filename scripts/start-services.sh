#!/usr/bin/env bash
# Starts the two services; the infrastructure must run already.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/manage-system.sh" start-services "$@"
