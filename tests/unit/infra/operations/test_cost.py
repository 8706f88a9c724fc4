"""`plantcast cost`: its figures follow template and code, Seoul stays cheap, bad numbers are refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli import app as cli
from infra.operations.cost import (
    ALARM_METRICS,
    API,
    CUSTOM_METRICS,
    HOURLY,
    LOG_METRICS,
    PAGE_REQUESTS,
    PRICES,
    USES,
    bill,
    total,
)
from infra.stack.localize import load_template, resources
from tests.conftest import ROOT

TEMPLATE = load_template(ROOT / "template.yaml")


def test_quantities_are_those_measured() -> None:
    rows = {(str(row["service"]), str(row["what"])): float(row["quantity"]) for row in bill(1, 50)}
    assert rows["Step Functions", "state transitions"] == 1050 + 30 * 24 * 6
    assert rows["S3", "GB-months"] == 2.63 + 0.3
    assert rows["API Gateway", "REST requests"] == 30 * 50 * 7
    day = {  # GB: seconds
        0.25: 4.0, 0.5: 17.7 + 6.9 + 188.0, 0.625: 13.4, 1: 23.1 + 3.5, 1769 / 1024: 258.8 + 25 * 9.7,
    }  # fmt: skip
    views = 50 * 19.3 * 0.5
    expected = 30 * (sum(memory * seconds for memory, seconds in day.items()) + views)
    assert rows["Lambda", "GB-seconds, x86"] == pytest.approx(expected)


def test_memory_alarms_and_metrics_are_the_templates() -> None:
    functions = resources(TEMPLATE, "AWS::Serverless::Function")
    memory = {name: one["Properties"]["MemorySize"] for name, one in functions.items()}
    assert {name: use.memory_mb for name, use in {**USES, **HOURLY, "ApiFunction": API}.items()} == {
        name: size for name, size in memory.items() if name not in {"BackfillFunction", "PushFunction"}
    }
    alarms = resources(TEMPLATE, "AWS::CloudWatch::Alarm").values()
    queries = [alarm["Properties"].get("Metrics") for alarm in alarms]
    assert (
        sum(1 if found is None else sum("MetricStat" in one for one in found) for found in queries)
        == ALARM_METRICS
    )
    filters = resources(TEMPLATE, "AWS::Logs::MetricFilter").values()
    written = {
        change["MetricName"] for one in filters for change in one["Properties"]["MetricTransformations"]
    }
    assert written == LOG_METRICS
    free = {price.what: price.free for price in PRICES}
    assert len(CUSTOM_METRICS | LOG_METRICS) <= free["custom metrics"]
    assert free["metrics of alarms"] >= ALARM_METRICS
    assert len(resources(TEMPLATE, "AWS::CloudWatch::Dashboard")) <= free["dashboards"]


def test_a_page_view_asks_for_what_the_dashboards_first_page_asks_for() -> None:
    pages = ROOT / "web/src/pages"
    sources = [pages / "home.js", *(pages / "home" / f"{name}.js" for name in ("advice", "push"))]
    asked = re.findall(
        r"(?:api\.fetch|api\.get|optional)\((?:[`\"]/api/|PATH)",
        "".join(one.read_text("utf-8") for one in sources),
    )
    assert len(asked) == PAGE_REQUESTS


def call(*arguments: str) -> Any:
    return CliRunner().invoke(cli.app, ["cost", *arguments])


def test_the_command_prints_a_table_and_the_same_as_json() -> None:
    table, document = call("--stations", "25"), json.loads(call("--stations", "25", "--json").stdout)
    assert document["stations"] == 25
    assert f"{document['usd']:,.2f}" in table.stdout
    assert document["usd"] == pytest.approx(total(document["lines"], "usd"))
