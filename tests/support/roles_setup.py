"""A deployment whose emulator enforces the roles of the template, and clients that act as one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import boto3

from infra.emulator.lifecycle import UpOptions, down, up
from infra.emulator.sources import plan_observations
from infra.emulator.state import StateFolder, exclusive
from infra.stack.environment import REGION
from infra.stack.outputs import Outputs
from tests.conftest import MOMENT, stop_schedules
from tests.support import roles_enforced
from tests.support.push_service import KeyPair

VAPID_KEY: Final = "/plantcast/vapid-key"
PUSH_PAIR: Final = KeyPair()
_COMPLETED: Final = Path(roles_enforced.__file__).parent
"""Holds the `sitecustomize` that the emulator imports."""


@dataclass(frozen=True)
class Decision:
    """A call that the emulator let pass or refused: by whose role, what, on what."""

    role: str
    action: str
    resource: str
    leading_keys: tuple[str, ...]
    allowed: bool


class RolesStack:
    """The deployed stack, its roles by the logical ids of the template."""

    def __init__(self, folder: StateFolder, outputs: Outputs, journal: Path) -> None:
        self.folder = folder
        self.outputs = outputs
        self._journal = journal

    def admin(self, service: str) -> Any:
        """Return a client with the emulator's root credentials, which no policy limits."""
        return self._client(service, "test", "test")

    def client(self, role: str, service: str, *, plain_http: bool = False) -> Any:
        """Return a client that acts as a role of the stack (`PredictFunctionRole`).

        With `plain_http` its requests are checked as unencrypted.
        """
        key = (role, service, plain_http)
        if key not in self._clients:
            given = self._credentials(role, roles_enforced.PLAIN_HTTP if plain_http else "probe")
            self._clients[key] = self._client(
                service, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
            )
        return self._clients[key]

    @cached_property
    def physical(self) -> dict[str, str]:
        """The stack's physical ids by logical ids."""
        stack = self.admin("cloudformation").describe_stack_resources(StackName=self.outputs.stack_name)
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in stack["StackResources"]}

    def role_arn(self, role: str) -> str:
        """Return a role's ARN."""
        arn: str = self.admin("iam").get_role(RoleName=self.physical[role])["Role"]["Arn"]
        return arn

    def grants(self, role: str) -> list[dict[str, Any]]:
        """Return the statements of a role's own policies as deployed."""
        iam, name = self.admin("iam"), self.physical[role]
        return [
            statement
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
            for statement in iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"][
                "Statement"
            ]
        ]

    def decisions(self) -> list[Decision]:
        """Return what the emulator has checked so far of calls made by roles of the stack, in order."""
        by_name = {name: logical for logical, name in self.physical.items() if logical.endswith("Role")}
        return [
            Decision(
                by_name[role],
                one["action"],
                one["resource"],
                tuple(one["leading_keys"] or ()),
                one["allowed"],
            )
            for one in map(json.loads, self._journal.read_text("utf-8").splitlines())
            if (role := _role_of(one["caller"])) in by_name
        ]

    @cached_property
    def _clients(self) -> dict[tuple[str, str, bool], Any]:
        return {}

    def _credentials(self, role: str, session: str) -> dict[str, str]:
        # The emulator lets root stand in for the service that a role trusts.
        given: dict[str, str] = self.admin("sts").assume_role(
            RoleArn=self.role_arn(role), RoleSessionName=session
        )["Credentials"]
        return given

    def _client(self, service: str, key: str, secret: str, token: str | None = None) -> Any:
        # Of one session, which keeps the descriptions of services: reading one takes most of making a client.
        return self._session.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.outputs.endpoint,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(region_name=REGION)


def roles_stack(root: Path) -> Iterator[RolesStack]:
    """Deploy on an emulator that enforces roles; take it down afterwards."""
    folder, journal = StateFolder(root / "state"), root / "decisions.jsonl"
    journal.touch()
    plan = plan_observations({}, stations=None, seed=108, clock=MOMENT.isoformat())
    push = {
        "PushKeyParameter": VAPID_KEY,
        "PushPublicKey": PUSH_PAIR.public,
        "PushContact": "mailto:me@example.org",
    }
    settings = {"AUTH": "true", "PYTHONPATH": str(_COMPLETED), roles_enforced.JOURNAL: str(journal)}
    try:
        with exclusive(folder):
            options = UpOptions(plan, emulator_settings=settings, parameters=push)
            deployment = up(folder, options, {}, report=lambda _: None)
        stack = RolesStack(folder, deployment.outputs, journal)
        stack.admin("ssm").put_parameter(Name=VAPID_KEY, Value=PUSH_PAIR.private, Type="SecureString")
        stop_schedules(stack.admin("events"))
        yield stack
    finally:
        with exclusive(folder):
            down(folder)


def _role_of(caller: str | None) -> str:
    """Return the role's name of `arn:aws:sts::…:assumed-role/<name>/<session>`, else nothing."""
    return (caller or "").partition(":assumed-role/")[2].partition("/")[0]
