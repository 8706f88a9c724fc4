"""The whole estimate: bills of a month for numbers of stations, the backfill, and what both rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from infra.operations.cost.assumptions import Assumptions, checked_stations
from infra.operations.cost.bill import Bill, bill_for
from infra.operations.cost.measurements import Measurements, measurements
from infra.operations.cost.one_off import backfill_quantities
from infra.operations.cost.prices import PriceList, list_prices
from infra.operations.cost.stack_facts import StackFacts, stack_facts
from infra.operations.cost.usage import by_function, quantities

USUAL: Final = (1, 10, 100)


@dataclass(frozen=True)
class Estimate:
    """Bills by the number of stations."""

    prices: PriceList
    measured: Measurements
    facts: StackFacts
    assumed: Assumptions
    months: Mapping[int, Bill]
    backfills: Mapping[int, Bill]

    def gb_seconds(self, stations: int) -> Mapping[str, float]:
        """Return each function's GB-seconds of a month."""
        return by_function(stations, self.measured, self.facts, self.assumed)

    def json(self) -> dict[str, Any]:
        """Return it as one JSON document."""
        return {
            "region": self.prices.region,
            "currency": "USD",
            "prices_as_of": self.prices.as_of,
            "prices_not_confirmed_for_region": [
                name for name, price in self.prices.prices.items() if not price.confirmed_for_region
            ],
            "measured_at": self.measured.measured_at,
            "commit": self.measured.commit,
            "observations": self.measured.observations,
            "assumptions": self.assumed.facts(),
            "months": [
                {"stations": stations, **bill.facts(), "lambda_gb_seconds": dict(self.gb_seconds(stations))}
                for stations, bill in self.months.items()
            ],
            "backfills": [
                {"stations": stations, **bill.facts()} for stations, bill in self.backfills.items()
            ],
        }


def estimate(
    stations: Sequence[int] = USUAL,
    *,
    prices: PriceList | None = None,
    assumed: Assumptions | None = None,
    measured: Measurements | None = None,
    facts: StackFacts | None = None,
) -> Estimate:
    """Return the estimate for each number of stations; what is left out is as it comes with the code.

    Raises:
        InvalidInputError: a number of stations cannot be.
    """
    counts = [checked_stations(count) for count in stations]
    prices, assumed = prices or list_prices(), assumed or Assumptions()
    measured, facts = measured or measurements(), facts or stack_facts()
    return Estimate(
        prices=prices,
        measured=measured,
        facts=facts,
        assumed=assumed,
        months={count: bill_for(quantities(count, measured, facts, assumed), prices) for count in counts},
        backfills={
            count: bill_for(backfill_quantities(count, measured, facts, assumed), prices) for count in counts
        },
    )
