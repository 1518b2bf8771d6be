#!/bin/bash
# Installs the Debian or Ubuntu packages that are missing for the named purposes: build, demo, examples, test, bench.
# Says what it does, asks for root through sudo only when something is missing, and does nothing otherwise.
set -euo pipefail

missing=()
# need COMMAND, FILE or PKGCONFIG-MODULE, then PACKAGE: notes PACKAGE when the command, the file, or the pkg-config module, is not there.
need_command() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing+=("$2"); }
need_file() { [ -e "$1" ] || missing+=("$2"); }
need_module() { pkg-config --exists "$1" 2>/dev/null || missing+=("$2"); }

for purpose in "$@"; do
  case "$purpose" in
    build)
      need_command pkg-config pkg-config
      need_module hiredis libhiredis-dev
      need_module libmicrohttpd libmicrohttpd-dev
      need_module zlib zlib1g-dev
      need_module libcrypt libcrypt-dev
      need_module snappy libsnappy-dev
      need_file /usr/include/pb_encode.h libnanopb-dev
      ;;
    demo)
      need_command redis-server redis-server
      ;;
    examples)
      need_command redis-server redis-server
      need_command memcached memcached
      ;;
    test)
      need_command redis-cli redis-tools
      need_command memcached memcached
      need_command saslpasswd2 sasl2-bin
      need_command promtool prometheus
      need_command prometheus prometheus
      need_command prometheus-redis-exporter prometheus-redis-exporter
      need_command openssl openssl
      need_command curl curl
      need_command jq jq
      need_command python3 python3
      # A receiver of remote write.
      need_command victoria-metrics victoria-metrics
      # The live page is looked at with a browser.
      need_command chromium chromium
      python3 -c 'import jsonschema, yaml' 2>/dev/null || missing+=(python3-jsonschema python3-yaml)
      ;;
    bench)
      need_command prometheus-redis-exporter prometheus-redis-exporter
      need_command redis-benchmark redis-tools
      need_command redis-server redis-server
      need_command promtool prometheus
      need_command curl curl
      need_command wrk wrk
      need_command python3 python3
      need_command victoria-metrics victoria-metrics
      ;;
    *) echo "install-packages: unknown purpose '$purpose' (build, demo, test or bench)" >&2; exit 2 ;;
  esac
done

[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "install-packages: this needs Debian or Ubuntu; install by hand what these packages hold: ${missing[*]}" >&2
  exit 1
fi
root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || {
    echo "install-packages: run as root, or: apt-get install ${missing[*]}" >&2
    exit 1
  }
  root=(sudo)
fi
echo "Installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${root[@]}" apt-get update -qq
# No service is to be started: the demo and the tests start their own servers. The policy that says so goes again however this ends, or no
# package would start its service any more; somebody else's stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  forget_policy() { "${root[@]}" rm -f "$policy"; }
  trap forget_policy EXIT
  trap '' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
  "${root[@]}" chmod +x "$policy"
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
fi
"${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
