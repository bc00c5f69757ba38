#!/usr/bin/env bash
# Gives the Order Service a new key for access tokens, without refusing any token that is out.
set -euo pipefail
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/manage-system.sh" rotate-key "$@"
