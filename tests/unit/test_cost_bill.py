"""The arithmetic of a bill, against bills worked out by hand."""

from __future__ import annotations

import pytest

from infra.operations.cost.bill import bill_for
from infra.operations.cost.one_off import backfill_quantities
from infra.operations.cost.prices import Price, Tier, list_prices
from infra.operations.cost.transitions import BACKFILL, definition, of_a_backfill, of_a_night
from infra.operations.cost.usage import quantities
from plantcast.errors import InvalidInputError
from tests.cost_examples import GB, PLAIN, facts, measured, use
from tests.execution_examples import recorded


def price(*tiers: tuple[float | None, float], free: float = 0) -> Price:
    return Price(
        service="S",
        title="t",
        unit="u",
        tiers=tuple(Tier(up_to=end, usd=usd) for end, usd in tiers),
        always_free=free,
        confirmed_for_region=True,
        source="a test",
    )


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [(0, 0), (9, 18), (10, 20), (11, 21), (30, 40), (31, 40.5), (1_000_000, 40 + 999_970 * 0.5)],
)
def test_each_tier_charges_only_what_lies_in_it(quantity: float, expected: float) -> None:
    assert price((10, 2), (30, 1), (None, 0.5)).cost(quantity) == pytest.approx(expected)


@pytest.mark.parametrize(("quantity", "expected"), [(0, 0), (7, 0), (7.5, 1), (10, 6), (12, 8)])
def test_what_is_always_free_is_taken_from_the_first_tier(quantity: float, expected: float) -> None:
    assert price((10, 2), (None, 1), free=7).cost_after_free(quantity) == pytest.approx(expected)


def test_a_bill_adds_up_by_service_and_in_all() -> None:
    # 500,000 GB-s: 8.33335 USD, 400,000 of them free; 1,000,001 requests; 11 alarm metrics, ten free.
    used = {"lambda_gb_second": 500_000, "lambda_request": 1_000_001, "alarm_metric": 11}
    bill = bill_for(used, list_prices())
    services = bill.by_service()
    assert services["Lambda"] == pytest.approx((8.33335 + 0.2000002, 1.66667 + 0.0000002))
    assert services["CloudWatch"] == pytest.approx((1.1, 0.1))
    assert bill.list_usd == pytest.approx(8.33335 + 0.2000002 + 1.1)
    assert bill.usd == pytest.approx(1.66667 + 0.0000002 + 0.1)


# Counted by hand in infra/pipeline.asl.json: eleven outer states and the start; of a station 2 in the first
# Map, 8 in the second and 4 of each target; a wait 4 outer states, `Fresh?` again, and 2 of each station.
@pytest.mark.parametrize(
    ("stations", "waits", "expected"), [(1, 0, 30), (1, 1, 37), (10, 0, 192), (100, 2, 1812 + 2 * 205)]
)
def test_a_nights_transitions_are_those_of_the_machine(stations: int, waits: int, expected: int) -> None:
    assert of_a_night(definition(), stations=stations, waits=waits) == expected


def test_the_count_is_that_of_a_recorded_execution() -> None:
    """Two stations; the one target that fails misses `Trained?`, `Evaluate` and `KeepDecision`."""
    names = [one["stateEnteredEventDetails"]["name"] for one in recorded() if "StateEntered" in one["type"]]
    assert names.count("TargetFailed") == 1
    started = 1
    assert of_a_night(definition(), stations=2) == started + len(names) - 1 + 3


def test_a_backfills_transitions_count_each_chunk_as_an_execution() -> None:
    # Six outer states and the start; Ingest, Stopped?, Brought and the start of each chunk.
    assert of_a_backfill(definition(BACKFILL), chunks=11) == 7 + 11 * 4


