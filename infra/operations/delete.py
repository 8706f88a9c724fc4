"""Deletes a stack with all its data: `make delete ENVIRONMENT=prod` (docs/backup.md keeps the data instead).

`sam delete` keeps the data bucket and the table and cannot delete a bucket that holds objects, so these go
first. Their names are the stack's own outputs. An interrupted call can be repeated.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from infra.operations.publish import images_stack
from infra.operations.target import named_stack, stack_parser
from infra.stack.deployment import Deployment
from infra.terminal.console import run_script
from plantcast.common.errors import InvalidInputError, PlantcastError

_MISSING = {"NoSuchBucket", "404", "ResourceNotFoundException"}


def delete_data(deployment: Deployment) -> None:
    """Delete the data bucket and the table, and empty the website bucket, every version included.

    Raises:
        PlantcastError: an object cannot be deleted.
    """
    outputs, s3 = deployment.outputs, deployment.account.resource("s3")
    dynamodb = deployment.client("dynamodb")
    for name in (outputs.web_bucket, outputs.data_bucket):
        _unless_missing(partial(_empty, s3.Bucket(name)))
    _unless_missing(s3.Bucket(outputs.data_bucket).delete)
    _unless_missing(lambda: dynamodb.delete_table(TableName=outputs.table_name))
    waiter = dynamodb.get_waiter("table_not_exists")
    waiter.wait(TableName=outputs.table_name, WaiterConfig={"Delay": 2, "MaxAttempts": 300})


def _empty(bucket: Any) -> None:
    for reply in bucket.object_versions.delete():
        for refused in reply.get("Errors", []):
            raise PlantcastError(
                f"{refused['Key']} in {bucket.name} cannot be deleted: {refused.get('Message')}.",
                remedy="Remove what protects it (an object lock, a bucket policy) and retry.",
            )


def _unless_missing(call: Callable[[], Any]) -> None:
    try:
        call()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in _MISSING:
            raise


def _confirm(deployment: Deployment, confirmed: str | None) -> None:
    outputs = deployment.outputs
    sys.stdout.write(
        f"{deployment.where} will be deleted permanently with all its data:\n"
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
            remedy="Give the name of the stack that ENVIRONMENT or --stack selects.",
        )


def main() -> int:
    """Run from the command line; return sam's exit code."""
    parser = stack_parser("Delete a stack with all its data.")
    parser.add_argument("--yes", metavar="STACK", help="the stack's name once more, instead of typing it")
    arguments = parser.parse_args()
    deployment = named_stack(arguments)
    _confirm(deployment, arguments.yes)
    delete_data(deployment)
    stack, account = deployment.outputs.stack_name, deployment.account
    sam = [sys.executable, "-m", "samcli", "delete", "--no-prompts", "--region", account.region]
    code = subprocess.run([*sam, "--stack-name", stack], check=False).returncode  # noqa: S603  # no shell
    if code == 0:
        account.client("cloudformation").delete_stack(StackName=images_stack(stack))
    return code


if __name__ == "__main__":
    run_script(main)
