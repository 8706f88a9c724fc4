"""The deployment a command means: a CloudFormation stack, or the one that runs on this machine.

With `--stack` the user's own AWS credentials, profile and region are used; an emulator given by its address
gets credentials that mean nothing. Without `--stack` only the emulator of this machine can be reached.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ProfileNotFound

from infra.emulator.lifecycle import running
from infra.emulator.state import StateFolder
from infra.stack.aws_errors import aws_faults, translated
from infra.stack.deployed import local_session
from infra.stack.environment import REGION, isolate
from infra.stack.outputs import Outputs
from infra.stack.user_credentials import put_back
from plantcast.aws import DynamoTable, S3ObjectStore
from plantcast.common.errors import InvalidInputError, NotFoundError, PlantcastError, TemporaryError

Target = Literal["ministack", "localstack", "aws"]

# Standard mode waits with jitter between attempts, 8 of which span about a minute. Copies run in threads that
# share the clients: a pool of ten connections would make the rest wait.
CLIENT_CONFIG: Final = Config(
    retries={"mode": "standard", "max_attempts": 8},
    connect_timeout=10,
    read_timeout=120,
    max_pool_connections=32,
)
_PROBE_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Account:
    """Where stacks are: an account in a region, or an emulator."""

    session: boto3.Session = field(repr=False)
    region: str
    endpoint_url: str | None
    target: Target

    def client(self, service: str, *, config: Config | None = None) -> Any:
        """Return a client of a service, with retries; `config` adds to them."""
        merged = CLIENT_CONFIG if config is None else CLIENT_CONFIG.merge(config)
        make: Any = self.session.client
        return make(service, endpoint_url=self.endpoint_url, region_name=self.region, config=merged)

    @property
    def where(self) -> str:
        """Its name in a message."""
        return f"AWS in {self.region}" if self.target == "aws" else f"The emulator at {self.endpoint_url}"


@dataclass(frozen=True)
class Deployment:
    """A deployed stack and how to reach what it made."""

    outputs: Outputs
    session: boto3.Session = field(repr=False)
    endpoint_url: str | None
    target: Target
    parameters: dict[str, str]

    @property
    def account(self) -> Account:
        """Where the stack is."""
        return Account(self.session, self.outputs.region, self.endpoint_url, self.target)

    @property
    def where(self) -> str:
        """Its name in a message: stack and place."""
        return f"{self.account.where} (stack {self.outputs.stack_name})"

    @property
    def source(self) -> str:
        """What kind of observations it holds: `kma`, `synthetic` or `replay`."""
        return self.parameters["ObservationSource"]

    @property
    def stations(self) -> tuple[str, ...]:
        """The ASOS station numbers it forecasts for."""
        return tuple(self.parameters["Stations"].split(","))

    def client(self, service: str, *, config: Config | None = None) -> Any:
        """Return a client of a service, with retries; `config` adds to them."""
        return self.account.client(service, config=config)

    def table(self) -> DynamoTable:
        """Return the table."""
        make: Any = self.session.resource
        resource = make(
            "dynamodb",
            endpoint_url=self.endpoint_url,
            region_name=self.outputs.region,
            config=CLIENT_CONFIG,
        )
        return DynamoTable(self.outputs.table_name, resource.Table(self.outputs.table_name))

    def store(self) -> S3ObjectStore:
        """Return the data bucket."""
        return S3ObjectStore(self.outputs.data_bucket, client=self.client("s3"))


def find_deployment(
    environ: MutableMapping[str, str],
    *,
    stack: str | None,
    region: str | None = None,
    endpoint_url: str | None = None,
) -> Deployment:
    """Return the stack named, or without a name the deployment of this machine.

    With a stack, the AWS settings kept aside by `keep_aside` are put back into `environ` (the process's own).

    Raises:
        InvalidInputError: `region` or `endpoint_url` without `stack`, or the stack is not Plantcast's.
        NotFoundError: there is no such stack, it has not been deployed to the end, or nothing runs here.
        PlantcastError: AWS could not be asked; the message says what to do.
    """
    if stack is None:
        _refuse_lonely(region=region, endpoint_url=endpoint_url)
        return local_deployment(environ)
    account = connect(environ, region=region, endpoint_url=endpoint_url)
    return deployed_stack(account, stack)


def connect(
    environ: MutableMapping[str, str], *, region: str | None = None, endpoint_url: str | None = None
) -> Account:
    """Return the account of the user's own AWS settings, or the emulator at `endpoint_url`.

    Raises:
        InvalidInputError: there is no such profile, no region, or `endpoint_url` is no address.
        TemporaryError: no emulator answers there.
    """
    put_back(environ)
    endpoint_url = (endpoint_url or environ.get("AWS_ENDPOINT_URL") or "").rstrip("/") or None
    named = region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if endpoint_url is not None and not (urlsplit(endpoint_url).hostname or "").endswith(".amazonaws.com"):
        # Real credentials are not sent to an emulator: it needs none, and takes the account's number from
        # them. Nor may a profile that does not exist, or a proxy, stand in the way.
        isolate(environ)
        target = _emulator_at(endpoint_url)
        return Account(local_session(), named or REGION, endpoint_url, target)
    try:
        session = boto3.Session(region_name=named)
    except ProfileNotFound as fault:
        raise translated(fault, "AWS") from fault
    if session.region_name is None:
        raise InvalidInputError(
            "No AWS region is set.", remedy="Name the stack's with --region, for example ap-northeast-2."
        )
    return Account(session, session.region_name, endpoint_url, "aws")


def local_deployment(environ: Mapping[str, str]) -> Deployment:
    """Return the deployment that runs on this machine.

    Raises:
        NotFoundError: nothing does.
    """
    _, outputs = running(StateFolder.locate(environ))
    account = Account(local_session(), outputs.region, outputs.endpoint, "ministack")
    described = describe_stack(account, outputs.stack_name)
    if described is None:
        raise NotFoundError(
            f"The emulator at {outputs.endpoint} has no stack {outputs.stack_name!r}.",
            remedy="Deploy it again with `./plantcast up`.",
        )
    return Deployment(outputs, account.session, account.endpoint_url, account.target, _parameters(described))


def deployed_stack(account: Account, stack: str) -> Deployment:
    """Return a stack with its outputs.

    Raises:
        NotFoundError: there is no such stack, or it has no outputs (yet).
        InvalidInputError: it is not Plantcast's.
    """
    described = describe_stack(account, stack)
    if described is None:
        raise NotFoundError(
            f"There is no stack {stack!r} in {account.region}{_others(account)}.",
            remedy="Check the name, --region and the credentials' account (`aws sts get-caller-identity`).",
        )
    found = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    if not found:
        raise NotFoundError(
            f"Stack {stack!r} in {account.region} has no outputs; its status is {described['StackStatus']}.",
            remedy="Deploy it to the end first (`sam deploy`).",
        )
    name = described["StackName"]  # `stack` may have been its ARN
    parameters = _parameters(described)
    try:
        outputs = Outputs.from_stack(name, account.region, account.endpoint_url or "", found)
        if account.target == "aws":
            outputs = replace(outputs, api_url=found["ApiUrl"], dashboard_url=found["DashboardUrl"])
        missing = {"ObservationSource", "Stations"} - set(parameters)
    except KeyError as fault:
        missing = {str(fault.args[0])}
    if missing:
        raise InvalidInputError(
            f"Stack {stack!r} in {account.region} is not Plantcast's: it lacks {', '.join(sorted(missing))}.",
            remedy="Name Plantcast's stack; one of an older version has to be deployed anew first.",
        )
    return Deployment(outputs, account.session, account.endpoint_url, account.target, parameters)


def describe_stack(account: Account, stack: str) -> dict[str, Any] | None:
    """Return what CloudFormation says of a stack; None when there is none of that name or it is deleted.

    Raises:
        PlantcastError: CloudFormation could not be asked.
    """
    with aws_faults(account.where):
        try:
            stacks = account.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        except ClientError as fault:
            error = fault.response.get("Error", {})
            if error.get("Code") == "ValidationError" and "does not exist" in error.get("Message", ""):
                return None
            raise
    found: dict[str, Any] | None = stacks[0] if stacks else None
    return None if found is None or found["StackStatus"] == "DELETE_COMPLETE" else found


def _parameters(described: dict[str, Any]) -> dict[str, str]:
    return {
        entry["ParameterKey"]: entry.get("ParameterValue", "") for entry in described.get("Parameters", [])
    }


def _others(account: Account) -> str:
    """Name the stacks there are, as far as they may be seen: it is often the name that is wrong."""
    try:
        with aws_faults(account.where):
            page = account.client("cloudformation").describe_stacks()["Stacks"]
    except PlantcastError:
        return ""
    names = sorted(stack["StackName"] for stack in page if stack["StackStatus"] != "DELETE_COMPLETE")
    if not names:
        return ", nor any other"
    return f"; there {'is' if len(names) == 1 else 'are'} {', '.join(names[:10])}{' …' if names[10:] else ''}"


def _refuse_lonely(**options: str | None) -> None:
    for name, value in options.items():
        if value is not None:
            option = f"--{name.replace('_', '-')}"
            raise InvalidInputError(
                f"{option}={value!r} means a stack, and none is named.",
                remedy=f"Add --stack NAME, or leave {option} out for the deployment of this machine.",
            )


def _emulator_at(endpoint_url: str) -> Target:
    """Tell which emulator answers.

    Raises:
        InvalidInputError: the address cannot be one.
        TemporaryError: nothing answers there.
    """
    if urlsplit(endpoint_url).scheme not in {"http", "https"}:
        raise InvalidInputError(
            f"--endpoint-url={endpoint_url!r} is no address.", remedy="Give one as http://127.0.0.1:4566."
        )
    try:
        with urllib.request.urlopen(  # noqa: S310  # the scheme was checked
            f"{endpoint_url}/_ministack/health", timeout=_PROBE_SECONDS
        ) as reply:
            return "ministack" if reply.status == 200 else "localstack"
    except urllib.error.HTTPError:
        return "localstack"  # it answers, and does not know ministack's page
    except (OSError, ValueError) as fault:
        raise TemporaryError(
            f"Nothing answers at {endpoint_url}: {fault}.",
            remedy="Start the emulator or correct --endpoint-url; without it, AWS is meant.",
        ) from fault
