"""Forecasts requested by the API: computed only when inputs changed since the last forecast.

The newest hour observed is not always one to forecast from (the last hours may lack humidity), and a model in
production is not always one that can be used. So the last answer of `predict` is stored together with its
inputs: as long as these are the same, so is the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from plantcast.aws import ItemTable
from plantcast.common.clock import Clock, iso_hour, parse_hour
from plantcast.common.errors import CorruptDataError, SchemaVersionError
from plantcast.common.schema import ANSWER, FIELD
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.issued import Forecast
from plantcast.guidance.status import SOURCES, FeedStatuses
from plantcast.observations.status import read_status
from plantcast.registry import ModelRegistry

PARTITION: Final = "PREDICT"
# What of a station's status tells one state of its observations from another: every ingest writes it anew,
# also one that brings nothing but a correction.
_OBSERVED: Final = ("last_observation", "last_provisional", "hours_present", "updated_at")
_UNREADABLE: Final = "unreadable"


@dataclass(frozen=True)
class Evidence:
    """Inputs of a forecast: a station's observations, by target the version in production, and by source the
    newest published forecast.
    """

    last_observation: datetime | None
    observed: Mapping[str, Any]
    models: Mapping[str, str | None]
    issues: Mapping[str, str] = field(default_factory=dict)

    def is_used_by(self, forecast: Forecast) -> bool:
        """Return whether a forecast uses the last hour observed, the newest published forecast and the models
        in production.
        """
        if self.last_observation is not None and self.last_observation > forecast.origin:
            return False
        used = "" if forecast.guidance is None else iso_hour(forecast.guidance.issued_at)
        if any(issue > used for issue in self.issues.values()):
            return False
        return all(forecast.models[target].version == self.models[target] for target in TARGETS)


@dataclass(frozen=True)
class OnDemand:
    """Decides whether to invoke `predict`; stores its last answer under `PREDICT` / `STATION#<station>`."""

    table: ItemTable
    registry: ModelRegistry
    clock: Clock

    def evidence(self, station: str) -> Evidence:
        """Return the present inputs: the station's status, its feeds' states and two pointers are read."""
        status = read_status(self.table, station) or {}
        hours = [
            parse_hour(status[name], name=name)
            for name in ("last_observation", "last_provisional")
            if status.get(name) is not None
        ]
        return Evidence(
            last_observation=max(hours, default=None),
            observed={name: status.get(name) for name in _OBSERVED},
            models={target: self._version(station, target) for target in TARGETS},
            issues=self._issues(station),
        )

    def known_answer(
        self, station: str, stored: Forecast | None, evidence: Evidence
    ) -> dict[str, Any] | None:
        """Return what `predict` would answer (`status`, `message`), None if it must be invoked."""
        if stored is not None and evidence.is_used_by(stored):
            message = "The stored forecast rests on the newest observations and the models in production."
            return {"status": "unchanged", "message": message}
        item = self.table.get(PARTITION, f"STATION#{station}")
        item = None if item is None else ANSWER.read(item, f"{PARTITION}/STATION#{station}")
        inputs = (evidence.observed, evidence.models, evidence.issues)
        if item is None or (item["observed"], item["models"], item.get("issues", {})) != inputs:
            return None
        if item["status"] == "no_data":
            return {"status": "no_data", "message": item["message"]}
        if stored is None:  # it was there and is gone
            return None
        message = "No input has changed since predict was last invoked; this is the newest forecast."
        return {"status": "unchanged", "message": message}

    def remember(self, station: str, evidence: Evidence, facts: Mapping[str, Any]) -> None:
        """Store the answer of `predict`; `evidence` is from before it was invoked."""
        self.table.put(
            {
                "pk": PARTITION,
                "sk": f"STATION#{station}",
                FIELD: ANSWER.version,
                "observed": dict(evidence.observed),
                "models": dict(evidence.models),
                "issues": dict(evidence.issues),
                "status": facts["status"],
                "message": str(facts.get("message") or ""),
                "asked_at": self.clock.now().isoformat(timespec="seconds"),
            }
        )

    def _issues(self, station: str) -> dict[str, str]:
        try:
            feeds = FeedStatuses(self.table).of(station)
        except (CorruptDataError, SchemaVersionError):
            return {}  # predict looks itself, and says so
        newest = {source: feeds[source].newest for source in SOURCES if source in feeds}
        return {source: iso_hour(issue) for source, issue in newest.items() if issue is not None}

    def _version(self, station: str, target: Target) -> str | None:
        try:
            pointer = self.registry.pointer(station, target)
        except (CorruptDataError, SchemaVersionError):
            return _UNREADABLE  # predict does without the model, and says so
        return None if pointer is None else pointer.version
