"""Deploys what `sam build` built: image repository, `sam deploy`, dashboard.

python -m infra.operations.publish --config-env prod [options of sam deploy]        (`make publish`)
python -m infra.operations.publish --dashboard-only --stack NAME                     the dashboard alone
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from botocore.exceptions import ClientError

from infra.build.dashboard import upload_dashboard
from infra.operations.target import named_stack, stack_parser
from infra.stack.aws_errors import aws_faults
from infra.stack.deployment import Account, Deployment, connect, deployed_stack, describe_stack
from infra.stack.localize import FUNCTION, load_template, resources
from infra.stack.samconfig import environment_of, stack_of
from infra.stack.transformed import TEMPLATE
from plantcast.common.errors import InvalidInputError, PlantcastError

REPOSITORY_TEMPLATE: Final = TEMPLATE.parent / "infra" / "image_repository.yaml"


def check_public_buckets(account: Account, config_env: str, options: Sequence[str], stack: str) -> None:
    """Refuse a public dashboard bucket where the account blocks public buckets, before anything is deployed.

    Raises:
        InvalidInputError: CloudFormation would fail at the bucket's policy and roll everything back.
        PlantcastError: AWS refused a call.
    """
    block = _public_access_block(account)
    if not (block.get("BlockPublicPolicy") or block.get("RestrictPublicBuckets")):
        return
    # As sam does: the option in place of the file's list, then the deployed value.
    overrides = environment_of(config_env).get("parameter_overrides", [])
    given = str(options if "--parameter-overrides" in options else overrides)
    if "DashboardDelivery" not in given:
        deployed = (describe_stack(account, stack) or {}).get("Parameters", [])
        given = " ".join(f"{one['ParameterKey']}={one.get('ParameterValue')}" for one in deployed)
    if re.search(r"DashboardDelivery(=|,ParameterValue=)cloudfront", given) is None:
        raise InvalidInputError(
            "This account blocks public buckets (S3 Block Public Access), and the dashboard's bucket would "
            "be public.",
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


def images_stack(stack: str) -> str:
    """Return the name of the stack that holds the image repository of `stack`."""
    return f"{stack}-images"


def ensure_repository(account: Account, stack: str) -> str:
    """Create or update the stack of the image repository; return the repository's URI.

    Raises:
        PlantcastError: CloudFormation failed; its own message was printed.
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
    described = describe_stack(account, name) or {}
    outputs: dict[str, str] = {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}
    return outputs["RepositoryUri"]


def image_options(uri: str) -> list[str]:
    """Return the options that make sam push the image of every image function to `uri`."""
    functions = resources(load_template(TEMPLATE), FUNCTION)
    images = [name for name, body in functions.items() if body["Properties"].get("PackageType") == "Image"]
    return [word for name in images for word in ("--image-repositories", f"{name}={uri}")]


def publish_dashboard(deployment: Deployment) -> str:
    """Upload the dashboard of a deployed stack; return its URL.

    Raises:
        PlantcastError: AWS refused a call, or the dashboard cannot be built.
    """
    with aws_faults(deployment.where):
        upload_dashboard(
            deployment.client("s3"),
            deployment.outputs.web_bucket,
            api_url=deployment.outputs.api_url,
            source=deployment.source,
            stations=list(deployment.stations),
        )
    return deployment.outputs.dashboard_url


def deploy(config_env: str, options: Sequence[str]) -> str:
    """Deploy the environment of samconfig.toml; return the dashboard's URL.

    Raises:
        PlantcastError: the account would refuse it, or a step failed; the steps after it were not begun.
    """
    stack, region = stack_of(config_env)
    account = connect(os.environ, region=region)
    try:
        check_public_buckets(account, config_env, options, stack)
    except InvalidInputError as refusal:
        if not {"--guided", "-g"} & set(options):
            raise
        # sam asks for the parameters itself.
        sys.stderr.write(f"{refusal.message} Answer `cloudfront` to DashboardDelivery.\n")
    uri = ensure_repository(account, stack)
    _run("samcli", "deploy", "--config-env", config_env, *image_options(uri), *options)
    stack, region = stack_of(config_env)  # guided, sam may have written another one
    return publish_dashboard(deployed_stack(connect(os.environ, region=region), stack))


def _run(module: str, *arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, *arguments], check=False)  # noqa: S603  # no shell
    if done.returncode != 0:
        command = " ".join((module.removesuffix("cli"), *arguments[:2]))
        raise PlantcastError(
            f"`{command}` failed with exit code {done.returncode}.", remedy="Its own message is above."
        )


def main() -> int:
    """Run from the command line; exit code 1 with one message when it cannot be done."""
    parser = stack_parser("Deploy to AWS and upload the dashboard; other options go to `sam deploy`.")
    parser.add_argument("--dashboard-only", action="store_true", help="upload the dashboard, deploy nothing")
    arguments, options = parser.parse_known_args()
    try:
        if arguments.dashboard_only:
            url = publish_dashboard(named_stack(arguments))
        else:
            url = deploy(arguments.config_env, options)
    except PlantcastError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"Dashboard: {url}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
