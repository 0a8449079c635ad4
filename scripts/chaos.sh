#!/bin/bash
# npm run chaos [-- SEED... ]: each seed with FAULTS faults (800), in a pid, mount and network namespace of its own; with
# CHAOS_MODE=init, foster is PID 1 of one more. It needs root. Whatever is left at the end is gone with the namespace.
set -u
cd "$(dirname "$0")/.." || exit 1
seeds=("$@")
[ ${#seeds[@]} -gt 0 ] || seeds=(1 2 3)
status=0
for seed in "${seeds[@]}"; do
  directory=$(mktemp -d)
  chmod 755 "$directory"
  unshare --pid --mount --net --fork --mount-proc --kill-child sh -c \
    'ip link set lo up; mount -t tmpfs chaos /run && mkdir -p /run/lock; exec node scripts/chaos/run.js "$PWD/bin/foster" "$@"' \
    chaos "$directory/run" "$seed" "${FAULTS:-800}" "${CHAOS_MODE:-process}" ||
    { status=1; echo "seed $seed: see $directory"; continue; }
  rm -rf "$directory"
done
exit $status
