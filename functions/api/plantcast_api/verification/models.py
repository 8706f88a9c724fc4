"""What `/api/verification` answers: the track record of issued forecasts, typed, with units and examples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from plantcast.verification.decisions import DecisionName
from plantcast_api.forecast.models import TargetName
from plantcast_api.models import Count, Day, Hour, Sourced, StationInfo, View

Rmse = Annotated[
    float, Field(ge=0, description="Root mean square error, in the target's unit.", examples=[1.84])
]
Bias = Annotated[
    float, Field(description="Mean of forecast − observation, in the target's unit.", examples=[-0.21])
]
Coverage = Annotated[
    float,
    Field(ge=0, le=1, description="Share of observations within the 10–90 % range.", examples=[0.81]),
]
Skill = Annotated[
    float,
    Field(
        le=1,
        description="1 − RMSE / RMSE of persistence over the same hours: 0 is no better than the same hour "
        "of the day before, 1 is perfect.",
        examples=[0.37],
    ),
]
Gain = Annotated[
    float,
    Field(
        le=1,
        description="1 − shadow's RMSE / issued RMSE: positive where the shadow was better.",
        examples=[-0.03],
    ),
]
BlockName = Literal["leads_1_24", "leads_25_48"]


class VerifiedScores(View):
    """Scores over a block of leads, in the target's unit."""

    hours: Count
    rmse: Rmse
    bias: Bias
    coverage_80: Coverage
    persistence_hours: Count
    persistence_rmse: Rmse | None
    skill: Skill | None = Field(description="Null where persistence is not known or made no error.")


class VerifiedComparison(View):
    """Issued path (`rmse`) and shadow over identical hours, in the target's unit."""

    hours: Count
    rmse: Rmse
    shadow_rmse: Rmse
    shadow_bias: Bias
    shadow_coverage_80: Coverage
    gain: Gain | None


class PublishedComparison(View):
    """The KMA's published forecast and ours over identical hours, in the target's unit."""

    hours: Count
    rmse: Rmse = Field(description="The KMA's.")
    bias: Bias = Field(description="The KMA's.")
    ours: Rmse = Field(description="That of our forecast.")


class ScoresByLead(View):
    """48 values each, of leads 1 to 48; null for a lead of which nothing was verified."""

    hours: list[Count]
    rmse: list[Rmse | None]
    bias: list[Bias | None]
    coverage_80: list[Coverage | None]
    skill: list[Skill | None]


class ComparisonByLead(View):
    """48 values each, of leads 1 to 48; null for a lead of which nothing was compared."""

    hours: list[Count]
    rmse: list[Rmse | None]
    shadow_rmse: list[Rmse | None]


class PublishedByLead(View):
    """48 values each, of leads 1 to 48; null for a lead of which nothing was compared."""

    hours: list[Count]
    rmse: list[Rmse | None] = Field(description="The KMA's.")
    ours: list[Rmse | None] = Field(description="That of our forecast.")


class PublishedRecord(View):
    """The KMA's short-term forecast as published, beside ours: of the hours forecast that use it."""

    days: Count = Field(description="Days on which both were verified.", examples=[30])
    leads_1_24: PublishedComparison | None = None
    leads_25_48: PublishedComparison | None = None
    leads_1_48: PublishedComparison
    by_lead: PublishedByLead


class ShadowRecord(View):
    """The models that were not chosen, beside what was issued."""

    days: Count = Field(description="Days with a shadow forecast.", examples=[30])
    versions: Count = Field(description="How many models computed it.", examples=[12])
    issued_versions: Count = Field(description="How many models they are compared with.", examples=[3])
    leads_1_24: VerifiedComparison | None = None
    leads_25_48: VerifiedComparison | None = None
    leads_1_48: VerifiedComparison
    by_lead: ComparisonByLead


class TargetRecord(View):
    """One target in a window: all hours of all its days, pooled."""

    days: Count = Field(description="Days on which something was verified.", examples=[30])
    leads_1_24: VerifiedScores | None = None
    leads_25_48: VerifiedScores | None = None
    leads_1_48: VerifiedScores
    by_lead: ScoresByLead
    published: PublishedRecord | None = Field(
        default=None, description="Null where no forecast used one of the KMA's."
    )
    shadow: ShadowRecord | None = Field(default=None, description="Null where there is no shadow.")


class DayTally(View):
    """How many days were forecast right and wrong."""

    hits: Count = Field(description="Forecast and observed.", examples=[11])
    misses: Count = Field(description="Observed, not forecast.", examples=[1])
    false_alarms: Count = Field(description="Forecast, not observed.", examples=[2])
    correct_rejections: Count = Field(description="Neither.", examples=[16])


class PublishedTally(DayTally):
    """The KMA's forecast as published, and ours on the same days."""

    days: Count = Field(description="Days on which both are known.", examples=[30])
    ours: DayTally = Field(description="That of our forecast.")


class DecisionRecord(DayTally):
    """One kind of day, by the last forecast issued before each day began and the rule of the advice."""

    days: Count = Field(description="Days on which both are known.", examples=[30])
    published: PublishedTally | None = Field(description="Null where no forecast used one of the KMA's.")


class WindowRecord(View):
    """The days up to the newest verified one."""

    first: Day = Field(alias="from")
    to: Day
    days: Count = Field(description="Length of the window.", examples=[30])
    days_verified: Count = Field(description="Of these, days with scores.", examples=[29])
    targets: dict[TargetName, TargetRecord]
    decisions: dict[DecisionName, DecisionRecord] = Field(
        description="Days with an hour of 0 °C or less (frost), 5 °C or less (cold), 30 °C or more (hot), "
        "30 % or less (dry); empty where no forecast was issued before its day."
    )


class VerifiedShadowDay(View):
    """Shadow and issued path of one target on one day."""

    versions: list[str] = Field(description="The runner-up models.", examples=[["20250528T23-0a1b2c3d"]])
    issued: list[str | None] = Field(
        description="What it is compared with; null: the damped anomaly.", examples=[["20250501T23-4e5f6a7b"]]
    )
    leads_1_24: VerifiedComparison | None = None
    leads_25_48: VerifiedComparison | None = None


class VerifiedDay(View):
    """The forecasts valid on one day."""

    day: Day
    origins: list[Hour]
    scores: dict[TargetName, dict[BlockName, VerifiedScores]]
    published: dict[TargetName, dict[BlockName, PublishedComparison]]
    shadow: dict[TargetName, VerifiedShadowDay]


class SkillAlarmRecord(View):
    """A target whose forecasts were no better than persistence in the last week, and in which leads."""

    target: TargetName
    first: Day = Field(alias="from")
    to: Day
    lost: list[BlockName]
    text_ko: str
    text_en: str


class VerificationResponse(Sourced):
    """How good issued forecasts have been, compared with observations."""

    station: StationInfo
    timezone: str = "Asia/Seoul"
    units: dict[TargetName, str] = Field(
        default={"ta": "°C", "hm": "%"}, description="Of RMSE and bias, by target."
    )
    windows: dict[Literal["7", "30", "365"], WindowRecord] = Field(
        description="By length in days; empty while nothing has been verified."
    )
    days: list[VerifiedDay] = Field(description="Day by day, oldest first; days without scores are left out.")
    alarms: list[SkillAlarmRecord] = Field(description="Empty when all is well.")
