#!/usr/bin/env bash
# npm run deb: a Debian package of the build, for the architecture of this machine, in build/deb/.
#
# FOSTER_DEB_REVISION (default 1) is the part of the version that counts packages of the same foster. FOSTER_DEB_OUTPUT is
# another directory, and FOSTER_DEB_BUILD=no takes the build as it is.
set -euo pipefail
umask 022
cd "$(dirname "$0")/.."
. scripts/lib/prepare.sh

command -v dpkg-deb >/dev/null || { echo "dpkg-deb is not installed: it builds the package" >&2; exit 1; }
if [ "${FOSTER_DEB_BUILD:-yes}" = yes ]; then
  require_node
  install_dependencies
  build
fi

version=$(node --print 'require("./package.json").version')-${FOSTER_DEB_REVISION:-1}
architecture=$(dpkg --print-architecture)
output=$(realpath -m "${FOSTER_DEB_OUTPUT:-build/deb}")
root=$output/root
rm -rf "$root"
library=$root/usr/lib/foster

say "Packing foster $version for $architecture"

# The program: what package.json lists, without documentation, and koffi with its compiled code.
install -d "$library/build" "$library/scripts/lib" "$library/node_modules/koffi" "$library/node_modules/@koromix"
cp -r bin package.json "$library/"
cp -r build/bundle "$library/build/"
rm -f "$library/build/bundle/"*.cache
install -m 644 scripts/code-cache.js "$library/scripts/"
install -m 644 scripts/lib/node-flags.js scripts/lib/warm-up.cjs "$library/scripts/lib/"
# what it loads, without what it would be compiled from
koffi=$library/node_modules/koffi
(cd node_modules/koffi && cp --parents package.json LICENSE.txt {index,indirect}.* src/koffi/{index,indirect}.* src/koffi/src/static.* "$koffi")
rm -f "$koffi"/*.d.ts
cp -r node_modules/@koromix/. "$library/node_modules/@koromix/"
# Debian's C library is not musl
rm -rf "$library"/node_modules/@koromix/*/musl_*

install -d "$root/usr/bin" "$root/usr/sbin" "$root/etc/foster"
ln -s ../lib/foster/bin/foster "$root/usr/bin/foster"
# Upstart's names. Those that belong to whatever is init (telinit, shutdown, reboot ...) are in /usr/lib/foster/bin/upstart.
for name in initctl start stop restart reload status; do ln -s ../lib/foster/bin/initctl "$root/usr/sbin/$name"; done

default_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
install_from() { # TEMPLATE PLACE MODE
  install -D -m "$3" /dev/null "$root/$2"
  sed "s|@FOSTER@|/usr/bin/foster|g; s|@PATH@|$default_path|g" "packaging/$1" >"$root/$2"
}
install_from foster.service usr/lib/systemd/system/foster.service 644
install_from foster-user.service usr/lib/systemd/user/foster.service 644
install_from foster.sysvinit etc/init.d/foster 755
install_from foster.tmpfiles usr/lib/tmpfiles.d/foster.conf 644

for page in man/*; do
  install -d "$root/usr/share/man/man${page##*.}"
  gzip -9n <"$page" >"$root/usr/share/man/man${page##*.}/$(basename "$page").gz"
done

complete() { # SHELL PLACE
  install -d "$root/$(dirname "$2")"
  bin/foster completion "$1" >"$root/$2"
}
complete bash usr/share/bash-completion/completions/foster
ln -s foster "$root/usr/share/bash-completion/completions/initctl"
complete zsh usr/share/zsh/vendor-completions/_foster
complete fish usr/share/fish/vendor_completions.d/foster.fish
# fish looks for a file of the command's name
ln -s foster.fish "$root/usr/share/fish/vendor_completions.d/initctl.fish"

documents=$root/usr/share/doc/foster
install -d "$documents"
# side by side as in the project: the pages have links to them
cp -r README.md docs examples jobs "$documents/"
ln -s ../jobs "$documents/examples/jobs"
install_from foster.openrc usr/share/doc/foster/examples/foster.openrc 644
gzip -9n <CHANGELOG.md >"$documents/changelog.gz"
{
  cat LICENSE
  printf '\n\nThe bundle contains parts of these packages:\n'
  npm ls --omit=dev --all --parseable | tail -n +2 | while read -r module; do
    printf '\n--- %s\n\n' "${module#*/node_modules/}"
    # those of a platform are under the licence of their package
    cat "$module"/LICEN[SC]E* 2>/dev/null || echo "(as koffi)"
  done
} >"$documents/copyright"

control=$root/DEBIAN
install -d "$control"
size=$(du -sk --apparent-size --exclude=DEBIAN "$root" | cut -f1)
sed "s|@VERSION@|$version|; s|@ARCHITECTURE@|$architecture|; s|@SIZE@|$size|" packaging/debian/control >"$control/control"
install -m 755 packaging/debian/{postinst,prerm,postrm} "$control/"
install -m 644 packaging/debian/triggers "$control/triggers"
echo /etc/init.d/foster >"$control/conffiles"
(cd "$root" && find usr etc -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$control/md5sums"

package=$output/foster_${version}_$architecture.deb
dpkg-deb --build --root-owner-group "$root" "$package" >/dev/null
rm -rf "$root"
echo "$package"
