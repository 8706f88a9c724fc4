"""What came of a backfill: by station and over all, as facts and as the error that the user should read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from plantcast.common.errors import KeyRejectedError, PlantcastError, QuotaExhaustedError

Stop = Literal["none", "quota", "key"]


class StationsFailedError(PlantcastError):
    """Some stations' observations could not be brought; the others' were."""


@dataclass
class StationReport:
    """What came of one station. `incomplete` counts chunks with hours that the KMA does not have.

    `failed` names what went wrong and in which days, None when nothing did.
    """

    hours_expected: int = 0
    hours_present: int = 0
    hours_new: int = 0
    hours_corrected: int = 0
    values_masked: int = 0
    chunks: int = 0
    incomplete: int = 0
    failed: str | None = None


@dataclass
class BackfillReport:
    """What came of a backfill. `hours_expected` are of all the days asked for, also of those not reached.

    `stopped_by` says what ended it for all stations: the day's quota or a refused key; `message` says it in
    words. `chunks` counts those that were gone through.
    """

    start: str
    end: str
    by_station: dict[str, StationReport]
    stopped_by: Stop = "none"
    retry_after_seconds: int = 0
    message: str = ""
    seconds: float = 0.0

    @property
    def hours_expected(self) -> int:
        """Over all stations."""
        return sum(one.hours_expected for one in self.by_station.values())

    @property
    def hours_present(self) -> int:
        """Over all stations."""
        return sum(one.hours_present for one in self.by_station.values())

    @property
    def hours_new(self) -> int:
        """Over all stations."""
        return sum(one.hours_new for one in self.by_station.values())

    @property
    def failed(self) -> dict[str, str]:
        """Why each failed station did."""
        return {number: one.failed for number, one in self.by_station.items() if one.failed is not None}

    @property
    def without_hours(self) -> list[str]:
        """The stations of which there is no hour at all."""
        return [number for number, one in self.by_station.items() if not one.hours_present]

    @property
    def finished(self) -> bool:
        """Whether everything that the KMA has was brought."""
        return self.stopped_by == "none" and not self.failed

    def facts(self) -> dict[str, Any]:
        """Return it as JSON-ready facts."""
        stations = {number: asdict(one) for number, one in self.by_station.items()}
        counts = [name for name in asdict(StationReport()) if name != "failed"]
        return {
            "start": self.start,
            "end": self.end,
            "stations": list(self.by_station),
            **{name: sum(one[name] for one in stations.values()) for name in counts},
            "stopped_by": self.stopped_by,
            "retry_after_seconds": self.retry_after_seconds,
            "message": self.message,
            "seconds": round(self.seconds, 1),
            "by_station": stations,
        }

    def raise_if_failed(self) -> None:
        """Raise what the user should read when not everything that the KMA has was brought.

        Raises:
            KeyRejectedError: the key was refused.
            QuotaExhaustedError: the day's calls are used up.
            StationsFailedError: stations failed; the message names each with its cause.
        """
        if self.stopped_by == "key":
            raise KeyRejectedError(self.message, remedy="Then call the same command again.")
        failed = "; ".join(f"station {number}: {why.rstrip('.')}" for number, why in self.failed.items())
        if self.stopped_by == "quota":
            raise QuotaExhaustedError(
                f"The day's calls are used up; {self.hours_present} of {self.hours_expected} hours are there."
                + (f" Failed besides: {failed}." if failed else ""),
                remedy="Call the same command after midnight KST, in "
                f"{_hours_and_minutes(self.retry_after_seconds)}; what is there is not asked for again.",
            )
        if failed:
            count = len(self.by_station)
            raise StationsFailedError(
                f"Observations of {len(self.failed)} of {count} station{'' if count == 1 else 's'} could not "
                f"be fetched: {failed}.",
                remedy="Mend the cause, then call again; what is there is not asked for twice.",
            )


def _hours_and_minutes(seconds: int) -> str:
    hours, minutes = divmod(-(-seconds // 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
