"""Deploys what `sam build` built: image repository, `sam deploy`, dashboard.

python -m infra.operations.publish --config-env prod [options of sam deploy]        (`make publish`)
python -m infra.operations.publish --dashboard-only --stack NAME                     the dashboard alone
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from infra.build.dashboard import upload_dashboard
from infra.operations.target import named_stack, stack_of, stack_parser
from infra.stack.deployment import Account, Deployment, connect, deployed_stack, describe_stack
from infra.stack.localize import FUNCTION, load_template, resources
from infra.stack.transformed import TEMPLATE
from infra.terminal.console import run_script
from plantcast.common.errors import PlantcastError

REPOSITORY_TEMPLATE: Final = TEMPLATE.parent / "infra" / "image_repository.yaml"


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
    """Upload the dashboard of a deployed stack; return its URL."""
    upload_dashboard(
        deployment.client("s3"),
        deployment.outputs.web_bucket,
        api_url=deployment.outputs.api_url,
        source=deployment.source,
        stations=list(deployment.stations),
    )
    return deployment.outputs.dashboard_url


def deploy(config_env: str, options: Sequence[str]) -> str:
    """Deploy what `sam build` built and upload the dashboard; return its URL.

    Raises:
        PlantcastError: `sam deploy` failed; its own message was printed.
    """
    stack, region = stack_of(config_env)
    uri = ensure_repository(connect(region=region), stack)
    _run("samcli", "deploy", "--config-env", config_env, *image_options(uri), *options)
    stack, region = stack_of(config_env)  # guided, sam may have written another one
    return publish_dashboard(deployed_stack(connect(region=region), stack))


def _run(module: str, *arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, *arguments], check=False)  # noqa: S603  # no shell
    if done.returncode != 0:
        command = " ".join((module.removesuffix("cli"), *arguments[:2]))
        raise PlantcastError(
            f"`{command}` failed with exit code {done.returncode}.", remedy="Its own message is above."
        )


def main() -> int:
    """Deploy from the command line."""
    parser = stack_parser("Deploy to AWS and upload the dashboard; other options go to `sam deploy`.")
    parser.add_argument("--dashboard-only", action="store_true", help="upload the dashboard, deploy nothing")
    arguments, options = parser.parse_known_args()
    if arguments.dashboard_only:
        url = publish_dashboard(named_stack(arguments))
    else:
        url = deploy(arguments.config_env, options)
    sys.stdout.write(f"Dashboard: {url}\n")
    return 0


if __name__ == "__main__":
    run_script(main)
