"""Windows pooled from verified days have the scores of the raw pairs, exactly."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantcast.verification.sums import BLOCKS, LeadSums, Pair, PublishedSums
from plantcast.verification.windows import read_track, track_of, window_of
from tests.support.fakes import MemoryTable
from tests.support.verification_examples import LAST, verified_days

# As forecasts are issued (0.01) and instruments read (0.1).
ISSUED = st.integers(-3000, 3000).map(lambda value: value / 100)
READ = st.integers(-300, 300).map(lambda value: value / 10)


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    low, mean, high = sorted(draw(st.tuples(ISSUED, ISSUED, ISSUED)))
    persistence = draw(st.none() | READ)
    published = draw(st.none() | ISSUED)
    return Pair(draw(st.integers(1, 48)), mean, low, high, draw(READ), persistence, published)


@given(days=st.lists(st.lists(pairs(), max_size=30), max_size=6), block=st.sampled_from(sorted(BLOCKS)))
@settings(max_examples=25, deadline=None)
def test_pooled_days_have_exactly_the_sums_and_the_scores_of_their_raw_pairs(
    days: list[list[Pair]], block: str
) -> None:
    pooled = LeadSums.pool(LeadSums.of(day) for day in reversed(days))

    assert pooled == LeadSums.of(pair for day in days for pair in day)
    assert LeadSums.from_item(pooled.to_item()) == pooled
    published = PublishedSums.pool(PublishedSums.of(day) for day in days)
    assert published == PublishedSums.of(pair for day in days for pair in day)
    assert PublishedSums.from_item(published.to_item()) == published
    scores = pooled.score(BLOCKS[block])
    raw = [pair for day in days for pair in day if pair.lead in BLOCKS[block]]
    if not raw:
        assert scores is None
        return
    assert scores is not None
    mean, low, high, truth = np.array([(one.mean, one.p10, one.p90, one.observed) for one in raw]).T
    assert scores.hours == len(raw)
    assert scores.rmse == pytest.approx(np.sqrt(np.mean((mean - truth) ** 2)), abs=1e-4)
    assert scores.bias == pytest.approx(np.mean(mean - truth), abs=1e-4)
    assert scores.coverage_80 == pytest.approx(np.mean((low <= truth) & (truth <= high)), abs=1e-4)
    theirs = [one for one in raw if one.published is not None]
    compared = published.score(BLOCKS[block])
    assert (compared is None) == (not theirs)
    if compared is not None:
        errors = np.array([(one.published or 0) - one.observed for one in theirs])
        ours = np.array([one.mean - one.observed for one in theirs])
        found = (compared.hours, compared.rmse, compared.bias, compared.ours)
        expected = (len(theirs), np.sqrt(np.mean(errors**2)), errors.mean(), np.sqrt(np.mean(ours**2)))
        assert found == pytest.approx(expected, abs=1e-4)
    known = [one for one in raw if one.persistence is not None]
    assert scores.persistence_hours == len(known)
    if not known:
        assert (scores.persistence_rmse, scores.skill) == (None, None)
        return
    own = math.sqrt(sum((one.mean - one.observed) ** 2 for one in known) / len(known))
    persistence = math.sqrt(sum(((one.persistence or 0) - one.observed) ** 2 for one in known) / len(known))
    assert scores.persistence_rmse == pytest.approx(persistence, abs=1e-4)
    assert scores.skill == (pytest.approx(1 - own / persistence, abs=1e-4) if persistence else None)


def test_given_forty_days_when_pooled_then_each_window_has_its_days_and_scores() -> None:
    item = track_of(verified_days(40, error=1.0, shadow_error=0.5))

    assert item is not None
    spans = {name: (one["from"], one["to"], one["days_verified"]) for name, one in item["windows"].items()}
    assert spans == {
        "7": ("2025-05-23", "2025-05-29", 7),
        "30": ("2025-04-30", "2025-05-29", 30),
        "365": ("2024-05-30", "2025-05-29", 40),
    }
    ta = item["windows"]["30"]["targets"]["ta"]
    assert ta["days"] == 30
    # Persistence is off by 2 at leads 1-24 and by 4 at leads 25-48 (see the examples), forecasts by 1.
    assert (ta["leads_1_24"]["rmse"], ta["leads_1_24"]["bias"], ta["leads_1_24"]["skill"]) == (1.0, 1.0, 0.5)
    assert (ta["leads_25_48"]["persistence_rmse"], ta["leads_25_48"]["skill"]) == (4.0, 0.75)
    assert ta["leads_1_48"]["hours"] == 30 * 48
    assert ta["by_lead"]["hours"] == [30] * 48
    assert ta["by_lead"]["skill"] == [0.5] * 24 + [0.75] * 24
    assert ta["shadow"]["leads_1_48"]["gain"] == 0.5
    assert (ta["shadow"]["days"], ta["shadow"]["versions"], ta["shadow"]["issued_versions"]) == (30, 1, 1)
    assert ta["shadow"]["by_lead"]["shadow_rmse"] == [0.5] * 48
    assert "shadow" not in item["windows"]["30"]["targets"]["hm"]
    assert len(str(item)) < 60_000


def test_given_days_without_data_when_pooled_then_they_are_not_counted() -> None:
    days = [day for day in verified_days(30) if day.day not in (date(2025, 5, 27), date(2025, 5, 10))]

    assert [window_of(days, last=LAST, length=length)["days_verified"] for length in (7, 30)] == [6, 28]
    assert window_of(days, last=date(2025, 1, 1), length=7)["targets"] == {}


def test_given_a_lead_never_verified_when_stored_then_it_is_null_not_zero() -> None:
    (day,) = verified_days(1)
    item = track_of([replace(day, sums={"ta": LeadSums.of([Pair(1, 1.0, 0.0, 2.0, 1.5, None)])})])
    assert item is not None
    table = MemoryTable()
    table.put(item)

    stored = read_track(table, "108")

    assert stored is not None
    ta = stored["windows"]["7"]["targets"]["ta"]
    assert ta["by_lead"]["rmse"] == [0.5] + [None] * 47
    assert ta["by_lead"]["skill"] == [None] * 48
    assert "leads_25_48" not in ta
    assert "hm" not in stored["windows"]["7"]["targets"]


def test_given_nothing_verified_then_there_is_no_track() -> None:
    assert track_of([]) is None
    assert read_track(MemoryTable(), "108") is None
