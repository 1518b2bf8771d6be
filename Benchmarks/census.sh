#!/bin/sh
# A census of a million keys at 1 % of the server's time: how long it takes, what it costs the server, how true it is, and
# whether it leaves a trace.
#
#   Benchmarks/census.sh [keys] [share]
#
# Wants redis-server, redis-cli, curl, python3, and a release build of cachegauge (CACHEGAUGE=path).
set -eu
keys=${1:-1000000}
share=${2:-1%}
gauge=${CACHEGAUGE:-.build/release/cachegauge}
directory=$(mktemp -d)
port=$((20000 + $$ % 10000))
redis-server --port $port --bind 127.0.0.1 --save '' --dir "$directory" >"$directory/redis.log" 2>&1 &
server=$!
watcher=
trap 'kill $server $watcher 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$directory"' EXIT
until redis-cli -p $port PING >/dev/null 2>&1; do sleep 0.1; done

# Four kinds of keys, 60, 25, 10 and 5 %: strings of 0 to 600 bytes, and a list in every fiftieth.
start=0
while [ $start -lt "$keys" ]; do
  redis-cli -p $port EVAL "
    for i=$start,math.min($keys,$start+50000)-1 do
      local p=i%100
      local kind=p<60 and 'menu' or p<85 and 'user' or p<95 and 'cart' or 'else'
      if i%50==7 then for j=0,i%40 do redis.call('RPUSH',kind..':'..i,j) end
      else redis.call('SET',kind..':'..i,string.rep('x',i%7*100)) end
    end" 0 >/dev/null
  start=$((start + 50000))
done
cat >"$directory/cachegauge.yml" <<YAML
listen: 127.0.0.1:$((port + 1))
targets:
  - url: redis://127.0.0.1:$port
    census: { share: $share, interval: 1d }
    namespaces:
      - { name: menu, keys: ["menu:*"] }
      - { name: user, keys: ["user:*"] }
      - { name: cart, keys: ["cart:*"] }
YAML
sleep 3
stat() { redis-cli -p $port INFO stats | tr -d '\r' | sed -n "s/^$1://p"; }
# Microseconds that the server spent in the commands of the census.
spent() { redis-cli -p $port INFO commandstats | tr -d '\r' | sed -n 's/^cmdstat_\(scan\|memory|usage\):.*usec=\([0-9]*\),.*/\2/p' | awk '{ sum += $1 } END { print sum + 0 }'; }
processor() { redis-cli -p $port INFO cpu | tr -d '\r' | awk -F: '/^used_cpu_(user|sys):/ { sum += $2 } END { print sum }'; }
hits=$(stat keyspace_hits)
cpu=$(processor)
began=$(date +%s.%N)
"$gauge" serve --config "$directory/cachegauge.yml" >"$directory/log" 2>&1 &
watcher=$!
metric() { curl -s "http://127.0.0.1:$((port + 1))/metrics" | sed -n "s/^$1 //p"; }
first=
while [ "$(metric cache_census_walks_total)" != 1 ]; do
  sleep 1
  # What is told after ten seconds, of a part of the keys.
  if [ -z "$first" ] && awk "BEGIN { exit !($(date +%s.%N) - $began > 10) }"; then
    first=$(curl -s "http://127.0.0.1:$((port + 1))/metrics" | grep '^cache_namespace_\(keys\|memory\|census\)' || true)
    printf '%s\n' "$first" >"$directory/first"
  fi
done
ended=$(date +%s.%N)
cpu=$(awk "BEGIN { print $(processor) - $cpu }")
echo "keyspace hits added: $(($(stat keyspace_hits) - hits)); misses: $(stat keyspace_misses)"
curl -s "http://127.0.0.1:$((port + 1))/metrics" >"$directory/metrics"
waited=$(metric cache_census_seconds_total)
awk "BEGIN { t = $ended - $began; s = $(spent) / 1e6
  printf \"%d keys in %.0f s; commands of the census %.2f s (%.2f %% of the time); waited %.2f s (%.2f %%); processor of the server in all, polls included, %.2f s (%.2f %%)\n\",
    $keys, t, s, 100 * s / t, $waited, 100 * $waited / t, $cpu, 100 * $cpu / t }"
idle=$(awk "BEGIN { print int($ended - $began) }")
redis-cli -p $port EVAL "local n=0 for i=0,$keys-1,997 do for _,k in ipairs({'menu','user','cart','else'}) do
  local t=redis.call('OBJECT','IDLETIME',k..':'..i) if t and t<$idle then n=n+1 end end end return n" 0 |
  sed 's/^/keys of one in 997 whose idle time is younger than the census: /'
for kind in menu user cart else; do
  redis-cli -p $port EVAL "local n,b=0,0 local c='0' repeat local r=redis.call('SCAN',c,'MATCH','$kind:*','COUNT',10000) c=r[1]
    for _,k in ipairs(r[2]) do n=n+1 b=b+redis.call('MEMORY','USAGE',k,'SAMPLES',0) end until c=='0' return n..' '..b" 0 |
    tr -d '"' >"$directory/truth.$kind"
done
python3 - "$directory" <<'PYTHON'
import re, sys
directory = sys.argv[1]
def figures(name):
  try: return dict(re.findall(r'^cache_namespace_(\w+\{namespace="\w+"\}) (\S+)$', open(f"{directory}/{name}").read(), re.M))
  except FileNotFoundError: return {}
whole, first = figures("metrics"), figures("first")
for kind in ["menu", "user", "cart", "else"]:
  keys, size = map(float, open(f"{directory}/truth.{kind}").read().split())
  name = "other" if kind == "else" else kind
  for label, found in [("after 10 s", first), ("whole", whole)]:
    k, b = (found.get(f'{f}{{namespace="{name}"}}') for f in ["keys", "memory_bytes"])
    if k and b: print(f"{name:6} {label:10} keys {float(k):10.0f} of {keys:10.0f} ({100 * float(k) / keys - 100:+.2f} %)  bytes {float(b):12.0f} of {size:12.0f} ({100 * float(b) / size - 100:+.2f} %)")
PYTHON
