#!/usr/bin/env bash
# npm run soak: ten thousand starts of a short job, and what they left in the supervisor, which should be nothing: no zombie,
# no descriptor, no callback, no memory. Takes a few minutes; not part of npm test. Ends with status 1 if something is left.
#
#   scripts/soak.sh [STARTS]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/prepare.sh

require_node
install_dependencies
build
say "Soaking"
exec node scripts/lib/soak.js "${1:-10000}"
