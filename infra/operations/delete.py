"""Delete a stack with all its data: `make delete ENVIRONMENT=prod` (docs/backup.md keeps the data instead).

Buckets and table are read from the stack's own outputs, so a wrong name or region finds no stack and deletes
nothing. The data go first and the stack last: an interrupted call can be repeated.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from typing import Any

from botocore.exceptions import ClientError

from infra.operations.deployment import Deployment, describe_stack, find_deployment
from infra.operations.publish import images_stack
from infra.stack.aws_errors import aws_faults
from infra.stack.dashboard import stack_of
from plantcast.common.errors import ConflictError, InvalidInputError, PlantcastError

_MISSING = {"NoSuchBucket", "404", "ResourceNotFoundException"}


def delete_data(deployment: Deployment) -> None:
    """Delete the data bucket and the table, and empty the website bucket, every version included.

    Raises:
        ConflictError: CloudFormation is changing the stack.
        PlantcastError: an object cannot be deleted, or AWS refused a call.
    """
    outputs = deployment.outputs
    described = describe_stack(deployment.account, outputs.stack_name)
    if described is not None and described["StackStatus"].endswith("_IN_PROGRESS"):
        raise ConflictError(
            f"Stack {outputs.stack_name} is being changed ({described['StackStatus']}).",
            remedy="Wait until that has ended, then call again.",
        )
    s3, dynamodb = _resource(deployment, "s3"), deployment.client("dynamodb")
    with aws_faults(deployment.where):
        for name in (outputs.web_bucket, outputs.data_bucket):
            _unless_missing(lambda name=name: _empty(s3.Bucket(name)))
        _unless_missing(s3.Bucket(outputs.data_bucket).delete)
        _unless_missing(lambda: dynamodb.delete_table(TableName=outputs.table_name))
        waiter = dynamodb.get_waiter("table_not_exists")
        waiter.wait(TableName=outputs.table_name, WaiterConfig={"Delay": 2, "MaxAttempts": 300})


def delete_images(deployment: Deployment) -> None:
    """Begin to delete the image repository of a stack, with its images; safe to repeat.

    Raises:
        PlantcastError: AWS refused the call.
    """
    with aws_faults(deployment.where):
        deployment.client("cloudformation").delete_stack(
            StackName=images_stack(deployment.outputs.stack_name)
        )


def _empty(bucket: Any) -> None:
    for reply in bucket.object_versions.delete():
        for refused in reply.get("Errors", []):
            raise PlantcastError(
                f"{refused['Key']} in {bucket.name} cannot be deleted: {refused.get('Message')}.",
                remedy="Remove what protects it (an object lock, a bucket policy), then call again.",
            )


def _unless_missing(call: Any) -> None:
    """Make a call; what an earlier one has deleted already is no error."""
    try:
        call()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in _MISSING:
            raise


def _resource(deployment: Deployment, service: str) -> Any:
    make: Any = deployment.session.resource
    return make(service, endpoint_url=deployment.endpoint_url, region_name=deployment.outputs.region)


def _confirm(deployment: Deployment, confirmed: str | None) -> None:
    outputs = deployment.outputs
    sys.stdout.write(
        f"{deployment.where} is deleted with all its data, for ever:\n"
        f"  bucket {outputs.data_bucket}: observations, models, reports, with their earlier versions\n"
        f"  table  {outputs.table_name}: forecasts, track record, runs, with its point-in-time recovery\n"
        f"  bucket {outputs.web_bucket}: the dashboard\n"
    )
    if confirmed is None:
        if not sys.stdin.isatty():
            raise InvalidInputError(
                "Deleting a stack needs a confirmation, and there is no terminal.",
                remedy=f"Add --yes {outputs.stack_name} (make delete ARGS=…).",
            )
        confirmed = input("Type the stack's name to delete it: ").strip()
    if confirmed != outputs.stack_name:
        raise InvalidInputError(
            f"{confirmed!r} is not the stack's name, {outputs.stack_name!r}. Nothing was deleted.",
            remedy="Give the name of the stack that ENVIRONMENT or --stack means.",
        )


def main() -> int:
    """Run from the command line; return sam's exit code, or 1 after one message."""
    parser = argparse.ArgumentParser(description="Delete a stack with all its data.")
    parser.add_argument("--config-env", default="default", help="environment of samconfig.toml [default]")
    parser.add_argument("--stack", help="the stack's name instead")
    parser.add_argument("--region", help="its region, when that is not samconfig.toml's or your own")
    parser.add_argument("--endpoint-url", help="an emulator's address")
    parser.add_argument("--yes", metavar="STACK", help="the stack's name once more, instead of typing it")
    arguments = parser.parse_args()
    try:
        stack, region = (arguments.stack, None) if arguments.stack else stack_of(arguments.config_env)
        deployment = find_deployment(
            os.environ, stack=stack, region=arguments.region or region, endpoint_url=arguments.endpoint_url
        )
        _confirm(deployment, arguments.yes)
        delete_data(deployment)
    except PlantcastError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if deployment.endpoint_url is not None:
        os.environ["AWS_ENDPOINT_URL"] = deployment.endpoint_url
    sam = [sys.executable, "-m", "samcli", "delete", "--no-prompts"]
    where = ["--stack-name", deployment.outputs.stack_name, "--region", deployment.outputs.region]
    code = subprocess.run([*sam, *where], check=False).returncode  # noqa: S603  # our own arguments, no shell
    if code == 0:
        try:
            delete_images(deployment)
        except PlantcastError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
