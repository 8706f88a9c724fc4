"""Deploys to a LocalStack that runs already; `python -m infra.operations.localstack` is the command.

All settings come from the environment (docs/localstack.md); docker-compose.localstack.yml sets them:

LOCALSTACK_ENDPOINT       where LocalStack answers (default http://127.0.0.1:4566)
PUBLIC_ENDPOINT           where a browser finds it, when that differs
KMA_API_KEY               your data.go.kr service key; it goes into SSM, as on AWS
PLANTCAST_ASOS_BASE_URL   the KMA's service, when not the real one
SIMULATOR_URL             without a key: the simulator, as the functions find it
PLANTCAST_STATIONS        station numbers, joined by commas (default 108)
PLANTCAST_DEMO_DAYS       before the first run fetch so many days, then run (default 0: only deploy)
LOCALSTACK_ANY_VERSION    1: do not insist on LocalStack 4.14.0
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from botocore.exceptions import ClientError

from infra.emulator.deploy import STACK_NAME, deploy
from infra.emulator.sources import BASE_URL_VARIABLE, KMA_BASE_URL, KMA_KEY_VARIABLE, parse_stations
from infra.kma_simulator.service import DEFAULT_KEY
from infra.stack.deployment import API_KEY_PARAMETER, KMA_KEY_PARAMETER, local_session
from infra.stack.outputs import Outputs
from plantcast.common.errors import ConflictError, InvalidInputError, NotFoundError
from plantcast.common.settings import Source

DEFAULT_ENDPOINT = "http://127.0.0.1:4566"
# The last release that starts without an auth token; what this project knows of LocalStack was seen on it.
VERSION = "4.14.0"
SIMULATOR_VARIABLE = "SIMULATOR_URL"
ANY_VERSION_VARIABLE = "LOCALSTACK_ANY_VERSION"
_HEALTH_TIMEOUT_SECONDS = 10
_MOST_DAYS = 20_000


@dataclass(frozen=True)
class Settings:
    """Settings from the environment."""

    endpoint: str
    public_endpoint: str
    source: Source
    key: str
    base_url: str
    stations: tuple[str, ...]
    first_days: int

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """Read the variables of the module's docstring; an empty one counts as left out.

        Raises:
            InvalidInputError: neither a key nor a simulator is named, or a value cannot be used.
        """
        given = {name: value.strip() for name, value in environ.items() if value.strip()}
        endpoint = _address(given, "LOCALSTACK_ENDPOINT", DEFAULT_ENDPOINT)
        key, simulator = given.get(KMA_KEY_VARIABLE), _address(given, SIMULATOR_VARIABLE, "")
        if not key and not simulator:
            raise InvalidInputError(
                f"Neither {KMA_KEY_VARIABLE} nor {SIMULATOR_VARIABLE} is set.",
                remedy=f"Set {KMA_KEY_VARIABLE} to your data.go.kr service key (either form); or start "
                f"`python -m infra.kma_simulator` and set {SIMULATOR_VARIABLE} to where it serves.",
            )
        return cls(
            endpoint=endpoint,
            public_endpoint=_address(given, "PUBLIC_ENDPOINT", endpoint),
            source="kma" if key else "synthetic",
            key=key or DEFAULT_KEY,
            base_url=_address(given, BASE_URL_VARIABLE, KMA_BASE_URL) if key else simulator,
            stations=parse_stations(given.get("PLANTCAST_STATIONS", "108")),
            first_days=_days(given.get("PLANTCAST_DEMO_DAYS", "0")),
        )

    def parameters(self) -> dict[str, str]:
        """Return the template's parameters."""
        # A local run checks once more for a complete yesterday and continues.
        waiting = {"FreshnessWaitSeconds": "10", "FreshnessMaxChecks": "1"}
        return {
            "Stations": ",".join(self.stations),
            "ObservationSource": self.source,
            "AsosBaseUrl": self.base_url,
            **waiting,
        }


