"""Deploys to a running LocalStack and makes a first forecast: `python -m infra.operations.localstack`.

All settings come from the environment (docs/localstack.md); docker-compose.localstack.yml sets them:

LOCALSTACK_ENDPOINT       where LocalStack answers (default http://127.0.0.1:4566)
PUBLIC_ENDPOINT           where a browser finds it, when that differs
KMA_API_KEY               your data.go.kr service key; it goes into SSM, as on AWS
KMA_API_HUB_KEY           with it: the API Hub's key, for observations of today
PLANTCAST_ASOS_BASE_URL   the KMA's service, when not the real one; PLANTCAST_API_HUB_BASE_URL: the API Hub
SIMULATOR_URL             without a key: the simulator's ASOS service, as the functions find it
PLANTCAST_STATIONS        station numbers, joined by commas (default 108)
PLANTCAST_DEMO_DAYS       before the first run fetch so many days, then run (default 0: only deploy)
LOCALSTACK_ANY_VERSION    1: accept other versions than LocalStack 4.14.0
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import requests
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from infra.emulator.deploy import STACK_NAME, deploy
from infra.emulator.services import API_HUB_URL, ASOS_URL, Services
from infra.emulator.sources import LABELS, LOCAL_FRESHNESS, parse_stations
from infra.kma_simulator.service import DEFAULT_HUB_KEY, DEFAULT_KEY
from infra.operations.backfill import backfill
from infra.stack.deployment import (
    API_HUB_KEY_PARAMETER,
    API_KEY_PARAMETER,
    KMA_KEY_PARAMETER,
    Account,
    Deployment,
    describe_stack,
    local_session,
)
from infra.stack.environment import REGION
from infra.stack.execution import follow_execution, start_execution
from infra.stack.outputs import Outputs
from infra.terminal.console import run_script
from plantcast.common.errors import ConflictError, InvalidInputError, NotFoundError
from plantcast.common.settings import Source

# The last release that starts without an auth token; what this project knows of LocalStack was seen on it.
VERSION: Final = "4.14.0"
_HEALTH_TIMEOUT_SECONDS: Final = 10

Url = Annotated[str, StringConstraints(pattern="^https?://")]


class Settings(BaseModel):
    """The variables of the module's docstring."""

    model_config = ConfigDict(frozen=True)

    localstack_endpoint: Url = "http://127.0.0.1:4566"
    public_endpoint: Url | None = None
    kma_api_key: str | None = None
    kma_api_hub_key: str | None = None
    plantcast_asos_base_url: Url = ASOS_URL
    plantcast_api_hub_base_url: Url = API_HUB_URL
    simulator_url: Url | None = None
    plantcast_stations: str = "108"
    plantcast_demo_days: int = Field(default=0, ge=0, le=20_000)
    localstack_any_version: bool = False

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """Read the variables; an empty one counts as left out.

        Raises:
            InvalidInputError: neither a key nor a simulator is named, or a value is not valid.
        """
        given = {name.lower(): value.strip() for name, value in environ.items() if value.strip()}
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidInputError(
                f"{str(first['loc'][0]).upper()}={first['input']!r} is not valid.", remedy=first["msg"]
            ) from error
        if settings.kma_api_key is None and settings.simulator_url is None:
            raise InvalidInputError(
                "Neither KMA_API_KEY nor SIMULATOR_URL is set.",
                remedy="Set KMA_API_KEY to your data.go.kr service key (either form); or start "
                "`python -m infra.kma_simulator` and set SIMULATOR_URL to where it serves.",
            )
        return settings

    @property
    def source(self) -> Source:
        """Kind of the observations."""
        return "synthetic" if self.kma_api_key is None else "kma"

    @property
    def services(self) -> Services:
        """What the functions call."""
        if self.kma_api_key is None:
            return Services.of_simulator(str(self.simulator_url))
        hub = self.plantcast_api_hub_base_url if self.kma_api_hub_key else None
        return Services(self.plantcast_asos_base_url, hub)

    @property
    def api_hub_key(self) -> str:
        """The API Hub's key, empty without observations of today."""
        return DEFAULT_HUB_KEY if self.kma_api_key is None else self.kma_api_hub_key or ""

    def parameters(self) -> dict[str, str]:
        """Return the template's parameters.

        Raises:
            InvalidInputError: a station is unknown.
        """
        return {
            "Stations": ",".join(parse_stations(self.plantcast_stations)),
            "ObservationSource": self.source,
            **self.services.parameters(),
            **LOCAL_FRESHNESS,
        }


