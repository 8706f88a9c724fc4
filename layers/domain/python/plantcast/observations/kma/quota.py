"""The KMA's daily quota of calls, counted in the table for all runs that share the key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from plantcast.aws import ItemTable
from plantcast.common.clock import KST, Clock
from plantcast.common.errors import QuotaExhaustedError
from plantcast.common.schema import CALLS, FIELD

# A backfill leaves a fifth of the calls to the nightly run, at most a few for each of a hundred stations.
_NIGHTLY_CALLS: Final = 500
# Days the count is kept for operators to look at.
_COUNT_KEPT: Final = timedelta(days=40)


@dataclass(frozen=True)
class DailyBudget:
    """The count in the table; the day turns at midnight KST.

    Each call is counted before it is made, so that side by side no more than `calls_per_day` are ever made.
    """

    table: ItemTable
    clock: Clock
    calls_per_day: int

    def spend(self, *, leave_reserve: bool = False) -> None:
        """Count one call; with `leave_reserve` only if the nightly run's share of the day is left after it.

        Raises:
            QuotaExhaustedError: no more calls are left today.
        """
        now = self.clock.now().astimezone(KST)
        reserve = min(_NIGHTLY_CALLS, self.calls_per_day // 5) if leave_reserve else 0
        limit = self.calls_per_day - reserve
        expires = int((now + _COUNT_KEPT).timestamp())
        sort_key = f"DAY#{now:%Y-%m-%d}"
        beside = {"expires_at": expires, FIELD: CALLS.version}
        if self.table.increment("QUOTA", sort_key, "calls", limit=limit, also=beside) is None:
            kept = f", {reserve} of which are kept for the nightly run" if reserve else ""
            raise QuotaExhaustedError(
                f"The day's {self.calls_per_day} calls to the KMA{kept} are used up ({now:%Y-%m-%d}).",
                remedy="Go on after midnight KST; what was fetched is kept. ASOS_CALLS_PER_DAY is the limit.",
            )


def seconds_until_the_day_turns(clock: Clock) -> int:
    """Return the whole seconds until the next midnight KST and a little more: clocks differ."""
    now = clock.now().astimezone(KST)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((midnight - now).total_seconds()) + 60
