"""A deployed stack, on AWS or an emulator, and clients for what it made."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.stack.environment import REGION, isolate
from infra.stack.outputs import Outputs
from plantcast.aws import DynamoTable, S3ObjectStore
from plantcast.common.clock import SystemClock
from plantcast.common.errors import InvalidInputError, NotFoundError, PlantcastError
from plantcast.common.settings import Source
from plantcast.pipeline.run_steps import RunSteps
from plantcast.pipeline.runs import RunStore

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_stepfunctions.client import SFNClient

KMA_KEY_PARAMETER: Final = "/plantcast/kma-service-key"
API_HUB_KEY_PARAMETER: Final = "/plantcast/api-hub-key"
API_KEY_PARAMETER: Final = "/plantcast/api-key"
# Standard mode waits with jitter between attempts, 8 of which span about a minute. Copies run in threads that
# share the clients: a pool of ten connections would make the rest wait.
CLIENT_CONFIG: Final = Config(
    retries={"mode": "standard", "max_attempts": 8},
    connect_timeout=10,
    read_timeout=120,
    max_pool_connections=32,
)
# Longer than the longest function timeout (15 minutes); never retried: no function must run twice by itself.
_INVOKE_CONFIG: Final = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=930)


def local_session() -> boto3.Session:
    """Return a session with credentials that only an emulator accepts.

    The user's AWS settings are removed from this process: a profile that does not exist would break it.
    """
    isolate(os.environ)
    return boto3.Session("test", "test", region_name=REGION)


def put_secrets(endpoint: str, *, kma_key: str, api_key: str, api_hub_key: str = "") -> None:
    """Store the keys where the template expects them, an empty one not. Safe to repeat."""
    ssm = local_session().client("ssm", endpoint_url=endpoint)
    keys = {KMA_KEY_PARAMETER: kma_key, API_KEY_PARAMETER: api_key, API_HUB_KEY_PARAMETER: api_hub_key}
    for name, value in keys.items():
        if value:
            ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)


@dataclass(frozen=True)
class Account:
    """Where stacks are: an AWS account in a region, or an emulator."""

    session: boto3.Session = field(repr=False)
    region: str
    endpoint_url: str | None = None
    # Using a client is safe from several threads (a backfill has two), making one is not.
    _making: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def on_aws(self) -> bool:
        """Whether it is an AWS account."""
        return self.endpoint_url is None or self.endpoint_url.endswith(".amazonaws.com")

    def client(self, service: str, *, config: Config = CLIENT_CONFIG) -> Any:
        """Return a client of a service."""
        make: Any = self.session.client
        with self._making:
            return make(service, endpoint_url=self.endpoint_url, region_name=self.region, config=config)

    def resource(self, service: str) -> Any:
        """Return boto3's resource of a service."""
        make: Any = self.session.resource
        with self._making:
            return make(
                service, endpoint_url=self.endpoint_url, region_name=self.region, config=CLIENT_CONFIG
            )

    @property
    def where(self) -> str:
        """Its name in a message."""
        return f"AWS in {self.region}" if self.on_aws else f"The emulator at {self.endpoint_url}"


