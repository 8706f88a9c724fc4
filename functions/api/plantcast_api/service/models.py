"""What the index and the health check answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from plantcast_api.models import Source, Sourced, Timestamp, View

Status = Literal["pass", "warn", "fail"]


class IndexResponse(Sourced):
    """Where to go; links are relative to the API's base address."""

    name: str = "Plantcast"
    version: str
    links: dict[str, str]
    templates: dict[str, str] = Field(description="Links with a part to fill in.")


class Check(View):
    """One check."""

    name: str = Field(examples=["forecast:108"])
    status: Status
    observed: str | None = Field(description="What was found.", examples=["2025-05-29T23:00+09:00"])
    age_hours: float | None = Field(
        description="How old that is: hours since the last observation, the forecast's origin, the start of "
        "the run, the promotion of the model. Null where nothing was found.",
        examples=[9.3],
    )
    message: str = Field(description="What is wrong and what to do; empty when nothing is.")


class HealthResponse(View):
    """The worst of all checks; `fail` answers 503 and should page someone."""

    status: Status
    time: Timestamp
    version: str = Field(examples=["0.1.0"])
    source: Source
    checks: list[Check]
