"""Who may write what of the registry on AWS, as template.yaml has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infra.stack.localize import load_template

TEMPLATE = load_template(Path(__file__).resolve().parents[3] / "template.yaml")


def allowed(function: str, action: str) -> set[str]:
    """Return the keys of the data bucket on which a function may do something."""
    (policy,) = TEMPLATE["Resources"][function]["Properties"]["Policies"]
    found: set[str] = set()
    for statement in policy["Statement"]:
        actions, resources = _listed(statement["Action"]), _listed(statement["Resource"])
        if {action, "s3:*", "*"} & set(actions):
            names = (str(one.get("Fn::Sub", one) if isinstance(one, dict) else one) for one in resources)
            found |= {name.removeprefix("${DataBucket.Arn}/") for name in names}
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_only_evaluate_deletes_and_only_versions() -> None:
    assert allowed("EvaluateFunction", "s3:DeleteObject") == {"models/*/versions/*"}
    functions = [
        name for name, body in TEMPLATE["Resources"].items() if body["Type"] == "AWS::Serverless::Function"
    ]
    assert [name for name in functions if allowed(name, "s3:DeleteObject")] == ["EvaluateFunction"]


def test_the_api_writes_pointers_and_nothing_else() -> None:
    assert allowed("ApiFunction", "s3:PutObject") == {"models/*/production.json"}


def test_train_writes_versions_and_evaluate_decisions_and_pointers() -> None:
    assert allowed("TrainFunction", "s3:PutObject") == {"models/*/versions/*"}
    assert allowed("EvaluateFunction", "s3:GetObject") >= {"models/*"}
    assert allowed("EvaluateFunction", "s3:PutObject") == {"models/*/decisions/*", "models/*/production.json"}
