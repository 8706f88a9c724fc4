"""Deploys the localised template to an emulator through CloudFormation, and uploads the dashboard.

Zipping, uploading and the change set are the AWS CLI's own `cloudformation package` and `deploy`: the same
path an engineer takes by hand.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from infra.build.dashboard import upload_dashboard
from infra.build.package import build
from infra.emulator.state import REPOSITORY
from infra.stack.deployment import local_session
from infra.stack.environment import REGION, isolate
from infra.stack.localize import Target
from infra.stack.outputs import Outputs
from plantcast.common.errors import ConflictError, PlantcastError

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

STACK_NAME = "plantcast"
ARTIFACTS_BUCKET = "plantcast-artifacts"
CLI_TIMEOUT_SECONDS = 300
# A deployment takes seconds on ministack and a minute or two on LocalStack.
_LOCK_SECONDS = 600.0


def deploy(
    *,
    endpoint: str,
    state_dir: Path,
    parameters: dict[str, str],
    target: Target = "ministack",
    clock_offset_seconds: int = 0,
    public_endpoint: str | None = None,
    on_step: Callable[[str], None] = lambda _step: None,
) -> Outputs:
    """Create or update the stack at `endpoint`; return what it made. Safe to repeat.

    `parameters` are the template's; `AllowedOrigin` defaults to the endpoint, which serves the dashboard too.
    `public_endpoint` is where a browser finds the emulator when that is not `endpoint` (inside a container).

    Raises:
        PlantcastError: packaging or the stack failed; the message names the first resource that did.
        ConflictError: another deployment of the stack is running.
    """
    session = local_session()
    on_step("packaging functions and layers")
    template_path = build(
        REPOSITORY, state_dir / "package", target, clock_offset_seconds=clock_offset_seconds
    )
    _ensure_artifacts_bucket(session, endpoint)
    packaged = template_path.with_name("packaged.json")
    _aws(
        endpoint, "cloudformation", "package",
        "--template-file", str(template_path),
        "--s3-bucket", ARTIFACTS_BUCKET,
        "--use-json",
        "--output-template-file", str(packaged),
    )  # fmt: skip

    cloudformation = session.client("cloudformation", endpoint_url=endpoint)
    overrides = {"AllowedOrigin": public_endpoint or endpoint} | parameters
    overrides_path = template_path.with_name("parameters.json")
    overrides_path.write_text(json.dumps([f"{key}={value}" for key, value in overrides.items()]), "utf-8")
    with only_deployment(endpoint):
        on_step("creating the stack")
        _change_stack(cloudformation, endpoint, packaged, overrides_path)
        outputs = _read_outputs(cloudformation, public_endpoint or endpoint)

        on_step("uploading the dashboard")
        upload_dashboard(
            session.client("s3", endpoint_url=endpoint),
            outputs.web_bucket,
            api_url=outputs.api_url,
            source=parameters["ObservationSource"],
            stations=parameters["Stations"].split(","),
        )
    return outputs


@contextlib.contextmanager
def only_deployment(endpoint: str, *, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
    """Hold this machine's lock on the stack at `endpoint`; ministack mixes two deployments at once.

    Raises:
        ConflictError: another process held it for all of `seconds`.
    """
    name = hashlib.sha256(f"{os.getuid()} {endpoint.rstrip('/')}".encode()).hexdigest()[:16]
    lock = FileLock(Path(tempfile.gettempdir()) / f"plantcast-deploy-{name}.lock", timeout=seconds)
    try:
        with lock:
            yield
    except Timeout as error:
        raise _other_deployment(endpoint) from error


def _other_deployment(endpoint: str) -> ConflictError:
    return ConflictError(
        f"Another deployment of stack {STACK_NAME} at {endpoint} is running.",
        remedy="Wait until it has ended, then deploy again.",
    )


def _change_stack(
    cloudformation: CloudFormationClient, endpoint: str, packaged: Path, overrides_path: Path
) -> None:
    """Bring the stack to the packaged template.

    Raises:
        ConflictError: a deployment from elsewhere, or that of a killed command, is changing it.
        PlantcastError: CloudFormation failed; the message names the first resource that did.
    """
    # AWS refuses a second change by itself; ministack would start it.
    if _is_changing(cloudformation):
        raise _other_deployment(endpoint)
    try:
        _aws(
            endpoint, "cloudformation", "deploy",
            "--template-file", str(packaged),
            "--s3-bucket", ARTIFACTS_BUCKET,
            "--stack-name", STACK_NAME,
            "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND",
            "--no-fail-on-empty-changeset",
            # Not as_uri(): the CLI takes what follows file:// as it is, and would not find %20.
            "--parameter-overrides", f"file://{overrides_path}",
        )  # fmt: skip
    except PlantcastError as error:
        if _is_changing(cloudformation):
            raise _other_deployment(endpoint) from error
        raise PlantcastError(
            f"The stack could not be deployed: {_first_failure(cloudformation) or error.message}",
            remedy="Correct template.yaml and deploy again; `make lint` checks it against AWS's rules.",
        ) from error


def _is_changing(cloudformation: CloudFormationClient) -> bool:
    try:
        status = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]["StackStatus"]
    except cloudformation.exceptions.ClientError:
        return False  # no stack yet
    # In review nothing changes: a change set was made and never executed.
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def _ensure_artifacts_bucket(session: Session, endpoint: str) -> None:
    s3 = session.client("s3", endpoint_url=endpoint)
    if ARTIFACTS_BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):  # by another deployment, just now
            s3.create_bucket(
                Bucket=ARTIFACTS_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
            )


def _aws(endpoint: str, *arguments: str) -> str:
    """Run the AWS CLI of this environment against the emulator, cut off from the user's own AWS settings."""
    environment = dict(os.environ)
    isolate(environment)
    environment["AWS_ENDPOINT_URL"] = endpoint
    try:
        done = subprocess.run(  # noqa: S603  # our own arguments, no shell
            [sys.executable, "-m", "awscli", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=CLI_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PlantcastError(
            f"`aws {' '.join(arguments[:2])}` did not end within {CLI_TIMEOUT_SECONDS} s.",
            remedy="See the emulator's log (`plantcast logs emulator`); `make down` and try again.",
        ) from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).splitlines()
        said = " ".join(line.strip() for line in lines if line.strip() and not line.startswith("Uploading"))
        said = said or f"exit code {done.returncode}"
        raise PlantcastError(
            f"`aws {' '.join(arguments[:2])}` failed: {said}",
            remedy="See the emulator's log (`plantcast logs emulator`); `make down` and try again.",
        )
    return done.stdout


def _first_failure(cloudformation: CloudFormationClient) -> str | None:
    """Return why the latest deployment failed: its first resource that did, or the stack as a whole."""
    try:
        events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    except cloudformation.exceptions.ClientError:
        return None
    failed: list[StackEventTypeDef] = []
    whole: list[StackEventTypeDef] = []
    for event in events:  # the newest first
        status = event.get("ResourceStatus", "")
        of_stack = event.get("ResourceType") == "AWS::CloudFormation::Stack"
        if of_stack and status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
            break  # where the latest deployment began
        if status.endswith("_FAILED"):
            (whole if of_stack else failed).append(event)
    found = failed or whole
    if not found:
        return None
    first = min(found, key=lambda event: event["Timestamp"])
    return f"{first['LogicalResourceId']} ({first['ResourceType']}): {first.get('ResourceStatusReason', '')}"


def _read_outputs(cloudformation: CloudFormationClient, endpoint: str) -> Outputs:
    stack = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return Outputs.from_stack(STACK_NAME, REGION, endpoint, outputs)
