"""The route on verification: the track record as `monitor` leaves it in the table."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from plantcast.common.clock import iso_hour
from plantcast.common.errors import CorruptDataError, NotFoundError
from plantcast.common.stations import Station
from plantcast.forecasting.issued import attribution
from plantcast.monitoring.skill import skill_alarms
from plantcast.verification.days import DayVerification, newest_days
from plantcast.verification.windows import WINDOWS, read_track
from plantcast_api.deps import Deps
from plantcast_api.parameters import FromApp, StationQuery
from plantcast_api.present import station_info
from plantcast_api.problems import documented
from plantcast_api.verification_models import VerificationResponse

router = APIRouter()

DaysQuery = Annotated[
    int, Query(ge=1, le=max(WINDOWS), description="How many days to list, up to the newest verified one.")
]


@router.get("/api/verification", summary="How good forecasts have been", responses=documented(404, 422, 500))
async def verification(
    deps: FromApp, station: StationQuery = None, days: DaysQuery = 30
) -> VerificationResponse:
    """The last 7, 30 and 365 days pooled, by lead; single days; the models that were not chosen beside."""
    return verification_response(deps, deps.station(station), days)


def verification_response(deps: Deps, station: Station, days: int) -> VerificationResponse:
    """Return the track record and the last `days` days.

    Raises:
        NotFoundError: nothing was verified yet.
        CorruptDataError: what is stored cannot be understood.
    """
    track = read_track(deps.table, station.number)
    if track is None:
        raise NotFoundError(
            f"No forecast for station {station.number} was verified yet.",
            remedy="Run the pipeline (its state machine) on the day after the first forecast, or later.",
        )
    listed = newest_days(deps.table, station.number, days)
    if listed:
        first = listed[-1].day - timedelta(days=days - 1)
        listed = [day for day in listed if day.day >= first]
    try:
        return VerificationResponse.model_validate(
            {
                "station": station_info(station),
                "source": track["source"],
                "windows": track["windows"],
                "days": [_day(day) for day in listed],
                "alarms": skill_alarms(track),
                "attribution": attribution(track["source"]),
            }
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptDataError(
            f"The track record STATION#{station.number} / TRACK is damaged or of another version.",
            remedy="Run the pipeline (its state machine) once: it writes it anew.",
        ) from error


def _day(day: DayVerification) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "origins": [iso_hour(origin) for origin in day.origins],
        "scores": {
            target: {name: asdict(scores) for name, scores in sums.blocks().items()}
            for target, sums in day.sums.items()
        },
        "shadow": {
            target: {
                "versions": shadow.versions,
                "issued": shadow.issued,
                **{name: asdict(compared) for name, compared in shadow.sums.blocks().items()},
            }
            for target, shadow in day.shadow.items()
        },
    }
