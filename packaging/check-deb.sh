#!/bin/bash
# Installs a package in a fresh Debian system in a directory, runs it as its unprivileged user, asks it, and removes it. Needs root and
# debootstrap.
#
#   packaging/check-deb.sh PACKAGE [SUITE]
set -euo pipefail
package=$(realpath "$1")
suite=${2:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
[ "$(id -u)" -eq 0 ] || { echo "check-deb: needs root" >&2; exit 1; }
command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap

root=$(mktemp -d /var/tmp/cachegauge-deb-XXXXXX)
pid=
finish() {
  [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
  umount "$root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$root"
}
trap finish EXIT
debootstrap --variant=minbase --include=ca-certificates,adduser "$suite" "$root" >"$root.log" 2>&1 || { tail -5 "$root.log"; exit 1; }
rm -f "$root.log"
mount -t proc proc "$root/proc"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
in_root() { chroot "$root" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

find "$root" -xdev -path "$root/proc" -prune -o -type f -print | sort >"$root.before"
cp "$package" "$root/tmp/package.deb"
in_root apt-get -qq update
in_root apt-get -qq install -y --no-install-recommends /tmp/package.deb >/dev/null
rm "$root/tmp/package.deb"
in_root cachegauge --version
in_root cachegauge config check --config /etc/cachegauge/cachegauge.yml
[ "$(stat -c %a "$root/etc/cachegauge/cachegauge.yml")" = 640 ] || { echo "the configuration can be read by all" >&2; exit 1; }

# As the unit starts it, without systemd: its user, its configuration.
user=$(in_root id -u cachegauge)
group=$(in_root id -g cachegauge)
sed -i 's/^listen: .*/listen: 127.0.0.1:29121/' "$root/etc/cachegauge/cachegauge.yml"
setpriv --reuid "$user" --regid "$group" --clear-groups --no-new-privs --inh-caps=-all \
  chroot "$root" true 2>/dev/null || true
chroot --userspec="$user:$group" "$root" /usr/bin/cachegauge serve --config /etc/cachegauge/cachegauge.yml &
pid=$!
for _ in $(seq 100); do
  curl -fs http://127.0.0.1:29121/metrics >"$root/tmp/metrics" 2>/dev/null && break
  sleep 0.1
done
grep -q '^cachegauge_build_info' "$root/tmp/metrics" || { echo "no metrics" >&2; exit 1; }
grep -E "^Uid:\s+$user" "/proc/$pid/status" >/dev/null || { echo "it does not run as its user" >&2; exit 1; }
kill "$pid"
wait "$pid" || true
pid=

in_root dpkg -r cachegauge >/dev/null
left=$(in_root dpkg -L cachegauge | while read -r file; do [ -f "$root$file" ] && echo "$file"; done || true)
echo "left after removal: $(echo "$left" | tr '\n' ' ')"
[ -z "$(echo "$left" | grep -v '^/etc/' || true)" ] || { echo "more than configuration is left" >&2; exit 1; }
in_root dpkg -P cachegauge >/dev/null
[ ! -e "$root/etc/cachegauge" ] || { echo "configuration is left after purging" >&2; exit 1; }
rm -f "$root.before"
echo "check-deb: installs, runs unprivileged, answers, and is removed"
