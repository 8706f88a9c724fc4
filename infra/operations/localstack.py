"""Deploys to LocalStack and makes a first forecast: `python -m infra.operations.localstack`.

The environment variables are those of `infra.emulator.localstack` (docs/localstack.md).
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from infra.emulator.localstack import (
    ANY_VERSION_VARIABLE,
    Settings,
    deploy_to_localstack,
    require_localstack,
    require_same_source,
)
from infra.emulator.sources import LABELS
from infra.operations.backfill import backfill
from infra.stack.deployment import Deployment
from infra.stack.execution import follow_execution, start_execution
from plantcast.common.errors import PlantcastError


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
    """Deploy with the settings of the environment; exit code 1 with one message when it cannot be done."""
    try:
        settings = Settings.read(os.environ)
        any_version = os.environ.get(ANY_VERSION_VARIABLE, "") not in ("", "0")
        require_localstack(settings.endpoint, any_version=any_version)
        require_same_source(settings.endpoint, settings.source)
        with tempfile.TemporaryDirectory() as folder:
            outputs = deploy_to_localstack(
                settings.endpoint,
                kma_key=settings.key,
                state_dir=Path(folder),
                parameters=settings.parameters(),
                public_endpoint=settings.public_endpoint,
                on_step=lambda step: _print(f"… {step}"),
            )
        if settings.first_days:
            reached = replace(outputs, endpoint=settings.endpoint)
            deployment = Deployment.on_emulator(reached, source=settings.source, stations=settings.stations)
            forecast_first(deployment, settings.first_days)
    except (PlantcastError, ClientError, BotoCoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _print(f"Weather        {LABELS[settings.source]}")
    _print(f"Dashboard      {outputs.dashboard_url}")
    _print(f"API            {outputs.api_url} (its pages: {outputs.api_url}/docs)")
    _print(f"State machine  {outputs.state_machine_arn}")
    _print(f"Backfill       {outputs.backfill_state_machine_arn} (start it with start, end, stations)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
