"""How strongly the air where a plant stands dries its pot: the vapour-pressure deficit summed over hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from plantcast.common.clock import HOUR, KST
from plantcast.common.vapour import vapour_pressure_deficit
from plantcast.forecasting.issued import Forecast
from plantcast.observations.published import ObservedDay, hours_of
from plantcast.plants.placement import Placement, observed_air_at
from plantcast.plants.profiles import REFERENCE_AIR, WINTER_AIR

REFERENCE: Final = vapour_pressure_deficit(*REFERENCE_AIR)  # kPa
WINTER_REFERENCE: Final = vapour_pressure_deficit(*WINTER_AIR)  # kPa
_LATEST: Final = timedelta(days=120)  # air that dries nothing would put the day off for ever


class DryingAir:
    """The vapour-pressure deficit (kPa) at the plant, hour by hour from the first watering to the forecast's
    end; None where it is not known. `there` is the forecast of the air where the plant stands.
    """

    def __init__(
        self,
        first: datetime,
        observed: Sequence[ObservedDay],
        there: Forecast,
        placement: Placement,
        now: datetime,
    ) -> None:
        start = first.astimezone(KST).replace(minute=0, second=0, microsecond=0)
        known = {
            time: (ta, hm)
            for day in observed
            for time, ta, hm in zip(hours_of(day.day), day.values["ta"], day.values["hm"], strict=True)
        }
        times = [start + number * HOUR for number in range(max(int((now - start) / HOUR) + 1, 1))]
        ta, hm = observed_air_at(
            [known.get(time, (None, None))[0] for time in times],
            [known.get(time, (None, None))[1] for time in times],
            placement,
        )
        ahead = {
            time: _deficit(warmth, damp)
            for time, warmth, damp in zip(there.valid_at, there.ta.mean, there.hm.mean, strict=True)
        }
        self._now = now
        # Hours since the last observation are known by the forecast.
        self._past = {
            time: ahead.get(time) if warmth is None or damp is None else _deficit(warmth, damp)
            for time, warmth, damp in zip(times, ta, hm, strict=True)
        }
        self._ahead = sorted((time, deficit) for time, deficit in ahead.items() if time > now)

    def dried(self, start: datetime, end: datetime) -> tuple[float, float]:
        """Return the sum (kPa h) between two times up to now, and the share of hours that were filled in."""
        hours = (end - start) / HOUR
        within = [deficit for time, deficit in self._past.items() if start <= time <= end]
        found = [deficit for deficit in within if deficit is not None]
        mean = sum(found) / len(found) if found else REFERENCE
        return mean * hours, 1 - len(found) / len(within) if within else 1.0

    def reaches(self, need: float, dried: float, since: datetime) -> date:
        """Return the day on which the sum, `dried` by now, reaches `need`; beyond the forecast by the mean of
        the hours since the watering and ahead.
        """
        total, time = dried, self._now
        for ahead, deficit in self._ahead:
            if total >= need:
                break
            total, time = total + deficit, ahead
        recent = [deficit for at, deficit in self._past.items() if at >= since and deficit is not None]
        rates = [*recent[-7 * 24 :], *(deficit for _, deficit in self._ahead)]
        rate = sum(rates) / len(rates) if rates else REFERENCE
        left = max(need - total, 0.0)
        wait = timedelta(hours=left / rate) if rate * (_LATEST / HOUR) > left else _LATEST
        return (time + wait).astimezone(KST).date()


def _deficit(ta: float, hm: float) -> float:
    return max(vapour_pressure_deficit(ta, min(max(hm, 0.0), 100.0)), 0.0)
