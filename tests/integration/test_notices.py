"""Notices from end to end: a forecast beyond a limit, the deployed function, SNS, a webhook and a queue."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
import requests
from boto3.dynamodb.conditions import Key

from plantcast.aws import DynamoTable
from plantcast.common.clock import KST
from plantcast.forecasting.issued import Forecast
from tests.conftest import LocalDeployment
from tests.support.forecast_examples import SetUpForecasts
from tests.support.notify_setup import MORNING, PUBLISHED, SCHEDULED, SUPPRESSED, hot
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.emulator, pytest.mark.network]

# Busan: nobody else in these tests reads it, and the deployment's own clock and forecasts stay as they are.
STATION = "159"
FAILED_RUN = "a-run-that-failed"


@dataclass
class Webhook:
    """An HTTP endpoint as a subscriber runs one: confirms its subscription and keeps what comes."""

    url: str
    posts: list[tuple[str, str]] = field(default_factory=list)  # (type of SNS message, body)

    def bodies(self) -> list[str]:
        return [body for kind, body in self.posts if kind == "Notification"]


@dataclass
class Deployed:
    """The deployed notify function, with a clock and station of the test's own."""

    deployment: LocalDeployment
    table: Any
    queue: str
    webhook: Webhook

    def stand_at(self, moment: datetime) -> None:
        """Move the function's clock and set its station."""
        offset = round((moment - datetime.now(KST)).total_seconds())
        configure(self.deployment, {"CLOCK_OFFSET_SECONDS": str(offset), "STATIONS": STATION})

    def issue(self, forecast: Forecast) -> None:
        SetUpForecasts(DynamoTable(self.table.name, self.table)).issue(forecast)

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        reply = self.deployment.client("lambda").invoke(
            FunctionName=self.deployment.outputs().functions["notify"], Payload=json.dumps(event).encode()
        )
        answer: dict[str, Any] = json.loads(reply["Payload"].read())
        assert "FunctionError" not in reply, answer
        return answer

    def received(self) -> list[dict[str, Any]]:
        """Take what has arrived in the queue: SNS puts it there before it answers the publisher."""
        sqs, found = self.deployment.client("sqs"), []
        while messages := sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def items(self, pk: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.table.query(KeyConditionExpression=Key("pk").eq(pk))["Items"]
        return items

    def forget(self) -> None:
        """Leave the table as it was."""
        for item in [*self.items(f"STATION#{STATION}"), *self.items("PIPELINE")]:
            if item["pk"] == f"STATION#{STATION}" or FAILED_RUN in item["sk"]:
                self.table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})


def configure(deployment: LocalDeployment, changes: dict[str, str] | None) -> dict[str, str]:
    """Change the function's environment; return it as it was."""
    client, name = deployment.client("lambda"), deployment.outputs().functions["notify"]
    variables: dict[str, str] = client.get_function_configuration(FunctionName=name)["Environment"][
        "Variables"
    ]
    if changes is not None:
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**variables, **changes}}
        )
    return variables