def test_a_choice_nobody_told_of_is_refused_by_name() -> None:
    machine = definition()
    machine["States"]["Monitor"]["Next"] = "Late?"
    machine["States"]["Late?"] = {"Type": "Choice", "Choices": [], "Default": "Notify"}
    with pytest.raises(InvalidInputError, match=r"Late\?"):
        of_a_night(machine, stations=1)


def test_lambdas_month_is_cpu_time_on_the_share_of_a_cpu() -> None:
    # Ten CPU seconds, 30 nights, 2 GB: 600 GB-s; at half a CPU (884.5 MB) twice the time on half the memory.
    train = measured(train_ta=use(cpu_s=10.0))
    whole = quantities(1, train, facts(memory_mb={**facts().memory_mb, "TrainFunction": 2048}), PLAIN)
    assert whole["lambda_gb_second"] == pytest.approx(600)
    half = quantities(1, train, facts(memory_mb={**facts().memory_mb, "TrainFunction": 885}), PLAIN)
    assert half["lambda_gb_second"] == pytest.approx(10 * 30 * 1769 / 1024)


def test_the_nights_requests_grow_by_seven_a_station() -> None:
    one, ten = (quantities(count, measured(), facts(), PLAIN)["lambda_request"] for count in (1, 10))
    # prepare, monitor, notify each night and notify each hour; seven of each station.
    assert one == 30 * (3 + 24 + 7)
    assert ten == 30 * (3 + 24 + 70)


def test_a_function_of_all_stations_works_through_them_one_after_the_other() -> None:
    monitor = measured(monitor=use(cpu_s=1.0, warm_cpu_s=0.5, wru=3, rru=2.0, calls={"s3:GetObject": 4}))
    ten = quantities(10, monitor, facts(), PLAIN)
    assert ten["lambda_gb_second"] == pytest.approx(30 * (1.0 + 9 * 0.5) * 1769 / 1024)
    assert (ten["dynamodb_wru"], ten["dynamodb_rru"], ten["s3_get"]) == (900, 600, 1200)


def test_requests_of_s3_are_of_two_prices() -> None:
    calls = {
        "s3:PutObject": 3,
        "s3:ListObjectsV2": 2,
        "s3:GetObject": 5,
        "s3:HeadObject": 1,
        "dynamodb:Query": 9,
    }
    used = quantities(1, measured(features=use(calls=calls)), facts(), PLAIN)
    assert (used["s3_put"], used["s3_get"]) == (30 * 5, 30 * 6)


def test_storage_counts_what_is_kept_and_the_versions_of_what_is_not() -> None:
    night = measured(
        lake_bytes=GB,
        features=use(s3_put_bytes={"features": GB}),
        train_ta=use(s3_put_bytes={"models": GB}),
        ingest_a_night=use(s3_put_bytes={"raw": GB, "observations": GB}),
    )
    # After a year: 1 + 90 replaced months of the lake, 31 tables, 30 + 90 models, 360 raw responses.
    used = quantities(2, night, facts(), PLAIN)
    assert used["s3_gb_month"] == pytest.approx(2 * (1 + 90 + 31 + 120 + 360))


def test_new_functions_pay_their_start_and_warm_ones_do_not() -> None:
    started = measured(train_ta=use(start_cpu_s=2.0))
    # Five stations at once are new, the other five meet functions that are there.
    for stations, new in ((1, 1), (5, 5), (10, 5)):
        used = quantities(stations, started, facts(), PLAIN)
        assert used["lambda_gb_second"] == pytest.approx(30 * new * 2.0 * 1769 / 1024)


def test_a_backfill_is_eleven_years_of_each_station() -> None:
    brought = measured(lake_bytes=GB, ingest_a_backfilled_chunk=use(cpu_s=1.0, calls={"s3:PutObject": 30}))
    used = backfill_quantities(10, brought, facts(), PLAIN)
    assert used["lambda_request"] == 10 * 11 + 2
    assert used["s3_put"] == 10 * 11 * 30
    assert used["lambda_gb_second"] == pytest.approx(110 * 1769 / 1024)
