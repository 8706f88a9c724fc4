"""What an owner is to do for a plant: water, air and soil put together."""

from __future__ import annotations

from dataclasses import dataclass

from plantcast.plants.advice import DayAdvice, HourAdvice
from plantcast.plants.care import Care
from plantcast.plants.soil import Soil, Water


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
