#!/bin/bash
# Builds and runs the tests, and says again at the end what failed, where it can't be overlooked.
#
#   scripts/test.sh [ARGUMENT...]    arguments of `swift test`
#   RERUN_FAILED=1                   runs the tests that failed once more, alone: many start real servers, and a machine
#                                    that stalls for seconds must not hide what a commit is worth. A test that passes
#                                    only then is named as flaky, in a list that is meant to be empty.
#   SWIFT=swift
set -uo pipefail
cd "$(dirname "$0")/.."

# More tests than these don't fail by chance.
most=4

swift=${SWIFT:-swift}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs the tests with their output in the file $1, and shown.
run() {
  local log=$1
  shift
  "$swift" test "$@" 2>&1 | tee "$log"
  return "${PIPESTATUS[0]}"
}

# The names of the tests that ended as $2 (passed, failed) according to the file $1.
tests() {
  sed -nE "/ Test run with /d; s/^(✔|✘) Test (\"([^\"]*)\"|([^ \"]+))( with [0-9]+ test cases?)? $2 after .*/\\3\\4/p" \
    "$1" | sort -u
}

# What went wrong according to the file $1, with the place of each.
issues() { grep -aE '^✘ Test .* recorded an issue|^✘ Test .* failed after|error: |Fatal error' "$1" | sort -u | cut -c 1-600; }

run "$work/first" "$@"
status=$?
if [ $status -eq 0 ]; then exit 0; fi

printf '\n== what failed\n'
issues "$work/first"
mapfile -t failed < <(tests "$work/first" failed)
if [ -z "${RERUN_FAILED:-}" ] || [ ${#failed[@]} -eq 0 ] || [ ${#failed[@]} -gt $most ]; then exit $status; fi
# A crash leaves tests that never ran: nothing to be told from a part of them.
if ! grep -qE '^✘ Test run with [0-9]+ tests? ' "$work/first"; then exit $status; fi

filters=()
for name in "${failed[@]%()}"; do
  filters+=(--filter "[./\`]$(printf '%s' "$name" | sed 's/[][\.*^$+?(){}|\\]/\\&/g')\`?\\(")
done
printf '\n== once more, alone: %s\n' "${failed[*]}"
run "$work/second" --skip-build "$@" "${filters[@]}"
again=$?
missing=$(comm -23 <(tests "$work/first" failed) <(tests "$work/second" passed))
if [ $again -eq 0 ] && [ -z "$missing" ]; then
  printf '\n== FLAKY: failed among the others, passed alone\n'
  issues "$work/first"
  exit 0
fi
printf '\n== failed twice\n'
issues "$work/second"
exit $status
