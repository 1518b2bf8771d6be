#!/bin/bash
# docs/systems.md has every requirement once, in its table or among those that are open, and names tests that are there.
set -euo pipefail
cd "$(dirname "$0")/.."

table=docs/systems.md
bad=0
fail() {
  echo "$table: $*" >&2
  bad=1
}

open=$(sed -n 's/^Open: \(.*\)\.$/\1/p' "$table" | tr ',' '\n' | tr -d ' ')
for id in B{1..10} R{1..5} A{1..6} S{1..4} M{1..8}; do
  rows=$(grep -c "^| $id |" "$table" || true)
  [ "$rows" -le 1 ] || fail "$id stands there $rows times"
  if grep -qxF "$id" <<<"$open"; then
    [ "$rows" -eq 0 ] || fail "$id is answered and open"
  elif [ "$rows" -eq 0 ]; then
    fail "$id is missing"
  fi
done

# The last column's code spans are names of tests.
while IFS= read -r row; do
  id=$(cut -d '|' -f 2 <<<"$row")
  tests=$(awk -F '|' '{ print $(NF - 1) }' <<<"$row" | grep -oE '`[^`]+`' || true)
  [ -n "$tests" ] || fail "$id names no test"
  while IFS= read -r test; do
    grep -rqF "func $test(" Tests || fail "$id names a test that is not there: $test"
  done <<<"$tests"
done < <(grep -E '^\| [BRASM][0-9]+ \|' "$table")

[ "$bad" -eq 0 ] && echo "systems: every requirement is answered by a test${open:+, or open: ${open//$'\n'/, }}"
exit "$bad"
