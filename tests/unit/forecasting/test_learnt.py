"""What a night learns of guidance is what a backtest has at the same origin, and is stored safely."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from plantcast.common.clock import HOUR, KST
from plantcast.common.errors import ConflictError, CorruptDataError, SchemaVersionError
from plantcast.forecasting import LEADS
from plantcast.forecasting.combination import combine
from plantcast.forecasting.combination_store import CombinationStore, StationCombination
from plantcast.forecasting.correction import Correction, GuidancePairs
from plantcast.forecasting.learnt import Learnt, ModelForecasts
from plantcast.guidance.table import guidance_table
from tests.support.fakes import MemoryObjectStore

FIRST = pd.Timestamp("2025-05-01T00:00", tz=KST)
DAYS = 20
HOURS = DAYS * 24
ORIGIN = HOURS - 1
BIAS = -7.0
LEARNT_TO = datetime(2025, 5, 20, 23, tzinfo=KST)
KEY = "models/station=108/combination.json"


def observed() -> np.ndarray:
    """Humidity with a daily course and weather of some days, %."""
    hours = np.arange(HOURS)
    noise = np.random.default_rng(1).normal(0, 2, HOURS)
    return 60 - 15 * np.cos(2 * np.pi * (hours - 5) / 24) + 8 * np.sin(hours / 40) + noise


def published(truth: np.ndarray) -> pd.DataFrame:
    """An issue every three hours for the next 60, too dry."""
    random = np.random.default_rng(2)
    future = np.append(truth, np.full(60, 60.0))
    rows = [
        {
            "issued_at": FIRST + issue * HOUR,
            "valid_at": FIRST + (issue + lead) * HOUR,
            "hm": float(np.clip(future[issue + lead] + BIAS + random.normal(0, 4), 1, 100)),
        }
        for issue in range(2, HOURS, 3)
        for lead in range(1, 61)
    ]
    return guidance_table(pd.DataFrame(rows).assign(sky=3.0, pop=20.0), "made")


def model_forecasts(truth: np.ndarray, every: int) -> ModelForecasts:
    """The station model: right on average, its error grows with the lead."""
    random = np.random.default_rng(3)
    origins, leads = (grid.ravel() for grid in np.meshgrid(range(48, HOURS, every), range(1, LEADS + 1)))
    kept = origins + leads < HOURS
    order = np.argsort(origins[kept], kind="stable")
    origins, leads = origins[kept][order], leads[kept][order]
    mean = truth[origins + leads] + random.normal(0, 1, len(origins)) * (1 + leads / 6)
    return ModelForecasts(origins, leads, mean, mean - 6, mean + 6)


def test_a_night_learns_what_a_backtest_has_at_that_origin() -> None:
    truth, table = observed(), published(observed())
    past = model_forecasts(truth, 3)
    path = (np.full(LEADS, 55.0), np.full(LEADS, 48.0), np.full(LEADS, 62.0))
    known = GuidancePairs.of(table, "hm", FIRST, HOURS)
    learnt = Learnt.fit("hm", truth, known, past)

    index = pd.date_range(FIRST, periods=HOURS, freq="h")
    newest = pd.Timestamp(table["issued_at"].max())
    found, leads = learnt.combined("hm", path, pd.Series(truth, index), table, newest)

    # The backtest's way: all origins at once, the last of them with hours still to come.
    later = np.append(truth, np.full(LEADS, np.nan))
    pairs = GuidancePairs.of(table, "hm", FIRST, HOURS + LEADS)
    origins = np.append(past.origins, np.full(LEADS, ORIGIN))
    every_lead = np.append(past.leads, np.arange(1, LEADS + 1))
    rows = pairs.newest(origins, every_lead)
    assert (rows >= 0).all()
    corrected = Correction.fit(pairs, later, "hm").apply(origins, every_lead, rows)
    mean, p10, p90 = (
        np.append(values, own) for values, own in zip((past.mean, past.p10, past.p90), path, strict=True)
    )
    # Ranges are renewed once in 24 hours of the frame: the last origin begins a day.
    shifted = origins + (-ORIGIN) % 24
    wanted = combine("hm", shifted, every_lead, (mean, p10, p90), corrected, later[origins + every_lead])
    assert list(leads) == list(range(1, LEADS + 1))
    for name in ("mean", "low", "high", "weights"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name)[-LEADS:], rtol=1e-9)


def test_the_usual_error_of_guidance_is_learnt() -> None:
    truth, table = observed(), published(observed())
    pairs = GuidancePairs.of(table, "hm", FIRST, HOURS)
    learnt = Learnt.fit("hm", truth, pairs, model_forecasts(truth, 3))
    prior = Learnt.prior("hm")
    assert learnt.coefficients[0] == pytest.approx(-BIAS, abs=1.5)
    assert list(prior.coefficients) == [0.0] * len(prior.coefficients)
    assert learnt.weights[0] > learnt.weights[-1]
    assert np.isfinite(learnt.factors).all()
    np.testing.assert_array_equal(Learnt.from_json(learnt.to_json()).weights, learnt.weights)


def stored(learnt_to: datetime = LEARNT_TO) -> StationCombination:
    return StationCombination(learnt_to, {"kma": {"ta": Learnt.prior("ta"), "hm": Learnt.prior("hm")}})


def test_what_was_learnt_of_later_hours_is_not_replaced() -> None:
    combinations = CombinationStore(MemoryObjectStore())
    assert combinations.write("108", stored())
    assert not combinations.write("108", stored(LEARNT_TO - timedelta(days=1)))
    found = combinations.read("108")
    assert found is not None
    assert found.learnt_to == LEARNT_TO
    assert combinations.write("108", stored())  # the same again


def test_a_damaged_one_is_named_and_replaced_by_the_next_night() -> None:
    store = MemoryObjectStore()
    combinations = CombinationStore(store)
    combinations.write("108", stored())
    store.objects[KEY] = store.objects[KEY].replace(b'"weights": [', b'"weights": ["x", ', 1)
    with pytest.raises(CorruptDataError, match=r"combination\.json"):
        combinations.read("108")
    assert combinations.write("108", stored())
    assert combinations.read("108") is not None


def test_one_written_by_newer_code_stays() -> None:
    store = MemoryObjectStore()
    store.objects[KEY] = b'{"schema_version": 99}'
    with pytest.raises(SchemaVersionError):
        CombinationStore(store).write("108", stored())
    assert store.objects[KEY] == b'{"schema_version": 99}'


def test_of_two_nights_at_once_one_is_refused() -> None:
    class Overtaken(MemoryObjectStore):
        def etag(self, key: str) -> str | None:
            return super().etag(key)

        def get(self, key: str):  # type: ignore[no-untyped-def]
            found = super().get(key)
            self.objects[key] = b'{"schema_version": 1}'  # another writer's, after this one read
            return found

    with pytest.raises(ConflictError):
        CombinationStore(Overtaken()).write("108", replace(stored()))
