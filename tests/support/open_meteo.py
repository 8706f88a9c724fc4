"""An Open-Meteo of two models that begin a run every six hours, as a transport for `requests`."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

from plantcast.common.clock import HOUR, KST
from tests.support.asos_replies import Scripted, response_to

MODELS = ("ecmwf_ifs025", "gfs_seamless")
# From the beginning of a run to its being served, as slow as any global model.
SERVED_AFTER = 9 * HOUR
_PREVIOUS = "_previous_day"

# What a model forecasts for an hour, made by the run that began at another.
Forecast = Callable[[str, str, datetime, datetime], float | None]


def run_before(at: datetime) -> datetime:
    """Return when the newest run had begun by `at`."""
    utc = at - 9 * HOUR
    return (at - timedelta(hours=utc.hour % 6)).replace(minute=0, second=0, microsecond=0)


def plain(model: str, variable: str, run: datetime, valid_at: datetime) -> float:
    """Return a forecast that names its hour, one model 1 °C below the other: at 05:00 their mean is 11 °C."""
    if variable == "temperature_2m":
        return 9.5 + valid_at.hour / 5 + (model == MODELS[1])
    return 60.0


class OpenMeteoService(BaseAdapter):
    """Serves `/v1/forecast` of both hosts at `now`; the next calls meet `faults`, None is none."""

    def __init__(self, now: datetime, forecast: Forecast = plain) -> None:
        super().__init__()
        self.now = now
        self.forecast = forecast
        self.urls: list[str] = []
        self.faults: deque[Scripted | Exception | None] = deque()

    @property
    def session(self) -> requests.Session:
        """A session that talks to nothing but this."""
        made = requests.Session()
        made.mount("https://", self)
        return made

    @property
    def queries(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(urlsplit(url).query)) for url in self.urls]

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.urls.append(str(request.url))
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, Exception):
            raise fault
        return response_to(request, fault or Scripted(json.dumps(self.document(self.queries[-1])).encode()))

    def close(self) -> None:
        """Nothing is open."""

    def document(self, query: dict[str, str]) -> dict[str, Any]:
        """Return the JSON that answers a query."""
        hours = list(self._hours(query))
        models = query["models"].split(",")
        columns: dict[str, list[Any]] = {"time": [f"{hour:%Y-%m-%dT%H:%M}" for hour in hours]}
        for name in query["hourly"].split(","):
            for model in models:
                suffix = f"_{model}" if len(models) > 1 else ""
                columns[f"{name}{suffix}"] = [self._value(model, name, hour) for hour in hours]
        return {"latitude": 37.5, "longitude": 127.0, "utc_offset_seconds": 32400, "hourly": columns}

    def _hours(self, query: dict[str, str]) -> Iterable[datetime]:
        if "start_date" in query:
            first = datetime.fromisoformat(query["start_date"]).replace(tzinfo=KST)
            last = datetime.fromisoformat(query["end_date"]).replace(tzinfo=KST) + 23 * HOUR
        else:
            first = self.now.replace(hour=0, minute=0)
            last = first + int(query["forecast_days"]) * 24 * HOUR - HOUR
        while first <= last:
            yield first
            first += HOUR

    def _value(self, model: str, name: str, hour: datetime) -> float | None:
        variable, _, day = name.partition(_PREVIOUS)
        newest = min(hour - int(day or 0) * 24 * HOUR, self.now - SERVED_AFTER)
        return self.forecast(model, variable, run_before(newest), hour)
