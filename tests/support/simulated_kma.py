"""The simulated KMA of a deployment or of a test, watched and steered over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import pandas as pd
import requests

from infra.emulator.state import LocalState
from plantcast.common.clock import KST
from plantcast.observations.frame import hours_between
from tests.conftest import LocalDeployment

_TIMEOUT_SECONDS = 10
_ALL = 10_000


@dataclass(frozen=True)
class Asked:
    """A call of the service: the station and the hours asked for, both included, and the code answered."""

    station: str
    first: datetime
    last: datetime
    code: str | None

    @property
    def hours(self) -> pd.DatetimeIndex:
        """Every hour asked for."""
        return hours_between(self.first, self.last)


class SimulatedKma:
    """One running simulator."""

    def __init__(self, root_url: str) -> None:
        self._url = f"{root_url}/_simulator"

    @classmethod
    def of(cls, deployment: LocalDeployment) -> Self:
        """Return the one that `plantcast up` started."""
        state = LocalState.model_validate_json((deployment.state_dir / "state.json").read_text("utf-8"))
        return cls(state.processes["simulator"].url)

    def count(self) -> int:
        """How many calls were received so far."""
        return int(self._get("calls", limit=0)["count"])

    def calls(self) -> list[Asked]:
        """Return the calls received so far, oldest first."""
        found = self._get("calls", limit=_ALL)
        assert len(found["calls"]) == found["count"], "more calls were received than the simulator keeps"
        return [_asked(call) for call in found["calls"]]

    def behave(self, **changes: Any) -> None:
        """Change some fields of its behaviour."""
        wanted = self._get("behaviour") | changes
        requests.put(f"{self._url}/behaviour", json=wanted, timeout=_TIMEOUT_SECONDS).raise_for_status()

    def _get(self, what: str, **parameters: int) -> Any:
        reply = requests.get(f"{self._url}/{what}", params=parameters, timeout=_TIMEOUT_SECONDS)
        reply.raise_for_status()
        return reply.json()


def _asked(call: dict[str, Any]) -> Asked:
    parameters = call["parameters"]
    first, last = (
        datetime.strptime(parameters[f"{end}Dt"] + parameters[f"{end}Hh"], "%Y%m%d%H").replace(tzinfo=KST)
        for end in ("start", "end")
    )
    return Asked(parameters["stnIds"], first, last, call["code"])
