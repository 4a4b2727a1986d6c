#!/usr/bin/env python3
"""Prints one line per test of a ctest JUnit file: name, seconds, result, separated by tabs.

Usage: junit-rows.py FILE SET      SET: what was run; names the row that says that the file is missing
"""
import sys
import xml.etree.ElementTree as ET

RESULTS = {"run": "passed", "fail": "failed", "disabled": "skipped", "notrun": "skipped"}

path, tests = sys.argv[1:]
try:
    cases = list(ET.parse(path).getroot().iter("testcase"))
except (OSError, ET.ParseError):
    cases = []
for case in cases:
    print(case.get("name"), round(float(case.get("time", 0))), RESULTS.get(case.get("status"), "failed"), sep="\t")
if not cases:
    print(tests, 0, "failed: no test has run", sep="\t")