def _address(given: Mapping[str, str], name: str, default: str) -> str:
    address = given.get(name, default).rstrip("/")
    if address and not address.startswith(("http://", "https://")):
        raise InvalidInputError(
            f"{name}={address!r} is not an address.", remedy=f"Write it as {DEFAULT_ENDPOINT}."
        )
    return address


def _days(text: str) -> int:
    if not text.isdigit() or not (text == "0" or 2 <= int(text) <= _MOST_DAYS):
        raise InvalidInputError(
            f"PLANTCAST_DEMO_DAYS={text!r} is not a number of days.",
            remedy=f"Give 2 to {_MOST_DAYS}, or 0 to deploy only.",
        )
    return int(text)


def require_localstack(endpoint: str, *, any_version: bool = False) -> None:
    """Make sure that the LocalStack this project knows answers at `endpoint`.

    Raises:
        NotFoundError: nothing answers there, or it is no LocalStack.
        InvalidInputError: it is another version, and `any_version` is false.
    """
    start = "Start it: `docker compose -f docker-compose.localstack.yml up`; or set LOCALSTACK_ENDPOINT."
    try:
        reply = requests.get(f"{endpoint}/_localstack/health", timeout=_HEALTH_TIMEOUT_SECONDS)
        reply.raise_for_status()
        found: Any = reply.json()
        version = str(found["version"])
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.InvalidURL) as error:
        reason = type(error).__name__
        raise NotFoundError(f"No LocalStack answers at {endpoint} ({reason}).", remedy=start) from error
    except (requests.RequestException, ValueError, TypeError, KeyError) as error:
        raise NotFoundError(f"What answers at {endpoint} is not LocalStack.", remedy=start) from error
    if version != VERSION and not any_version:
        raise InvalidInputError(
            f"LocalStack {version} answers at {endpoint}; Plantcast is tried on {VERSION} only.",
            remedy=f"Start localstack/localstack:{VERSION}, or set {ANY_VERSION_VARIABLE}=1 to go on.",
        )


def require_same_source(endpoint: str, source: Source) -> None:
    """Make sure that a stack which is there already stands on `source` too.

    Raises:
        ConflictError: it does not; one lake never holds observations of two kinds.
    """
    cloudformation = local_session().client("cloudformation", endpoint_url=endpoint)
    try:
        stack = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    except ClientError:
        return  # the first deployment
    parameters = {entry["ParameterKey"]: entry["ParameterValue"] for entry in stack.get("Parameters", [])}
    runs = parameters.get("ObservationSource", source)
    if runs != source:
        raise ConflictError(
            f"What is deployed at {endpoint} holds {runs} observations, not {source}.",
            remedy="Stop it with `docker compose -f docker-compose.localstack.yml down`, which "
            "removes its data; then start again.",
        )


def deploy_to_localstack(
    endpoint: str,
    *,
    kma_key: str,
    state_dir: Path,
    parameters: dict[str, str],
    public_endpoint: str | None = None,
    clock_offset_seconds: int = 0,
    on_step: Callable[[str], None] = lambda _step: None,
) -> Outputs:
    """Store the keys (an API key only when there is none yet), deploy, and return the stack's outputs.

    `clock_offset_seconds` moves every function's clock, for stacks that stand at another date.
    """
    session = local_session()
    ssm = session.client("ssm", endpoint_url=endpoint)
    ssm.put_parameter(Name=KMA_KEY_PARAMETER, Value=kma_key, Type="SecureString", Overwrite=True)
    # A second deployment keeps the key that clients already have.
    with suppress(ssm.exceptions.ParameterAlreadyExists):
        ssm.put_parameter(Name=API_KEY_PARAMETER, Value=secrets.token_urlsafe(24), Type="SecureString")
    return deploy(
        endpoint=endpoint,
        state_dir=state_dir,
        parameters=parameters,
        target="localstack",
        public_endpoint=public_endpoint,
        clock_offset_seconds=clock_offset_seconds,
        on_step=on_step,
    )
