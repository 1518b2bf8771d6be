#!/bin/bash
# Makes a Debian package of a program that was built with Swift's libraries in it.
#
#   packaging/deb.sh PROGRAM       writes cachegauge_VERSION_ARCHITECTURE.deb into the current directory
set -euo pipefail
program=$(realpath "$1")
here=$PWD
cd "$(dirname "$0")/.."

# What Debian does not have must be in the program.
foreign=$(ldd "$program" | sed -n 's/.* => \(.*libswift[^ ]*\|.*Foundation[^ ]*\) .*/\1/p')
[ -z "$foreign" ] || { echo "deb: the program was built without --static-swift-stdlib; run make release first" >&2; exit 1; }

# Debian sorts + behind the release; a dash would begin Debian's own revision.
version=$("$program" --version)
architecture=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
packaging/install.sh "$program" "$root" /usr
install -D -m 640 packaging/cachegauge.yml "$root/etc/cachegauge/cachegauge.yml"
printf '# Variables of the service, such as CACHEGAUGE_LOG_LEVEL=debug.\n' | install -D -m 644 /dev/stdin "$root/etc/default/cachegauge"

# The packages that hold the C libraries that it was linked with.
shlibs=$(mktemp -d)
mkdir "$shlibs/debian"
printf 'Source: cachegauge\nPackage: cachegauge\nArchitecture: any\n' >"$shlibs/debian/control"
depends=$(cd "$shlibs" && dpkg-shlibdeps -O "$program" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
rm -rf "$shlibs"

mkdir -p "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<EOF
Package: cachegauge
Version: $version
Architecture: $architecture
Maintainer: cachegauge maintainers <maintainers@cachegauge.invalid>
Section: net
Priority: optional
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends, adduser
Recommends: ca-certificates
Description: watches caches: hits and misses by namespace, health, history
 Tells Prometheus, JSON clients, a page and a terminal how well each part of a
 Redis, Valkey or Memcached cache works, whether that is good enough, why not,
 and since when. It changes nothing in what it watches.
EOF
printf '/etc/cachegauge/cachegauge.yml\n/etc/default/cachegauge\n' >"$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 755 "packaging/deb/$script" "$root/DEBIAN/$script"; done
dpkg-deb --root-owner-group --build "$root" "$here/cachegauge_${version}_${architecture}.deb"
