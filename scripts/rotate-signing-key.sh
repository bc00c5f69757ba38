#!/usr/bin/env bash
# Gives the Order Service a new signing key; access tokens that were already issued stay valid.
set -euo pipefail
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/manage-system.sh" rotate-key "$@"
