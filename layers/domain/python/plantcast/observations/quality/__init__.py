"""Which values are believed: what was sent, judged by its own number, its neighbours in time, and each other.

A value that is not believed becomes NaN, is named in `masked` as `variable:reason`, and stays in `withheld`
as it was sent; nothing is ever filled in. A value is judged by hours no further than `CONTEXT_HOURS` away, so
a month can be judged alone with the hours around it.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from plantcast.common.stations import STATIONS
from plantcast.observations.quality.checks import CHECKS
from plantcast.observations.quality.judge import Judge
from plantcast.observations.quality.limits import STREAKS

# The longest chain: pressures rest on a spike of a neighbour (1 h), that on hours around it (2 h), and those
# on being part of a streak (its length less one).
CONTEXT_HOURS: Final = max(streak.hours for streak in STREAKS.values()) - 1 + 2 + 1


def assess(sent: pd.DataFrame, station: str) -> pd.DataFrame:
    """Return the lake frame of a sent frame, with `withheld` beside: JSON of variable to the value sent.

    Values are judged as those of the ASOS station `station`; hours absent from the frame are taken as not
    observed.
    """
    judge = Judge(sent, STATIONS.get(station))
    judge.take_remarks()
    for check in CHECKS:
        check(judge)
    return judge.result()
