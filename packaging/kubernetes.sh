#!/bin/bash
# Writes deploy/kubernetes/prometheusrule.yaml and dashboards.yaml from alerts/ and dashboards/; with `check`, says whether they are current.
set -euo pipefail
cd "$(dirname "$0")/.."

rules() {
  echo "# Made from alerts/ by packaging/kubernetes.sh; for the Prometheus operator."
  printf 'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: cachegauge\n'
  printf '  labels: { app.kubernetes.io/name: cachegauge }\nspec:\n  groups:\n'
  for file in alerts/cachegauge.rules.yml; do sed -n '/^groups:/,$p' "$file" | sed '1d' | sed 's/^\(.\)/  \1/'; done
}

dashboards() {
  echo "# Made from dashboards/ by packaging/kubernetes.sh; for Grafana's sidecar."
  for file in dashboards/*.json; do
    name=$(basename "$file" .json)
    printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cachegauge-dashboard-%s\n' "$name"
    printf '  labels: { app.kubernetes.io/name: cachegauge, grafana_dashboard: "1" }\ndata:\n  %s.json: |\n' "$name"
    sed 's/^\(.\)/    \1/' "$file"
  done
}

if [ "${1:-}" = check ]; then
  diff -q <(rules) deploy/kubernetes/prometheusrule.yaml && diff -q <(dashboards) deploy/kubernetes/dashboards.yaml ||
    { echo "run make kubernetes: alerts/ or dashboards/ have changed" >&2; exit 1; }
  echo "kubernetes: current"
else
  rules >deploy/kubernetes/prometheusrule.yaml
  dashboards >deploy/kubernetes/dashboards.yaml
fi
