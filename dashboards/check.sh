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
  trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
  echo '{}' >"$work/prometheus.yml"
  # A port that is taken ends the server; then another is tried.
  until [ -n "$url" ]; do
    port=$((20000 + RANDOM % 12000))
    prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
      --web.listen-address="127.0.0.1:$port" --log.level=error 2>"$work/log" &
    server=$!
    while kill -0 "$server" 2>/dev/null; do
      # Ready, and the one that was started, not another at the same port.
      if curl -sf "http://127.0.0.1:$port/-/ready" >/dev/null && kill -0 "$server" 2>/dev/null; then
        url=http://127.0.0.1:$port
        break
      fi
      sleep 0.1
    done
    if [ -z "$url" ] && ! grep -q 'address already in use' "$work/log"; then
      cat "$work/log" >&2
      exit 1
    fi
  done
fi

bad=0
count=0
for file in *.json; do
  jq -e '([.panels[].id] | length == (unique | length))
    and all(.panels[]; .type == "row" or ((.description // "") != "" and (.targets | length) > 0))
    and all(.panels[]; .type == "row" or ((.fieldConfig.defaults.unit // "") != ""
      and ([.datasource, .targets[].datasource] | all(. == {type: "prometheus", uid: "${datasource}"}))))
    and .schemaVersion >= 36 and (.title // "") != "" and (.uid // "" | test("^[a-z0-9-]{1,40}$"))
    and all(.templating.list[]; .type == "datasource" or .datasource.uid == "${datasource}") and (.templating.list | map(.name) | index("datasource") != null)' "$file" >/dev/null || {
    echo "$file: a panel id occurs twice, a panel lacks a description, a unit or a query, or names a data source" >&2
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
