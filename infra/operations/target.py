"""The deployment a command works on: a CloudFormation stack, or the local deployment.

With `--stack` the user's own AWS settings are used (AWS_PROFILE, AWS_REGION, …); an emulator that
AWS_ENDPOINT_URL names gets credentials that mean nothing. Without `--stack` only the emulator of this machine
can be reached.
"""

from __future__ import annotations

import argparse
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.emulator.lifecycle import running
from infra.emulator.state import StateFolder
from infra.stack.deployment import Deployment, connect, deployed_stack
from plantcast.common.errors import InvalidInputError

SAM_CONFIG: Final = Path(__file__).resolve().parents[2] / "samconfig.toml"


def find_deployment(
    environ: Mapping[str, str], stack: str | None = None, *, region: str | None = None
) -> Deployment:
    """Return the stack named, or without a name the local deployment.

    Raises:
        InvalidInputError: the stack is not Plantcast's, or no region is set.
        NotFoundError: there is no such stack, its deployment is not complete, or nothing runs here.
    """
    if stack is not None:
        return deployed_stack(connect(region=region), stack)
    state, outputs = running(StateFolder.locate(environ))
    return state.plan.deployment(outputs)


def stack_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser of the options that name a stack: by samconfig.toml's environment or by name."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--config-env", default="default", help="environment of samconfig.toml [default]")
    parser.add_argument("--stack", help="the stack's name instead")
    return parser


def named_stack(options: argparse.Namespace) -> Deployment:
    """Return the stack that the options of `stack_parser` name; see `find_deployment` for errors."""
    stack, region = (options.stack, None) if options.stack else stack_of(options.config_env)
    return find_deployment(os.environ, stack, region=region)


def stack_of(config_env: str, path: Path = SAM_CONFIG) -> tuple[str, str | None]:
    """Return stack name and region of an environment; without a region the user's own is used.

    Raises:
        InvalidInputError: the file has no such environment, or it names no stack.
    """
    environments = tomllib.loads(path.read_text("utf-8"))
    # A command's own parameters go before the global ones.
    commands = environments.get(config_env, {}) if isinstance(environments.get(config_env), dict) else {}
    parameters = {
        name: value
        for command in ("global", "deploy")
        for name, value in commands.get(command, {}).get("parameters", {}).items()
    }
    if "stack_name" not in parameters:
        raise InvalidInputError(
            f"{path.name} names no stack for an environment {config_env!r}.",
            remedy="Write stack_name there, or name the stack with --stack.",
        )
    return parameters["stack_name"], parameters.get("region")
