"""Deploys what `sam build` built: account check, image repository, `sam deploy`, dashboard.

python -m infra.operations.publish --config-env prod [options of sam deploy]        (`make publish` does)
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.operations.deployment import Account, connect, describe_stack
from infra.stack.aws_errors import aws_faults
from infra.stack.dashboard import environment_of, publish, stack_of
from infra.stack.localize import FUNCTION, load_template, resources
from infra.stack.transformed import TEMPLATE
from plantcast.common.errors import InvalidInputError, PlantcastError

REPOSITORY_TEMPLATE: Final = TEMPLATE.parent / "infra" / "image_repository.yaml"
# Either of the two and S3 refuses the policy that lets everybody read the dashboard's bucket.
_REFUSING: Final = ("BlockPublicPolicy", "RestrictPublicBuckets")
_DELIVERY: Final = re.compile(r"""\bDashboardDelivery(?:=|,ParameterValue=)["']?(\w+)""")


def check_public_buckets(account: Account, delivery: str) -> None:
    """Refuse a public dashboard bucket where the account refuses public buckets, before anything is deployed.

    Raises:
        InvalidInputError: CloudFormation would fail at the bucket's policy and take everything back.
        PlantcastError: AWS could not be asked.
    """
    if delivery != "bucket":
        return
    refusing = [name for name in _REFUSING if _public_access_block(account).get(name)]
    if refusing:
        raise InvalidInputError(
            f"This account blocks public buckets ({' and '.join(refusing)} of S3 Block Public Access), "
            "and the dashboard's bucket would be public.",
            remedy="Add DashboardDelivery=cloudfront to parameter_overrides in samconfig.toml (GitHub: the "
            "variable PARAMETERS), or lift the block: `aws s3control get-public-access-block` shows it.",
        )


def _public_access_block(account: Account) -> dict[str, bool]:
    with aws_faults(account.where):
        number = account.client("sts").get_caller_identity()["Account"]
        try:
            found = account.client("s3control").get_public_access_block(AccountId=number)
        except ClientError as refusal:
            code = refusal.response["Error"]["Code"]
            if code in {"AccessDenied", "AccessDeniedException"}:
                sys.stderr.write("Not checked: these credentials lack s3:GetAccountPublicAccessBlock.\n")
            elif code != "NoSuchPublicAccessBlockConfiguration":
                raise
            return {}
    block: dict[str, bool] = found["PublicAccessBlockConfiguration"]
    return block


def delivery_of(options: Sequence[str], environment: dict[str, Any], deployed: dict[str, str]) -> str:
    """Return the value that `sam deploy` would give the parameter DashboardDelivery.

    As sam does: `--parameter-overrides` in place of the file's, then what is deployed, then the default.
    """
    given = " ".join(options)
    if "--parameter-overrides" not in given:
        overrides = environment.get("parameter_overrides", [])
        given = overrides if isinstance(overrides, str) else " ".join(overrides)
    found = _DELIVERY.search(given)
    default = load_template(TEMPLATE)["Parameters"]["DashboardDelivery"]["Default"]
    return found[1] if found else deployed.get("DashboardDelivery", default)


def images_stack(stack: str) -> str:
    """Return the name of the stack that holds the image repository of `stack`."""
    return f"{stack}-images"


def ensure_repository(account: Account, stack: str) -> str:
    """Make or update the stack of the image repository; return the repository's URI.

    Raises:
        PlantcastError: CloudFormation refused; what it wrote stands above.
    """
    name = images_stack(stack)
    _run(
        "awscli", "cloudformation", "deploy",
        "--stack-name", name,
        "--template-file", str(REPOSITORY_TEMPLATE),
        "--parameter-overrides", f"StackName={stack}",
        "--region", account.region,
        "--no-fail-on-empty-changeset",
    )  # fmt: skip
    described = describe_stack(account, name)
    outputs: dict[str, str] = {
        one["OutputKey"]: one["OutputValue"] for one in (described or {}).get("Outputs", [])
    }
    return outputs["RepositoryUri"]


def image_options(uri: str) -> list[str]:
    """Return the options that make sam push the image of every function that is one to `uri`."""
    functions = resources(load_template(TEMPLATE), FUNCTION)
    images = [name for name, body in functions.items() if body["Properties"].get("PackageType") == "Image"]
    return [word for name in images for word in ("--image-repositories", f"{name}={uri}")]


def _run(module: str, *arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, *arguments], check=False)  # noqa: S603  # no shell
    if done.returncode != 0:
        command = " ".join((module.removesuffix("cli"), *arguments[:2]))
        raise PlantcastError(
            f"`{command}` failed with exit code {done.returncode}.",
            remedy="Its own message stands above.",
        )


def deploy(config_env: str, options: Sequence[str]) -> str:
    """Deploy the environment of samconfig.toml; return the dashboard's address.

    Raises:
        PlantcastError: the account refuses it, or a step failed; the steps after it were not begun.
    """
    stack, region = stack_of(config_env)
    account = connect(os.environ, region=region)
    described = describe_stack(account, stack) or {}
    deployed = {one["ParameterKey"]: one.get("ParameterValue", "") for one in described.get("Parameters", [])}
    try:
        check_public_buckets(account, delivery_of(options, environment_of(config_env), deployed))
    except InvalidInputError as refusal:
        if not {"--guided", "-g"} & set(options):
            raise
        # sam asks for the parameters itself.
        sys.stderr.write(f"{refusal.message} Answer `cloudfront` to DashboardDelivery.\n")
    uri = ensure_repository(account, stack)
    _run("samcli", "deploy", "--config-env", config_env, *image_options(uri), *options)
    stack, region = stack_of(config_env)  # guided, sam may have written another one
    return publish(stack, region=region)


def main() -> int:
    """Run from the command line; exit code 1 with one message when it cannot be done."""
    parser = argparse.ArgumentParser(
        description="Deploy to AWS and upload the dashboard.", epilog="Other options go to `sam deploy`."
    )
    parser.add_argument("--config-env", default="default", help="environment of samconfig.toml [default]")
    arguments, options = parser.parse_known_args()
    try:
        url = deploy(arguments.config_env, options)
    except PlantcastError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"Dashboard: {url}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
