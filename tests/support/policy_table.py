"""What the roles of the template may do, as docs/security.md tells it.

PYTHONPATH=layers/domain/python:. .venv/bin/python -m tests.support.policy_table      prints the table
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from infra.stack.localize import load_template
from infra.stack.transformed import TEMPLATE, transformed
from tests.support.stack_arns import Stack

# Parameters that are empty by default, each of which gives a function one more key to read.
OPTIONAL_KEYS: Final = {
    "ApiHubKeyParameter": "/plantcast/api-hub-key",
    "OpenMeteoKeyParameter": "/plantcast/open-meteo-key",
    "PushKeyParameter": "/plantcast/vapid-key",
}
STACK: Final = Stack(transformed(load_template(TEMPLATE)), "plantcast", OPTIONAL_KEYS)
ROLES: Final = {
    "PrepareFunctionRole": "prepare",
    "IngestFunctionRole": "ingest",
    "BackfillFunctionRole": "backfill",
    "FeaturesFunctionRole": "features",
    "TrainFunctionRole": "train",
    "EvaluateFunctionRole": "evaluate",
    "PredictFunctionRole": "predict",
    "UpdateFunctionRole": "update",
    "MonitorFunctionRole": "monitor",
    "NotifyFunctionRole": "notify",
    "PushFunctionRole": "push",
    "ApiFunctionRole": "api",
    "PipelineRole": "state machine, nightly",
    "UpdateRole": "state machine, hourly update",
    "BackfillRole": "state machine, backfill",
    "PipelineNightlyRole": "schedule, nightly",
    "UpdateHourlyRole": "schedule, hourly",
}
_BUCKET: Final = STACK.arn("DataBucket")
_TABLE: Final = STACK.arn("Table")
_S3: Final = {"GetObject": "read", "PutObject": "write", "DeleteObject": "delete", "ListBucket": "list"}
_ITEMS: Final = {
    "GetItem": "get",
    "BatchGetItem": "get many",
    "Query": "query",
    "PutItem": "put",
    "UpdateItem": "update",
    "DeleteItem": "delete",
}


def listed(value: Any) -> list[Any]:
    """Return `value` as a list."""
    return value if isinstance(value, list) else [value]


def statements(role: str) -> Iterator[dict[str, Any]]:
    """Yield the statements of a role's own policies with their references resolved."""
    for policy in STACK.resources[role]["Properties"].get("Policies", []):
        for statement in listed(STACK.resolve(policy["PolicyDocument"])["Statement"]):
            yield dict(statement)


def partitions(statement: Mapping[str, Any]) -> list[str]:
    """Return the partitions of the table that a statement is limited to; none where it is not."""
    condition = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
    return listed(condition.get("dynamodb:LeadingKeys", []))


def table() -> str:
    """Return the Markdown table."""
    lines = ["| role | data bucket | table, by partition | else |", "|---|---|---|---|"]
    for role, name in ROLES.items():
        lines.append(f"| {name} | " + " | ".join(_cells(role)) + " |")
    return "\n".join(lines)


def _cells(role: str) -> tuple[str, str, str]:
    objects: dict[str, list[str]] = defaultdict(list)
    items: dict[str, list[str]] = defaultdict(list)
    others: dict[str, list[str]] = defaultdict(list)
    for statement in statements(role):
        for action in listed(statement["Action"]):
            service, _, operation = action.partition(":")
            for resource in listed(statement["Resource"]):
                if service == "s3":
                    objects[_S3[operation]].append(resource.removeprefix(_BUCKET).lstrip("/"))
                elif service == "dynamodb":
                    items[_ITEMS[operation]] += partitions(statement)
                else:
                    others[action].append(_short(resource))
    calls: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for action, resources in others.items():
        calls[tuple(resources)].append(action)
    return (
        "; ".join(f"{verb} {_code(keys)}".strip() for verb, keys in objects.items()),
        "; ".join(f"{verb} {_code(keys)}" for verb, keys in items.items()),
        "; ".join(f"{_code(actions)} on {_code(on)}" for on, actions in calls.items()),
    )


def _short(resource: str) -> str:
    """Return what a reader knows the resource by."""
    for logical_id in STACK.resources:
        if STACK.resources[logical_id]["Type"] in {
            "AWS::Lambda::Function",
            "AWS::SNS::Topic",
            "AWS::StepFunctions::StateMachine",
        } and resource == STACK.arn(logical_id):
            return logical_id
    return resource.split(":", 5)[-1] or resource


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in dict.fromkeys(words) if word)


if __name__ == "__main__":
    print(table())
