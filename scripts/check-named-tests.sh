#!/bin/bash
# Where a Markdown file links to a test by its name, [`name`](../Tests/File.swift), that file has a test of this name.
set -euo pipefail
cd "$(dirname "$0")/.."

bad=0
count=0
while IFS=$'\t' read -r file name path; do
  count=$((count + 1))
  # Names stand between backticks in Swift, and may be broken over two lines nowhere.
  if ! grep -qF -- "func \`$name\`" "$(dirname "$file")/$path"; then
    echo "$file: $path has no test named '$name'" >&2
    bad=1
  fi
done < <(git ls-files '*.md' | while IFS= read -r file; do
  grep -oE '\[`[^`]+`\]\([^) ]*Tests/[^) ]+\.swift\)' "$file" |
    sed -E "s|^\[\`([^\`]+)\`\]\(([^)]+)\)$|$file	\1	\2|" || true
done)
[ "$count" -gt 0 ] || { echo "no document names a test" >&2; exit 1; }
[ "$bad" -eq 0 ] && echo "named tests: all $count are there"
exit "$bad"
