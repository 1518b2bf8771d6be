#!/bin/bash
# Checks the dashboards: valid JSON, unique panel ids, a description on every panel, and every query understood by a
# real Prometheus. With a URL of a Prometheus that scrapes cachegauge as its argument, every query must also return data.
set -euo pipefail
cd "$(dirname "$0")"

# The queries of a dashboard, with its variables set to everything.
queries() {
  jq -r '.panels[].targets[]?.expr' "$1" | sed 's/\$__rate_interval/1m/g; s/\$\(job\|instance\|target\|namespace\)/.*/g'
}

url=${1:-}
if [ -z "$url" ]; then
  work=$(mktemp -d)
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  echo '{}' >"$work/prometheus.yml"
  prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
    --web.listen-address="127.0.0.1:$port" --log.level=error &
  server=$!
  trap 'kill $server; wait $server 2>/dev/null; rm -rf "$work"' EXIT
  url=http://127.0.0.1:$port
  for _ in $(seq 200); do curl -sf "$url/-/ready" >/dev/null && break; sleep 0.1; done
fi

bad=0
count=0
for file in *.json; do
  jq -e '([.panels[].id] | length == (unique | length))
    and all(.panels[]; .type == "row" or ((.description // "") != "" and (.targets | length) > 0))
    and (.uid // "") != "" and (.templating.list | map(.name) | index("datasource") != null)' "$file" >/dev/null || {
    echo "$file: a panel id occurs twice, or a panel lacks a description or a query" >&2
    bad=1
  }
  while IFS= read -r query; do
    count=$((count + 1))
    answer=$(curl -s --data-urlencode "query=$query" "$url/api/v1/query")
    if [ "$(jq -r .status <<<"$answer")" != success ]; then
      echo "$file: $query: $(jq -r '.error // "no answer"' <<<"$answer")" >&2
      bad=1
    elif [ -n "${1:-}" ] && [ "$(jq '.data.result | length' <<<"$answer")" = 0 ]; then
      echo "$file: no data: $query" >&2
      bad=1
    fi
  done < <(queries "$file")
done
[ "$bad" -eq 0 ] && echo "dashboards: $count queries are understood"
exit "$bad"
