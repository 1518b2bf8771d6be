#!/bin/bash
# What check-deb.sh runs inside the fresh system, as root: installs /check/package.deb, asks the running service, removes it.
#
#   check-installed.sh systemd|plain
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
how=$1
url=http://127.0.0.1:9121
fail() {
  echo "check-deb: $*" >&2
  [ "$how" = plain ] || systemctl status --no-pager --lines 20 cachegauge >&2 || true
  exit 1
}
until_true() {
  for _ in $(seq 300); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "gave up waiting for: $*"
}
metrics() { curl -fs "$url/metrics" >/check/metrics; }
sees_the_cache() { metrics && grep -Eq '^cache_up(\{.*\})? 1$' /check/metrics; }
files() { find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /var/tmp -o -path /check \) -prune -o -iname '*cachegauge*' -print | sort; }

if [ "$how" = plain ]; then redis-server --port 6379 --daemonize yes >/dev/null; fi
apt-get -qq install -y --no-install-recommends /check/package.deb >/dev/null
cachegauge --version
cachegauge config check --config /etc/cachegauge/cachegauge.yml
[ "$(stat -c %a:%U:%G /etc/cachegauge/cachegauge.yml)" = 640:root:cachegauge ] || fail "the configuration can be read by all"

if [ "$how" = systemd ]; then
  until_true systemctl is-active cachegauge
  pid=$(systemctl show --property MainPID --value cachegauge)
else
  setpriv --reuid cachegauge --regid cachegauge --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
    cachegauge serve --config /etc/cachegauge/cachegauge.yml &
  pid=$!
fi
until_true sees_the_cache
user=$(id -u cachegauge)
until_true grep -E "^Uid:\s+$user\s+$user\s+$user\s+$user" "/proc/$pid/status"
grep -E '^CapEff:\s+0+$' "/proc/$pid/status" >/dev/null || fail "it has capabilities"
grep -E '^NoNewPrivs:\s+1$' "/proc/$pid/status" >/dev/null || fail "it may gain privileges"
grep -q '^cachegauge_build_info' /check/metrics || fail "no cachegauge_build_info"
curl -fs "$url/api/cache/report" >/dev/null || fail "no report"
echo "serves $(wc -l </check/metrics) lines as user $user"

if [ "$how" = systemd ]; then
  systemd-analyze security --no-pager cachegauge | tail -1
  # The state directory, a reload, and a crash.
  printf 'history: { path: /var/lib/cachegauge }\n' >>/etc/cachegauge/cachegauge.yml
  systemctl restart cachegauge
  until_true sees_the_cache
  until_true test -n "$(ls /var/lib/cachegauge)"
  systemctl reload cachegauge
  until_true sees_the_cache
  kill -9 "$(systemctl show --property MainPID --value cachegauge)"
  sleep 1
  until_true sees_the_cache
  journalctl --no-pager --quiet -u cachegauge | grep -iE 'SIGSYS|denied|not permitted' && fail "the sandbox refuses what it needs"
else
  kill "$pid"
  wait "$pid" || fail "it does not end in order"
fi

# What an administrator has decided outlasts an upgrade, here to the same version, which must not fail of it.
upgrade() {
  # Not so many starts in so short a time, for systemd.
  if [ "$how" = systemd ]; then systemctl reset-failed cachegauge 2>/dev/null || true; fi
  dpkg -i /check/package.deb >/check/dpkg 2>&1 || fail "the upgrade fails: $1: $(cat /check/dpkg)"
  [ "$(dpkg-query -W -f '${Status}' cachegauge)" = "install ok installed" ] || fail "half configured: $1"
}
unit_is() { [ "$(systemctl is-enabled cachegauge 2>/dev/null)" = "$1" ] || fail "the service is not $1: $2"; }
not_running() { [ "$how" = plain ] || ! systemctl is-active --quiet cachegauge || fail "it runs: $1"; }
now() { if [ "$how" = systemd ]; then systemctl "$1" --now cachegauge; else systemctl "$1" cachegauge; fi >/dev/null 2>&1; }
unit_is enabled "after its installation"
now disable
upgrade "the service is disabled"
unit_is disabled "after an upgrade"
not_running "disabled, after an upgrade"
now mask
upgrade "the service is masked"
unit_is masked "after an upgrade"
not_running "masked, after an upgrade"
systemctl unmask cachegauge >/dev/null 2>&1
now enable
mv /etc/cachegauge/cachegauge.yml /check/configuration
upgrade "its configuration is removed"
unit_is enabled "after an upgrade without a configuration"
[ ! -e /etc/cachegauge/cachegauge.yml ] || fail "an upgrade brings back the configuration that was removed"
mv /check/configuration /etc/cachegauge/cachegauge.yml
upgrade "nothing is special"
unit_is enabled "after an upgrade"
if [ "$how" = systemd ]; then until_true sees_the_cache; fi
# Removed and installed again.
dpkg -r cachegauge >/dev/null 2>&1
not_running "after its removal"
upgrade "it was removed before"
unit_is enabled "after it was installed again"
if [ "$how" = systemd ]; then until_true sees_the_cache; fi
echo "upgrades leave what is disabled, masked or removed as it is"

dpkg -r cachegauge >/dev/null 2>&1
not_running "after its removal"
left=$(files | grep -vE '^/(etc|var/lib)/(default/)?cachegauge|^/var/lib/dpkg/info/cachegauge\.(list|postrm)$' |
  grep -vE '^/(etc/systemd/system|var/lib/systemd/deb-systemd-helper-enabled)/(multi-user\.target\.wants/)?cachegauge\.service' || true)
[ -z "$left" ] || fail "left after removal: $left"
[ -f /etc/cachegauge/cachegauge.yml ] || fail "removal took the configuration"
dpkg -P cachegauge >/dev/null 2>&1
left=$(files)
[ -z "$left" ] || fail "left after purging: $left"
if getent passwd cachegauge >/dev/null; then fail "its user is left after purging"; fi
echo "removal leaves its configuration, purging leaves nothing"
