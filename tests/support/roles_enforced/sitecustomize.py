"""Completes the emulator where it checks calls by roles, and writes down each decision.

Python imports this by itself from a folder on PYTHONPATH; the emulator is started with that, see
`tests.support.roles_setup`. With AUTH=true the emulator evaluates the policies of function roles, with its
own evaluator, and lacks two properties of a request that the template's policies need:

- `dynamodb:LeadingKeys`, without which a condition on it with `ForAllValues` would always hold: here it
  learns which partitions a request names.
- `aws:SecureTransport`: it listens on plain http, so that the buckets' policies would refuse everything. Here
  requests count as encrypted unless the session of their credentials is named `PLAIN_HTTP`.

Nothing else about its decisions is changed.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

JOURNAL = "PLANTCAST_JUDGEMENTS"
PLAIN_HTTP = "over-plain-http"


def leading_keys(body: bytes) -> list[str]:
    """Return the partitions (values of `pk`) that a DynamoDB request names."""
    request = json.loads(body or b"{}")
    parts = [request, *(request.get("RequestItems") or {}).values()]
    found = []
    for part in parts:
        for item in (part.get("Key"), part.get("Item"), *part.get("Keys", ())):
            if item and "pk" in item:
                found.append(item["pk"]["S"])
    names = request.get("ExpressionAttributeNames") or {}
    for name, value in re.findall(r"(#?\w+)\s*=\s*(:\w+)", request.get("KeyConditionExpression") or ""):
        if names.get(name, name) == "pk":
            found.append(request["ExpressionAttributeValues"][value]["S"])
    return found


def _complete(actions: Any, evaluator: Any) -> None:
    context_of, enforce = actions.dynamodb_service_context, evaluator.enforce

    def with_leading_keys(body: bytes) -> dict[str, Any]:
        return {**context_of(body), "dynamodb:LeadingKeys": leading_keys(body)}

    def checked(
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        caller = evaluator.resolve_caller_identity(access_key) or {}
        if not str(caller.get("userArn")).endswith(f"/{PLAIN_HTTP}"):
            evaluator.pin_request_origin("127.0.0.1", secure_transport=True)
        refusal = enforce(access_key, action, service, region, resource_arn, service_context)
        decision = {
            "caller": caller.get("userArn"),
            "action": action,
            "resource": resource_arn,
            "leading_keys": (service_context or {}).get("dynamodb:LeadingKeys"),
            "allowed": refusal is None,
        }
        with open(os.environ[JOURNAL], "a", encoding="utf-8") as journal:  # noqa: PTH123  # on every call
            journal.write(json.dumps(decision) + "\n")
        return refusal

    actions.dynamodb_service_context = with_leading_keys
    evaluator.enforce = checked


# The functions inherit the emulator's environment, and with it this file.
if JOURNAL in os.environ and any(argument.endswith("ministack_server.py") for argument in sys.orig_argv):
    from ministack.core import iam_actions, iam_evaluator

    _complete(iam_actions, iam_evaluator)
