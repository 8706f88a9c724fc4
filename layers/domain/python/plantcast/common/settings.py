"""Typed settings from the environment, one small class for each thing a function may need.

A function's handler composes the classes it needs; a missing value fails at cold start, naming the
variable. Nothing is read at import time of this module.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from plantcast.common.clock import KST, SystemClock

Source = Literal["kma", "synthetic", "replay"]


class _Environment(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, extra="ignore")


def _by_commas(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


_List = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_by_commas)]


class ClockSettings(_Environment):
    """`CLOCK_OFFSET_SECONDS`: how far a demo's clock stands from the machine's; absent on AWS."""

    clock_offset_seconds: int = 0

    def clock(self) -> SystemClock:
        """Return the clock everything in this function must use."""
        return SystemClock(timedelta(seconds=self.clock_offset_seconds))

    def on_this_clock(self, at: datetime) -> datetime:
        """Return a time reported by AWS, by the real clock, as a time by this clock, in KST."""
        return at.astimezone(KST) + timedelta(seconds=self.clock_offset_seconds)


class LakeSettings(_Environment):
    """Where objects are kept, and what kind of observations this deployment holds."""

    data_bucket: str
    observation_source: Source = "kma"


class TableSettings(_Environment):
    """Where items are kept."""

    table_name: str


class StationSettings(_Environment):
    """`STATIONS`: comma-separated ASOS station numbers, for example `108,112`."""

    stations: _List = Field(min_length=1)
    history_days: int = Field(default=3653, ge=2, le=20_000)


class AsosSettings(_Environment):
    """How to reach the KMA."""

    asos_base_url: str
    kma_key_parameter: str


class GuidanceSettings(_Environment):
    """`GUIDANCE_SOURCES`: published forecasts that are fetched, by commas, `kma` and `open_meteo`."""

    guidance_sources: _List = ("kma",)


class ShortTermSettings(_Environment):
    """How to reach the KMA's short-term forecast, with the key of the ASOS service."""

    short_term_base_url: str
    kma_key_parameter: str


class ApiHubSettings(_Environment):
    """How to reach the KMA API Hub; without a key parameter there are no observations of today."""

    api_hub_base_url: str
    api_hub_key_parameter: str = ""


class OpenMeteoSettings(_Environment):
    """How to reach Open-Meteo; without a key parameter its free service, for non-commercial use."""

    open_meteo_base_url: str
    open_meteo_previous_runs_url: str
    open_meteo_models: _List
    open_meteo_key_parameter: str = ""


class ApiKeySettings(_Environment):
    """Name of the SSM parameter that holds the key for calls that write."""

    api_key_parameter: str


class TopicSettings(_Environment):
    """Where notices go."""

    alert_topic_arn: str


class NoticeSettings(_Environment):
    """`NOTIFY_PROFILES`: plant profiles, comma-separated.

    Checked by `plantcast.pipeline.notify`, not at a cold start: a mistake here must not keep the notice of a
    failed run.
    """

    notify_profiles: _List = ("default",)


class PushSettings(_Environment):
    """VAPID key pair of Web Push, the private one in an SSM parameter; whom push services may ask."""

    push_key_parameter: str
    push_public_key: str
    push_contact: str
