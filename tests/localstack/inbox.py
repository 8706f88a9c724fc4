"""What subscribers of the stack's topic get, through a queue that is one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from tests.localstack.stack import LocalStackStack
from tests.support.waiting import wait_for

# SQS hands a message out again after this many seconds unless it was deleted; ours are, at once.
_AT_A_TIME = 10


@dataclass(frozen=True)
class Message:
    """A message as SNS handed it to the queue: its text, and the attributes a subscription can filter by."""

    subject: str
    text: str
    attributes: Mapping[str, str]


@dataclass
class Inbox:
    """A queue subscribed to the topic, and all messages received so far."""

    stack: LocalStackStack
    url: str
    messages: list[Message] = field(default_factory=list)

    @classmethod
    def subscribed(cls, stack: LocalStackStack) -> Self:
        """Make the queue and subscribe it."""
        queues = stack.client("sqs")
        url = queues.create_queue(QueueName="plantcast-test-inbox")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        stack.client("sns").subscribe(TopicArn=stack.outputs.topic_arn, Protocol="sqs", Endpoint=arn)
        return cls(stack, url)

    def wait_for(self, wanted: Callable[[Message], bool]) -> Message:
        """Return the first message that is wanted, waiting for it."""
        found = wait_for(
            lambda: [message for message in self._all() if wanted(message)], until=bool, seconds=30, every=0.3
        )
        return found[0]

    def of_kind(self, kind: str) -> list[Message]:
        """Return all messages of a kind that have come."""
        return [message for message in self._all() if message.attributes.get("kind") == kind]

    def _all(self) -> list[Message]:
        queues = self.stack.client("sqs")
        while True:
            reply = queues.receive_message(QueueUrl=self.url, MaxNumberOfMessages=_AT_A_TIME)
            for raw in reply.get("Messages", []):
                self.messages.append(_read(json.loads(raw["Body"])))
                queues.delete_message(QueueUrl=self.url, ReceiptHandle=raw["ReceiptHandle"])
            if not reply.get("Messages"):
                return self.messages


def _read(envelope: dict[str, Any]) -> Message:
    attributes = {name: given["Value"] for name, given in envelope.get("MessageAttributes", {}).items()}
    return Message(envelope["Subject"], envelope["Message"], attributes)
