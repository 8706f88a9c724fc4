"""A station with observations and published forecasts in memory, and `predict` over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from plantcast.aws import ItemTable, ObjectStore
from plantcast.common.clock import HOUR, KST, Clock, FixedClock
from plantcast.forecasting.combination_store import CombinationStore
from plantcast.forecasting.issued import Forecast, ForecastStore
from plantcast.forecasting.shadows import ShadowStore
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.status import FeedStatus, FeedStatuses
from plantcast.guidance.table import guidance_table
from plantcast.observations.lake import ObservationLake
from plantcast.pipeline.contracts.nightly import PredictResult
from plantcast.pipeline.learning import LearningStep
from plantcast.pipeline.predict import PredictStep
from plantcast.pipeline.published import PublishedForecasts
from plantcast.registry import ModelRegistry
from tests.support.fakes import MemoryObjectStore, MemoryTable
from tests.support.observed import sent_of
from tests.support.synthetic_weather import made_weather

NUMBER = "108"
DAYS = 14
START = datetime(2025, 5, 10, tzinfo=KST)  # so that history and forecast lie in one month
TODAY = START + timedelta(days=DAYS)


def predict_step(store: ObjectStore, table: ItemTable, clock: Clock) -> PredictStep:
    """Return `predict` as its function wires it."""
    registry, guidance = ModelRegistry(store), GuidanceLake(store)
    return PredictStep(
        store,
        ObservationLake(store, "synthetic"),
        registry,
        ForecastStore(table),
        ShadowStore(table),
        PublishedForecasts(guidance, FeedStatuses(table)),
        LearningStep(guidance, registry, CombinationStore(store)),
        clock,
    )


def weather(seed: int = 1) -> pd.DataFrame:
    """Return two weeks of observations and the four days after them."""
    return made_weather((DAYS + 4) * 24, start=START, seed=seed)


def issue(
    at: datetime, truth: pd.DataFrame, *, last_lead: int = 60, warmer: float = 0.0, drier: float = 7.0
) -> pd.DataFrame:
    """Return an issue of the KMA: whole degrees, humidity in steps of 5 % and too dry."""
    hours = pd.date_range(at + HOUR, periods=last_lead, freq="h")
    values = truth.reindex(hours)
    rows = pd.DataFrame(
        {
            "issued_at": at,
            "valid_at": hours,
            "ta": np.round(values["ta"].to_numpy() + warmer),
            "hm": np.clip(5 * np.round((values["hm"].to_numpy() - drier) / 5), 0, 100),
            "sky": 3.0,
            "pop": 30.0,
        }
    )
    return guidance_table(rows.dropna(), "issue")


@dataclass
class GuidedStation:
    """Observations up to `observed_to`, and what is put into the lake; no model is in production."""

    truth: pd.DataFrame = field(default_factory=weather)
    store: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    table: MemoryTable = field(default_factory=MemoryTable)

    def observe(self, last: datetime) -> None:
        """Put the observations up to `last` into the lake."""
        sent = sent_of(self.truth.loc[:last])
        ObservationLake(self.store, "synthetic").merge(NUMBER, sent, received_at=last)

    def publish(self, *tables: pd.DataFrame) -> None:
        """Put issues of the KMA into the lake, and say that its feed is well."""
        for table in tables:
            GuidanceLake(self.store).merge("kma", NUMBER, table)
        newest = max(table["issued_at"].max().to_pydatetime() for table in tables)
        self.feed(FeedStatus(NUMBER, "kma", newest, newest + 11 * timedelta(minutes=1)))

    def feed(self, status: FeedStatus) -> None:
        """Store the state of a feed."""
        FeedStatuses(self.table).put(status)

    def at(self, now: datetime) -> PredictStep:
        """Return `predict` at a time."""
        return predict_step(self.store, self.table, FixedClock(now))

    def update(self, now: datetime, *, force: bool = False) -> PredictResult:
        """Call `predict` as the hourly update does."""
        return self.at(now).from_lake(NUMBER, force=force, update=True)

    def newest(self) -> Forecast:
        """Return the newest forecast."""
        found = ForecastStore(self.table).latest(NUMBER)
        assert found is not None
        return found
