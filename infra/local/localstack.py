"""Deploys to a LocalStack that runs already: `python -m infra.local.localstack`.

`LOCALSTACK_ENDPOINT` (default http://127.0.0.1:4566) is where it answers; `PUBLIC_ENDPOINT` where a browser
finds it, when that differs. The key goes from `KMA_API_KEY` into SSM, as on AWS.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.cloud import API_KEY_PARAMETER, KMA_KEY_PARAMETER, local_session
from infra.local.deploy import deploy
from infra.local.outputs import Outputs
from infra.local.sources import KMA_KEY_VARIABLE
from plantcast.errors import InvalidInputError, PlantcastError


def deploy_to_localstack(
    endpoint: str,
    *,
    kma_key: str,
    state_dir: Path,
    parameters: dict[str, str],
    public_endpoint: str | None = None,
) -> Outputs:
    """Store the keys (an API key only when there is none yet), deploy, and return what was made."""
    ssm = local_session().client("ssm", endpoint_url=endpoint)
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
        on_step=lambda step: _say(f"… {step}"),
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Deploy as the environment says; exit code 1 with one message when it cannot be done."""
    endpoint = os.environ.get("LOCALSTACK_ENDPOINT", "http://127.0.0.1:4566")
    try:
        key = os.environ.get(KMA_KEY_VARIABLE, "")
        if not key:
            raise InvalidInputError(
                f"{KMA_KEY_VARIABLE} is not set.",
                remedy="Set it to your data.go.kr service key (either form).",
            )
        with tempfile.TemporaryDirectory() as folder:
            outputs = deploy_to_localstack(
                endpoint,
                kma_key=key,
                state_dir=Path(folder),
                parameters={"Stations": os.environ.get("STATIONS", "108"), "ObservationSource": "kma"},
                public_endpoint=os.environ.get("PUBLIC_ENDPOINT"),
            )
    except (PlantcastError, ClientError, BotoCoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _say(f"API            {outputs.api_url}")
    _say(f"Dashboard      {outputs.dashboard_url}")
    _say(f"State machine  {outputs.state_machine_arn}")
    _say(f"Backfill       {outputs.backfill_state_machine_arn} (start it with start, end, stations)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
