"""Alarms on the emulator: the metric that AWS or a function would write raises each, and the topic tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.stack.localize import load_template, resources
from tests.conftest import ROOT, LocalDeployment
from tests.support.waiting import wait_for

pytestmark = pytest.mark.emulator

ALARMS = sorted(resources(load_template(ROOT / "template.yaml"), "AWS::CloudWatch::Alarm"))


@pytest.fixture(scope="module")
def inbox(live_deployment: LocalDeployment) -> Iterator[str]:
    """The URL of a queue that gets what is published to the topic."""
    sqs, sns = live_deployment.client("sqs"), live_deployment.client("sns")
    url = sqs.create_queue(QueueName="alarms-received")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = live_deployment.outputs().topic_arn
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    yield url
    sns.unsubscribe(SubscriptionArn=subscription)
    sqs.delete_queue(QueueUrl=url)


def described(deployment: LocalDeployment, logical_name: str) -> dict[str, Any]:
    """Return the alarm as the emulator made it."""
    stack = deployment.client("cloudformation").describe_stack_resource(
        StackName=deployment.outputs().stack_name, LogicalResourceId=logical_name
    )
    name = stack["StackResourceDetail"]["PhysicalResourceId"]
    (alarm,) = deployment.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    found: dict[str, Any] = alarm
    return found


@pytest.mark.parametrize("name", ALARMS)
def test_the_metric_raises_the_alarm_and_the_topic_tells(
    name: str, live_deployment: LocalDeployment, inbox: str
) -> None:
    cloudwatch = live_deployment.client("cloudwatch")
    alarm = described(live_deployment, name)
    cloudwatch.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue="OK", StateReason="the test begins")
    breaching = 0.0 if alarm["ComparisonOperator"].startswith("Less") else alarm["Threshold"] + 1
    now = datetime.now(UTC)
    cloudwatch.put_metric_data(
        Namespace=alarm["Namespace"],
        MetricData=[
            {
                "MetricName": alarm["MetricName"],
                "Dimensions": alarm["Dimensions"],
                "Timestamp": now - timedelta(seconds=period * alarm["Period"]),
                "Value": breaching,
            }
            for period in range(alarm["EvaluationPeriods"])
        ],
    )

    wait_for(
        lambda: described(live_deployment, name)["StateValue"],
        until=lambda state: state == "ALARM",
        seconds=20,
    )
    assert alarm["AlarmName"] in received(live_deployment, inbox, alarm["AlarmName"])


def received(deployment: LocalDeployment, queue: str, name: str) -> set[str]:
    """Return the alarms that the queue received, as soon as `name` is among them."""
    sqs, found = deployment.client("sqs"), set[str]()

    def look() -> set[str]:
        reply = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        for message in reply.get("Messages", []):
            body = json.loads(message["Body"])["Message"]
            notice = json.loads(body) if body.startswith("{") else {}
            if notice.get("NewStateValue") == "ALARM":
                found.add(notice["AlarmName"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    return wait_for(look, until=lambda names: name in names, seconds=20)
