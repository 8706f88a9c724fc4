"""tests/events, the files for `sam local invoke`, through the real handlers, over moto, in a night's order.

The KMA is the simulator, over HTTP; models are small, so that training takes seconds.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.stack.localize import load_template
from infra.stack.outputs import FUNCTIONS
from plantcast.aws import DynamoTable
from plantcast.common.clock import KST
from plantcast.pipeline.run_steps import recorder
from tests.conftest import ROOT
from tests.support.aws_tables import create_table
from tests.support.functions_setup import QUICK
from tests.support.gateway_events import Context
from tests.support.running_simulator import running_simulator

pytestmark = pytest.mark.network

EVENTS = ROOT / "tests" / "events"
NOW = datetime(2025, 5, 30, 2, 5, tzinfo=KST)
OFFSET = NOW - datetime.now(KST)
BUCKET = TABLE = "plantcast"
KMA_KEY, API_KEY = "/plantcast/kma-service-key", "/plantcast/api-key"
HANDLERS = {name: importlib.import_module(f"functions.{name}.handler") for name in FUNCTIONS}


def event(name: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return made


class LongContext(Context):
    """Of a function with the time that ingest has."""

    def get_remaining_time_in_millis(self) -> int:
        return 870_000


@dataclass
class Night:
    """Calls handlers with the files' events and keeps what they returned."""

    facts: dict[str, dict[str, Any]]

    def invoke(self, name: str) -> dict[str, Any]:
        handler = HANDLERS[name.partition("_")[0]].handler
        given = event(name)
        if (
            "started_at" in given
        ):  # Step Functions stamps it by the machine's clock, which functions move here
            stamped = datetime.fromisoformat(given["started_at"]) - OFFSET
            given["started_at"] = stamped.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        reply = handler(given, LongContext())
        self.facts[name] = json.loads(json.dumps(reply, allow_nan=False))
        return self.facts[name]


ORDER = (
    "prepare_schedule", "prepare", "backfill_plan", "ingest_backfill", "backfill_failure", "backfill_report",
    "ingest", "features", "train_ta", "train_hm", "evaluate_ta", "evaluate_hm", "predict", "monitor_finish",
    "notify_run", "notify_daily", "api_forecast", "api_predict", "predict_on_demand", "monitor_fail",
    "update",
)  # fmt: skip


@pytest.fixture(scope="module")
def night() -> Iterator[dict[str, dict[str, Any]]]:
    """Facts of every event, by the file's name."""
    with pytest.MonkeyPatch.context() as patch, mock_aws(), running_simulator(clock=NOW) as simulator:
        _environment(patch, simulator.base_url)
        region = {"LocationConstraint": "ap-northeast-2"}
        boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
        DynamoTable(TABLE, create_table(TABLE))
        for name, value in ((KMA_KEY, simulator.key), (API_KEY, "local-api-key")):
            boto3.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")
        topic = boto3.client("sns").create_topic(Name="plantcast")["TopicArn"]
        patch.setenv("ALERT_TOPIC_ARN", topic)
        for module in HANDLERS.values():
            _forget(module)
        train = HANDLERS["train"]
        quick = replace(train._wiring(), parameters=QUICK)
        patch.setattr(train, "_wiring", lambda: quick)
        ran = Night({})
        for name in ORDER:
            ran.invoke(name)
        yield ran.facts
    for module in HANDLERS.values():
        _forget(module)
    recorder.cache_clear()


def _environment(patch: pytest.MonkeyPatch, base_url: str) -> None:
    patch.delenv("AWS_ENDPOINT_URL", raising=False)
    given = dict(event("env")["Parameters"])
    for name in [name for name in given if name.startswith("AWS_")]:
        del given[name]
    given |= {
        "DATA_BUCKET": BUCKET,
        "TABLE_NAME": TABLE,
        "HISTORY_DAYS": "60",
        "ASOS_BASE_URL": base_url,
        "SHORT_TERM_BASE_URL": base_url.replace("AsosHourlyInfoService", "VilageFcstInfoService_2.0"),
        "FRESHNESS_MAX_CHECKS": "18",
        "FRESHNESS_WAIT_SECONDS": "1800",
        "CLOCK_OFFSET_SECONDS": str(round(OFFSET.total_seconds())),
    }
    for name, value in given.items():
        patch.setenv(name, value)


def _forget(module: ModuleType) -> None:
    for name in ("_wiring", "_ingest", "_update", "_application"):
        clear = getattr(getattr(module, name, None), "cache_clear", None)
        if clear is not None:
            clear()


def test_every_function_has_an_event_and_every_event_is_run() -> None:
    files = {path.stem for path in EVENTS.glob("*.json")} - {"env"}
    assert files == set(ORDER)
    assert {name.partition("_")[0] for name in files} == set(FUNCTIONS)


def test_the_nights_events_hand_on_what_the_functions_before_them_returned(
    night: dict[str, dict[str, Any]],
) -> None:
    assert night["prepare"]["status"] == night["prepare_schedule"]["status"] == "ready"
    assert night["prepare"]["as_of"] == night["prepare_schedule"]["as_of"] == event("ingest")["as_of"]
    assert night["backfill_plan"]["status"] == "ready"
    assert (night["ingest_backfill"]["status"], night["ingest_backfill"]["hours_new"]) == (
        "complete",
        60 * 24,
    )
    assert (night["ingest"]["status"], night["ingest"]["hours_present"]) == ("complete", 240)
    assert (night["backfill_failure"]["status"], night["backfill_report"]["status"]) == ("recorded", "failed")
    given = event("train_ta")
    assert night["features"]["status"] == "ready"
    assert {name: night["features"][name] for name in ("features_key", "origin")} == {
        name: given[name] for name in ("features_key", "origin")
    }
    for target in ("ta", "hm"):
        assert night[f"train_{target}"]["status"] == "trained"
        assert night[f"train_{target}"]["version"] == event(f"evaluate_{target}")["version"]
        assert night[f"evaluate_{target}"]["gates"]
    assert (night["predict"]["status"], night["predict"]["origin"]) == ("issued", given["origin"])
    assert night["predict_on_demand"]["status"] in {"issued", "unchanged"}
    assert night["monitor_finish"]["outcome"] in {"succeeded", "degraded"}
    assert night["monitor_fail"]["outcome"] == "failed"
    assert set(night["notify_run"]) == set(night["notify_daily"]) == {"published", "suppressed"}


def test_the_apis_events_are_answered_as_by_api_gateway(night: dict[str, dict[str, Any]]) -> None:
    for name in ("api_forecast", "api_predict"):
        assert night[name]["statusCode"] == 200, night[name]
        assert datetime.fromisoformat(json.loads(night[name]["body"])["origin"]) == datetime.fromisoformat(
            event("predict")["origin"]
        )


def test_the_environment_for_sam_local_names_what_the_template_gives_the_functions() -> None:
    functions = load_template(ROOT / "template.yaml")
    declared = set(functions["Globals"]["Function"]["Environment"]["Variables"])
    for resource in functions["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            declared |= set(resource["Properties"].get("Environment", {}).get("Variables", {}))
    ours = {name for name in event("env")["Parameters"] if not name.startswith("AWS_")}
    assert ours - {"CLOCK_OFFSET_SECONDS"} <= declared  # the rest are constants of the template
