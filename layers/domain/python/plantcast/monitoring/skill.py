"""Skill alarms: a week in which the forecasts were no better than persistence.

Of all origins, nightly and hourly: forecast and persistence are compared pair by pair, so it does not matter
how many there are of either kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from plantcast.common.stations import station_name
from plantcast.verification.sums import DAY_BLOCKS

# A day or two below persistence is weather; a week has 168 or more pairs a block, over two or three systems.
DAYS: Final = 7
_UNITS: Final = {"ta": "°C", "hm": "%"}
_NAMES_KO: Final = {"ta": "기온", "hm": "습도"}
_NAMES_EN: Final = {"ta": "temperature", "hm": "humidity"}
_LEADS: Final = {"leads_1_24": "1–24", "leads_25_48": "25–48"}


def skill_lost(track: Mapping[str, Any], target: str) -> list[str] | None:
    """Return the lead blocks without skill in the last week of a track record.

    None when the target was not verified on each of the seven days: a week with gaps is not assessed.
    """
    record = track["windows"][str(DAYS)]["targets"].get(target)
    if record is None or record["days"] < DAYS:
        return None
    skills = {block: record[block]["skill"] for block in DAY_BLOCKS if block in record}
    return [block for block, skill in skills.items() if skill is not None and skill <= 0]


def skill_alarms(track: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return an alarm for each target that lost its skill: see `alarms` of `/api/verification`."""
    week = track["windows"][str(DAYS)]
    alarms = []
    for target, record in week["targets"].items():
        lost = skill_lost(track, target)
        if not lost:
            continue
        unit = _UNITS[target]
        ko, en = [], []
        for block in lost:
            rmse = f"{record[block]['rmse']:.2f} {unit}"
            persistence = f"{record[block]['persistence_rmse']:.2f} {unit}"
            ko.append(f"{_LEADS[block]}시간 앞 RMSE {rmse}, 지속성 {persistence}")
            en.append(f"leads {_LEADS[block]} h: RMSE {rmse}, persistence {persistence}")
        name_ko, name_en = (station_name(track["station"], language) for language in ("ko", "en"))
        alarms.append(
            {
                "target": target,
                "from": week["from"],
                "to": week["to"],
                "lost": lost,
                "text_ko": f"{name_ko} {_NAMES_KO[target]} 예보가 {week['from']}~{week['to']} 한 주 동안 "
                f"지속성 예보보다 낫지 않았어요 ({'; '.join(ko)}).",
                "text_en": f"{name_en}: in the week {week['from']} to {week['to']} the {_NAMES_EN[target]} "
                f"forecasts were no better than persistence ({'; '.join(en)}).",
            }
        )
    return alarms
