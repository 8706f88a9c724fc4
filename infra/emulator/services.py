"""Addresses of the services that a deployment on an emulator calls, as parameters of the template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from infra.stack.deployment import API_HUB_KEY_PARAMETER

ASOS_URL: Final = "https://apis.data.go.kr/1360000/AsosHourlyInfoService"
API_HUB_URL: Final = "https://apihub.kma.go.kr"
_SHORT_TERM: Final = "VilageFcstInfoService_2.0"


@dataclass(frozen=True)
class Services:
    """The KMA's services, or one simulator in place of all.

    `api_hub_url` is None without observations of today; `open_meteo_url` is None for the real one.
    """

    asos_url: str
    api_hub_url: str | None = None
    open_meteo_url: str | None = None

    @classmethod
    def of_simulator(cls, asos_url: str) -> Self:
        """Return those of the simulator whose ASOS service is at `asos_url`."""
        parts = urlsplit(asos_url)
        root = f"{parts.scheme}://{parts.netloc}"
        return cls(asos_url, root, root)

    def parameters(self) -> dict[str, str]:
        """Return the template's parameters; what is left out has the template's default."""
        # Both services stand beside each other at data.go.kr, and behind a stand-in for it.
        parent = self.asos_url.rpartition("/")[0]
        found = {"AsosBaseUrl": self.asos_url, "ShortTermBaseUrl": f"{parent}/{_SHORT_TERM}"}
        if self.api_hub_url is not None:
            found |= {"ApiHubBaseUrl": self.api_hub_url, "ApiHubKeyParameter": API_HUB_KEY_PARAMETER}
        if self.open_meteo_url is not None:
            # Not called unless GuidanceSources says so; then a demo stays on this machine.
            found |= dict.fromkeys(("OpenMeteoBaseUrl", "OpenMeteoPreviousRunsUrl"), self.open_meteo_url)
        return found
