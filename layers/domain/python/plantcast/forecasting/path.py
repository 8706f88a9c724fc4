"""The path of one target: mean and 80 % range of the 48 hours ahead. Plain Python, without numpy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Self

from pydantic import Field, FiniteFloat, PlainSerializer, model_validator
from pydantic.dataclasses import dataclass

from plantcast.forecasting import LEADS

DECIMALS: Final = 2  # a tenth of what the instruments resolve (0.1 °C, 1 %); keeps the item under 6 KB


def _rounded(values: tuple[float, ...]) -> list[float]:
    return [round(value, DECIMALS) for value in values]


# One value for each lead 1…48; stored rounded.
Series = Annotated[
    tuple[FiniteFloat, ...], Field(min_length=LEADS, max_length=LEADS), PlainSerializer(_rounded)
]


@dataclass(frozen=True)
class TargetPath:
    """Mean, 10 % and 90 % quantile of one target for leads 1…48, in its unit (°C or %).

    Raises:
        ValidationError: a series has not 48 values, a value is not finite, or quantiles cross.
    """

    mean: Series
    p10: Series
    p90: Series

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for lead, (low, high) in enumerate(zip(self.p10, self.p90, strict=True), start=1):
            if low > high:
                raise ValueError(f"at lead {lead} the 10 % quantile {low} is above the 90 % quantile {high}")
        return self

    @classmethod
    def first_of(cls, paths: Mapping[str, Iterable[Iterable[float]]]) -> TargetPath:
        """Take the first origin's path out of `mean`, `p10` and `p90`, each [origins, 48]."""
        mean, p10, p90 = (tuple(next(iter(paths[name]))) for name in ("mean", "p10", "p90"))
        return cls(mean, p10, p90)
