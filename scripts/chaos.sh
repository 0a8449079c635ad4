#!/bin/bash
# npm run chaos [-- SEED...]: each seed with FAULTS faults (800), in a pid, mount and network namespace of its own. It needs root.
# Whatever is left at the end is gone with the namespace.
#
#   CHAOS_MODE      process; init (foster is PID 1 of one more namespace); container (of runc, as Docker makes one)
#   CHAOS_SOURCE    auto, perf, ptrace, procfs; the connector hears the machine's first pid namespace alone, where nothing would keep
#                   a mistake of this script from a process that is not its own
#   CHAOS_JOBS      50, half of them real daemons as far as they are installed
#   CHAOS_SCHEDULE  a list of faults to do instead: DIRECTORY/run/schedule.json of a run that failed
#   CHAOS_SHRINK    how often a list that fails is run again to make it shorter (0)
#   CHAOS_CLOCK     the library of faketime(1) for jumps of the wall clock; `no` is without
set -u
cd "$(dirname "$0")/.." || exit 1
mode=${CHAOS_MODE:-process} source=${CHAOS_SOURCE:-auto}
if [ "$mode" = container ] && { ! command -v runc >/dev/null || [ ! -e /usr/share/containers/seccomp.json ]; }; then
  echo "container: skipped, runc or Docker's filter of system calls (golang-github-containers-common) is not installed"
  exit 0
fi
if [ -z "${CHAOS_CLOCK:-}" ]; then
  CHAOS_CLOCK=$(find /usr/lib -name libfaketimeMT.so.1 -print -quit 2>/dev/null)
fi
export CHAOS_CLOCK
seeds=("$@")
[ ${#seeds[@]} -gt 0 ] || seeds=(1 2 3)
status=0
for seed in "${seeds[@]}"; do
  directory=$(mktemp -d)
  chmod 755 "$directory"
  unshare --pid --mount --net --fork --mount-proc --kill-child sh -c '
    ip link set lo up
    mount -t tmpfs chaos /run && mkdir -p /run/lock
    for name in run log; do mkdir -p "$2/$name" && mount -t tmpfs -o size=16m,mode=755 chaos "$2/$name"; done
    exec node scripts/chaos/run.js "$@"
  ' chaos "$PWD/bin/foster" "$directory/run" "$seed" "${FAULTS:-800}" "$mode" "$source" "${CHAOS_JOBS:-50}" || {
    status=1
    echo "seed $seed: see $directory; repeat: CHAOS_SCHEDULE=$directory/run/schedule.json CHAOS_MODE=$mode CHAOS_SOURCE=$source npm run chaos -- $seed"
    [ "${CHAOS_SHRINK:-0}" = 0 ] || node scripts/chaos/shrink.js "$directory/run/schedule.json" "$seed" "$CHAOS_SHRINK"
    continue
  }
  rm -rf "$directory"
done
exit $status
