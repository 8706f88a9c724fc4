"""Stack name and region that `sam deploy --config-env` takes from samconfig.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

from plantcast.common.errors import InvalidInputError

SAM_CONFIG: Final = Path(__file__).resolve().parents[2] / "samconfig.toml"


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
