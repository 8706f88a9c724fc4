"""Source of observations of a deployment: the KMA, synthetic weather, or a replay of real observations."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final, get_args

from pydantic import BaseModel, ConfigDict

from infra.emulator.services import API_HUB_URL, ASOS_URL
from infra.stack.deployment import Deployment
from infra.stack.outputs import Outputs
from plantcast.common.clock import HOUR, KST, SystemClock
from plantcast.common.errors import ConflictError, InvalidInputError
from plantcast.common.settings import Source
from plantcast.common.stations import station
from plantcast.guidance.status import GuidanceSource

KMA_KEY_VARIABLE = "KMA_API_KEY"
API_HUB_KEY_VARIABLE = "KMA_API_HUB_KEY"
REPLAY_VARIABLE = "ASOS_REPLAY"
GUIDANCE_VARIABLE = "PLANTCAST_GUIDANCE_SOURCES"
BASE_URL_VARIABLE = "PLANTCAST_ASOS_BASE_URL"
API_HUB_URL_VARIABLE = "PLANTCAST_API_HUB_BASE_URL"
# 02:00 is when the nightly run starts: the clock of a demo at another date starts there.
_NIGHTLY_RUN = time(2)
# On AWS a run waits for an incomplete yesterday until 11:00. A local run checks once more and continues.
LOCAL_FRESHNESS: Final = {"FreshnessWaitSeconds": "10", "FreshnessMaxChecks": "1"}
LABELS: Mapping[Source, str] = {
    "kma": "observations of the Korea Meteorological Administration",
    "synthetic": "SYNTHETIC weather, not observations",
    "replay": "a REPLAY of past observations, not of today",
}
GUIDANCE_LABELS: Mapping[GuidanceSource, str] = {
    "kma": "the KMA's short-term forecast",
    "open_meteo": "Open-Meteo",
}


class ObservationPlan(BaseModel):
    """Where observations come from, and at which date the clock of the deployment starts.

    `clock` is the option as given (None: the default); `clock_offset_seconds` follows from it.
    """

    model_config = ConfigDict(frozen=True)

    source: Source
    stations: tuple[str, ...]
    replay: tuple[str, ...] = ()
    seed: int = 108
    clock: str | None = None
    clock_offset_seconds: int = 0
    base_url: str | None = None
    api_hub_url: str | None = None
    guidance: tuple[GuidanceSource, ...] = ("kma",)

    @property
    def simulated(self) -> bool:
        """Whether the simulator stands in for the KMA."""
        return self.source != "kma"

    @property
    def label(self) -> str:
        """The kind of observations, as shown to users."""
        return LABELS[self.source]

    @property
    def guidance_label(self) -> str:
        """What is called beside the observations up to yesterday, as shown to users."""
        live = self.simulated or self.api_hub_url is not None
        parts = [GUIDANCE_LABELS[source] for source in self.guidance] + ["observations of today"] * live
        label = ", ".join(parts) or "none"
        if self.simulated:
            return f"{label} (SIMULATED)"
        return label if live else f"{label}; {API_HUB_KEY_VARIABLE} adds observations of today"

    def now(self) -> datetime:
        """Return the deployment's current time, in KST."""
        return SystemClock(timedelta(seconds=self.clock_offset_seconds)).now()

    def deployment(self, outputs: Outputs) -> Deployment:
        """Return what was deployed for this plan."""
        return Deployment.on_emulator(
            outputs,
            source=self.source,
            stations=self.stations,
            clock_offset_seconds=self.clock_offset_seconds,
        )

    def require_same(self, wanted: ObservationPlan) -> ObservationPlan:
        """Return the plan to continue with when this one already runs: this one, with `wanted`'s stations,
        published forecasts and observations of today.

        Raises:
            ConflictError: `wanted` would mix other weather into what this deployment holds.
        """
        for name in ("source", "replay", "seed", "base_url", "clock"):
            runs, other = getattr(self, name), getattr(wanted, name)
            # Without the option the clock stays as it is.
            if runs != other and not (name == "clock" and other is None):
                raise ConflictError(
                    f"The deployment has another {name} ({runs}) than requested ({other}).",
                    remedy="Stop it with `make down` (its data goes with it), then start again.",
                )
        changeable = ("stations", "guidance", "api_hub_url")
        return self.model_copy(update={name: getattr(wanted, name) for name in changeable})


