"""Prepares `sam local`: a template and variables with which functions work against an emulator.

python -m infra.emulator.sam_local                    (docs/sam.md)

`sam local` hands a function only the variables that the template declares for it, whatever `--env-vars`
names. Without AWS_ENDPOINT_URL among them a function would work on the AWS account of whoever called it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from infra.operations.deployment import Deployment, find_deployment
from infra.stack.localize import FUNCTION, Template, load_template, resources
from plantcast.common.errors import InvalidInputError, NotFoundError, PlantcastError

BUILT: Final = Path(".aws-sam/build/template.yaml")
# How a container names the machine it runs on: Docker Desktop does by itself, elsewhere --add-host is given.
HOST: Final = "host.docker.internal"
_LOOPBACK: Final = ("127.0.0.1", "localhost")
# An emulator looks at no key. Declared, so that the user's own are not handed to the function.
_CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_SESSION_TOKEN": "test",
}

Variables = dict[str, dict[str, str]]


def variables(deployment: Deployment, endpoint_url: str) -> Variables:
    """Return what each function is to be given, by logical id: what the deployed one has, and the emulator.

    `endpoint_url` is the emulator's address seen from a container; what else is at a loopback address (the
    simulated KMA) is looked for on the same host.

    Raises:
        InvalidInputError: the stack is on AWS, or the address is one of loopback.
    """
    if deployment.target == "aws":
        raise InvalidInputError(
            f"{deployment.where} is no emulator.",
            remedy="Invoke what is deployed (`aws lambda invoke`), or name an emulator by --stack and --at.",
        )
    host = urlsplit(endpoint_url).hostname
    if host is None or host in _LOOPBACK:
        raise InvalidInputError(
            f"--endpoint-url {endpoint_url!r} is, in a container, the container itself.",
            remedy=f"Name the emulator as containers see it, such as http://{HOST}:4566.",
        )
    client = deployment.client("lambda")
    found: Variables = {}
    for name, deployed in deployment.outputs.functions.items():
        given = client.get_function_configuration(FunctionName=deployed)["Environment"]["Variables"]
        reached = {key: _seen_from_container(value, host) for key, value in given.items()}
        own = {"AWS_ENDPOINT_URL": endpoint_url, "AWS_REGION": deployment.outputs.region}
        found[f"{name.title()}Function"] = reached | _CREDENTIALS | own
    return found


def declare(template: Template, given: Mapping[str, Mapping[str, str]]) -> Template:
    """Return a copy of a template in which every function declares the variables that it is given."""
    declaring = deepcopy(template)
    for name, function in resources(declaring, FUNCTION).items():
        declared = function["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
        for variable in given[name]:
            declared.setdefault(variable, "")
    return declaring


def container_address(endpoint_url: str) -> str:
    """Return the address of an emulator on this machine as a container sees it."""
    return _seen_from_container(endpoint_url, HOST)


def _seen_from_container(value: str, host: str) -> str:
    if not value.startswith(("http://", "https://")):
        return value
    address = urlsplit(value)
    if address.hostname not in _LOOPBACK:
        return value
    port = f":{address.port}" if address.port else ""
    return address._replace(netloc=f"{host}{port}").geturl()


def main(arguments: list[str] | None = None) -> int:
    """Write both files beside the built template; exit code 1 with one message when it cannot be done."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.emulator.sam_local",
        description="Write the template and the variables for `sam local` against an emulator.",
    )
    parser.add_argument("--template", type=Path, default=BUILT, help=f"the built one [{BUILT}]")
    parser.add_argument("--stack", help="a stack of LocalStack, instead of the deployment of this machine")
    parser.add_argument("--at", help="where LocalStack is, seen from here [http://127.0.0.1:4566]")
    parser.add_argument("--endpoint-url", help=f"where the emulator is, seen from a container [on {HOST}]")
    options = parser.parse_args(arguments)
    try:
        template_path, env_path = _write(options.template, options.stack, options.at, options.endpoint_url)
    except PlantcastError as error:
        sys.stderr.write(f"Error: {error.message}\n{error.remedy}\n")
        return 1
    sys.stdout.write(f"--template {template_path} --env-vars {env_path}\n")
    return 0


def _write(built: Path, stack: str | None, at: str | None, endpoint_url: str | None) -> tuple[Path, Path]:
    if not built.is_file():
        raise NotFoundError(
            f"There is no {built}.",
            remedy="Run `make build`; or `make package` and give --template .aws-sam/package/template.yaml.",
        )
    at = at or ("http://127.0.0.1:4566" if stack else None)
    deployment = find_deployment(os.environ, stack=stack, endpoint_url=at)
    seen = endpoint_url or container_address(deployment.outputs.endpoint)
    given = variables(deployment, seen)
    # Beside the built one: its paths are relative.
    template_path, env_path = built.with_name("local.json"), built.with_name("local-env.json")
    template_path.write_text(json.dumps(declare(load_template(built), given), indent=1), "utf-8")
    env_path.write_text(json.dumps(given, indent=1), "utf-8")
    return template_path, env_path


if __name__ == "__main__":
    sys.exit(main())
