"""Applies through the API what LocalStack's CloudFormation leaves as it was when a stack is updated.

LocalStack 4.14 creates EventBridge rules and cannot update them: it logs so, and reports the update as done.
What else it skips (docs/localstack.md) changes nothing that a run or a reader of the API would notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_cloudformation.client import CloudFormationClient

RULE = "AWS::Events::Rule"


def apply_schedules(session: Session, endpoint: str, stack_name: str) -> list[str]:
    """Make every scheduled rule of a stack as its template says; return the names of those made anew.

    A rule is removed and put back with its targets, because only that stops the schedule it had.
    Safe to repeat: a rule that is right already is left alone.
    """
    cloudformation = session.client("cloudformation", endpoint_url=endpoint)
    events: Any = session.client("events", endpoint_url=endpoint)
    parameters = _parameters(cloudformation, stack_name)
    template = cloudformation.get_template(StackName=stack_name, TemplateStage="Processed")["TemplateBody"]
    resources = template["Resources"]
    renewed = []
    for logical, name in _rules(cloudformation, stack_name).items():
        properties = resources[logical]["Properties"]
        schedule = _value(properties.get("ScheduleExpression"), parameters)
        state = _value(properties.get("State"), parameters) or "ENABLED"
        current = events.describe_rule(Name=name)
        if schedule and (current.get("ScheduleExpression"), current.get("State")) != (schedule, state):
            _renew(events, name, schedule, state, current.get("Description", ""))
            renewed.append(name)
    return renewed


def _renew(events: Any, name: str, schedule: str, state: str, description: str) -> None:
    targets = events.list_targets_by_rule(Rule=name)["Targets"]
    events.remove_targets(Rule=name, Ids=[target["Id"] for target in targets])  # else it is not deleted
    events.delete_rule(Name=name)
    events.put_rule(Name=name, ScheduleExpression=schedule, State=state, Description=description)
    events.put_targets(Rule=name, Targets=targets)


def _rules(cloudformation: CloudFormationClient, stack_name: str) -> dict[str, str]:
    found = cloudformation.describe_stack_resources(StackName=stack_name)["StackResources"]
    return {
        entry["LogicalResourceId"]: entry["PhysicalResourceId"]
        for entry in found
        if entry["ResourceType"] == RULE
    }


def _parameters(cloudformation: CloudFormationClient, stack_name: str) -> dict[str, str]:
    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    return {entry["ParameterKey"]: entry["ParameterValue"] for entry in stack["Parameters"]}


def _value(given: object, parameters: Mapping[str, str]) -> str | None:
    """Return a property that is a text or names a parameter."""
    if isinstance(given, Mapping):
        return parameters[str(given["Ref"])]
    return None if given is None else str(given)
