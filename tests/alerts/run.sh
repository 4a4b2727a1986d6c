#!/usr/bin/env bash
# Tests the alerts and the dashboard with promtool; no server is started, nothing listens.
#   *.yaml         what happens, and exactly the alerts that fire for it; every alert fires in one of them
#   dashboard.py   every query of the dashboard answers with a scrape.yaml job and with a PodMonitor, and never shows another
#                  operator; panels have the color that their value deserves
# Usage: tests/alerts/run.sh     needs promtool: PROMTOOL, on PATH, or where cmake/deps.sh alerts puts it; and python3-yaml
set -euo pipefail
cd "$(dirname "$0")/../.."
source cmake/go.sh

promtool=${PROMTOOL:-$(command -v promtool || true)}
[ -n "$promtool" ] || promtool=$muster_cache/prometheus/usr/bin/promtool
[ -x "$promtool" ] || {
  echo "tests/alerts/run.sh: there is no promtool; run cmake/deps.sh alerts" >&2
  exit 1
}

"$promtool" check rules config/prometheus/alerts.yaml
"$promtool" test rules tests/alerts/*.yaml
sed -n 's/^ *- alert: //p' config/prometheus/alerts.yaml | while read -r alert; do
  for what in "alertname: $alert\$" "alertname=\"$alert\""; do
    grep -q "$what" tests/alerts/*.yaml || {
      echo "tests/alerts/*.yaml do not show that $alert fires, with its text" >&2
      exit 1
    }
  done
done
tests/alerts/dashboard.py "$promtool"
