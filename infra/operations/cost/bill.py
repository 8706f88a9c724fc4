"""From quantities to a bill: a line for each price, at list price and after the always-free allowance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from infra.operations.cost.prices import PriceList


@dataclass(frozen=True)
class Line:
    """One thing that is paid for, of one month."""

    price: str  # its name in prices.json
    service: str
    title: str
    quantity: float
    unit: str
    usd_per_unit: float  # of the first step
    list_usd: float
    always_free: float  # units
    usd: float  # after them


@dataclass(frozen=True)
class Bill:
    """The lines of a month."""

    lines: tuple[Line, ...]

    @property
    def list_usd(self) -> float:
        """The sum at list prices."""
        return sum(line.list_usd for line in self.lines)

    @property
    def usd(self) -> float:
        """The sum after the always-free allowances, if nothing else in the account uses them."""
        return sum(line.usd for line in self.lines)

    def by_service(self) -> dict[str, tuple[float, float]]:
        """Return each service's sums: at list prices, and after the always-free allowance."""
        sums: dict[str, tuple[float, float]] = {}
        for line in self.lines:
            listed, after = sums.get(line.service, (0.0, 0.0))
            sums[line.service] = (listed + line.list_usd, after + line.usd)
        return sums

    def facts(self) -> dict[str, Any]:
        """Return it as JSON."""
        services = {
            service: {"list_usd": listed, "usd": after}
            for service, (listed, after) in self.by_service().items()
        }
        return {
            "list_usd": self.list_usd,
            "usd": self.usd,
            "services": services,
            "lines": [asdict(line) for line in self.lines],
        }


def bill_for(quantities: Mapping[str, float], prices: PriceList) -> Bill:
    """Return the bill of these quantities (price's name → units), in the order of the price list."""
    return Bill(tuple(_lines(quantities, prices)))


def _lines(quantities: Mapping[str, float], prices: PriceList) -> Iterable[Line]:
    for name, price in prices.prices.items():
        quantity = quantities.get(name, 0.0)
        yield Line(
            price=name,
            service=price.service,
            title=price.title,
            quantity=quantity,
            unit=price.unit,
            usd_per_unit=price.tiers[0].usd,
            list_usd=price.cost(quantity),
            always_free=price.always_free,
            usd=price.cost_after_free(quantity),
        )
