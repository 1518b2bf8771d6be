#!/bin/bash
# Installs the program and what belongs to it.
#
#   packaging/install.sh PROGRAM DESTDIR PREFIX
set -euo pipefail
program=$(realpath "$1")
destination=$2
prefix=$3
cd "$(dirname "$0")/.."

[ -x "$program" ] || { echo "install: there is no $program; run make release first" >&2; exit 1; }
put() { install -D -m "$1" "$2" "$destination$3"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

put 755 "$program" "$prefix/bin/cachegauge"
"$program" --experimental-dump-help | packaging/manual.py | gzip -9n >"$work/cachegauge.1.gz"
put 644 "$work/cachegauge.1.gz" "$prefix/share/man/man1/cachegauge.1.gz"
for shell in bash zsh fish; do "$program" --generate-completion-script "$shell" >"$work/$shell"; done
put 644 "$work/bash" "$prefix/share/bash-completion/completions/cachegauge"
put 644 "$work/zsh" "$prefix/share/zsh/site-functions/_cachegauge"
put 644 "$work/fish" "$prefix/share/fish/vendor_completions.d/cachegauge.fish"
sed "s|@PREFIX@|$prefix|" packaging/cachegauge.service >"$work/service"
if [ "$prefix" = /usr ]; then units=/lib/systemd/system; else units=$prefix/lib/systemd/system; fi
put 644 "$work/service" "$units/cachegauge.service"
put 644 examples/cachegauge.yml "$prefix/share/doc/cachegauge/cachegauge.yml"
put 644 LICENSE "$prefix/share/doc/cachegauge/copyright"
put 644 alerts/cachegauge.rules.yml "$prefix/share/cachegauge/alerts/cachegauge.rules.yml"
for file in dashboards/*.json; do put 644 "$file" "$prefix/share/cachegauge/dashboards/$(basename "$file")"; done
