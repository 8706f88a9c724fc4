"""What an owner is to do for a plant: water, air and soil put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plantcast.common.clock import HOUR, KST
from plantcast.forecasting.issued import Forecast
from plantcast.observations.published import ObservedDay
from plantcast.plants.advice import DayAdvice, HourAdvice, advise_days, advise_hours, advise_night
from plantcast.plants.care import Care
from plantcast.plants.hours import hours_of
from plantcast.plants.placement import air_at
from plantcast.plants.profiles import Kind
from plantcast.plants.soil import Soil, Water, soil_of, water_of


@dataclass(frozen=True)
class Plan:
    """Advice for one plant where it stands; only hours still to come count.

    `days` are today and tomorrow, `tonight` the hours from 18:00 to 09:00 (what is left of them before 09:00;
    None where the forecast reaches none). `soil` is None where no watering is known.
    """

    care: Care
    water: Water
    soil: Soil | None
    hours: list[HourAdvice]
    days: list[DayAdvice]
    tonight: DayAdvice | None


def plan(
    forecast: Forecast,
    observed: Sequence[ObservedDay],
    care: Care,
    before: Mapping[Kind, bool] | None,
    now: datetime,
) -> Plan:
    """Return what to do for a plant by the forecast of the air outside and the days observed.

    `before` says which kinds of limit were active before the forecast's first day.
    """
    profile, placement = care.profile, care.placement
    air, today = air_at(forecast, placement), now.astimezone(KST).date()
    last = max(forecast.valid_at[0].date(), today) + timedelta(days=1)
    hours = hours_of(air, profile)
    days = [
        day for day in advise_days(hours, profile, before, now=now, placement=placement) if day.day <= last
    ]
    night = advise_night(hours, profile, before, now=now, placement=placement)
    soil = soil_of(care, observed, air, now)
    water = water_of(care, soil, days, now)
    if soil is not None and soil.due is not None:
        # Dry air alone must not ask for water that the soil does not need.
        days = [day.with_soil(placement, soil.due) for day in days]
        night = night and night.with_soil(placement, date.max)  # nobody waters at night
    return Plan(
        care=care,
        water=water,
        soil=soil,
        hours=[hour for hour in advise_hours(hours, profile, before) if hour.valid_at > now - HOUR],
        days=days,
        tonight=night,
    )
