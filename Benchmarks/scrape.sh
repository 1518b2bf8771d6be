#!/bin/bash
# Scrapes cachegauge and Debian's prometheus-redis-exporter in turn, on one redis-server, in one run, and prints for
# each: scrapes a second, p50 and p99 over one kept connection, CPU time of the exporter and of redis-server for each
# poll or scrape, and resident memory. Ends with the ratios. Needs: redis-server, prometheus-redis-exporter, wrk, curl.
#
#   Benchmarks/scrape.sh [SECONDS_PER_RUN]      (default 10; three rounds, alternating)
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-10}
rounds=3
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

swift build -c release --product cachegauge >&2
cachegauge=$(swift build -c release --show-bin-path)/cachegauge

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
redis_port=$(free_port)
ours_port=$(free_port)
peer_port=$(free_port)

redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --dir "$work" >"$work/redis.log" &
redis=$!
pids+=("$redis")
until redis-cli -p "$redis_port" ping >/dev/null 2>&1; do sleep 0.05; done
# A server in use: some data in three databases, and every common command run, so that commandstats is long.
for database in 0 1 2; do
  redis-cli -p "$redis_port" -n "$database" eval \
    'for i = 1, 2000 do redis.call("SET", "key:" .. i, i) end' 0 >/dev/null
done
redis-benchmark -p "$redis_port" -q -n 2000 >/dev/null 2>&1
redis-cli -p "$redis_port" >/dev/null 2>&1 <<'COMMANDS' || true
APPEND a b
BITCOUNT a
BITOP NOT b a
BITPOS a 1
COPY a c
DECR n
DECRBY n 2
EXISTS a
EXPIRE a 1000
EXPIRETIME a
GETDEL c
GETEX a
GETRANGE a 0 1
GETSET a b
HDEL h f
HEXISTS h f
HGET h f
HGETALL h
HINCRBY h f 1
HKEYS h
HLEN h
HMGET h f
HRANDFIELD h
HSETNX h g 1
HSTRLEN h f
HVALS h
INCRBYFLOAT n 1.5
LINDEX l 0
LINSERT l BEFORE a b
LLEN l
LMOVE l m LEFT RIGHT
LPOS l a
LREM l 1 a
LSET mylist 0 a
LTRIM l 0 1
MGET a b
MSETNX x1 1 x2 2
OBJECT ENCODING a
PERSIST a
PEXPIRE a 100000
PFADD p a
PFCOUNT p
PTTL a
RANDOMKEY
RENAME a d
SCARD s
SDIFF s t
SETEX e 10 a
SETNX f a
SETRANGE a 1 b
SINTER s t
SISMEMBER s a
SMEMBERS s
SMISMEMBER s a b
SMOVE s t a
SRANDMEMBER s
SREM s a
STRLEN a
SUNION s t
TIME
TOUCH a
TTL a
TYPE a
UNLINK d
XADD x * a b
XLEN x
XRANGE x - +
ZCARD z
ZCOUNT z 0 1
ZINCRBY z 1 a
ZRANGE z 0 1
ZRANK z a
ZREM z a
ZSCORE z a
COMMANDS

"$cachegauge" serve "redis://127.0.0.1:$redis_port" --listen "127.0.0.1:$ours_port" 2>"$work/ours.log" &
ours=$!
pids+=("$ours")
prometheus-redis-exporter -redis.addr "redis://127.0.0.1:$redis_port" -web.listen-address "127.0.0.1:$peer_port" \
  2>"$work/peer.log" &
peer=$!
pids+=("$peer")
until curl -sf "http://127.0.0.1:$ours_port/-/ready" >/dev/null; do sleep 0.1; done
until curl -sf "http://127.0.0.1:$peer_port/metrics" >/dev/null; do sleep 0.1; done

