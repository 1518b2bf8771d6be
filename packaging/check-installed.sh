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

dpkg -r cachegauge >/dev/null
if [ "$how" = systemd ] && systemctl is-active --quiet cachegauge; then fail "it runs after its removal"; fi
left=$(files | grep -vE '^/(etc|var/lib)/(default/)?cachegauge|^/var/lib/dpkg/info/cachegauge\.(list|postrm)$' || true)
[ -z "$left" ] || fail "left after removal: $left"
[ -f /etc/cachegauge/cachegauge.yml ] || fail "removal took the configuration"
dpkg -P cachegauge >/dev/null
left=$(files)
[ -z "$left" ] || fail "left after purging: $left"
if getent passwd cachegauge >/dev/null; then fail "its user is left after purging"; fi
echo "removal leaves its configuration, purging leaves nothing"
