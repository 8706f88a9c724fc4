"""The newest quality report of a station, found through the table and read from the object store."""

from __future__ import annotations

import json
from typing import Any, Final

from plantcast.common.clock import hours_behind, last_hour_served, parse_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError, NotFoundError
from plantcast.common.schema import REPORT
from plantcast.common.stations import Station
from plantcast.observations.status import read_newest_report
from plantcast_api.dependencies import Deps
from plantcast_api.observations.models import QualityResponse

_WRITE_ANEW: Final = "Run the pipeline (its state machine) once: it writes a new report."


def quality_response(deps: Deps, station: Station) -> QualityResponse:
    """Return the newest report on a station's observations; its freshness is that of now.

    Raises:
        NotFoundError: there is no report yet, or the one that the table names is gone.
        CorruptDataError: it is damaged.
        SchemaVersionError: newer code wrote it.
    """
    item = read_newest_report(deps.table, station.number)
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
        report = REPORT.read(dict(json.loads(stored.body)), key)
        freshness = _freshness(deps, station, report["freshness"]["last_observation"])
        return QualityResponse.model_validate({**report, "station": station, "freshness": freshness})
    except (ValueError, KeyError, TypeError, InvalidInputError) as error:
        raise CorruptDataError(
            f"The quality report {key} of station {station.number} is damaged.",
            remedy=_WRITE_ANEW,
        ) from error


def _freshness(deps: Deps, station: Station, reported: str | None) -> dict[str, Any]:
    now = deps.clock.now()
    # The status is ahead of the report when the report could not be written.
    last = deps.last_observation(station.number)
    if last is None and reported is not None:
        last = parse_hour(reported, name="last_observation")
    return {
        "last_observation": last,
        "expected": last_hour_served(now.date()),
        "hours_behind": hours_behind(last, now),
    }
