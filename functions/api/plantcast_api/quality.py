"""The newest quality report of a station, found through the table and read from the object store."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from plantcast.common.clock import hours_behind, iso_hour, last_hour_served, parse_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError, NotFoundError
from plantcast.common.schema import REPORT
from plantcast.common.stations import Station
from plantcast.forecasting.issued import attribution
from plantcast_api.deps import Deps
from plantcast_api.present import station_info
from plantcast_api.quality_models import Freshness, QualityResponse

_WRITE_ANEW: Final = "Run the pipeline (its state machine) once: it writes a new report."


def quality_response(deps: Deps, station: Station) -> QualityResponse:
    """Return the newest report on a station's observations; its freshness is that of now.

    Raises:
        NotFoundError: there is no report yet, or the one that the table names is gone.
        CorruptDataError: it is damaged or of another station.
        SchemaVersionError: newer code wrote it.
    """
    item = deps.quality(station.number)
    if item is None:
        raise NotFoundError(
            f"There is no quality report on station {station.number} yet.",
            remedy="Run the pipeline (its state machine) once.",
        )
    key = str(item.get("report_key"))
    stored = deps.store.get(key)
    if stored is None:
        raise NotFoundError(
            f"The quality report of station {station.number} is gone: there is no object {key}.",
            remedy=_WRITE_ANEW,
        )
    try:
        return _answer(_parse(stored.body, station, key), station, deps)
    except (ValueError, KeyError, TypeError, InvalidInputError) as error:
        raise CorruptDataError(
            f"The quality report {key} of station {station.number} is damaged.",
            remedy=_WRITE_ANEW,
        ) from error


def _parse(body: bytes, station: Station, key: str) -> dict[str, Any]:
    stored = json.loads(body)
    if not isinstance(stored, dict):
        raise TypeError(f"a {type(stored).__name__}")
    report = REPORT.read(stored, key)
    if report["station"] != station.number:
        raise ValueError(f"it is of station {report['station']}")
    return report


def _answer(report: dict[str, Any], station: Station, deps: Deps) -> QualityResponse:
    recorded = report["freshness"]["last_observation"]
    last = None if recorded is None else parse_hour(recorded, name="last_observation")
    # Written by the same ingests just before the report; ahead of it when the report could not be written.
    last = deps.last_observation(station.number) or last
    return QualityResponse.model_validate(
        report
        | {
            "station": station_info(station),
            "freshness": _freshness(last, deps.clock.now()),
            "attribution": attribution(report["source"]),
        }
    )


def _freshness(last: datetime | None, now: datetime) -> Freshness:
    return Freshness(
        last_observation=None if last is None else iso_hour(last),
        expected=iso_hour(last_hour_served(now.date())),
        hours_behind=hours_behind(last, now),
    )
