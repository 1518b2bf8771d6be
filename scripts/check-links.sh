#!/bin/bash
# Every relative link in the Markdown files leads to a file that is there, and every #anchor to a heading in it.
set -euo pipefail
cd "$(dirname "$0")/.."

# The anchor that a heading gets: lower case, punctuation dropped, spaces to hyphens.
anchors() {
  sed -n 's/^#\{1,6\} \(.*\)$/\1/p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

bad=0
while IFS= read -r file; do
  while IFS= read -r link; do
    case "$link" in http://*|https://*|mailto:*|'') continue ;; esac
    path=${link%%#*}
    anchor=
    [[ "$link" == *#* ]] && anchor=${link#*#}
    target=$file
    [ -n "$path" ] && target=$(dirname "$file")/$path
    if [ ! -e "$target" ]; then
      echo "$file: '$link' leads nowhere" >&2
      bad=1
    elif [ -n "$anchor" ] && [[ "$target" == *.md ]] && ! anchors "$target" | grep -qxF -- "$anchor"; then
      echo "$file: '$link': $target has no heading for #$anchor" >&2
      bad=1
    fi
  done < <(awk '/^```/ { code = !code } !code' "$file" | grep -oE '\]\([^) ]+\)' | sed 's/^](//; s/)$//')
done < <(git ls-files '*.md')
[ "$bad" -eq 0 ] && echo "links: all lead somewhere"
exit "$bad"