@dataclass(frozen=True)
class Deployment:
    """A deployed stack: its outputs, the stations it forecasts, the clock of its functions."""

    outputs: Outputs
    account: Account
    source: Source
    stations: tuple[str, ...]
    clock_offset_seconds: int = 0

    @classmethod
    def on_emulator(
        cls,
        outputs: Outputs,
        *,
        source: Source = "synthetic",
        stations: tuple[str, ...] = ("108",),
        clock_offset_seconds: int = 0,
    ) -> Deployment:
        """Return the deployment that an emulator on this machine holds."""
        account = Account(local_session(), outputs.region, outputs.endpoint)
        return cls(outputs, account, source, stations, clock_offset_seconds)

    @property
    def where(self) -> str:
        """Its name in a message: place and stack."""
        return f"{self.account.where} (stack {self.outputs.stack_name})"

    def now(self) -> datetime:
        """Return the time that its functions take for now, in KST."""
        return SystemClock(timedelta(seconds=self.clock_offset_seconds)).now()

    def client(self, service: str, *, config: Config = CLIENT_CONFIG) -> Any:
        """Return a client of a service."""
        return self.account.client(service, config=config)

    @cached_property
    def table(self) -> DynamoTable:
        """Its table."""
        name = self.outputs.table_name
        return DynamoTable(name, self.account.resource("dynamodb").Table(name))

    @cached_property
    def store(self) -> S3ObjectStore:
        """Its data bucket."""
        return S3ObjectStore(self.outputs.data_bucket, client=self.client("s3"))

    @property
    def runs(self) -> RunStore:
        """Its pipeline runs."""
        return RunStore(self.table)

    @property
    def steps(self) -> RunSteps:
        """The results of their steps."""
        return RunSteps(self.table)

    @cached_property
    def state_machines(self) -> SFNClient:
        """Step Functions."""
        return cast("SFNClient", self.client("stepfunctions"))

    @cached_property
    def _lambda(self) -> LambdaClient:
        return cast("LambdaClient", self.client("lambda", config=_INVOKE_CONFIG))

    def invoke(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke a function by its short name and return its result.

        Raises:
            PlantcastError: the function raised; the message is its own.
        """
        reply = self._lambda.invoke(
            FunctionName=self.outputs.functions[function], Payload=json.dumps(payload)
        )
        result = json.loads(reply["Payload"].read() or b"null")
        if "FunctionError" in reply or not isinstance(result, dict):
            message = result.get("errorMessage", result) if isinstance(result, dict) else result
            raise PlantcastError(
                f"The {function} function failed: {message}",
                remedy=f"Its log: `./plantcast logs {function}`.",
            )
        return result

    def log_events(self, function: str, *, since_ms: int = 0) -> list[tuple[int, str]]:
        """Return a function's log lines from `since_ms` (epoch milliseconds) on as (time, text), in order."""
        logs = self.client("logs")
        name = self.outputs.functions[function]
        group = self._lambda.get_function_configuration(FunctionName=name)["LoggingConfig"]["LogGroup"]
        found: list[tuple[int, str]] = []
        token: dict[str, Any] = {}
        while True:
            try:
                page = logs.filter_log_events(logGroupName=group, startTime=since_ms, **token)
            except logs.exceptions.ResourceNotFoundException:
                return []  # never invoked
            found += [(event["timestamp"], event["message"].rstrip()) for event in page["events"]]
            # An emulator may repeat the last token.
            if not page.get("nextToken") or token.get("nextToken") == page["nextToken"]:
                return sorted(found, key=lambda event: event[0])
            token = {"nextToken": page["nextToken"]}


def connect(*, region: str | None = None) -> Account:
    """Return the account of the user's AWS settings (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, …).

    `region` takes precedence over them.

    Raises:
        InvalidInputError: there is no region.
    """
    endpoint_url = os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/") or None
    region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if endpoint_url is not None and not (urlsplit(endpoint_url).hostname or "").endswith(".amazonaws.com"):
        # Real credentials are not sent to an emulator: it takes the account's number from them.
        account = Account(local_session(), region or REGION, endpoint_url)
        os.environ["AWS_ENDPOINT_URL"] = endpoint_url  # for the commands that are started
        return account
    session = boto3.Session(region_name=region)
    if session.region_name is None:
        raise InvalidInputError("No AWS region is set.", remedy="Set AWS_REGION to the stack's.")
    return Account(session, session.region_name)


def deployed_stack(account: Account, stack: str) -> Deployment:
    """Return a stack with its outputs.

    Raises:
        NotFoundError: there is no such stack, or it has no outputs (yet).
        InvalidInputError: it is not Plantcast's.
    """
    described = describe_stack(account, stack)
    if described is None:
        raise NotFoundError(
            f"There is no stack {stack!r} in {account.region}.",
            remedy="Check the name, AWS_REGION and the credentials' account (`aws sts get-caller-identity`).",
        )
    found = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    if not found:
        raise NotFoundError(
            f"Stack {stack!r} in {account.region} has no outputs; its status is {described['StackStatus']}.",
            remedy="Finish its deployment first (`sam deploy`).",
        )
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in described.get("Parameters", [])}
    name = described["StackName"]  # `stack` may have been its ARN
    try:
        outputs = Outputs.from_stack(name, account.region, account.endpoint_url or "", found)
        if account.on_aws:
            outputs = replace(outputs, api_url=found["ApiUrl"], dashboard_url=found["DashboardUrl"])
        source, stations = cast(Source, parameters["ObservationSource"]), parameters["Stations"]
    except KeyError as missing:
        raise InvalidInputError(
            f"Stack {stack!r} in {account.region} is not Plantcast's: it lacks {missing.args[0]}.",
            remedy="Name Plantcast's stack; one of an older version has to be deployed again first.",
        ) from None
    offset = 0 if account.on_aws else _clock_offset(account, outputs)
    return Deployment(outputs, account, source, tuple(stations.split(",")), offset)


def describe_stack(account: Account, stack: str) -> dict[str, Any] | None:
    """Return CloudFormation's description of a stack; None when there is none or it is deleted."""
    try:
        stacks = account.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as fault:
        error = fault.response.get("Error", {})
        if error.get("Code") == "ValidationError" and "does not exist" in error.get("Message", ""):
            return None
        raise
    found: dict[str, Any] | None = stacks[0] if stacks else None
    return None if found is None or found["StackStatus"] == "DELETE_COMPLETE" else found


def _clock_offset(account: Account, outputs: Outputs) -> int:
    """Return the offset that a stack on an emulator was deployed with (`localize`)."""
    configuration = account.client("lambda").get_function_configuration(
        FunctionName=outputs.functions["prepare"]
    )
    return int(configuration["Environment"]["Variables"].get("CLOCK_OFFSET_SECONDS", "0"))
