"""The deployment as the command line sees it: functions, table, state machine, logs, one endpoint."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from boto3.session import Session
from botocore.config import Config

from infra.stack.environment import REGION
from infra.stack.outputs import Outputs
from plantcast.aws import DynamoTable
from plantcast.common.errors import PlantcastError
from plantcast.pipeline.run_steps import RunSteps
from plantcast.pipeline.runs import RunStore

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_stepfunctions.client import SFNClient

KMA_KEY_PARAMETER: Final = "/plantcast/kma-service-key"
API_KEY_PARAMETER: Final = "/plantcast/api-key"
# Longer than the longest function timeout (15 minutes); never retried: no function must run twice by itself.
_PATIENT = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=930)


def local_session() -> Session:
    """Return a session with credentials that only an emulator accepts."""
    return Session("test", "test", region_name=REGION)


def put_secrets(endpoint: str, *, kma_key: str, api_key: str) -> None:
    """Store the keys where the template expects them. Safe to repeat."""
    ssm = local_session().client("ssm", endpoint_url=endpoint)
    for name, value in ((KMA_KEY_PARAMETER, kma_key), (API_KEY_PARAMETER, api_key)):
        ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)


class LocalCloud:
    """Clients for one deployment."""

    def __init__(self, outputs: Outputs) -> None:
        self.outputs = outputs
        self._session = local_session()
        self._lambda_lock = threading.Lock()

    @cached_property
    def table(self) -> DynamoTable:
        """The deployment's table."""
        resource = self._session.resource("dynamodb", endpoint_url=self.outputs.endpoint)
        return DynamoTable(self.outputs.table_name, resource.Table(self.outputs.table_name))

    @property
    def runs(self) -> RunStore:
        """The pipeline runs in it."""
        return RunStore(self.table)

    @property
    def steps(self) -> RunSteps:
        """The results of their steps in it."""
        return RunSteps(self.table)

    @cached_property
    def state_machines(self) -> SFNClient:
        """Step Functions."""
        return self._session.client("stepfunctions", endpoint_url=self.outputs.endpoint)

    @cached_property
    def _lambda_client(self) -> LambdaClient:
        return self._session.client("lambda", endpoint_url=self.outputs.endpoint, config=_PATIENT)

    @property
    def _lambda(self) -> LambdaClient:
        # Using a client is safe from several threads (a backfill has two), making one is not.
        with self._lambda_lock:
            return self._lambda_client

    def function_name(self, function: str) -> str:
        """Return the deployed name of `ingest`, `train`, ….

        Raises:
            PlantcastError: there is no such function.
        """
        try:
            return self.outputs.functions[function]
        except KeyError:
            raise PlantcastError(
                f"There is no function {function!r}.",
                remedy=f"Choose one of {', '.join(self.outputs.functions)}.",
            ) from None

    def invoke(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke a function by its short name and return the facts it gives.

        Raises:
            PlantcastError: the function raised; the message is its own.
        """
        reply = self._lambda.invoke(FunctionName=self.function_name(function), Payload=json.dumps(payload))
        result = json.loads(reply["Payload"].read() or b"null")
        if "FunctionError" in reply or not isinstance(result, dict):
            said = result.get("errorMessage", result) if isinstance(result, dict) else result
            raise PlantcastError(
                f"The {function} function failed: {said}", remedy=f"Its log: `./plantcast logs {function}`."
            )
        return result

    def log_events(self, function: str, *, since_ms: int = 0) -> list[tuple[int, str]]:
        """Return a function's log lines from `since_ms` (epoch milliseconds) on as (time, text), in order."""
        logs = self._session.client("logs", endpoint_url=self.outputs.endpoint)
        name = self.function_name(function)
        group = self._lambda.get_function_configuration(FunctionName=name)["LoggingConfig"]["LogGroup"]
        found: list[tuple[int, str]] = []
        token: dict[str, Any] = {}
        while True:
            try:
                page = logs.filter_log_events(logGroupName=group, startTime=since_ms, **token)
            except logs.exceptions.ResourceNotFoundException:
                return []  # never invoked
            found += [(event["timestamp"], event["message"].rstrip()) for event in page["events"]]
            if not page.get("nextToken") or token.get("nextToken") == page["nextToken"]:
                return sorted(found, key=lambda event: event[0])
            token = {"nextToken": page["nextToken"]}
