"""The request of the ASOS hourly service, and how far its observations reach."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import Field

from infra.kma_simulator.portal import PageQuery, invalid, parse
from plantcast.common.clock import KST

ONLY_UNTIL_YESTERDAY: Final = "전날 자료까지 제공됩니다. 날짜 범위를 확인해주세요."


class Query(PageQuery):
    """The parameters of a request under the service's names: `rows` of one station, hours in KST."""

    max_rows = 999

    dataCd: Literal["ASOS"]
    dateCd: Literal["HR"]
    startDt: str = Field(pattern=r"^[0-9]{8}$")
    startHh: str = Field(pattern=r"^[0-9]{2}$")
    endDt: str = Field(pattern=r"^[0-9]{8}$")
    endHh: str = Field(pattern=r"^[0-9]{2}$")
    stnIds: str = Field(pattern=r"^[0-9]{1,5}$")

    @property
    def start(self) -> datetime:
        """The first hour."""
        return _hour(self.startDt, self.startHh, "startDt")

    @property
    def end(self) -> datetime:
        """The last hour, included."""
        return _hour(self.endDt, self.endHh, "endDt")


def parse_query(parameters: Mapping[str, str]) -> Query:
    """Validate the parameters of one request.

    Raises:
        Refusal: 11 without a mandatory parameter, 10 when one is invalid; the message names it.
    """
    query = parse(Query, parameters)
    if query.start > query.end:
        raise invalid("endDt")
    return query


def last_hour_available(now: datetime, *, complete_from_hour: int, hours_before: int) -> datetime:
    """Return the last hour that has been published by `now`.

    Yesterday is complete from `complete_from_hour` on; until then it has its first `hours_before` hours.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if now.hour >= complete_from_hour:
        return midnight - timedelta(hours=1)
    return midnight - timedelta(hours=25 - hours_before)


def _hour(day: str, hour: str, name: str) -> datetime:
    try:
        return datetime.strptime(day + hour, "%Y%m%d%H").replace(tzinfo=KST)
    except ValueError:
        raise invalid(name) from None
