#!/usr/bin/env bash
# npm run soak [-- MINUTES] [FILE.svg]: jobs that are respawned all the time and write more than a log file holds, events without end,
# and, in the second half, a re-exec every two seconds. Memory, descriptors, timers and FFI callbacks are looked at every second, and
# have to be as flat at the end as at the beginning: otherwise it ends with status 1. FILE.svg gets the curve. By default 5 minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/prepare.sh

require_node
install_dependencies
build
say "Soaking"
exec node scripts/lib/soak.js "$(awk -v minutes="${1:-5}" 'BEGIN { print minutes * 60 }')" "${@:2}"
