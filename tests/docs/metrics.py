#!/usr/bin/env python3
"""Compares every query that the project ships or prints with the table of metrics in docs/metrics.md, which a unit test
compares with what the operator registers: names, labels, and the values of labels that are fixed.

    config/grafana/*.json           panels of dashboards
    config/prometheus/alerts.yaml   alerts; docs/operations.md must list the same
    docs/*.md                       code in tables that is a query

The name of the scrape job is the reader's: panels select by the dashboard's variable, everything else by what only Muster
exports. tests/alerts evaluates the alerts and the dashboard.

Usage: tests/docs/metrics.py          needs python3-yaml
"""
import json
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# What PromQL itself says. Any other word is the name of a metric.
WORDS = set("""sum max min avg count by without rate increase histogram_quantile absent vector or and unless on ignoring
    offset bool time""".split())
OURS = "on (job, instance) muster_build_info"
FROM_SCRAPING = {"job", "instance", "namespace", "pod", "le"}
problems, checked = [], 0


def problem(where, text):
    problems.append(f"{where}: {text}")


def read_metrics():
    """{name: labels} and {label: values that it can have}."""
    page = (ROOT / "docs/metrics.md").read_text()
    metrics = {}
    for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", page, re.M):
        metrics[name] = set(re.findall(r"`(\w+)`", labels))
        if kind == "histogram":
            for suffix in ("_bucket", "_sum", "_count"):
                metrics[name + suffix] = metrics[name]
    states = re.search(r"^- `state`: (.*)\.$", page, re.M).group(1)
    return metrics, {"state": set(re.findall(r"`(\w+)`", states)), "name": None}


METRICS, VALUES = read_metrics()
GAUGES_OF_GROUPS = ("muster_pod_groups", "muster_waiting_pod_groups", "muster_oldest_waiting_pod_group_timestamp_seconds")


def check_query(where, query, panel=False):
    global checked
    checked += 1
    labels = set(FROM_SCRAPING)
    for word, matchers in re.findall(r"\b([a-zA-Z_]\w*)\b(?:\{([^}]*)\})?", strip(query)):
        if word in WORDS:
            continue
        if word not in METRICS:
            problem(where, f"there is no metric {word} in docs/metrics.md: {query}")
            continue
        labels |= METRICS[word]
        if re.search(r"\b" + word + r"\b", query) and word.endswith("_bucket") and "le" not in query:
            problem(where, f"a quantile needs le: {query}")
        for label, value in re.findall(r'(\w+)\s*[!=]=?~?\s*"([^"]*)"', matchers or ""):
            if label not in METRICS[word] | FROM_SCRAPING:
                problem(where, f"{word} has no label {label}: {query}")
            if label == "state" and value not in VALUES["state"]:
                problem(where, f"{word} has no state {value}: {query}")
            if label == "job" and not (value == "$job" and panel):
                problem(where, f"the job has another name under a PodMonitor: {query}")
        if panel and 'job=~"$job"' not in (matchers or ""):
            problem(where, f"{word} must be of the job that the reader chooses, {{job=~\"$job\"}}: {query}")
        if not panel and not word.startswith(("muster_", "leader_election_")) and OURS not in query:
            problem(where, f"other operators have {word} too: say `and {OURS}`: {query}")
        if word.startswith("leader_election_") and 'name="muster-operator"' not in (matchers or ""):
            problem(where, f"other operators have {word} too: say name=\"muster-operator\": {query}")
        if word in GAUGES_OF_GROUPS and re.search(r"\bsum\b", query.split(word)[0].split(" and ")[-1]):
            problem(where, f"leader and standby both export {word}: max or min, not sum: {query}")
    for grouped in re.findall(r"\b(?:by|on) *\(([^)]*)\)", query):
        for label in filter(None, re.split(r"[,\s]+", grouped)):
            if label not in labels:
                problem(where, f"no metric of it has the label {label}: {query}")


def strip(query):
    """Without what is between [], and without lists of labels: words in them are no metrics."""
    return re.sub(r"\b(by|on) *\([^)]*\)", r"\1", re.sub(r"\[[^\]]*\]", "", query))


def check_dashboards():
    files = sorted((ROOT / "config/grafana").glob("*.json"))
    if not files:
        problem("config/grafana", "there is no dashboard")
    for file in files:
        dashboard = json.loads(file.read_text())
        ids = [panel["id"] for panel in dashboard["panels"]]
        if len(set(ids)) != len(ids):
            problem(file.name, "two panels have one id")
        for panel in dashboard["panels"]:
            where = f"{file.name}, {panel['title']}"
            if panel["datasource"]["uid"] != "${datasource}":
                problem(where, "the data source must be ${datasource}, which its reader chooses")
            for target in panel["targets"]:
                check_query(where, target["expr"], panel=True)
                labels = set().union(FROM_SCRAPING, *(METRICS[m] for m in METRICS if m in target["expr"]))
                for label in re.findall(r"\{\{ *(\w+) *\}\}", target["legendFormat"]):
                    if label not in labels:
                        problem(where, f"its legend names the label {label}, which no metric of it has")


def check_alerts():
    alerts = {}
    for group in yaml.safe_load((ROOT / "config/prometheus/alerts.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            alerts[rule["alert"]] = rule
            check_query("alerts.yaml, " + rule["alert"], " ".join(rule["expr"].split()))
    page = (ROOT / "docs/operations.md").read_text()
    documented = set(re.findall(r"^\| `(Muster\w+)` \|", page, re.M))
    if documented != set(alerts):
        problem("docs/operations.md", f"must list the alerts of config/prometheus/alerts.yaml: {sorted(alerts)}, not {sorted(documented)}")


def check_pages():
    for page in sorted((ROOT / "docs").glob("*.md")):
        for number, line in enumerate(page.read_text().splitlines(), 1):
            if not line.startswith("| ") or re.match(r"\| `\w+` \| (gauge|counter|histogram) ", line):
                continue
            for code in re.findall(r"`([^`]+)`", line):
                if re.search(r"\w+\{.*=|\w\(\w+", code) and re.search(r"(muster|rest_client|leader_election|workqueue|controller_runtime)_\w+", code):
                    check_query(f"docs/{page.name}:{number}", code)


check_dashboards()
check_alerts()
check_pages()
# What must be found is found: a check that no longer sees is a failure.
before = len(problems)
for wrong in ("no_such_metric", 'muster_pod_groups{phase="x"}', 'muster_pod_groups{state="Gone"}', "sum(leader_election_master_status)",
              "sum(muster_pod_groups)", "sum by (node) (muster_pod_groups)", 'muster_build_info{job="muster-operator"}',
              "rate(rest_client_requests_total[5m])"):
    found = len(problems)
    check_query("itself", wrong)
    if len(problems) == found:
        print(f"metrics.py does not see what is wrong with: {wrong}", file=sys.stderr)
        sys.exit(1)
found = len(problems)
check_query("itself", "muster_build_info", panel=True)
if len(problems) == found:
    print("metrics.py does not see a panel without a job", file=sys.stderr)
    sys.exit(1)
problems, checked = problems[:before], checked - 9
if checked < 30:
    problem("metrics.py", f"has found {checked} queries; there are more")
for text in problems:
    print("FAIL " + text, file=sys.stderr)
print(f"{checked} queries checked, {len(problems)} problems")
sys.exit(1 if problems else 0)
