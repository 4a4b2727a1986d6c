#!/usr/bin/env python3
"""Evaluates every query of config/grafana/muster.json with promtool, over series that are made from the table of
docs/metrics.md, in three scenes: two operators found with config/prometheus/scrape.yaml, the same found with a PodMonitor
(another job label), and no operator at all. In each, an operator of somebody else exports the families that are not
Muster's own: with no operator of Muster, no panel may show anything. Stat panels must have the color that fits their value.

Usage: tests/alerts/dashboard.py PROMTOOL
"""
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DASHBOARD = json.loads((ROOT / "config/grafana/muster.json").read_text())
# How Grafana fills its own variables at a range of six hours.
GRAFANA = {"$__rate_interval": "5m", "$__interval": "1m", "$__range": "6h"}
VALUES = {
    "state": ["Waiting", "Running", "Stalled"], "code": ["InsufficientCpu", "200"], "controller": ["workload", "podgroup"],
    "result": ["success"], "verb": ["GET"], "method": ["GET"], "host": ["h"], "priority": ["0"], "resource": ["pods"],
    "version": ["v1"],
}
# Stat panels: (value, color), with the thresholds of the panel. A value that is neither good nor bad has no color.
COLORS = {
    "Operators that lead": [(0, "red"), (1, "green"), (2, "red")],
    "Operators scraped": [(0, "red"), (1, "orange"), (2, "green"), (3, "green")],
    "Groups stalled": [(0, "green"), (1, "red"), (50, "red")],
    "Longest wait": [(0, "green"), (7199, "green"), (7200, "orange"), (21600, "red")],
    "Groups waiting": None, "Groups running": None, "Version": None,
}
# The panels whose query answers also when there is nothing: what they must show an hour after the start, when two operators run
# and every gauge is 1.
ANSWERS = {"Operators that lead": 1, "Operators scraped": 2, "Longest wait": 3599}


def metrics():
    """(name, type, labels) of every family."""
    page = (ROOT / "docs/metrics.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (gauge|counter|histogram) \| ([^|]*) \|", page, re.M)
    return [(name, kind, re.findall(r"`(\w+)`", labels)) for name, kind, labels in rows]


def series(job, instance, leads, family, kind, labels):
    values = [VALUES.get(label, ["x"]) for label in labels]
    if family.startswith("leader_election_"):
        values = [["muster-operator" if job != "other" else "other-operator"]]
    for combination in itertools.product(*values):
        text = ", ".join(f'{k}="{v}"' for k, v in [("job", job), ("instance", instance), *zip(labels, combination)])
        if kind == "histogram":
            for at, bound in enumerate(("0.1", "1", "60", "+Inf"), 1):
                yield {"series": f'{family}_bucket{{{text}, le="{bound}"}}', "values": f"0+{at}x60"}
            yield {"series": f"{family}_count{{{text}}}", "values": "0+4x60"}
            yield {"series": f"{family}_sum{{{text}}}", "values": "0+4x60"}
        elif kind == "counter":
            yield {"series": f"{family}{{{text}}}", "values": "0+3x60"}
        else:
            value = int(leads) if family == "leader_election_master_status" else 1
            yield {"series": f"{family}{{{text}}}", "values": f"{value}x60"}


def scene(job):
    found = []
    for family in metrics():
        if job:
            found += [*series(job, "a", True, *family), *series(job, "b", False, *family)]
        if not family[0].startswith("muster_"):
            found += series("other", "c", True, *family)
    return found


def queries():
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def fill(query, job):
    """As Grafana sends it. A variable without a value becomes an empty string."""
    for name, value in {**GRAFANA, "$job": re.escape(job) if job else ""}.items():
        query = query.replace(name, value.replace("\\", "\\\\"))
    return query


def expectations(job):
    """Per query: how many series it answers with, in what promtool compares."""
    for title, query in queries():
        query = fill(query, job)
        if job and title in ANSWERS:
            yield {"eval_time": "1h", "expr": query, "exp_samples": [{"labels": "{}", "value": ANSWERS[title]}]}
        elif job:
            yield {"eval_time": "1h", "expr": f"count({query}) > bool 0", "exp_samples": [{"labels": "{}", "value": 1}]}
        elif title in ("Operators that lead", "Operators scraped"):
            yield {"eval_time": "1h", "expr": query, "exp_samples": [{"labels": "{}", "value": 0}]}
        else:
            yield {"eval_time": "1h", "expr": query, "exp_samples": []}


def check_queries(promtool):
    tests = [{"name": f"job {job}", "interval": "1m", "input_series": scene(job), "promql_expr_test": list(expectations(job))}
             for job in ("muster-operator", "muster-system/muster", None)]
    with tempfile.TemporaryDirectory() as work:
        file = pathlib.Path(work) / "dashboard.yaml"
        file.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": tests}))
        done = subprocess.run([promtool, "test", "rules", str(file)], text=True, capture_output=True, check=False)
    if done.returncode != 0 or "SUCCESS" not in done.stdout:
        return [done.stdout + done.stderr]
    return []


def color_of(panel, value):
    steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [{"color": "green", "value": None}])
    return [step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]


def check_colors():
    problems = []
    stats = {panel["title"]: panel for panel in DASHBOARD["panels"] if panel["type"] == "stat"}
    if set(stats) != set(COLORS):
        problems.append(f"COLORS must name the stat panels: {sorted(stats)}")
    for title in set(stats) & set(COLORS):
        panel, wanted = stats[title], COLORS[title]
        if wanted is None and panel["options"]["colorMode"] != "none":
            problems.append(f"{title}: its number is neither good nor bad, and has a color")
        for value, color in wanted or []:
            if panel["options"]["colorMode"] == "none" or color_of(panel, value) != color:
                problems.append(f"{title}: {value} must be {color}")
    return problems


def check_job():
    """The variable offers the jobs under which Prometheus scrapes Muster, and each selector uses it."""
    problems = []
    job = [v for v in DASHBOARD["templating"]["list"] if v["name"] == "job"]
    # An allValue such as .+ would show every operator's queues: without it, All means those that were found.
    if len(job) != 1 or job[0]["query"]["query"] != "label_values(muster_build_info, job)" or job[0].get("allValue"):
        problems.append("the variable job must offer label_values(muster_build_info, job), without allValue")
    elif not (job[0]["multi"] and job[0]["includeAll"] and job[0]["current"]["value"] == "$__all"):
        problems.append("the variable job must begin with All")
    return problems


def main():
    problems = check_job() + check_colors() + check_queries(sys.argv[1])
    for text in problems:
        print("FAIL " + text, file=sys.stderr)
    print(f"{len(list(queries()))} queries of the dashboard in three scenes, {len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
