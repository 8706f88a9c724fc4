"""A hot and dry spell made from a forecast ("물이 필요한 기상 재연하기"): what thirsty plants look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from plantcast.forecasting import LEADS
from plantcast.forecasting.issued import Forecast
from plantcast.forecasting.path import TargetPath

SOURCE: Final = "simulation"
# A Seoul afternoon in a dry heat wave. Both pass the default limits (30 °C, 30 %) by more than the usual
# range of a forecast is wide, so the advice is in no doubt.
PEAK_TEMPERATURE: Final = 36.0
LOWEST_HUMIDITY: Final = 20.0
_WINDOW: Final = 24  # hours: each window holds every hour of the day, whatever the origin


def hot_and_dry(forecast: Forecast) -> Forecast:
    """Return the forecast as if the weather ahead were hot and dry, with `source` `simulation`.

    Each of the two 24-hour windows is shifted so that its warmest hour reaches `PEAK_TEMPERATURE` and its
    driest `LOWEST_HUMIDITY`, unless it is hotter or drier already; between those hours the shift changes
    linearly, so the path keeps its daily course. Ranges keep their widths; humidities stay within 0…100 %.
    Guidance is left out: its sky and rain would be those of other weather.
    """
    ta = _shifted(forecast.ta, _shifts(forecast.ta.mean, PEAK_TEMPERATURE, upwards=True))
    hm = _shifted(forecast.hm, _shifts(forecast.hm.mean, LOWEST_HUMIDITY, upwards=False), 0.0, 100.0)
    return replace(forecast, source=SOURCE, ta=ta, hm=hm, guidance=None, guidance_reasons=())


def _shifts(mean: Sequence[float], goal: float, *, upwards: bool) -> list[float]:
    """Return the shift of each lead: what each window's extreme hour needs, linear between those hours."""
    sign = 1.0 if upwards else -1.0
    anchors = []
    for start in range(0, LEADS, _WINDOW):
        extreme = max(range(start, start + _WINDOW), key=lambda lead: sign * mean[lead])
        anchors.append((extreme, sign * max(sign * (goal - mean[extreme]), 0.0)))
    anchors = [(-1, anchors[0][1]), *anchors, (LEADS, anchors[-1][1])]
    shifts = []
    for (first, low), (last, high) in pairwise(anchors):
        inside = [lead for lead in range(first + 1, last + 1) if lead < LEADS]
        shifts += [low + (high - low) * (lead - first) / (last - first) for lead in inside]
    return shifts


def _shifted(
    path: TargetPath, shifts: Sequence[float], low: float = float("-inf"), high: float = float("inf")
) -> TargetPath:
    def moved(series: Sequence[float]) -> tuple[float, ...]:
        return tuple(min(max(value + shift, low), high) for value, shift in zip(series, shifts, strict=True))

    return TargetPath(mean=moved(path.mean), p10=moved(path.p10), p90=moved(path.p90))
