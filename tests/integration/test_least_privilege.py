"""Roles enforced: all that a deployment is used for passes, and nothing that a role has no business with.

The emulator checks each call of a function by its role (docs/security.md says what it does not judge).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.support.roles_calls import GRANTED, REFUSED, Call, list_bucket, publish, read, write
from tests.support.roles_journey import LEFTOVER, Journey
from tests.support.roles_setup import PUSH_PAIR, Decision, RolesStack, roles_stack
from tests.support.roles_table import ALLOWED, ESCAPES, FORBIDDEN, MONTH, RAW

pytestmark = pytest.mark.emulator

# Given, and perhaps used by no step of the journey: (role, action, what of it), groups with their reasons.
MAY_BE_IDLE = {
    # A backfill's report reads failures of chunks; who may list gets 404 for missing features, not 403.
    ("BackfillFunctionRole", "s3:GetObject", "bucket/backfill/*"),
    ("TrainFunctionRole", "s3:ListBucket", "bucket"),
    # What stands in the way of a write is read: an item of a newer schema version, a forecast issued before.
    ("PrepareFunctionRole", "dynamodb:GetItem", "PIPELINE"),
    ("IngestFunctionRole", "dynamodb:GetItem", "STATION#*"),
    ("IngestFunctionRole", "dynamodb:GetItem", "QUOTA"),
    ("PredictFunctionRole", "dynamodb:GetItem", "STATION#*"),
    ("ApiFunctionRole", "dynamodb:GetItem", "PREDICT"),
    # Notices of plants are sent in the morning; a notice that was claimed before is read and claimed again.
    ("NotifyFunctionRole", "dynamodb:GetItem", "STATION#*"),
    ("NotifyFunctionRole", "dynamodb:GetItem", "PIPELINE"),
    ("NotifyFunctionRole", "dynamodb:PutItem", "PIPELINE"),
    ("NotifyFunctionRole", "dynamodb:PutItem", "RUN#*"),
    ("NotifyFunctionRole", "dynamodb:UpdateItem", "STATION#*"),
    ("NotifyFunctionRole", "dynamodb:UpdateItem", "PIPELINE"),
    ("NotifyFunctionRole", "sns:Publish", "AlertTopic"),
    # In the hour of the journey no browser is to get a message, and none is gone.
    ("PushFunctionRole", "dynamodb:Query", "STATION#*"),
    ("PushFunctionRole", "dynamodb:DeleteItem", "PUSH"),
    # Weights are learnt from weeks of published forecasts, which nobody imports into synthetic weather.
    ("PredictFunctionRole", "s3:PutObject", "bucket/models/station=*/combination.json"),
    ("UpdateFunctionRole", "s3:GetObject", "bucket/raw/guidance/imports/*"),
    # These list nothing, but ask for months that may not be there: AWS answers 404 only to who may list.
    ("FeaturesFunctionRole", "s3:ListBucket", "bucket"),
    ("MonitorFunctionRole", "s3:ListBucket", "bucket"),
    ("UpdateFunctionRole", "s3:ListBucket", "bucket"),
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RolesStack]:
    yield from roles_stack(tmp_path_factory.mktemp("roles"))


@pytest.fixture(scope="module")
def journey(stack: RolesStack) -> Journey:
    return Journey(stack)


def test_a_backfill_and_runs_with_retraining_succeed(journey: Journey) -> None:
    assert journey.backfill["hours_present"] == journey.backfill["hours_expected"]
    assert [run["status"] for run in journey.runs] == ["SUCCEEDED", "SUCCEEDED"]
    assert all(target["versions"] for target in journey.reads["/api/models"].json()["targets"])
    assert journey.backfill_machine["status"] == "SUCCEEDED"
    assert (journey.update["status"], journey.update["changed"]) == ("SUCCEEDED", ["108"])


def test_a_rejected_execution_is_not_recorded_as_a_run(journey: Journey, stack: RolesStack) -> None:
    assert journey.rejected["status"] == "FAILED"
    assert {run["outcome"]["S"] for run in _runs(stack)} <= {"succeeded", "degraded"}


def _runs(stack: RolesStack) -> list[dict[str, Any]]:
    """Return the runs in the table, the newest first."""
    items: list[dict[str, Any]] = stack.admin("dynamodb").query(
        TableName=stack.outputs.table_name,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :run)",
        ExpressionAttributeValues={":pk": {"S": "PIPELINE"}, ":run": {"S": "RUN#"}},
    )["Items"]
    return sorted(items, key=lambda item: item["started_at"]["S"], reverse=True)


def test_the_api_answers_and_writes(journey: Journey) -> None:
    answers = journey.reads | journey.writes
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 200} == {}
    # The run's forecast is final: a computation from the same origin leaves it as it is.
    assert journey.writes["/predict?force=true"].json()["computed"] is False
    assert journey.writes["/api/models/rollback"].json()["changed"] is True


def test_push_messages_are_subscribed_to_and_the_function_finds_none_due(
    journey: Journey, stack: RolesStack
) -> None:
    assert journey.push == {"sent": 0, "nothing": 0, "failed": 0, "removed": 0}
    assert journey.reads["/api/push"].json() == {"public_key": PUSH_PAIR.public}


def test_what_was_left_behind_is_removed(journey: Journey, stack: RolesStack) -> None:
    assert journey.runs
    listed = stack.admin("s3").list_objects_v2(Bucket=stack.outputs.data_bucket, Prefix=LEFTOVER)
    assert listed["KeyCount"] == 0


def test_every_function_was_judged_and_none_was_refused(journey: Journey) -> None:
    assert [one for one in journey.decisions if not one.allowed] == []
    assert {one.role for one in journey.decisions} == {
        f"{who}Role" for who in ALLOWED if who.endswith("Function")
    }


def test_every_permission_that_is_given_was_used(journey: Journey, stack: RolesStack) -> None:
    """The other half of least privilege: what nothing uses is not given."""
    idle = {
        (role, action, part)
        for role in sorted({one.role for one in journey.decisions})
        for statement in stack.grants(role)
        for action, part in _parts(statement)
        if not any(_uses(one, role, action, part, statement) for one in journey.decisions)
    }
    bucket = f"arn:aws:s3:::{stack.outputs.data_bucket}"
    assert {
        (role, action, part.replace(bucket, "bucket")) for role, action, part in idle
    } - MAY_BE_IDLE == set()


def _parts(statement: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a statement gives, piece by piece: action and resource, or action and partition."""
    parts = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
    return [
        (action, part)
        for action in _listed(statement["Action"])
        for part in _listed(parts or statement["Resource"])
    ]


