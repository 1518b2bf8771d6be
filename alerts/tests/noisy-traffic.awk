# Writes noisy-traffic.yml: 8 hours of healthy traffic as applications make it. Traffic comes in bursts, hit rates wander
# around a value above their target, scrapes fail, counters are set back once.
#   awk -f noisy-traffic.awk > noisy-traffic.yml
# Numbers come from a generator of its own (Lehmer's), so that every awk writes the same file.

function uniform() { state = (state * 16807) % 2147483647; return state / 2147483647 }

function gauss(   sum, i) { for (i = 0; i < 12; i++) sum += uniform(); return sum - 6 }

function whole(x) { return x < 0 ? 0 : int(x + 0.5) }

function series(name, labels, values) {
  printf "      - series: %s{instance=\"a:9121\",job=\"cache\",target=\"shop\"%s}\n", name, labels
  printf "        values: >-\n         %s\n", values
}

# One namespace: lookups in each minute, the hit rate around which it wanders, its target and critical bound.
function namespace(name, lookups, rate, wander, target, critical,
                   i, n, hit, hits, misses, burst, drift, hitText, missText) {
  hits = 1000000; misses = 400000; burst = 1; drift = 0
  for (i = 0; i <= points; i++) {
    if (uniform() < 0.05) burst = 0.3 + 2 * uniform()
    if (uniform() < 0.1) drift = wander * (2 * uniform() - 1)
    n = whole(lookups * burst * (0.7 + 0.6 * uniform()))
    hit = whole(n * (rate + drift) + sqrt(n * rate * (1 - rate)) * gauss())
    if (hit > n) hit = n
    if (i == reset) { hits = 0; misses = 0 }
    hits += hit; misses += n - hit
    hitText = hitText (gap[i] ? " _" : " " hits)
    missText = missText (gap[i] ? " _" : " " misses)
  }
  series("cache_namespace_hits_total", ",namespace=\"" name "\"", hitText)
  series("cache_namespace_misses_total", ",namespace=\"" name "\",cause=\"unknown\"", missText)
  series("cache_namespace_target_ratio", ",namespace=\"" name "\"", " " target "x" points)
  series("cache_namespace_critical_ratio", ",namespace=\"" name "\"", " " critical "x" points)
}

# A gauge that wanders between two values.
function gauge(name, low, high, i, text) {
  for (i = 0; i <= points; i++) text = text (gap[i] ? " _" : " " whole(low + (high - low) * uniform()))
  series(name, "", text)
}

# A counter that rises by up to so many in each minute.
function counter(name, labels, most, i, sum, text) {
  for (i = 0; i <= points; i++) {
    sum += whole(most * uniform() * uniform())
    text = text (gap[i] ? " _" : " " sum)
  }
  series(name, labels, text)
}

BEGIN {
  state = 20260101; points = 480; reset = 200
  for (i = 0; i <= points; i++) gap[i] = uniform() < 0.03
  for (i = 400; i < 408; i++) gap[i] = 1
  print "# Healthy, noisy traffic, on which nothing fires. Written by noisy-traffic.awk: change that one."
  print "rule_files:\n  - ../cachegauge.rules.yml\n\nevaluation_interval: 1m\n\ntests:"
  print "  - name: 8 hours of healthy, noisy traffic"
  print "    interval: 1m\n    input_series:"
  print "      - series: cachegauge_build_info{instance=\"a:9121\",job=\"cache\",version=\"1.0.0\"}\n        values: 1x" points
  namespace("menu", 500, 0.90, 0.02, 0.85, 0.50)
  namespace("permissions", 60, 0.88, 0.02, 0.85, 0.50)
  namespace("embeddings", 8, 0.97, 0.01, 0.95, 0.80)
  namespace("sessions", 2500, 0.995, 0.002, 0.99, 0.90)
  namespace("documents", 150, 0.55, 0.05, 0.50, 0.20)
  gauge("cache_memory_used_bytes", 700000000, 950000000)
  series("cache_memory_max_bytes", "", " 1073741824x" points)
  gauge("cache_keys", 90000, 110000)
  gauge("redis_mem_fragmentation_bytes", 10000000, 90000000)
  gauge("cache_connected_clients", 40, 90)
  counter("cache_hits_total", "", 5000)
  counter("cache_misses_total", "", 1000)
  counter("cache_evictions_total", "", 60)
  counter("cache_slow_operations_total", ",namespace=\"menu\",command=\"get\"", 0.9)
  gauge("cache_up", 1, 1)
  print "    promql_expr_test:"
  print "      - expr: count_over_time(ALERTS{alertstate=\"firing\"}[8h])"
  print "        eval_time: 480m\n        exp_samples: []"
  # The rules had something to judge: this is no test of silence alone.
  print "      - expr: count(cache_namespace:hit_ratio_upper:increase30m) + count(cache_namespace:hit_ratio:normal)"
  print "        eval_time: 480m\n        exp_samples:\n          - labels: '{}'\n            value: 10"
}
