"""What a deployment makes on LocalStack: every resource, the rules, the dead-letter queue, the alarms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.operations.localstack import require_localstack, require_same_source
from infra.stack.localize import load_template, localize, resources
from plantcast.common.errors import ConflictError, NotFoundError
from tests.conftest import ROOT
from tests.localstack.stack import LocalStackStack

# In order: the one stack is broken by some of these tests, updated and scheduled by the last.
pytestmark = [pytest.mark.localstack, pytest.mark.in_order]


@pytest.fixture(scope="module")
def physical(stack: LocalStackStack) -> dict[str, str]:
    """The physical ids of the stack's resources by their logical ones."""
    found = stack.client("cloudformation").describe_stack_resources(StackName=stack.outputs.stack_name)
    return {entry["LogicalResourceId"]: entry["PhysicalResourceId"] for entry in found["StackResources"]}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return localize(load_template(ROOT / "template.yaml"), "localstack")


def test_no_resource_is_unknown_and_none_is_missing(
    physical: dict[str, str], template: dict[str, Any]
) -> None:
    assert not [name for name, identity in physical.items() if identity in {"", "unknown"}]
    unconditional = {name for name, body in template["Resources"].items() if "Condition" not in body}
    assert not unconditional - physical.keys()


def test_the_api_has_one_stage(stack: LocalStackStack, physical: dict[str, str]) -> None:
    stages = stack.client("apigateway").get_stages(restApiId=physical["Api"])["item"]
    assert [stage["stageName"] for stage in stages] == ["prod"]


def test_the_state_machines_are_those_of_the_repository(stack: LocalStackStack) -> None:
    for arn, name in (
        (stack.outputs.state_machine_arn, "pipeline"),
        (stack.outputs.backfill_state_machine_arn, "backfill"),
    ):
        deployed = stack.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"]
        written = (ROOT / "infra" / f"{name}.asl.json").read_text("utf-8")
        assert set(json.loads(deployed)["States"]) == set(json.loads(written)["States"])
        assert "${" not in deployed


def test_the_daily_rule_calls_notify(stack: LocalStackStack, physical: dict[str, str]) -> None:
    rule = stack.client("events").describe_rule(Name=physical["NotifyFunctionDaily"])
    assert (rule["ScheduleExpression"], rule["State"]) == ("cron(0 22 * * ? *)", "ENABLED")
    (target,) = stack.client("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert target["Arn"].endswith(f":function:{stack.outputs.functions['notify']}")


def test_another_version_of_localstack_or_other_observations_are_refused(stack: LocalStackStack) -> None:
    require_localstack(stack.endpoint)
    require_same_source(stack.endpoint, "synthetic")
    with pytest.raises(ConflictError, match="holds synthetic observations, not kma"):
        require_same_source(stack.endpoint, "kma")
    with pytest.raises(NotFoundError, match="No LocalStack answers"):
        require_localstack(stack.simulator.root_url)


def test_notify_takes_the_daily_rules_event(stack: LocalStackStack) -> None:
    event = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
    assert set(stack.invoke("notify", event)) == {"published", "suppressed"}


def test_a_nightly_run_that_cannot_start_goes_to_the_dead_letter_queue(
    stack: LocalStackStack, physical: dict[str, str]
) -> None:
    # LocalStack 4.14 drops an event whose target fails and hands nothing to a dead-letter queue: what can be
    # seen here is how it is wired for AWS.
    queues, events = stack.client("sqs"), stack.client("events")
    url = queues.get_queue_url(QueueName=physical["DeadLetters"].rpartition("/")[2])["QueueUrl"]
    attributes = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    (target,) = events.list_targets_by_rule(Rule=physical["PipelineNightly"])["Targets"]
    assert target["Arn"] == stack.outputs.state_machine_arn
    assert target["DeadLetterConfig"] == {"Arn": attributes["QueueArn"]}
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 5

    senders = [
        statement
        for statement in json.loads(attributes["Policy"])["Statement"]
        if statement["Effect"] == "Allow" and statement["Principal"] == {"Service": "events.amazonaws.com"}
    ]
    assert [(one["Action"], one["Resource"]) for one in senders] == [
        ("sqs:SendMessage", attributes["QueueArn"])
    ]

    queues.send_message(QueueUrl=url, MessageBody="a lost event")
    (letter,) = queues.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    queues.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
    assert letter["Body"] == "a lost event"


def test_every_alarm_of_the_template_is_there_and_tells_the_topic(
    stack: LocalStackStack, physical: dict[str, str], template: dict[str, Any]
) -> None:
    wanted = {physical[name] for name in resources(template, "AWS::CloudWatch::Alarm")}
    alarms = stack.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert wanted
    assert wanted <= {alarm["AlarmName"] for alarm in alarms}
    for alarm in alarms:
        if alarm["AlarmName"] in wanted:
            assert alarm["AlarmActions"] == [stack.outputs.topic_arn], alarm["AlarmName"]
