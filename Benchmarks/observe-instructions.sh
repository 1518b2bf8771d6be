#!/bin/sh
# What notifications cost a redis-server in instructions of its own code, which no other work on the machine disturbs: GETs of
# redis-benchmark, under valgrind, without notifications and with a subscriber to misses. The kernel's part (a write for each round of the
# server's event loop that had a miss) is not in it; how many writes were added is printed beside.
#
#   Benchmarks/observe-instructions.sh [pipeline] [miss-percentage]
#
# Wants redis-server, redis-benchmark, redis-cli and valgrind.
set -eu
pipeline=${1:-16}
misses=${2:-5}
directory=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill $server 2>/dev/null || true; rm -rf "$directory"' EXIT

# measure FLAGS COMMANDS: prints instructions, writes and misses of a server that lived for so many GETs.
measure() {
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null redis-server --port "$port" --bind 127.0.0.1 --save '' \
    --dir "$directory" --notify-keyspace-events "$1" >/dev/null 2>"$directory/valgrind" &
  server=$!
  until redis-cli -p "$port" PING >/dev/null 2>&1; do sleep 0.2; done
  redis-cli -p "$port" EVAL "for i = 0, 9999 do if i % 100 >= $misses then redis.call('SET', 'menu:' .. string.format('%012d', i), 'x') end end" 0 >/dev/null
  if [ -n "$1" ]; then
    redis-cli -p "$port" SUBSCRIBE __keyevent@0__:keymiss >/dev/null 2>&1 &
    until redis-cli -p "$port" PUBSUB NUMSUB __keyevent@0__:keymiss | grep -q 1; do sleep 0.2; done
  fi
  redis-benchmark -p "$port" -c 50 -P "$pipeline" -n "$2" -r 10000 -q GET menu:__rand_int__ >/dev/null
  counts=$(redis-cli -p "$port" INFO stats | tr -d '\r' |
    awk -F: '/^total_writes_processed/ { writes = $2 } /^keyspace_misses/ { misses = $2 } END { print writes, misses }')
  redis-cli -p "$port" SHUTDOWN NOSAVE || true
  wait $server || true
  server=
  echo "$(tr -d , <"$directory/valgrind" | awk '/I *refs/ { print $NF }') $counts"
}

# The difference of a long and a short life is free of start and end.
few=10000
many=60000
echo "$(measure '' $few) $(measure '' $many) $(measure Em $few) $(measure Em $many)" | awk -v n=$((many - few)) '{
  off = ($4 - $1) / n; on = ($10 - $7) / n; missed = ($12 - $9) / n
  printf "instructions for each GET: %.0f off, %.0f with notifications (%.3f of them off); %.3f misses and %.4f more writes for each, so %.0f for each miss\n",
    off, on, off / on, missed, (($11 - $8) - ($5 - $2)) / n, (on - off) / missed }'
