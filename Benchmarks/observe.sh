#!/bin/sh
# What watching costs the server: redis-benchmark with cachegauge off, with polls, and with notifications,
# alternated in one run. Prints the ratios to "off", each round's, and their median.
#
#   Benchmarks/observe.sh [rounds] [pipeline] [hit-percentage]
#
# Wants redis-server, redis-benchmark, redis-cli, and a release build of cachegauge (CACHEGAUGE=path).
set -eu
rounds=${1:-9}
pipeline=${2:-16}
hits=${3:-95}
gauge=${CACHEGAUGE:-.build/release/cachegauge}
modes=${MODES:-"off poll events"}
directory=$(mktemp -d)
port=$((20000 + $$ % 10000))
redis-server --port $port --bind 127.0.0.1 --save '' --notify-keyspace-events '' --dir "$directory" >"$directory/redis.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$directory"' EXIT
until redis-cli -p $port PING >/dev/null 2>&1; do sleep 0.1; done

# Keys are drawn from 100,000; so many percent of them are there.
redis-cli -p $port EVAL "for i=0,99999 do if i%100 < $hits then redis.call('SET','menu:'..string.format('%012d',i),'x') end end" 0 >/dev/null

for mode in poll events sample; do
  observe="{ events: false }"
  [ $mode = events ] && observe="{ events: true, manage: true, state_directory: $directory }"
  [ $mode = sample ] && observe="{ events: true, sample: true, manage: true, state_directory: $directory }"
  cat >"$directory/$mode.yml" <<YAML
listen: 127.0.0.1:0
targets:
  - url: redis://127.0.0.1:$port
    observe: $observe
    namespaces: [{ name: menu, keys: ["menu:*"] }]
YAML
done

measure() {
  watcher=
  if [ "$1" != off ]; then
    "$gauge" serve --config "$directory/$1.yml" >"$directory/gauge.log" 2>&1 &
    watcher=$!
    sleep 2
  fi
  redis-benchmark -p $port -c 50 -P "$pipeline" -n "$((60000 * pipeline))" -r 100000 --csv GET menu:__rand_int__ |
    tail -1 | cut -d, -f2 | tr -d '"'
  if [ -n "$watcher" ]; then kill $watcher; wait $watcher || true; fi
}

echo "load average before: $(cut -d' ' -f1-3 /proc/loadavg), processors: $(nproc), pipeline $pipeline, hits $hits %"
measure off >/dev/null
: >"$directory/results"
round=0
while [ $round -lt "$rounds" ]; do
  round=$((round + 1))
  for mode in $modes off; do echo "$round $mode $(measure "$mode")" >>"$directory/results"; done
done
awk '
  { if ($2 == "off") { off[$1] += $3; offs[$1]++ } else value[$1, $2] = $3; modes[$2] = 1; if ($1 > last) last = $1
    if ($2 == "off" && offs[$1] == 1) first[$1] = $3; if ($2 == "off" && offs[$1] == 2) second[$1] = $3 }
  END { for (mode in modes) { n = 0; list = ""
      for (r = 1; r <= last; r++) {
        ratio = mode == "off" ? second[r] / first[r] : value[r, mode] / (off[r] / offs[r])
        sorted[++n] = ratio; list = list sprintf(" %.3f", ratio) }
      for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (sorted[j] < sorted[i]) { t = sorted[i]; sorted[i] = sorted[j]; sorted[j] = t }
      printf "%-8s median %.3f of off; rounds:%s\n", mode, sorted[int((n + 1) / 2)], list } }' "$directory/results"
echo "load average after: $(cut -d' ' -f1-3 /proc/loadavg)"
