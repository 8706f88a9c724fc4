"""Deploys the localised template to an emulator through CloudFormation, and uploads the dashboard."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import WaiterError
from filelock import FileLock, Timeout

from infra.build.dashboard import upload_dashboard
from infra.build.package import build
from infra.build.web import ensure_built
from infra.emulator.state import REPOSITORY
from infra.stack.deployment import local_session
from infra.stack.environment import REGION
from infra.stack.localize import LOCAL_PARAMETERS, Target, Template
from infra.stack.outputs import Outputs
from plantcast.common.errors import ConflictError, PlantcastError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef
    from mypy_boto3_s3.client import S3Client

STACK_NAME: Final = "plantcast"
ARTIFACTS_BUCKET: Final = "plantcast-artifacts"
# A deployment takes seconds on ministack and a minute or two on LocalStack.
_WAIT: Final = {"Delay": 0.25, "MaxAttempts": 1200}
_LOCK_SECONDS: Final = 300.0
_LOCAL_PATHS: Final = ("CodeUri", "ContentUri", "DefinitionUri")


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
        PlantcastError: the stack failed; the message names the first resource that did.
        ConflictError: another deployment of the stack is running.
    """
    session = local_session()
    s3 = session.client("s3", endpoint_url=endpoint)
    cloudformation = session.client("cloudformation", endpoint_url=endpoint)
    with ThreadPoolExecutor(1) as pool:
        dashboard = pool.submit(ensure_built)
        on_step("packaging functions and layers")
        template_path = build(
            REPOSITORY, state_dir / "package", target, clock_offset_seconds=clock_offset_seconds
        )
        template_url = _upload_artefacts(s3, template_path)
        on_step("creating the stack")
        overrides = LOCAL_PARAMETERS | {"AllowedOrigin": public_endpoint or endpoint} | parameters
        with _only_deployment(endpoint):
            _change_stack(cloudformation, template_url, overrides)
            stack = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
        dashboard.result()
    found = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    outputs = Outputs.from_stack(STACK_NAME, REGION, public_endpoint or endpoint, found)
    on_step("uploading the dashboard")
    upload_dashboard(
        s3,
        outputs.web_bucket,
        api_url=outputs.api_url,
        source=parameters["ObservationSource"],
        stations=parameters["Stations"].split(","),
    )
    return outputs


def _upload_artefacts(s3: S3Client, template_path: Path) -> str:
    """Upload the template and what it names, each under its checksum, as `aws cloudformation package` does.

    Returns the template's URL.
    """
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=ARTIFACTS_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})

    def upload(body: bytes) -> str:
        key = hashlib.sha256(body).hexdigest()
        s3.put_object(Bucket=ARTIFACTS_BUCKET, Key=key, Body=body)
        return key

    template: Template = json.loads(template_path.read_text("utf-8"))
    for resource in template["Resources"].values():
        properties: dict[str, Any] = resource.get("Properties", {})
        for name in properties.keys() & set(_LOCAL_PATHS):
            path = template_path.parent / properties[name]
            key = upload(_zipped(path) if path.is_dir() else path.read_bytes())
            # As `aws cloudformation package` writes them; `sam delete` reads no other form.
            is_definition = name == "DefinitionUri"
            location = {"Bucket": ARTIFACTS_BUCKET, "Key": key}
            properties[name] = location if is_definition else f"s3://{ARTIFACTS_BUCKET}/{key}"
    return f"{s3.meta.endpoint_url}/{ARTIFACTS_BUCKET}/{upload(json.dumps(template).encode())}"


def _zipped(folder: Path) -> bytes:
    """Return a folder as a zip file that depends on nothing but names and contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


@contextlib.contextmanager
def _only_deployment(endpoint: str) -> Iterator[None]:
    """Hold this machine's lock on the stack at `endpoint`: the emulators mix two deployments at once.

    Raises:
        ConflictError: another process held it for all of `_LOCK_SECONDS`.
    """
    name = hashlib.sha256(f"{os.getuid()} {endpoint.rstrip('/')}".encode()).hexdigest()[:16]
    lock = FileLock(Path(tempfile.gettempdir()) / f"plantcast-deploy-{name}.lock", timeout=_LOCK_SECONDS)
    try:
        with lock:
            yield
    except Timeout as error:
        raise _other_deployment() from error


def _other_deployment() -> ConflictError:
    return ConflictError(
        f"Another deployment of stack {STACK_NAME} is running.",
        remedy="Wait until it has ended, then deploy again.",
    )


def _change_stack(
    cloudformation: CloudFormationClient, template_url: str, parameters: dict[str, str]
) -> None:
    """Bring the stack to the template.

    Raises:
        ConflictError: another deployment, or that of a killed command, is changing it.
        PlantcastError: CloudFormation failed; the message names the first resource that did.
    """
    status = _status(cloudformation)
    # AWS refuses a second change by itself; ministack would start it.
    if status is not None and status.endswith("_IN_PROGRESS"):
        raise _other_deployment()
    change: Any = cloudformation.create_stack if status is None else cloudformation.update_stack
    waiter: Any = cloudformation.get_waiter(
        "stack_create_complete" if status is None else "stack_update_complete"
    )
    try:
        change(
            StackName=STACK_NAME,
            TemplateURL=template_url,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        waiter.wait(StackName=STACK_NAME, WaiterConfig=_WAIT)
    except (cloudformation.exceptions.ClientError, WaiterError) as error:
        if "No updates are to be performed" in str(error):
            return
        raise PlantcastError(
            f"The stack could not be deployed: {_first_failure(cloudformation) or error}",
            remedy="Correct template.yaml and deploy again; `make lint` checks it against AWS's rules.",
        ) from error


def _status(cloudformation: CloudFormationClient) -> str | None:
    try:
        return cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]["StackStatus"]
    except cloudformation.exceptions.ClientError:
        return None  # no stack yet


def _first_failure(cloudformation: CloudFormationClient) -> str | None:
    """Return the first resource that failed in the latest deployment, and why; None when none did."""
    try:
        events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    except cloudformation.exceptions.ClientError:
        return None
    first: StackEventTypeDef | None = None
    for event in events:  # the newest first
        of_stack = event.get("ResourceType") == "AWS::CloudFormation::Stack"
        if of_stack and event.get("ResourceStatus") in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
            break  # where the latest deployment began
        if event.get("ResourceStatus", "").endswith("_FAILED") and not (of_stack and first):
            first = event
    if first is None:
        return None
    return f"{first['LogicalResourceId']} ({first['ResourceType']}): {first.get('ResourceStatusReason', '')}"
