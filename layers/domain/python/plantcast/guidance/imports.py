"""Import: files of published forecasts that lie in the raw archive, into the guidance lake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from plantcast.aws import ObjectStore, received
from plantcast.common.errors import InvalidInputError
from plantcast.common.settings import Source
from plantcast.common.stations import station as known_station
from plantcast.guidance import raw
from plantcast.guidance.files import read_content
from plantcast.guidance.lake import GuidanceLake
from plantcast.guidance.status import GuidanceSource

# Archive files are the KMA's; tables are taken for copies of the same forecasts.
SOURCE: Final[GuidanceSource] = "kma"


@dataclass(frozen=True)
class Imported:
    """The guidance table of a file, and how many of its rows were new or changed something."""

    table: pd.DataFrame
    rows_new: int


def import_file(store: ObjectStore, key: str, station: str, *, deployed: Source) -> Imported:
    """Merge the file under `key` (`raw/guidance/imports/…`), the forecasts of a station.

    It can be repeated and changes nothing then. `deployed` is what kind of weather the deployment holds.

    Raises:
        InvalidInputError: the weather is synthetic, the station is not known, `key` is not that of an
            imported file, or the file cannot be read or holds no forecast for the station.
        NotFoundError: there is no such object.
        CorruptDataError: the object, or a month's file, is damaged.
    """
    known_station(station)
    if deployed == "synthetic":
        raise InvalidInputError(
            "This deployment holds synthetic weather; real forecasts cannot be mixed into it.",
            remedy="Deploy with real observations: set KMA_API_KEY, or ASOS_REPLAY to a file.",
        )
    if not key.startswith(raw.IMPORTS):
        raise InvalidInputError(
            f"import_key={key!r} is not the key of an imported file.",
            remedy="Use `plantcast import-guidance FILE`.",
        )
    table = read_content(received.read(store, key), key, station, archive_station=station)
    if table.empty:
        raise InvalidInputError(
            f"{key} holds no forecast for station {station}.", remedy="Check the station."
        )
    return Imported(table, GuidanceLake(store).merge(SOURCE, station, table))
