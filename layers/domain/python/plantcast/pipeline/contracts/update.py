"""Input and output of update."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, PlainSerializer

from plantcast.guidance.status import Feed
from plantcast.pipeline.contracts.base import Contract, StationList, Text

Minute = Annotated[AwareDatetime, PlainSerializer(lambda time: time.isoformat(timespec="minutes"))]


class UpdateOptions(Contract):
    """Input of an execution of the state machine Update."""

    model_config = ConfigDict(extra="forbid")

    stations: StationList | None = None


class UpdateEvent(Contract):
    """Guidance and observations of today."""

    run_id: Text
    input: Any = Field(default=None, description="`stations?`, or EventBridge's event")


class FeedSummary(Contract):
    """Result of a feed over all stations."""

    feed: Feed
    newest: Minute | None = Field(description="of the station furthest behind")
    stations: int = Field(description="asked")
    failed: int
    refused: bool = Field(description="a key was refused")
    message: str = Field(description="of the first that failed")


class UpdateResult(Contract):
    """Stations whose forecast is to be issued anew."""

    status: Literal["changed", "unchanged"]
    run_id: Text
    changed: tuple[str, ...]
    feeds: tuple[FeedSummary, ...]
    message: str
