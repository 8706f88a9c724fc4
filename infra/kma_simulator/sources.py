"""Where rows come from: one small protocol, implemented by `synthetic` and `replay`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

import pandas as pd

SourceName = Literal["synthetic", "replay"]


class ObservationSource(Protocol):
    """Hourly observations of some stations."""

    @property
    def name(self) -> SourceName:
        """What kind of weather this is; every response declares it."""

    @property
    def stations(self) -> Mapping[str, str]:
        """Station numbers served and their Korean names."""

    def hours(self, station: str, start: datetime, end: datetime) -> pd.DataFrame:
        """Return the observations of `station` from `start` to `end`, both included.

        The frame is indexed by `time` (KST, full hours, ascending, unique); an hour without a row was
        not observed. Columns are the service's field names: floats in the service's units (NaN: missing), or
        text (`…Qcflg`, cloud form and the like, "": none). Columns may be absent; an unknown station has no
        rows.
        """

    def describe(self) -> Mapping[str, object]:
        """Return facts for `/_simulator/health`: seed, span, files."""
