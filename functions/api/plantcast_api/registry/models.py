"""What `/api/models` answers: versions, decisions, what is in production; typed, with units and examples."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from plantcast_api.forecast.models import TargetName
from plantcast_api.http.parameters import STATION
from plantcast_api.models import Hour, StationInfo, StationNumber, Timestamp, View

Version = Annotated[
    str,
    Field(
        description="`<origin>-<hash of the run>`: names sort by origin.", examples=["20250529T23-1a2b3c4d"]
    ),
]
Rmse = Annotated[float | None, Field(description="In the target's unit; null: no score.", examples=[1.234])]


class GateInfo(View):
    """One check of a decision: passed if `minimum` ≤ `value` ≤ `limit`."""

    name: str = Field(
        description="`baseline_leads_…`: against the best baseline; `champion`; `benchmark`, where that is "
        "another version: against the last one that was promoted for its score; `coverage_80`; `bias`.",
        examples=["baseline_leads_1_48"],
    )
    passed: bool
    value: float | None = Field(description="The challenger's figure.", examples=[1.234])
    limit: float | None = Field(description="The most that passes.", examples=[1.301])
    minimum: float | None = Field(default=None, description="The least that passes, where there is one.")
    reference: str | None = Field(
        default=None, description="A baseline or a version.", examples=["damped_anomaly"]
    )
    note: str | None = Field(default=None, description="Why there was nothing to compare with.")


class BlockScores(View):
    """RMSE over the same hours, which none of the versions had seen, for a block of leads."""

    challenger: Rmse = None
    champion: Rmse = None
    benchmark: Rmse = None
    persistence: Rmse = None
    climatology: Rmse = None
    damped_anomaly: Rmse = None


class HeldOutScores(View):
    """Scores on the days held out."""

    first: Hour = Field(alias="from", description="First hour scored.")
    to: Hour = Field(description="Last hour scored.")
    pairs: int = Field(description="Forecasts scored: (origin, lead) pairs.", examples=[32256])
    days: float | None = Field(default=None, description="Hours scored by 24.", examples=[28.0])
    leads_1_48: BlockScores
    leads_1_24: BlockScores
    leads_25_48: BlockScores
    bias: float | None = Field(description="Forecast minus observed, in the target's unit.", examples=[-0.12])
    coverage_80: float | None = Field(description="Share within the 80 % range.", examples=[0.81])


class DecisionInfo(View):
    """Whether a version was promoted when it was evaluated, and why."""

    promoted: bool
    reason_ko: str = Field(examples=["승격: RMSE 1.234, 가장 좋은 기준 예보(평년 편차) 1.301"])
    reason_en: str = Field(examples=["promoted: RMSE 1.234, best baseline (damped anomaly) 1.301"])
    scores: HeldOutScores
    gates: list[GateInfo] = Field(default=[], description="Empty for decisions made before gates were kept.")


class ChampionInfo(View):
    """What is in production."""

    version: Version
    since: Timestamp = Field(validation_alias="promoted_at")
    run_id: str = Field(description="The run that promoted it; `api` or `cli` for a rollback.")
    reason_ko: str
    reason_en: str
    previous: Version | None = Field(description="Where a rollback goes; null: nowhere.")
    scores: HeldOutScores | None = Field(description="Its scores when it was evaluated; null: it never was.")


class VersionInfo(View):
    """One version; what cannot be read is null, and `problem` says why."""

    version: Version
    in_production: bool
    trained_from: Hour | None = None
    trained_to: Hour | None = Field(
        default=None, description="Last observation its serving model learned from."
    )
    hours: int | None = Field(default=None, description="Hours observed in that span.", examples=[8760])
    rows: int | None = Field(
        default=None, description="(origin, lead) pairs learned from.", examples=[400000]
    )
    trees: int | None = Field(
        default=None, description="Of its mean and both quantiles together.", examples=[900]
    )
    validation_rmse: Rmse = Field(default=None, description="On the days that training kept to tune it.")
    decision: DecisionInfo | None = Field(default=None, description="Null: not evaluated.")
    problem: str | None


class TargetModels(View):
    """One target: its champion, and its versions, newest first."""

    target: TargetName = Field(description="`ta` temperature, `hm` relative humidity.")
    unit: str = Field(examples=["°C"])
    champion: ChampionInfo | None = Field(description="Null: the baseline forecasts.")
    problem: str | None = Field(description="Why the production pointer cannot be read.")
    versions: list[VersionInfo]


class ModelsResponse(View):
    """The registry of one station."""

    station: StationInfo
    timezone: str = "Asia/Seoul"
    targets: list[TargetModels]


class RollbackRequest(BaseModel):
    """Which target to roll back, and where to."""

    # A body, so built at once: plantcast_api/cold_start.py says why.
    model_config = ConfigDict(extra="forbid", defer_build=False)

    station: str | None = Field(
        default=None,
        pattern=STATION,
        description="ASOS station number; the first configured one when left out.",
        examples=["108"],
    )
    target: TargetName
    version: Version | None = Field(default=None, description="Null: the one before the present one.")
    expected: Version | None = Field(
        default=None, description="Do it only while this version is in production; else 409."
    )


class RollbackResponse(View):
    """What is in production now."""

    station: StationNumber
    target: TargetName
    changed: bool = Field(description="False when the version named was in production already.")
    replaced: Version | None = Field(description="What was in production; null when nothing readable was.")
    champion: ChampionInfo
    message: str = Field(description="What the call changed.")
