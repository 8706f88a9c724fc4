"""One execution of the hourly update: start it, wait for its end, report its result."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from infra.stack.deployment import Deployment
from infra.stack.execution import readable_cause
from plantcast.common.clock import KST
from plantcast.common.errors import PlantcastError

_POLL_SECONDS: Final = 0.2


@dataclass(frozen=True)
class UpdateReport:
    """How an update ended. `changed` are the stations forecast anew, `feeds` what the services returned."""

    run_id: str
    status: str
    seconds: float
    changed: tuple[str, ...] = ()
    feeds: tuple[Mapping[str, Any], ...] = ()
    message: str = ""
    cause: str | None = None

    def details(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return vars(self) | {"seconds": round(self.seconds, 2)}

    def raise_if_failed(self) -> None:
        """Raise if the update failed.

        Raises:
            PlantcastError: with its cause.
        """
        if self.status != "SUCCEEDED":
            raise PlantcastError(
                f"The update {self.run_id} ended {self.status}: {self.cause or 'no cause was given'}",
                remedy="Fix the cause and repeat it (`./plantcast update`); `./plantcast logs update` and "
                "`./plantcast logs predict` show the logs.",
            )


def run_update(deployment: Deployment, stations: Sequence[str] | None = None) -> UpdateReport:
    """Run the state machine once, for all stations unless some are named; it may have failed."""
    run_id = f"manual-{datetime.now(KST):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    machines = deployment.state_machines
    arn = machines.start_execution(
        stateMachineArn=deployment.outputs.update_state_machine_arn,
        name=run_id,
        input=json.dumps({"stations": list(stations)} if stations else {}),
    )["executionArn"]
    while (found := machines.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(_POLL_SECONDS)
    ended = found.get("stopDate") or datetime.now(KST)
    facts = json.loads(found.get("output") or "{}").get("fetch", {}).get("facts", {})
    return UpdateReport(
        run_id=run_id,
        status=found["status"],
        seconds=(ended - found["startDate"]).total_seconds(),
        changed=tuple(facts.get("changed", ())),
        feeds=tuple(facts.get("feeds", ())),
        message=facts.get("message", ""),
        cause=readable_cause(found.get("cause")),
    )
