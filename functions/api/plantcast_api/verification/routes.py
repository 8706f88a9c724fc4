"""The route on verification: the track record as `monitor` stored it in the table."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from plantcast.common.errors import CorruptDataError
from plantcast.monitoring.skill import skill_alarms
from plantcast.verification.days import DayVerification, newest_days
from plantcast.verification.windows import WINDOWS, read_track
from plantcast_api.http.parameters import FromApp, StationQuery
from plantcast_api.http.problems import documented
from plantcast_api.verification.models import VerificationResponse

router = APIRouter(tags=["Track record"], responses=documented(404, 422, 500))

DaysQuery = Annotated[
    int, Query(ge=1, le=max(WINDOWS), description="How many days to list, up to the newest verified one.")
]


@router.get("/api/verification", summary="How good forecasts have been")
async def verification(
    deps: FromApp, station: StationQuery = None, days: DaysQuery = 30
) -> VerificationResponse:
    """The last 7, 30 and 365 days pooled, by lead; single days; the KMA's forecast and models not chosen."""
    chosen = deps.station(station)
    # Nothing has been verified on a deployment's first day: an empty record, not an error.
    track = read_track(deps.table, chosen.number) or {"source": deps.source, "windows": {}}
    listed = newest_days(deps.table, chosen.number, days)
    first = max((day.day for day in listed), default=date.max) - timedelta(days=days - 1)
    try:
        return VerificationResponse.model_validate(
            {
                "station": chosen,
                "source": track["source"],
                "windows": track["windows"],
                "days": [_day(day) for day in listed if day.day >= first],
                "alarms": skill_alarms(track) if track["windows"] else [],
            }
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptDataError(
            f"The track record STATION#{chosen.number} / TRACK is damaged.",
            remedy="Run the pipeline (its state machine) once: it writes it anew.",
        ) from error


def _day(day: DayVerification) -> dict[str, Any]:
    shadow = {target: {**vars(compared), **compared.sums.blocks()} for target, compared in day.shadow.items()}
    scores = {target: sums.blocks() for target, sums in day.sums.items()}
    published = {target: sums.blocks() for target, sums in day.published.items()}
    return {**vars(day), "scores": scores, "published": published, "shadow": shadow}
