#!/usr/bin/env bash
# Control groups of version 2 seen to work: limits, events, freezing, killing and delegation, in a virtual machine with nothing
# but version 2, where foster runs in the root group and then in a group that it was given.
#
#      sudo scripts/cgroup-v2-machine.sh [KERNEL]
#
# KERNEL is a Linux image with the drivers of virtual machines built in; without it, Debian's linux-image-cloud is downloaded.
# Needs qemu-system-x86_64, busybox (static), cpio, and a build (FOSTER_BUILD, by default build/). It is software
# emulation, which takes some minutes; ACCEL=kvm where that works. Not a part of `npm test`.
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
ln -s busybox "$root/bin/dd"
truncate -s 64M "$work/disk"
cp scripts/lib/cgroup-v2-checks.js "$root/foster/checks.js"
printf 'ann:x:1001:1001::/:/bin/sh\n' >>"$root/etc/passwd"
printf 'ann:x:1001:\n' >>"$root/etc/group"
cat >"$root/init" <<'INIT'
#!/bin/sh
export PATH=/bin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t cgroup2 cgroup2 /sys/fs/cgroup
node /foster/checks.js
echo "checks ended with status $?"
poweroff -f
INIT
chmod +x "$root/init"

boot_machine "$kernel" "$root" "$work/disk" | tee "$work/output"
grep -q 'checks ended with status 0' "$work/output"
