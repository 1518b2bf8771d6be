#!/bin/sh
# What watching costs the server: redis-benchmark with cachegauge off, with polls, and with notifications,
# alternated in one run. Prints two ratios to "off", each round's and their median: of throughput, and of commands for each
# second of the server's processor time, which a machine that does other work disturbs less.
#
#   Benchmarks/observe.sh [rounds] [pipeline] [hit-percentage]
#
# Wants redis-server, redis-benchmark, redis-cli, and a release build of cachegauge (CACHEGAUGE=path).
set -eu
rounds=${1:-9}
pipeline=${2:-16}
hits=${3:-95}
gauge=${CACHEGAUGE:-.build/release/cachegauge}
modes=${MODES:-"off poll events off"}
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

# Seconds of processor time that the server has used.
processor() { redis-cli -p $port INFO cpu | tr -d '\r' | awk -F: '/^used_cpu_(user|sys):/ { sum += $2 } END { print sum }'; }

measure() {
  watcher=
  if [ "$1" != off ]; then
    "$gauge" serve --config "$directory/$1.yml" >"$directory/gauge.log" 2>&1 &
    watcher=$!
    sleep 2
  fi
  before=$(processor)
  rate=$(redis-benchmark -p $port -c 50 -P "$pipeline" -n "$((60000 * pipeline))" -r 100000 --csv GET menu:__rand_int__ |
    tail -1 | cut -d, -f2 | tr -d '"')
  awk -v rate="$rate" -v before="$before" -v after="$(processor)" 'BEGIN { print rate, 1 / (after - before) }'
  if [ -n "$watcher" ]; then kill $watcher; wait $watcher || true; fi
}

echo "load average before: $(cut -d' ' -f1-3 /proc/loadavg), processors: $(nproc), pipeline $pipeline, hits $hits %"
measure off >/dev/null
: >"$directory/results"
round=0
while [ $round -lt "$rounds" ]; do
  round=$((round + 1))
  for mode in $modes; do echo "$round $mode $(measure "$mode")" >>"$directory/results"; done
done
summarize() {
  awk -v column="$1" '
  { value = $column
    if ($2 == "off") { off[$1] += value; offs[$1]++ } else of[$1, $2] = value
    modes[$2] = 1; if ($1 > last) last = $1
    if ($2 == "off") { if (offs[$1] == 1) first[$1] = value; else second[$1] = value } }
  END { for (mode in modes) { n = 0; list = ""
      for (r = 1; r <= last; r++) {
        ratio = mode == "off" ? second[r] / first[r] : of[r, mode] / (off[r] / offs[r])
        sorted[++n] = ratio; list = list sprintf(" %.3f", ratio) }
      for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++)
        if (sorted[j] < sorted[i]) { t = sorted[i]; sorted[i] = sorted[j]; sorted[j] = t }
      printf "  %-8s median %.3f of off; rounds:%s\n", mode, sorted[int((n + 1) / 2)], list } }' "$directory/results"
}
echo "throughput:"
summarize 3
echo "commands per second of the server's processor:"
summarize 4
echo "load average after: $(cut -d' ' -f1-3 /proc/loadavg)"