def plan_observations(
    environ: Mapping[str, str], *, stations: str | None, seed: int, clock: str | None
) -> ObservationPlan:
    """Decide from the environment and the options where observations come from.

    `KMA_API_KEY` set: the real KMA, with observations of today where `KMA_API_HUB_KEY` is set, too;
    `ASOS_REPLAY` set: these files; else synthetic weather.

    Raises:
        InvalidInputError: a value is not usable, or both variables are set.
    """
    key, replay = environ.get(KMA_KEY_VARIABLE, "").strip(), environ.get(REPLAY_VARIABLE, "").strip()
    if key and replay:
        raise InvalidInputError(
            f"Both {KMA_KEY_VARIABLE} and {REPLAY_VARIABLE} are set.",
            remedy="Unset one: real observations come either from the KMA or from files.",
        )
    live = bool(environ.get(API_HUB_KEY_VARIABLE, "").strip())
    if live and not key:
        raise InvalidInputError(
            f"{API_HUB_KEY_VARIABLE} is set, {KMA_KEY_VARIABLE} is not.",
            remedy=f"Set both for the real KMA, or unset {API_HUB_KEY_VARIABLE}: real observations do not "
            "continue simulated weather.",
        )
    numbers = parse_stations(stations) if stations else ("108",)
    guidance = guidance_sources(environ)
    if key:
        if clock:
            raise InvalidInputError(
                f"The clock {clock!r} cannot be set for the real KMA.",
                remedy=f"Leave --clock and PLANTCAST_CLOCK out, or unset {KMA_KEY_VARIABLE}.",
            )
        return ObservationPlan(
            source="kma",
            stations=numbers,
            seed=seed,
            base_url=_url(environ, BASE_URL_VARIABLE, ASOS_URL),
            api_hub_url=_url(environ, API_HUB_URL_VARIABLE, API_HUB_URL) if live else None,
            guidance=guidance,
        )
    at = parse_clock(clock) if clock else None
    if not replay:
        return ObservationPlan(
            source="synthetic",
            stations=numbers,
            seed=seed,
            clock=clock,
            clock_offset_seconds=_offset(at),
            guidance=guidance,
        )
    files = _existing_files(replay)
    ends = replay_ends(files)
    if stations is None:
        numbers = ("108",) if "108" in ends else tuple(ends)[:1]
    if missing := sorted(set(numbers) - set(ends)):
        raise InvalidInputError(
            f"The replayed files hold no station {', '.join(missing)}; they hold {', '.join(ends)}.",
            remedy="Choose among these with --stations (or PLANTCAST_STATIONS).",
        )
    if at is None:
        last = max(ends[number] for number in numbers)
        # The portal's years end at 00:00 of the next day: the last whole day is the one before the next hour.
        at = datetime.combine((last + HOUR).date(), _NIGHTLY_RUN, KST)
    return ObservationPlan(
        source="replay",
        stations=numbers,
        replay=tuple(str(file) for file in files),
        seed=seed,
        clock=clock,
        clock_offset_seconds=_offset(at),
        guidance=guidance,
    )


def parse_stations(text: str) -> tuple[str, ...]:
    """Parse `108,112` into station numbers, each once, in order.

    Raises:
        InvalidInputError: a part is not the number of an ASOS station, or there is none.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(station(number).number for number in parts or [text]))


def parse_clock(text: str) -> datetime:
    """Parse a date, or date and time, for a deployment's clock (KST unless it names another time zone).

    Raises:
        InvalidInputError: `text` is neither.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            f"clock={text!r} is not a date or date-time.",
            remedy="Write it as 2025-05-30 or 2025-05-30T02:00.",
        ) from None
    if len(text) <= len("2025-05-30"):
        at = datetime.combine(at, _NIGHTLY_RUN)
    return at.replace(tzinfo=KST) if at.tzinfo is None else at.astimezone(KST)


def _url(environ: Mapping[str, str], name: str, default: str) -> str:
    return environ.get(name, "").strip().rstrip("/") or default


def guidance_sources(environ: Mapping[str, str]) -> tuple[GuidanceSource, ...]:
    """Return the published forecasts named by `PLANTCAST_GUIDANCE_SOURCES`; the KMA's where it is not set.

    Raises:
        InvalidInputError: a source is unknown.
    """
    text = environ.get(GUIDANCE_VARIABLE, "kma")
    known: dict[str, GuidanceSource] = {name: name for name in get_args(GuidanceSource)}
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := sorted(set(names) - set(known)):
        raise InvalidInputError(
            f"{GUIDANCE_VARIABLE}={text!r}: {', '.join(unknown)} is no source of published forecasts.",
            remedy=f"Write {', '.join(known)}, or leave it empty for none.",
        )
    return tuple(known[name] for name in names)


def _existing_files(text: str) -> list[Path]:
    files = [Path(part).expanduser().resolve() for part in text.split(os.pathsep) if part]
    for file in files:
        if not file.is_file():
            raise InvalidInputError(
                f"{REPLAY_VARIABLE} names {file}, which is not a file.",
                remedy=f"Give one or more parquet or CSV files, joined by {os.pathsep!r}.",
            )
    return files


def _offset(at: datetime | None) -> int:
    return 0 if at is None else round((at - datetime.now(KST)).total_seconds())


def replay_ends(files: Sequence[Path]) -> dict[str, datetime]:
    """Return the stations in replayed files and the hour (KST, naive) of each one's last observation.

    Raises:
        InvalidInputError: a file cannot be read as observations.
    """
    # Pandas takes half a second that only a replay needs.
    from infra.kma_simulator.replay import ReplayedObservations

    return ReplayedObservations.from_files(files).ends
