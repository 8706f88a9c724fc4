"""The forecast hour by hour as a plant meets it: values as shown, and how likely each limit is crossed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from plantcast.common.vapour import vapour_pressure_deficit
from plantcast.forecasting.issued import Forecast
from plantcast.plants.chance import HourRange, harmful_tenth, hour_probability
from plantcast.plants.profiles import (
    SHOWN_DECIMALS,
    VARIABLE_DECIMALS,
    VPD_DECIMALS,
    Kind,
    Profile,
    Variable,
)


@dataclass(frozen=True)
class Hour:
    """One hour as shown: `ta` °C and `hm` % to one decimal, `vpd` kPa to two; `ta_low` is the
    10 % quantile of `ta`.

    For each kind the profile limits, `probability` has the chance (0…1) of being at or beyond the limit, and
    `likely` the value that is reached or passed, on the harmful side, with a chance of one in ten.
    """

    valid_at: datetime
    ta: float
    hm: float
    vpd: float
    ta_low: float
    probability: Mapping[Kind, float]
    likely: Mapping[Kind, float]

    def value(self, variable: Variable) -> float:
        """Return one of the values."""
        return {"ta": self.ta, "hm": self.hm, "vpd": self.vpd}[variable]


def hours_of(forecast: Forecast, profile: Profile) -> list[Hour]:
    """Return the forecast's 48 hours with what they mean for the profile's limits."""
    hours = []
    for lead, valid_at in enumerate(forecast.valid_at):
        ta, hm = (
            HourRange.of(path.mean[lead], path.p10[lead], path.p90[lead])
            for path in (forecast.ta, forecast.hm)
        )
        humidity = min(max(hm.median, 0.0), 100.0)
        hours.append(
            Hour(
                valid_at=valid_at,
                ta=round(ta.median, SHOWN_DECIMALS),
                hm=round(hm.median, SHOWN_DECIMALS),
                vpd=round(vapour_pressure_deficit(ta.median, humidity), VPD_DECIMALS),
                ta_low=round(forecast.ta.p10[lead], SHOWN_DECIMALS),
                probability={limit.kind: hour_probability(limit, ta, hm) for limit in profile.limits},
                likely={
                    limit.kind: round(harmful_tenth(limit, ta, hm), VARIABLE_DECIMALS[limit.variable])
                    for limit in profile.limits
                },
            )
        )
    return hours
