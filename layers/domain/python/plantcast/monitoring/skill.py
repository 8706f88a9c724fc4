"""Skill alarms: a week in which the forecasts were no better than persistence is worth a person's time.

One record a target, pk `STATION#<station>`, sk `ALARM#skill#<target>`: opened once, closed when skill
returns, opened again for the next episode.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from plantcast.aws import Item, ItemTable
from plantcast.common.clock import KST
from plantcast.common.errors import CorruptDataError
from plantcast.common.schema import FIELD, SKILL_ALARM
from plantcast.common.stations import station_name
from plantcast.forecasting import TARGETS, Target
from plantcast.verification import DAY_BLOCKS, DayVerification, LeadSums

# A day or two below persistence is weather; a week is 168 pairs a block over two or three weather systems.
DAYS: Final = 7
_PREFIX: Final = "ALARM#skill#"
_UNITS: Final[Mapping[Target, str]] = {"ta": "°C", "hm": "%"}
_NAMES_KO: Final[Mapping[Target, str]] = {"ta": "기온", "hm": "습도"}
_NAMES_EN: Final[Mapping[Target, str]] = {"ta": "temperature", "hm": "humidity"}
_LEADS: Final[Mapping[str, str]] = {"leads_1_24": "1–24", "leads_25_48": "25–48"}


@dataclass(frozen=True)
class BlockFigures:
    """Pooled over the week, both errors over the same `hours`, in the target's unit."""

    skill: float
    rmse: float
    persistence_rmse: float
    hours: int


@dataclass(frozen=True)
class Verdict:
    """A target's week: figures of the lead blocks that can be assessed, those verified on each day of it."""

    station: str
    target: Target
    first: date
    last: date
    blocks: Mapping[str, BlockFigures]

    @property
    def lost(self) -> tuple[str, ...]:
        """The lead blocks without skill."""
        return tuple(name for name, figures in self.blocks.items() if figures.skill <= 0)

    def figures(self) -> dict[str, Any]:
        """Return the figures as stored."""
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "blocks": {
                name: {
                    "skill": round(block.skill, 4),
                    "rmse": round(block.rmse, 4),
                    "persistence_rmse": round(block.persistence_rmse, 4),
                    "hours": block.hours,
                }
                for name, block in self.blocks.items()
            },
        }


def assess(days: Sequence[DayVerification]) -> list[Verdict]:
    """Judge the week that ends with the newest of a station's verified days, oldest first.

    A target of which no block was verified on each of the seven days gets no verdict: of a week with gaps
    no verdict is returned.
    """
    pooled = [day for day in days if day.sums]
    if not pooled:
        return []
    newest = pooled[-1]
    first = newest.day - timedelta(days=DAYS - 1)
    week = [day for day in pooled if day.day >= first]
    verdicts = []
    for target in TARGETS:
        sums = [day.sums[target] for day in week if target in day.sums]
        blocks = {
            name: figures
            for name, leads in DAY_BLOCKS.items()
            if (figures := _figures(sums, leads)) is not None
        }
        if blocks:
            verdicts.append(Verdict(newest.station, target, first, newest.day, blocks))
    return verdicts


class SkillAlarms:
    """The skill alarms in the table."""

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def update(self, verdict: Verdict, *, now: datetime) -> Item | None:
        """Open or close the target's alarm as the verdict says; return it if it is open now.

        Updating again with the same verdict changes nothing. An open alarm is closed when each block that had
        lost its skill is assessed again and none is lost.

        Raises:
            SchemaVersionError, CorruptDataError: the stored alarm cannot be read; it is left as it is.
        """
        item = self._table.get(f"STATION#{verdict.station}", _sk(verdict.target))
        stored = None if item is None else read_alarm(item)
        is_open = stored is not None and stored["closed_at"] is None
        if verdict.lost:
            if stored is not None and is_open:
                return stored
            return self._open(verdict, stored, now)
        if stored is not None and is_open:
            if not set(stored["lost"]) <= set(verdict.blocks):
                return stored
            self._close(verdict, stored, now)
        return None

    def _open(self, verdict: Verdict, before: Item | None, now: datetime) -> Item | None:
        words_ko, words_en = _words(verdict)
        item: Item = {
            "pk": f"STATION#{verdict.station}",
            "sk": _sk(verdict.target),
            FIELD: SKILL_ALARM.version,
            "station": verdict.station,
            "target": verdict.target,
            # Odd while open, even once closed: what a write has to come after.
            "revision": 1 if before is None else int(before["revision"]) + 1,
            "opened_at": _moment(now),
            "closed_at": None,
            "lost": list(verdict.lost),
            "figures": verdict.figures(),
            "closing_figures": None,
            "words_ko": words_ko,
            "words_en": words_en,
        }
        if before is None:
            written = self._table.put_if_absent(item)
        else:
            written = self._table.put_if_newer(item, attribute="revision")
        return item if written else self._table.get(item["pk"], item["sk"])

    def _close(self, verdict: Verdict, stored: Item, now: datetime) -> None:
        closed = {
            **stored,
            "revision": int(stored["revision"]) + 1,
            "closed_at": _moment(now),
            "closing_figures": verdict.figures(),
        }
        self._table.put_if_newer(closed, attribute="revision")


