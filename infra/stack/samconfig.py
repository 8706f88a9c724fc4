"""Stack name, region and parameters that `sam deploy --config-env` takes from samconfig.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from plantcast.common.errors import InvalidInputError

SAM_CONFIG: Final = Path(__file__).resolve().parents[2] / "samconfig.toml"


def environment_of(config_env: str, path: Path = SAM_CONFIG) -> dict[str, Any]:
    """Return the parameters of an environment; a command's own go before the global ones.

    Raises:
        InvalidInputError: the file has no such environment.
    """
    environments = {
        name: part for name, part in tomllib.loads(path.read_text("utf-8")).items() if isinstance(part, dict)
    }
    if config_env not in environments:
        raise InvalidInputError(
            f"{path.name} has no environment {config_env!r}.",
            remedy=f"Name one of {', '.join(environments)}.",
        )
    return {
        name: value
        for command in ("global", "deploy")
        for name, value in environments[config_env].get(command, {}).get("parameters", {}).items()
    }


def stack_of(config_env: str, path: Path = SAM_CONFIG) -> tuple[str, str | None]:
    """Return stack name and region of an environment; without a region the user's own is used.

    Raises:
        InvalidInputError: the file has no such environment, or it names no stack.
    """
    parameters = environment_of(config_env, path)
    if "stack_name" not in parameters:
        raise InvalidInputError(
            f"The environment {config_env!r} of {path.name} names no stack.",
            remedy="Write stack_name there, or name the stack with --stack.",
        )
    return parameters["stack_name"], parameters.get("region")
