#!/bin/bash
# The figures of docs/performance.md: the ring on a trace, beside what a user would have instead, and a scrape beside
# redis_exporter's.
#
#   Benchmarks/run.sh [TRACE]      a gzipped trace (docs/ring.md, "Traces"); without one, a trace of 20 minutes is made
#   SECONDS_PER_RUN=3              how long each round of scrapes takes
#   RANDOM_ROWS=2000000            how many random rows are verified
set -euo pipefail
cd "$(dirname "$0")/.."

trace=${1:-}
if [ -z "$trace" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trace=$work/trace.jsonl.gz
  echo "== a trace of a private redis-server under load, 1,200 polls ten a second, stamped a second apart"
  python3 Benchmarks/trace.py 1200 0.1 | gzip >"$trace"
fi

swift build -c release --package-path Benchmarks --product ring-bench >&2
bench=$(swift build -c release --package-path Benchmarks --show-bin-path)/ring-bench

echo "== the ring on $(basename "$trace")"
"$bench" --trace "$trace"
echo "== random and hostile rows"
"$bench" --verify-random "${RANDOM_ROWS:-2000000}"
echo "== a poll and a scrape"
Benchmarks/scrape.sh "${SECONDS_PER_RUN:-3}"