def _uses(one: Decision, role: str, action: str, part: str, statement: dict[str, Any]) -> bool:
    on = one.leading_keys if "Condition" in statement else (one.resource,)
    return (one.role, one.action) == (role, action) and any(fnmatchcase(what, part) for what in on)


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _tried(stack: RolesStack, who: str, calls: Sequence[Call]) -> dict[str, str]:
    """Return the result of each call, by its words."""
    return {call.words: call.by(stack, f"{who}Role") for call in calls}


@pytest.mark.usefixtures("journey")
class TestCalls:
    """Each call is made with the role's own credentials."""

    @pytest.mark.parametrize("who", ALLOWED)
    def test_what_a_role_is_for_is_allowed(self, stack: RolesStack, who: str) -> None:
        results = _tried(stack, who, ALLOWED[who])
        assert {words: code for words, code in results.items() if code not in GRANTED} == {}

    @pytest.mark.parametrize("who", FORBIDDEN)
    def test_what_it_is_not_for_is_refused(self, stack: RolesStack, who: str) -> None:
        results = _tried(stack, who, FORBIDDEN[who])
        assert {words: code for words, code in results.items() if code not in REFUSED} == {}

    @pytest.mark.parametrize("who", ALLOWED)
    def test_no_role_becomes_more_than_it_is(self, stack: RolesStack, who: str) -> None:
        results = _tried(stack, who, ESCAPES)
        assert {words: code for words, code in results.items() if code not in REFUSED} == {}

    @pytest.mark.parametrize("call", [read(MONTH), write(RAW), list_bucket()], ids=lambda call: call.words)
    def test_the_data_bucket_is_reached_over_tls_alone(self, stack: RolesStack, call: Call) -> None:
        assert call.by(stack, "IngestFunctionRole") in GRANTED
        assert call.by(stack, "IngestFunctionRole", plain_http=True) in REFUSED

    def test_so_is_the_topic(self, stack: RolesStack) -> None:
        assert publish().by(stack, "NotifyFunctionRole") == "ok"
        assert publish().by(stack, "NotifyFunctionRole", plain_http=True) in REFUSED