def require_localstack(endpoint: str, *, any_version: bool = False) -> None:
    """Check that the LocalStack this project knows answers at `endpoint`.

    Raises:
        NotFoundError: nothing answers there, or it is no LocalStack.
        InvalidInputError: it is another version, and `any_version` is false.
    """
    try:
        reply = requests.get(f"{endpoint}/_localstack/health", timeout=_HEALTH_TIMEOUT_SECONDS)
        reply.raise_for_status()
        version = reply.json()["version"]
    except (requests.RequestException, TypeError, KeyError) as error:
        raise NotFoundError(
            f"No LocalStack answers at {endpoint}.",
            remedy="Start it (docs/localstack.md) or set LOCALSTACK_ENDPOINT.",
        ) from error
    if version != VERSION and not any_version:
        raise InvalidInputError(
            f"LocalStack {version} answers at {endpoint}; Plantcast is tried on {VERSION} only.",
            remedy=f"Start localstack/localstack:{VERSION}, or set LOCALSTACK_ANY_VERSION=1 to go on.",
        )


def require_same_source(endpoint: str, source: Source) -> None:
    """Check that a stack which is there already has the same kind of observations.

    Raises:
        ConflictError: it does not; one lake never holds observations of two kinds.
    """
    stack = describe_stack(Account(local_session(), REGION, endpoint), STACK_NAME) or {}
    parameters = {entry["ParameterKey"]: entry["ParameterValue"] for entry in stack.get("Parameters", [])}
    deployed = parameters.get("ObservationSource", source)
    if deployed != source:
        raise ConflictError(
            f"What is deployed at {endpoint} holds {deployed} observations, not {source}.",
            remedy="Stop it with `docker compose -f docker-compose.localstack.yml down`, which "
            "removes its data; then start again.",
        )


def deploy_to_localstack(
    endpoint: str,
    *,
    kma_key: str,
    api_hub_key: str = "",
    state_dir: Path,
    parameters: dict[str, str],
    public_endpoint: str | None = None,
    clock_offset_seconds: int = 0,
    on_step: Callable[[str], None] = lambda _step: None,
) -> Outputs:
    """Store the keys (an API key only when there is none yet), deploy, and return the stack's outputs.

    `clock_offset_seconds` moves every function's clock, for stacks at another date.
    """
    ssm = local_session().client("ssm", endpoint_url=endpoint)
    ssm.put_parameter(Name=KMA_KEY_PARAMETER, Value=kma_key, Type="SecureString", Overwrite=True)
    if api_hub_key:
        ssm.put_parameter(Name=API_HUB_KEY_PARAMETER, Value=api_hub_key, Type="SecureString", Overwrite=True)
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


def forecast_first(deployment: Deployment, days: int) -> None:
    """Where no run was made yet: fetch `days` of observations and run the pipeline.

    Raises:
        PlantcastError: observations could not be fetched, or the run made no forecast.
    """
    if deployment.runs.newest(1):
        _print("… there are runs already: nothing is fetched")
        return
    yesterday = deployment.now().date() - timedelta(days=1)
    _print(f"… fetching {days} days of observations")
    report = backfill(deployment, deployment.stations, yesterday - timedelta(days=days - 1), yesterday)
    report.raise_if_failed()
    _print("… training and forecasting")
    run_id, arn = start_execution(deployment, stations=None, retrain=None, as_of=None)
    run = follow_execution(deployment, run_id, arn, lambda _: None)
    run.raise_if_failed()
    _print(f"… {run.message_en}")


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Deploy with the settings of the environment."""
    settings = Settings.read(os.environ)
    endpoint = settings.localstack_endpoint
    require_localstack(endpoint, any_version=settings.localstack_any_version)
    require_same_source(endpoint, settings.source)
    with tempfile.TemporaryDirectory() as folder:
        outputs = deploy_to_localstack(
            endpoint,
            kma_key=settings.kma_api_key or DEFAULT_KEY,
            api_hub_key=settings.api_hub_key,
            state_dir=Path(folder),
            parameters=settings.parameters(),
            public_endpoint=settings.public_endpoint,
            on_step=lambda step: _print(f"… {step}"),
        )
    if settings.plantcast_demo_days:
        deployment = Deployment.on_emulator(
            replace(outputs, endpoint=endpoint),
            source=settings.source,
            stations=parse_stations(settings.plantcast_stations),
        )
        forecast_first(deployment, settings.plantcast_demo_days)
    _print(f"Weather        {LABELS[settings.source]}")
    _print(f"Dashboard      {outputs.dashboard_url}")
    _print(f"API            {outputs.api_url} (its pages: {outputs.api_url}/docs)")
    _print(f"State machine  {outputs.state_machine_arn}")
    _print(f"Update         {outputs.update_state_machine_arn}")
    _print(f"Backfill       {outputs.backfill_state_machine_arn} (start it with start, end, stations)")
    return 0


if __name__ == "__main__":
    run_script(main)
