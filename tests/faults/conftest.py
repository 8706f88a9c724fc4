"""A deployment whose functions reach S3 and DynamoDB through proxies that can spoil a call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest

from infra.emulator.state import StateFolder
from infra.stack.deployment import Deployment
from infra.stack.outputs import Outputs
from tests.conftest import MOMENT, LocalDeployment
from tests.faults.proxy import FaultProxy
from tests.faults.world import Storage
from tests.support.past_forecasts import issue_past

HISTORY_DAYS = 20


@dataclass
class Reply:
    """What an invocation returned: facts, or the error that the function or the emulator raised."""

    facts: dict[str, Any]
    error: str | None


@dataclass
class FaultyDeployment:
    """A deployment, a proxy for each function, and what it stores."""

    deployment: LocalDeployment
    proxies: dict[str, FaultProxy]
    storage: Storage
    today: str
    started_at: str
    queue_url: str

    @property
    def outputs(self) -> Outputs:
        """What was deployed."""
        return self.deployment.outputs()

    def client(self, service: str) -> Any:
        """Return a client that no proxy stands in the way of."""
        return self.deployment.client(service)

    def messages(self) -> int:
        """Return how many messages were published since this was asked last."""
        client, count = self.client("sqs"), 0
        while True:
            reply = client.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
            for message in reply.get("Messages", []):
                client.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
                count += 1
            if not reply.get("Messages"):
                return count

    def invoke(self, function: str, event: dict[str, Any]) -> Reply:
        """Invoke a function once."""
        client = self.client("lambda")
        name = self.outputs.functions[function]
        reply = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
        body = json.loads(reply["Payload"].read() or b"null")
        return Reply({}, str(body)) if "FunctionError" in reply else Reply(body, None)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyDeployment]:
    deployment = LocalDeployment(tmp_path_factory.mktemp("faults") / "state")
    today = MOMENT.date()
    with ExitStack() as stack:
        stack.callback(deployment.plantcast, "down", check=False)
        deployment.plantcast("up")
        first, last = today - timedelta(days=HISTORY_DAYS), today - timedelta(days=2)
        deployment.plantcast("backfill", "--from", first.isoformat(), "--to", last.isoformat())
        # A forecast of the day before, for monitor to verify.
        yesterday = today - timedelta(days=1)
        issue_past(Deployment.on_emulator(deployment.outputs()), yesterday)
        outputs = deployment.outputs()
        emulator = StateFolder(deployment.state_dir).load().processes["emulator"]
        client = deployment.client("lambda")
        proxies: dict[str, FaultProxy] = {}
        for function, name in outputs.functions.items():
            proxy = stack.enter_context(
                FaultProxy(outputs.endpoint, lambda port: _kill_child(emulator.pid, port))
            )
            proxies[function] = proxy
            variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
            through = {"AWS_ENDPOINT_URL_S3": proxy.url, "AWS_ENDPOINT_URL_DYNAMODB": proxy.url}
            client.update_function_configuration(
                FunctionName=name, Environment={"Variables": variables | through}
            )
        yield FaultyDeployment(
            deployment,
            proxies,
            Storage(
                deployment.client("s3"),
                deployment.client("dynamodb"),
                outputs.data_bucket,
                outputs.table_name,
            ),
            today.isoformat(),
            datetime.now(UTC).isoformat(),
            _subscribed_queue(deployment),
        )


def _subscribed_queue(deployment: LocalDeployment) -> str:
    """Return the URL of a new queue that gets what is published to the topic."""
    sqs = deployment.client("sqs")
    url: str = sqs.create_queue(QueueName="faults")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    deployment.client("sns").subscribe(TopicArn=deployment.outputs().topic_arn, Protocol="sqs", Endpoint=arn)
    return url


def _kill_child(parent: int, port: int) -> None:
    """Kill the emulator's child process that calls from this port."""
    for process in psutil.Process(parent).children(recursive=True):
        with suppress(psutil.Error):
            if any(connection.laddr.port == port for connection in process.net_connections("tcp")):
                process.kill()
                process.wait(10)
                return
    raise AssertionError(f"no process of the emulator calls from port {port}")
