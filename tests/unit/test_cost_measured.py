"""What was measured, the template that rests on it, the goal, and the document that shows both."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from infra.local.localize import load_template
from infra.operations.cost.assumptions import Assumptions
from infra.operations.cost.custom_metrics import CUSTOM_METRICS
from infra.operations.cost.document import DOCUMENT, made_tables, with_tables
from infra.operations.cost.durations import whole_seconds
from infra.operations.cost.estimate import estimate
from infra.operations.cost.measurements import FUNCTION_OF, measurements
from infra.operations.cost.stack_facts import TEMPLATE, facts_of, stack_facts
from infra.operations.cost.usage import PAGE_REQUESTS
from plantcast.errors import CorruptDataError

ROOT = Path(__file__).resolve().parents[2]
NETWORK = 97
# Each is called once a night for all stations, one after the other; the others once a station.
OF_ALL_STATIONS = ("monitor", "notify, a night")


def test_every_function_was_measured_and_every_use() -> None:
    assert set(FUNCTION_OF.values()) == set(stack_facts().memory_mb), "run: python -m bench.function_memory"
    assert set(FUNCTION_OF) <= set(measurements().uses)


def test_every_function_has_the_memory_and_the_time_that_were_measured() -> None:
    facts, measured, assumed = stack_facts(), measurements(), Assumptions()
    for name, function in FUNCTION_OF.items():
        use, memory = measured.uses[name], facts.memory_mb[function]
        assert memory >= use.least_memory, f"{name}: {use.peak_mb} MB"
        stations = NETWORK if name in OF_ALL_STATIONS else 1
        seconds = whole_seconds(name, use, memory, assumed, stations=stations)
        assert seconds <= facts.timeout_s[function], f"{name}: {seconds:.0f} s"


def test_a_setting_that_costs_is_counted() -> None:
    template = load_template(TEMPLATE)
    before = facts_of(template)
    resources = template["Resources"]
    resources["Api"]["Properties"]["MethodSettings"][0]["MetricsEnabled"] = True
    queries = [{"Id": one, "MetricStat": {}} for one in "ab"] + [{"Id": "c", "Expression": "a/b"}]
    resources["Another"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": queries}}
    resources["Board"] = {"Type": "AWS::CloudWatch::Dashboard", "Properties": {}}
    after = facts_of(template)
    assert after.alarm_metrics == before.alarm_metrics + 2  # what it computes from them is free
    assert after.dashboards == before.dashboards + 1
    assert (before.detailed_api_metrics, after.detailed_api_metrics) == (0, 25)  # five of five methods


def test_one_station_stays_under_a_dollar_a_month() -> None:
    seoul = estimate([1]).months[1]
    assert 0 < seoul.usd < 1.0
    assert seoul.usd < seoul.list_usd


def test_more_stations_cost_more_and_each_less() -> None:
    one, ten, hundred = (bill.list_usd for bill in estimate().months.values())
    assert one < ten < hundred
    assert hundred / 100 < ten / 10 < one


def test_the_free_alarms_dashboards_and_metrics_are_enough() -> None:
    facts = stack_facts()
    assert facts.alarm_metrics <= 10
    assert facts.dashboards <= 3
    assert len(CUSTOM_METRICS | facts.filtered_metrics) + facts.detailed_api_metrics <= 10


def test_the_custom_metrics_are_those_the_code_writes() -> None:
    patterns = {name for name, _ in metric_calls()}
    missing = {one for one in patterns if not any(fnmatchcase(name, one) for name in CUSTOM_METRICS)}
    assert not missing, "name them in infra/operations/cost/custom_metrics.py"
    gone = {name for name in CUSTOM_METRICS if not any(fnmatchcase(name, one) for one in patterns)}
    assert not gone
    dimensioned = {name for name, dimensions in metric_calls() if dimensions}
    assert not dimensioned, "each value of a dimension is one more paid metric"


def metric_calls() -> Iterator[tuple[str, bool]]:
    """Yield the name in each call that writes a metric (`*`: a computed part), and if it has dimensions."""
    for file in [*ROOT.glob("functions/**/*.py"), *ROOT.glob("layers/domain/python/**/*.py")]:
        source = file.read_text("utf-8")
        if file.name == "emf.py" or "monitoring.emf import" not in source:
            continue
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"count", "metric"}:
                given = [keyword.arg for keyword in call.keywords]
                yield _pattern(call.args[0]), len(call.args) > 2 or "dimensions" in given


def _pattern(name: ast.expr) -> str:
    if isinstance(name, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in name.values)
    return str(ast.literal_eval(name))


def test_a_page_view_asks_for_what_the_dashboards_first_page_asks_for() -> None:
    asked = re.findall(
        r"(?:api\.fetch|optional)\([`\"]/api/", (ROOT / "web/src/pages/home.js").read_text("utf-8")
    )
    assert len(asked) == PAGE_REQUESTS
    assert sum(measurements().uses["api, a page view"].calls.values()) > 0


def test_the_document_has_the_tables_the_command_prints() -> None:
    text = DOCUMENT.read_text("utf-8")
    made = with_tables(text, made_tables(estimate()))
    assert text == made, "run: python -m infra.operations.cost.document"


def test_a_document_without_a_tables_marks_is_refused() -> None:
    with pytest.raises(CorruptDataError, match="'services' 0 times"):
        with_tables("nothing", {"services": "| a |"})
