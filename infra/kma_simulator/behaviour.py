"""What tests change of the services, over `/_simulator/behaviour`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from infra.kma_simulator.portal import MESSAGES

Service = Literal["asos", "short_term", "api_hub", "open_meteo"]

# `away`: the connection is closed without a body; `error`: HTTP 500; `slow`: answers after `slow_seconds`;
# `cut`: the first half of the body; `html`: a maintenance page with HTTP 200; `quota`: the day's calls are
# used up, in the service's own way.
AnyFault = Literal["away", "error", "slow", "cut", "html", "quota"]
# `not_applied`: the key is not registered for the service; `no_data`: code 03; `half`: an issue has the first
# half of its hours only; `doubled`: each item comes twice; `changed`: temperatures are one degree higher.
ShortTermFault = AnyFault | Literal["not_applied", "no_data", "half", "doubled", "changed"]
# `late`: observations are out three hours later than usual.
ApiHubFault = AnyFault | Literal["not_applied", "late"]


class Behaviour(BaseModel):
    """Settings of the running services; the `…_fault` of a service is null when it works."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # The quota of a development account, for each service; null: none.
    calls_per_day: int | None = Field(default=10_000, ge=0)
    # ASOS hourly service. Yesterday is complete from this hour on; before it, only its first hours are there.
    complete_from_hour: int = Field(default=0, ge=0, le=23)
    hours_before: int = Field(default=20, ge=0, le=24)
    delay_seconds: float = Field(default=0, ge=0, le=300)
    # Its calls for this station ("": for any) are refused with this result code.
    refused_station: str = ""
    refused_with: str | None = Field(default=None, pattern=f"^({'|'.join(MESSAGES)})$")
    # The other services.
    short_term_fault: ShortTermFault | None = None
    api_hub_fault: ApiHubFault | None = None
    open_meteo_fault: AnyFault | None = None
    slow_seconds: float = Field(default=60, ge=0, le=300)

    def fault(self, service: Service) -> str | None:
        """Return the fault of a service."""
        faults: dict[Service, str | None] = {
            "short_term": self.short_term_fault,
            "api_hub": self.api_hub_fault,
            "open_meteo": self.open_meteo_fault,
        }
        return faults.get(service)
