#!/usr/bin/env bash
# foster as PID 1 of a machine: boots a virtual one, with a service that daemonises; it is killed, comes back, and the machine is
# powered off.
#
#      sudo scripts/boot-in-qemu.sh [KERNEL]
#
# KERNEL is a Linux image that boots without modules; without it, Debian's linux-image-cloud is downloaded. Needs
# qemu-system-x86_64, busybox (static), cpio, and a build (FOSTER_BUILD, by default build/). Software emulation takes a few
# minutes; ACCEL=kvm where that works. Not a part of `npm test`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/virtual-machine.sh
build=${FOSTER_BUILD:-build}
require_machine_tools
[ -e "$build/src/cli/main.js" ] || { echo "there is no $build: npm run build" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kernel=${1:-$(cloud_kernel "$work")}
root=$work/root
make_machine_root "$root" "$build"
echo booted-by-foster >"$root/etc/hostname"

# Nothing is mounted when foster begins: that is its part.
printf '#!/bin/sh\nexport PATH=/bin:/usr/bin\nexec /foster/bin/foster init --machine\n' >"$root/init"
chmod +x "$root/init"

cat >"$root/etc/foster/service.conf" <<'JOB'
start on startup
respawn
exec sh -c "sleep 100000 & exit 0"
JOB

cat >"$root/etc/foster/check.conf" <<'JOB'
start on started service
task
console output
env PATH=/bin:/usr/bin
script
  main() { /foster/bin/foster status service | sed -n '1s/.*start.running, process //p'; }
  comes() { # a main other than $1, within a minute or two
    tries=0
    while [ $tries -lt 60 ]; do
      now=$(main)
      [ -n "$now" ] && [ "$now" != "$1" ] && grep -q sleep /proc/$now/comm && return 0
      tries=$((tries + 1))
      sleep 1
    done
    return 1
  }
  echo "check: the machine is $(hostname)"
  comes none && first=$now && echo "check: the service runs"
  kill -KILL $first
  comes $first && echo "check: the service is back"
  kill -TERM 1
end script
JOB

boot_machine "$kernel" "$root" | tee "$work/console"

for sign in 'the machine is booted-by-foster' 'the service runs' 'the service is back' 'reboot: Power down'; do
  grep -q "$sign" "$work/console" || { echo "boot-in-qemu: not seen: $sign" >&2; exit 1; }
done
echo "boot-in-qemu: booted, a service killed and restarted, powered off"