@pytest.fixture(scope="module")
def webhook(live_deployment: LocalDeployment) -> Iterator[Webhook]:
    sns, topic = live_deployment.client("sns"), live_deployment.outputs().topic_arn

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kind = self.headers["x-amz-sns-message-type"]
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.send_response(200)
            self.end_headers()
            if kind == "SubscriptionConfirmation":
                sns.confirm_subscription(TopicArn=topic, Token=json.loads(body)["Token"])
            made.posts.append((kind, body))

        def log_message(self, format: str, *arguments: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Webhook(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def deployed(live_deployment: LocalDeployment, webhook: Webhook) -> Iterator[Deployed]:
    sns, sqs = live_deployment.client("sns"), live_deployment.client("sqs")
    outputs = live_deployment.outputs()
    queue = sqs.create_queue(QueueName="notices")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": outputs.topic_arn}},
    }
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    table = boto3.resource("dynamodb", endpoint_url=outputs.endpoint).Table(outputs.table_name)
    made = Deployed(live_deployment, table, queue, webhook)
    only = {"FilterPolicy": json.dumps({"station": [STATION]})}
    webhook.posts.clear()  # before subscribing: the confirmation may come at once
    subscriptions = [
        sns.subscribe(
            TopicArn=outputs.topic_arn,
            Protocol=protocol,
            Endpoint=endpoint,
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        for protocol, endpoint, attributes in (
            ("sqs", arn, {**only, "RawMessageDelivery": "true"}),
            ("http", webhook.url, only),
        )
    ]
    before = configure(live_deployment, None)
    try:
        confirmed = "SubscriptionConfirmation"
        wait_for(lambda: [kind for kind, _ in webhook.posts], until=lambda kinds: confirmed in kinds)
        yield made
    finally:
        live_deployment.client("lambda").update_function_configuration(
            FunctionName=outputs.functions["notify"], Environment={"Variables": before}
        )
        for subscription in [
            entry["SubscriptionArn"]
            for entry in sns.list_subscriptions_by_topic(TopicArn=outputs.topic_arn)["Subscriptions"]
            if entry["Endpoint"] in {arn, webhook.url} or entry["SubscriptionArn"] in subscriptions
        ]:
            sns.unsubscribe(SubscriptionArn=subscription)
        sqs.delete_queue(QueueUrl=queue)
        made.forget()


def test_given_a_forecast_that_crosses_when_notify_runs_then_one_message_arrives_everywhere(
    deployed: Deployed,
) -> None:
    deployed.stand_at(MORNING)
    deployed.issue(hot(station=STATION))

    assert deployed.invoke(SCHEDULED) == PUBLISHED
    (body,) = deployed.received()
    assert body["text"] == body["content"]
    assert body["text"].startswith("부산 · 일반 화분: ")
    assert body["text"].endswith("합성 자료 (synthetic weather), not observations")
    facts = body["plantcast"]
    assert (facts["station"]["id"], facts["profile"]["id"]) == (STATION, "default")
    assert (facts["mood"], facts["needs_water"], facts["day"]) == ("hot", True, "2025-05-30")
    (post,) = wait_for(deployed.webhook.bodies, until=bool)
    envelope = json.loads(post)
    assert json.loads(envelope["Message"]) == body
    assert envelope["Subject"].startswith("[Plantcast] Busan, Potted plant: too hot, needs water today")
    assert {name: one["Value"] for name, one in envelope["MessageAttributes"].items()} == {
        "kind": "plant_changed",
        "station": STATION,
        "profile": "default",
        "mood": "hot",
        "needs_water": "true",
    }

    assert deployed.invoke(SCHEDULED) == SUPPRESSED
    assert deployed.received() == []
    assert len(deployed.webhook.bodies()) == 1
    url = f"{deployed.deployment.outputs().api_url}/api/plants/monstera/calendar.ics"
    assert requests.get(url, timeout=30).headers["Content-Type"].startswith("text/calendar")


def test_given_many_calls_at_once_when_there_is_one_change_then_one_message_arrives(
    deployed: Deployed,
) -> None:
    deployed.stand_at(MORNING)
    deployed.issue(hot(station=STATION))

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(deployed.invoke, [SCHEDULED] * 4))

    assert sum(answer["published"] for answer in answers) == 1
    assert len(deployed.received()) == 1


def test_given_a_failed_run_when_notified_twice_then_one_notice_is_published(deployed: Deployed) -> None:
    event = {"run_id": FAILED_RUN, "message_ko": "고장", "message_en": "broken"}

    assert deployed.invoke(event) == PUBLISHED
    assert deployed.invoke(event) == SUPPRESSED
    assert deployed.received() == []  # its subscription filters by station


def test_given_the_stack_when_its_schedules_are_read_then_one_calls_notify_every_morning(
    live_deployment: LocalDeployment,
) -> None:
    function = live_deployment.client("lambda").get_function(
        FunctionName=live_deployment.outputs().functions["notify"]
    )["Configuration"]["FunctionArn"]
    events = live_deployment.client("events")

    (rule,) = events.list_rule_names_by_target(TargetArn=function)["RuleNames"]
    found = events.describe_rule(Name=rule)
    assert found["ScheduleExpression"] == "cron(0 22 * * ? *)"
