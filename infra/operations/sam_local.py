"""Prepares `sam local`: a template and variables with which functions work against an emulator.

python -m infra.operations.sam_local --container-url http://localstack:4566        (docs/sam.md)

`sam local` passes a function only the variables that the template declares for it, whatever `--env-vars`
names. Without AWS_ENDPOINT_URL among them a function would work on the AWS account of whoever called it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Final

from infra.operations.target import named_stack, stack_parser
from infra.stack.deployment import Deployment
from infra.stack.localize import FUNCTION, Template, load_template, resources
from infra.terminal.console import run_script
from plantcast.common.errors import InvalidInputError, NotFoundError

BUILT: Final = Path(".aws-sam/build/template.yaml")

Variables = dict[str, dict[str, str]]


def variables(deployment: Deployment, container_url: str) -> Variables:
    """Return the variables of each function by logical id: those of the deployed one, and the emulator's.

    `container_url` is the emulator's address as a container sees it.

    Raises:
        InvalidInputError: the stack is on AWS.
    """
    if deployment.account.on_aws:
        raise InvalidInputError(
            f"{deployment.where} is not an emulator.",
            remedy="Invoke the deployed function (`aws lambda invoke`), or set AWS_ENDPOINT_URL.",
        )
    # An emulator accepts any key. Declared, so that the user's own are not passed to the function.
    own = {
        "AWS_ENDPOINT_URL": container_url,
        "AWS_REGION": deployment.outputs.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "test",
    }
    client, found = deployment.client("lambda"), {}
    for name, deployed in deployment.outputs.functions.items():
        settings = client.get_function_configuration(FunctionName=deployed)["Environment"]["Variables"]
        found[f"{name.title()}Function"] = settings | own
    return found


def declare(template: Template, given: Mapping[str, Mapping[str, str]]) -> Template:
    """Return a copy of a template in which every function declares the variables that it is given.

    One that is not deployed is given none: push messages are off by default.
    """
    declaring = deepcopy(template)
    for name, function in resources(declaring, FUNCTION).items():
        declared = function["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
        for variable in given.get(name, {}):
            declared.setdefault(variable, "")
    return declaring


def main() -> int:
    """Write both files beside the built template."""
    parser = stack_parser("Write the template and the variables for `sam local` against an emulator.")
    parser.set_defaults(stack="plantcast")
    parser.add_argument("--container-url", required=True, help="the emulator as a container sees it")
    options = parser.parse_args()
    os.environ.setdefault("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    if not BUILT.is_file():
        raise NotFoundError(f"There is no {BUILT}.", remedy="Run `make build` first.")
    given = variables(named_stack(options), options.container_url)
    template, env = BUILT.with_name("local.json"), BUILT.with_name("local-env.json")  # its paths are relative
    template.write_text(json.dumps(declare(load_template(BUILT), given), indent=1), "utf-8")
    env.write_text(json.dumps(given, indent=1), "utf-8")
    sys.stdout.write(f"--template {template} --env-vars {env}\n")
    return 0


if __name__ == "__main__":
    run_script(main)
