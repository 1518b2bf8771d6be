#!/bin/bash
# Two hundred targets at one second, of which twenty are black holes (they accept connections and never answer): prints the
# poll period of the other 180 as the slowest, the median and the fastest have it, and what cachegauge costs.
# Needs: redis-server, python3, curl.
#
#   Benchmarks/fleet.sh [SECONDS]      (default 30)
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-30}
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

cachegauge=${CACHEGAUGE:-}
if [ -z "$cachegauge" ]; then
  swift build -c release --product cachegauge >&2
  cachegauge=$(swift build -c release --show-bin-path)/cachegauge
fi

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port)
servers=()
for _ in $(seq 10); do
  server=$(free_port)
  redis-server --port "$server" --bind 127.0.0.1 --save '' --databases 32 --dir "$work" >>"$work/redis.log" &
  pids+=("$!")
  servers+=("$server")
done
python3 - "$work/holes" <<'PYTHON' &
import signal, socket, sys
holes = [socket.socket() for _ in range(20)]
for hole in holes:
    hole.bind(("127.0.0.1", 0))
    hole.listen(128)
with open(sys.argv[1] + ".new", "w") as file:
    file.write(" ".join(str(hole.getsockname()[1]) for hole in holes))
import os
os.rename(sys.argv[1] + ".new", sys.argv[1])
signal.pause()
PYTHON
pids+=("$!")
until [ -e "$work/holes" ]; do sleep 0.05; done
{
  echo "listen: 127.0.0.1:$port"
  echo "log: { level: error }"
  echo "targets:"
  for index in $(seq 0 179); do
    echo "  - { name: t$index, url: \"redis://127.0.0.1:${servers[$((index % 10))]}/$((index / 10))\" }"
  done
  index=0
  for hole in $(cat "$work/holes"); do
    echo "  - { name: hole$index, url: \"redis://127.0.0.1:$hole\" }"
    index=$((index + 1))
  done
} >"$work/cachegauge.yml"
"$cachegauge" serve --config "$work/cachegauge.yml" 2>"$work/log" &
daemon=$!
pids+=("$daemon")
until curl -sf -o /dev/null "127.0.0.1:$port/-/ready"; do sleep 0.1; done
sleep 5

counts() { curl -s "127.0.0.1:$port/metrics" | grep '^cache_polls_total{target="t'; }
cpu() { curl -s "127.0.0.1:$port/metrics" | sed -n 's/^process_cpu_seconds_total //p'; }
before_cpu=$(cpu)
counts >"$work/before"
start=$(date +%s.%N)
sleep "$seconds"
counts >"$work/after"
end=$(date +%s.%N)
after_cpu=$(cpu)
curl -s "127.0.0.1:$port/metrics" >"$work/metrics"
python3 - "$work" "$start" "$end" "$before_cpu" "$after_cpu" <<'PYTHON'
import sys
work, start, end, cpu0, cpu1 = sys.argv[1], *map(float, sys.argv[2:])
def read(name):
    return dict(line.rsplit(" ", 1) for line in open(f"{work}/{name}").read().splitlines())
before, after = read("before"), read("after")
took = end - start
periods = sorted(took / (float(after[key]) - float(before[key])) for key in before)
metrics = dict(line.rsplit(" ", 1) for line in open(f"{work}/metrics") if not line.startswith("#"))
down = sum(1 for key, value in metrics.items() if key.startswith('cache_up{target="hole') and float(value) == 0)
up = sum(1 for key, value in metrics.items() if key.startswith('cache_up{target="t') and float(value) == 1)
print(f"{len(periods)} targets answer ({up} up), {down} do not, over {took:.1f} s")
print(f"poll period: fastest {periods[0]:.3f} s, median {periods[len(periods) // 2]:.3f} s, slowest {periods[-1]:.3f} s")
print(f"cachegauge: {(cpu1 - cpu0) / took * 100:.1f} % of one core, {float(metrics['process_resident_memory_bytes']) / 2**20:.0f} MiB resident")
PYTHON