def open_alarms(table: ItemTable, station: str) -> list[Item]:
    """Return the open skill alarms of a station (see docs/contracts.md).

    Raises:
        SchemaVersionError, CorruptDataError: one cannot be read.
    """
    return [alarm for alarm in map(read_alarm, alarm_items(table, station)) if alarm["closed_at"] is None]


def alarm_items(table: ItemTable, station: str) -> list[Item]:
    """Return a station's skill alarms, open and closed, as stored."""
    return table.query(f"STATION#{station}", sk_prefix=_PREFIX)


def read_alarm(item: Item) -> Item:
    """Return a stored skill alarm in today's form.

    Raises:
        SchemaVersionError: newer code wrote it.
        CorruptDataError: it is damaged; the remedy says what to do.
    """
    where = f"{item['pk']}/{item['sk']}"
    alarm = SKILL_ALARM.read(item, where)
    try:
        int(alarm["revision"]), list(alarm["lost"])
        if alarm["closed_at"] is not None:
            datetime.fromisoformat(alarm["closed_at"])
        str(alarm["target"]), str(alarm["words_ko"]), str(alarm["words_en"])
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptDataError(
            f"The skill alarm {where} cannot be read ({type(error).__name__}: {error}).",
            remedy="Delete the item: the next run opens a new alarm if the skill is still lost.",
        ) from error
    return alarm


def _figures(sums: Sequence[LeadSums], leads: range) -> BlockFigures | None:
    if sum(day.score(leads) is not None for day in sums) < DAYS:
        return None
    scores = LeadSums.pool(sums).score(leads)
    if scores is None or scores.skill is None or scores.persistence_rmse is None:
        return None
    # Over the hours for which persistence exists, as the skill is.
    rmse = (1 - scores.skill) * scores.persistence_rmse
    return BlockFigures(scores.skill, rmse, scores.persistence_rmse, scores.persistence_hours)


def _words(verdict: Verdict) -> tuple[str, str]:
    unit = _UNITS[verdict.target]
    ko, en = [], []
    for name in verdict.lost:
        block, leads = verdict.blocks[name], _LEADS[name]
        persistence = f"{block.persistence_rmse:.2f} {unit}"
        ko.append(f"{leads}시간 앞 RMSE {block.rmse:.2f} {unit}, 지속성 {persistence}")
        en.append(f"leads {leads} h: RMSE {block.rmse:.2f} {unit}, persistence {persistence}")
    who_ko, who_en = (station_name(verdict.station, language) for language in ("ko", "en"))
    return (
        f"{who_ko} {_NAMES_KO[verdict.target]} 예보가 {verdict.first}~{verdict.last} 한 주 동안 "
        f"지속성 예보보다 낫지 않았습니다 ({'; '.join(ko)}).",
        f"{who_en}: in the week {verdict.first} to {verdict.last} the {_NAMES_EN[verdict.target]} forecasts "
        f"were no better than persistence ({'; '.join(en)}).",
    )


def _sk(target: Target) -> str:
    return f"{_PREFIX}{target}"


def _moment(now: datetime) -> str:
    return now.astimezone(KST).isoformat(timespec="seconds")