# CPU time of a process so far, user and system, in milliseconds: the scheduler's own account, to the nanosecond.
cpu() { cat /proc/"$1"/task/*/schedstat 2>/dev/null | awk '{ sum += $1 } END { printf "%.6f", sum / 1e6 }'; }
resident() { awk '/VmRSS/ { print $2 }' "/proc/$1/status"; }
difference() { awk -v a="$1" -v b="$2" -v n="$3" 'BEGIN { printf "%.3f", (b - a) / n }'; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

run_wrk() { # NAME PORT HEADER [PATH]
  wrk -t1 -c1 -d"${seconds}s" --latency ${3:+-H "$3"} "http://127.0.0.1:$2${4:-/metrics}" >"$work/wrk"
  awk '/50%/ { print $2 }' "$work/wrk" | microseconds >>"$work/$1.p50"
  awk '/99%/ { print $2 }' "$work/wrk" | microseconds >>"$work/$1.p99"
  awk '/Requests\/sec/ { print $2 }' "$work/wrk" >>"$work/$1.rps"
}
microseconds() { awk '{ v = $1; u = v; sub(/[0-9.]+/, "", u); v += 0; if (u == "ms") v *= 1000; if (u == "s") v *= 1e6; print v }'; }

# One poll a second and nothing else: what cachegauge costs, itself and redis-server. Then the peer at the same pace: one scrape a second.
# Ten seconds of each come first: what a process does once, as its first pages come in, is no poll's cost.
costs() { # SUFFIX
  local ours_before redis_before idle_redis peer_before scrapes=0
  sleep 10
  ours_before=$(cpu "$ours"); redis_before=$(cpu "$redis"); sleep 30
  difference "$ours_before" "$(cpu "$ours")" 30 >"$work/poll$1"
  poll_redis=$(difference "$redis_before" "$(cpu "$redis")" 30)
  kill -STOP "$ours"; redis_before=$(cpu "$redis"); sleep 10
  idle_redis=$(difference "$redis_before" "$(cpu "$redis")" 10)
  difference "$idle_redis" "$poll_redis" 1 >"$work/poll_redis$1"
  kill -CONT "$ours"
  for _ in $(seq 10); do curl -s -o /dev/null "http://127.0.0.1:$peer_port/metrics"; sleep 0.97; done
  peer_before=$(cpu "$peer"); redis_before=$(cpu "$redis")
  for _ in $(seq 30); do
    curl -s -o /dev/null "http://127.0.0.1:$peer_port/metrics" && scrapes=$((scrapes + 1))
    sleep 0.97
  done
  difference "$peer_before" "$(cpu "$peer")" "$scrapes" >"$work/scrape$1"
  difference "$redis_before" "$(cpu "$redis")" "$scrapes" >"$work/scrape_redis$1"
}
costs ''
# Once more with processors that never halt, since something of the lowest priority runs on each: waking a halted one is booked on who
# is woken, in a virtual machine above all, and comes to more than a poll.
spinners=()
for _ in $(seq "$(nproc)"); do
  nice -n 19 sh -c 'while :; do :; done' &
  spinners+=("$!")
  pids+=("$!")
done
costs _awake
kill "${spinners[@]}"

for _ in $(seq "$rounds"); do
  run_wrk ours "$ours_port" ''
  run_wrk floor "$ours_port" '' /-/healthy
  run_wrk peer "$peer_port" ''
  run_wrk ours-gzip "$ours_port" 'Accept-Encoding: gzip'
  run_wrk peer-gzip "$peer_port" 'Accept-Encoding: gzip'
done

printf '\n%-28s %14s %14s %10s\n' '' cachegauge redis_exporter ratio
row() { awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%-28s %14s %14s %10s\n", n, a, b, (a > 0 ? sprintf("%.3g", b / a) : "-") }'; }
for kind in '' -gzip; do
  for figure in p50 p99 rps; do
    row "$figure${kind:+ gzip}, $([ $figure = rps ] && echo 1/s || echo us)" \
      "$(median <"$work/ours$kind.$figure")" "$(median <"$work/peer$kind.$figure")"
  done
done
echo "p50 of an answer of one line, the floor of any server here: $(median <"$work/floor.p50") us"
for state in '' _awake; do
  row "exporter CPU${state/_/, }, ms" "$(cat "$work/poll$state")" "$(cat "$work/scrape$state")"
  row "redis CPU${state/_/, }, ms" "$(cat "$work/poll_redis$state")" "$(cat "$work/scrape_redis$state")"
done
row 'resident, kB' "$(resident "$ours")" "$(resident "$peer")"
echo "CPU: of cachegauge for one poll at 1 s (a scrape adds its rendering), of redis_exporter for one scrape at 1 s; redis CPU above idle."
echo "awake: with processors kept from halting, both."
