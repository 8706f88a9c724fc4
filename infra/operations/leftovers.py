"""What a stack leaves behind when it is deleted, and what it costs to keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.local.deploy import ARTIFACTS_BUCKET
from infra.local.outputs import FUNCTIONS
from infra.operations.cost.prices import list_prices
from infra.operations.deployment import Account

_SAM_STACK: Final = "aws-sam-cli-managed-default"


@dataclass(frozen=True)
class Leftover:
    """Something that is still there, why, and how to be rid of it."""

    kind: str
    name: str
    what: str
    usd_per_month: float | None
    remove: str

    @classmethod
    def bucket(cls, name: str, versions: int, size: int) -> Leftover:
        """Return the data bucket."""
        return cls(
            "bucket",
            name,
            f"{versions} versions, {size / 1e9:.3f} GB",
            _usd(size, "s3_gb_month"),
            "plantcast teardown --delete-data",
        )

    @classmethod
    def table(cls, name: str, items: int, size: int) -> Leftover:
        """Return the table; DynamoDB counts anew every six hours."""
        return cls(
            "table",
            name,
            f"about {items} items, {size / 1e9:.3f} GB",
            _usd(size, "dynamodb_gb_month", "dynamodb_pitr_gb_month"),
            "plantcast teardown --delete-data",
        )

    def facts(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return asdict(self)


def _usd(size: int, *names: str) -> float:
    """Return what so many bytes cost a month at Seoul's list prices, before any free tier."""
    prices = list_prices()
    return round(sum(prices[name].cost(size / 1e9) for name in names), 4)


def leftovers(account: Account, stack: str, keys: Sequence[str]) -> list[Leftover]:
    """Return what is there beside data bucket and table; what may not be looked at is passed over.

    `keys` are the names of the parameters that hold the stack's keys.
    """
    found: list[Leftover] = []
    looks: list[Callable[[], list[Leftover]]] = [
        lambda: _log_groups(account, stack),
        lambda: _sam_stacks(account, stack),
        lambda: _artifacts(account),
        lambda: _keys(account, keys),
    ]
    for look in looks:
        try:
            found += look()
        except ClientError:
            continue  # another service, or no permission: this only informs
    if account.endpoint_url is None:
        return found
    # Pasted without its address, a command meant for an emulator would reach the account.
    return [replace(each, remove=f"{each.remove} --endpoint-url {account.endpoint_url}") for each in found]


def _log_groups(account: Account, stack: str) -> list[Leftover]:
    logs = account.client("logs")
    # Not all that begins with the stack's name: that of another stack may begin with it, too.
    prefixes = [f"/aws/lambda/{stack}-{name.capitalize()}Function-" for name in FUNCTIONS]
    return [
        Leftover(
            "log group",
            group["logGroupName"],
            "written by a function after its group was deleted; kept without end unless deleted",
            None,
            f"aws logs delete-log-group --log-group-name {group['logGroupName']}",
        )
        for prefix in prefixes
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
        for group in page["logGroups"]
    ]


def _sam_stacks(account: Account, stack: str) -> list[Leftover]:
    pages = account.client("cloudformation").get_paginator("describe_stacks").paginate()
    found = []
    for page in pages:
        for each in page["Stacks"]:
            name = each["StackName"]
            if each["StackStatus"] == "DELETE_COMPLETE":
                continue
            if re.fullmatch(rf"{re.escape(stack)}-[0-9a-f]+-CompanionStack", name):
                what = "sam's repositories of the container image (ECR, 0.10 USD a GB and month)"
            elif name == _SAM_STACK:
                what = "sam's bucket of uploaded code, shared by all of sam's stacks in this region"
            else:
                continue
            remove = (
                f"empty its repository or bucket, then aws cloudformation delete-stack --stack-name {name}"
            )
            found.append(Leftover("stack", name, what, None, remove))
    return found


def _artifacts(account: Account) -> list[Leftover]:
    if account.target == "aws":
        return []
    names = {bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]}
    if ARTIFACTS_BUCKET not in names:
        return []
    remove = f"aws s3 rb --force s3://{ARTIFACTS_BUCKET}"
    return [
        Leftover("bucket", ARTIFACTS_BUCKET, "uploaded code of deployments to this emulator", None, remove)
    ]


def _keys(account: Account, names: Sequence[str]) -> list[Leftover]:
    # Their metadata is enough: the keys themselves are not read.
    filters = [{"Key": "Name", "Option": "Equals", "Values": list(names)}]
    found = account.client("ssm").describe_parameters(ParameterFilters=filters)["Parameters"]
    return [
        Leftover(
            "parameter",
            each["Name"],
            "a key of yours, never part of the stack",
            0.0,
            f"aws ssm delete-parameter --name {each['Name']}",
        )
        for each in found
    ]
