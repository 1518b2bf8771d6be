#!/bin/bash
# The whole suite in random order, several times: each suite in a process of its own, in an order that follows from a seed. Says which
# failed, and in which round; exits non-zero where any did. Goes on after a failure.
#
#   scripts/test-shuffled.sh [ROUNDS] [SEED]      (default: 10 rounds, a seed by chance)
#   ONLY=REGEX      only suites whose name matches
#   JOBS=1          suites at once: more is sooner, and a busier machine than tests usually meet
#   SWIFT=swift
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-10}
seed=${2:-$RANDOM}
swift=${SWIFT:-swift}
"$swift" build --build-tests >&2
binary=$(ls "$("$swift" build --show-bin-path)"/*PackageTests.xctest)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Suites, and tests that are in none.
"$binary" --testing-library swift-testing --list-tests 2>/dev/null >"$work/tests"
python3 - "$work/tests" "${ONLY:-}" >"$work/suites" <<'PYTHON'
import re, sys
names = []
for line in open(sys.argv[1]):
    name = line.rstrip("\n")
    # Module.Suite/test() or Module.test(); names in backquotes may hold anything.
    match = re.match(r"((?:[^.`/]+)\.(?:`[^`]*`|[^/`]+))", name)
    if match and match[1] not in names and re.search(sys.argv[2], name):
        names.append(match[1])
print("\n".join(names))
PYTHON
count=$(wc -l <"$work/suites")
echo "test-shuffled: $count suites, $rounds rounds, seed $seed"

# One suite: nothing said where it passes.
run_suite() {
  local filter log
  filter="^$(printf '%s' "$1" | sed 's/[][\.*^$+?(){}|\\]/\\&/g')([/(]|\$)"
  log=$(mktemp "$work/log-XXXXXX")
  if ! "$binary" --testing-library swift-testing --no-parallel --filter "$filter" >"$log" 2>&1; then
    {
      echo "FAILED in round $round (seed $seed): $1"
      grep -aE 'recorded an issue|failed after|error: |Fatal error|Sanitizer' "$log" | head -20 || true
    } | tee -a "$work/failed"
  fi
  rm -f "$log"
}
export -f run_suite
export binary work seed round

touch "$work/failed"
for round in $(seq "$rounds"); do
  shuf --random-source=<(yes "$seed-$round") "$work/suites" >"$work/order"
  tr '\n' '\0' <"$work/order" | xargs -0 -n 1 -P "${JOBS:-1}" bash -c 'run_suite "$1"' suite
  echo "round $round of $rounds: $(grep -c '^FAILED' "$work/failed") failed so far"
done
[ ! -s "$work/failed" ]
