#!/usr/bin/env bash
# Control groups of version 2 seen to work: limits, events, freezing, killing and delegation, in a virtual machine with nothing
# but version 2, where foster runs in the root group and then in a group that it was given.
#
#      scripts/cgroup-v2-machine.sh [KERNEL]
#
# KERNEL is a Linux image with the drivers of virtual machines built in; without it, Debian's linux-image-cloud is downloaded.
# Needs qemu-system-x86_64, busybox (static), cpio, and a build (FOSTER_BUILD, by default build/). It is software
# emulation, which takes some minutes; ACCEL=kvm where that works. Not a part of `npm test`.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${FOSTER_BUILD:-build}
for program in qemu-system-x86_64 busybox cpio node; do
  command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 1; }
done
[ -e "$build/src/cli/main.js" ] || { echo "there is no $build: npm run build" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

kernel=${1:-}
if [ -z "$kernel" ]; then
  package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/ { print $2; exit }')
  (cd "$work" && apt-get download "$package" >/dev/null && dpkg-deb -x "$package"_*.deb kernel)
  kernel=$(echo "$work"/kernel/boot/vmlinuz-*)
fi

root=$work/root
mkdir -p "$root"/{bin,proc,sys,dev,tmp,run,etc,foster/bin,usr/bin}
cp "$(command -v busybox)" "$root/bin/busybox"
for tool in sh sleep cat setsid mkdir mount poweroff kill true; do ln -s busybox "$root/bin/$tool"; done
cp -L "$(command -v node)" "$root/usr/bin/node"
# node, and what it loads
ldd "$(command -v node)" | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
cp package.json "$root/foster/"
mkdir -p "$root/foster/build"
cp -r "$build/src" "$root/foster/build/src"
cp bin/foster bin/load.js "$root/foster/bin/"
cp scripts/lib/cgroup-v2-checks.js "$root/foster/checks.js"
npm ls --omit=dev --all --parseable | tail -n +2 | while read -r module; do
  mkdir -p "$root/foster/node_modules/$(dirname "${module#*/node_modules/}")"
  cp -r "$module" "$root/foster/node_modules/${module#*/node_modules/}"
done
printf 'root:x:0:0::/:/bin/sh\nann:x:1001:1001::/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nann:x:1001:\n' >"$root/etc/group"
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
(cd "$root" && find . | cpio -o -H newc --quiet) >"$work/initramfs"

timeout 900 qemu-system-x86_64 -accel "${ACCEL:-tcg}" -cpu max -m 1500 -smp 2 -nographic -no-reboot -nic none \
  -kernel "$kernel" -initrd "$work/initramfs" -append 'console=ttyS0 quiet panic=-1' </dev/null | tee "$work/output"
grep -q 'checks ended with status 0' "$work/output"
