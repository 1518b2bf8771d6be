#!/bin/bash
# How long cachegauge takes to tell new roles after a failover: a cluster of three masters with a replica each, and a master
# and its replica behind three Sentinels, at a poll a second. A master is killed, then one is stopped, so that it takes
# connections and answers nothing. Counted is from the moment when the promoted server says itself that it is master, asked
# every ten milliseconds, until /metrics says so.
# Needs: redis-server, redis-cli, python3, curl.
#
#   Benchmarks/failover.sh
set -euo pipefail
cd "$(dirname "$0")/.."

cachegauge=${CACHEGAUGE:-}
if [ -z "$cachegauge" ]; then
  swift build -c release --product cachegauge >&2
  cachegauge=$(swift build -c release --show-bin-path)/cachegauge
fi
exec python3 Benchmarks/failover.py "$cachegauge"
