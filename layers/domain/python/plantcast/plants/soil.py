"""How dry the soil of a pot is, estimated from how strongly the air has dried it since it was watered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Answer = Literal["yes", "no", "check"]
IntervalFrom = Literal["profile", "owner"]
Confidence = Literal["low", "medium", "high"]


@dataclass(frozen=True)
class Soil:
    """Drying of a pot's soil.

    `drying` is 0 (just watered) to 1 (water is due), capped there; `since` the watering or rain it counts
    from; `due` the day water is due, `due_earliest` and `due_latest` how far off that may be; `interval_days`
    the interval at the plant's reference air, and whose it is. All but `since` and `rain` are None where no
    interval is known.
    """

    since: datetime
    rain: bool
    drying: float | None
    due: date | None
    due_earliest: date | None
    due_latest: date | None
    interval_days: float | None
    interval_from: IntervalFrom | None
    confidence: Confidence | None


@dataclass(frozen=True)
class Water:
    """The answer to the owner's question for today: water, do not, or feel the soil first."""

    answer: Answer
    text_ko: str
    text_en: str
    reason_ko: str
    reason_en: str
