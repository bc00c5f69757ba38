#!/usr/bin/env bash
# Lists, retries or drops events that a queue refuses.
set -euo pipefail
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/manage-system.sh" outbox "$@"
