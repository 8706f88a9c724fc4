"""What the API and ingest may do with table and executions on AWS, as template.yaml has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infra.stack.localize import load_template
from plantcast.pipeline.on_demand import PARTITION

TEMPLATE = load_template(Path(__file__).resolve().parents[3] / "template.yaml")


def statements(function: str, action: str) -> list[dict[str, Any]]:
    (policy,) = TEMPLATE["Resources"][function]["Properties"]["Policies"]
    return [one for one in policy["Statement"] if action in _listed(one["Action"])]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_api_reads_the_table_and_writes_what_predict_answered_and_nothing_else() -> None:
    for action in ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"):
        (statement,) = statements("ApiFunction", action)
        assert statement["Resource"] == {"Fn::GetAtt": ["Table", "Arn"]}
    (writing,) = statements("ApiFunction", "dynamodb:PutItem")
    assert writing["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [PARTITION]}}
    assert not statements("ApiFunction", "dynamodb:UpdateItem")
    assert not statements("ApiFunction", "dynamodb:DeleteItem")


def test_the_api_reads_the_executions_of_the_pipeline_only_and_starts_none() -> None:
    for action in ("states:DescribeExecution", "states:GetExecutionHistory"):
        (statement,) = statements("ApiFunction", action)
        assert statement["Resource"]["Fn::Sub"].endswith(":execution:${Pipeline.Name}:*")
    assert not statements("ApiFunction", "states:StartExecution")
    variables = TEMPLATE["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["STATE_MACHINE_ARN"] == {"Ref": "Pipeline"}


def test_ingest_may_look_at_the_days_it_published() -> None:
    assert statements("IngestFunction", "dynamodb:Query")
