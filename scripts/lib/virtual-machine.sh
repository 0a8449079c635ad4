# shellcheck shell=bash
# Sourced by scripts that boot a virtual machine: a kernel, and a root file system with foster in the initial memory disk.

# Says what is missing, and fails.
require_machine_tools() {
  local program
  for program in qemu-system-x86_64 busybox cpio node npm ldd; do
    command -v "$program" >/dev/null || { echo "$program is not installed" >&2; return 1; }
  done
  if ldd "$(command -v busybox)" >/dev/null 2>&1; then
    echo "busybox is not a static one (Debian package busybox-static)" >&2
    return 1
  fi
}

# Prints the path of a kernel that boots in a virtual machine without modules: Debian's for clouds, downloaded into DIRECTORY.
cloud_kernel() { # DIRECTORY
  local package
  package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/ { print $2; exit }')
  (cd "$1" && apt-get download "$package" >/dev/null && dpkg-deb -x "$package"_*.deb kernel)
  echo "$1"/kernel/boot/vmlinuz-*
}

# Fills ROOT with busybox, node and what it loads, and the foster of BUILD in /foster.
make_machine_root() { # ROOT BUILD
  local root=$1 build=$2 tool module
  mkdir -p "$root"/{bin,dev,etc/foster,foster/bin,foster/build,proc,run,sys,tmp,usr/bin,var/log}
  cp "$(command -v busybox)" "$root/bin/busybox"
  for tool in cat grep hostname kill mkdir mount poweroff sed setsid sh sleep true; do ln -s busybox "$root/bin/$tool"; done
  cp -L "$(command -v node)" "$root/usr/bin/node"
  ldd "$(command -v node)" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
  cp package.json "$root/foster/"
  cp -r "$build/bundle" "$root/foster/build/bundle"
  cp -r bin/. "$root/foster/bin/"
  npm ls --omit=dev --all --parseable | tail -n +2 | while read -r module; do
    mkdir -p "$root/foster/node_modules/$(dirname "${module#*/node_modules/}")"
    cp -r "$module" "$root/foster/node_modules/${module#*/node_modules/}"
  done
  printf 'root:x:0:0::/:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\n' >"$root/etc/group"
  # what the kernel gives its first program as standard descriptors, before anything is mounted
  mknod "$root/dev/console" c 5 1
}

# Boots KERNEL with ROOT, whose /init is the first program; prints the console. Ends when the machine has been powered off.
# DISK is a file that becomes /dev/nvme0n1.
boot_machine() { # KERNEL ROOT [DISK]
  local disk=()
  if [ $# -gt 2 ]; then
    disk=(-drive "file=$3,if=none,id=disk,format=raw" -device nvme,drive=disk,serial=foster)
  fi
  (cd "$2" && find . | cpio -o -H newc --quiet) >"$2.cpio"
  timeout 900 qemu-system-x86_64 -accel "${ACCEL:-tcg}" -cpu max -m 1500 -smp 2 -nographic -no-reboot -nic none "${disk[@]}" \
    -kernel "$1" -initrd "$2.cpio" -append 'console=ttyS0 quiet panic=-1' </dev/null
}
