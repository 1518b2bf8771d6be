#!/bin/bash
# Installs a package in a fresh Debian system in a directory, runs it as its unprivileged user, asks it, and removes it. Where the machine
# lets a system boot in a container, systemd starts, reloads and stops the service with all of the unit's sandboxing, beside a real
# redis-server; else the program is started in a chroot as the unit would. Needs root and debootstrap.
#
#   packaging/check-deb.sh PACKAGE [SUITE]
#   BOOT=no         only the chroot
set -euo pipefail
package=$(realpath "$1")
suite=${2:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || { echo "check-deb: needs root" >&2; exit 1; }
command -v debootstrap >/dev/null && command -v systemd-nspawn >/dev/null && command -v ip >/dev/null ||
  apt-get install -y -qq --no-install-recommends debootstrap systemd-container iproute2 >/dev/null

root=$(mktemp -d /var/tmp/cachegauge-deb-XXXXXX)
chmod 755 "$root"
trap 'rm -rf --one-file-system "$root" "$root.log"' EXIT
debootstrap --variant=minbase --include=ca-certificates,adduser,curl,systemd,systemd-sysv,dbus,redis-server "$suite" "$root" \
  >"$root.log" 2>&1 || { tail -5 "$root.log"; exit 1; }

# What the package depends on is fetched now: the system that boots has a network of its own, which is empty.
mkdir "$root/check"
cp "$package" "$root/check/package.deb"
install -m 755 packaging/check-installed.sh "$root/check/run"
chroot "$root" apt-get -qq update
chroot "$root" apt-get -qq install -y --no-install-recommends --download-only /check/package.deb >/dev/null

run_booted() {
  cat >"$root/etc/systemd/system/check.service" <<'UNIT'
[Unit]
After=multi-user.target redis-server.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c '/check/run systemd >/check/log 2>&1; echo $? >/check/status; systemctl --no-block poweroff'
UNIT
  ln -s ../check.service "$root/etc/systemd/system/multi-user.target.wants/check.service"
  timeout 300 systemd-nspawn --quiet --register=no --keep-unit --private-network --machine=cachegauge-check -D "$root" --boot \
    </dev/null >"$root.log" 2>&1 || true
  rm -f "$root/etc/systemd/system/check.service" "$root/etc/systemd/system/multi-user.target.wants/check.service"
  [ -s "$root/check/status" ]
}

if [ "${BOOT:-yes}" = yes ] && run_booted; then
  how="under systemd"
else
  how="in a chroot, without systemd"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  status=0
  # Its own network and processes: whatever the check leaves behind ends with it.
  unshare --net --pid --fork --mount-proc="$root/proc" sh -c 'ip link set lo up && exec chroot "$1" /check/run plain' sh "$root" \
    >"$root/check/log" 2>&1 || status=$?
  echo "$status" >"$root/check/status"
fi
cat "$root/check/log"
[ "$(cat "$root/check/status")" -eq 0 ] || { echo "check-deb: failed, $how" >&2; exit 1; }
echo "check-deb: installs, runs unprivileged, answers, and is removed; $how"
