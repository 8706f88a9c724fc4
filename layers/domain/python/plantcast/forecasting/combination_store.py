"""What was learnt of published forecasts at a station, stored as `models/station=108/combination.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plantcast.aws import ObjectStore
from plantcast.common.clock import iso_hour, parse_hour
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.schema import COMBINATION, FIELD
from plantcast.forecasting import TARGETS, Target
from plantcast.forecasting.learnt import Learnt
from plantcast.guidance.status import SOURCES, GuidanceSource
from plantcast.registry.keys import check_name, dumped, json_object

_REMEDY = "Delete it: the next night learns anew, and until then published forecasts count by the prior."


@dataclass(frozen=True)
class StationCombination:
    """What was learnt from the hours up to `learnt_to`, of each source and target.

    What has not been learnt yet has its prior.
    """

    learnt_to: datetime
    sources: Mapping[GuidanceSource, Mapping[Target, Learnt]]

    def of(self, source: GuidanceSource, target: Target) -> Learnt:
        """Return what was learnt of a source and target."""
        return self.sources.get(source, {}).get(target) or Learnt.prior(target)


class CombinationStore:
    """Stored combinations, one object a station."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def read(self, station: str) -> StationCombination | None:
        """Return what is stored of a station, or None.

        Raises:
            CorruptDataError: it cannot be read.
            SchemaVersionError: newer code wrote it.
        """
        stored = self._store.get(_key(station))
        return None if stored is None else _decoded(stored.body, _key(station))

    def write(self, station: str, combination: StationCombination) -> bool:
        """Store a combination unless one of later hours is stored; return whether it was.

        Repeatable; a damaged one is replaced.

        Raises:
            SchemaVersionError: newer code wrote the stored one.
            ConflictError: another writer was faster.
        """
        key = _key(station)
        stored = self._store.get(key)
        if stored is not None:
            try:
                if _decoded(stored.body, key).learnt_to > combination.learnt_to:
                    return False
            except CorruptDataError:
                pass
        body = dumped(
            {
                FIELD: COMBINATION.version,
                "learnt_to": iso_hour(combination.learnt_to),
                "sources": {
                    source: {target: learnt.to_json() for target, learnt in targets.items()}
                    for source, targets in combination.sources.items()
                },
            }
        )
        if stored is not None and stored.body == body:
            return True
        self._store.put_if(
            key, body, etag=None if stored is None else stored.etag, content_type="application/json"
        )
        return True


def _key(station: str) -> str:
    return f"models/station={check_name(station, 'station')}/combination.json"


def _decoded(body: bytes, key: str) -> StationCombination:
    document = COMBINATION.read(json_object(body, key, _REMEDY), key)
    try:
        return StationCombination(
            parse_hour(document["learnt_to"], name="learnt_to"),
            {source: _targets(document["sources"][source]) for source in _known(document["sources"])},
        )
    except (KeyError, TypeError, ValueError, AttributeError, InvalidInputError) as error:
        raise CorruptDataError(
            f"{key} cannot be read ({type(error).__name__}: {error}).", remedy=_REMEDY
        ) from error


def _known(sources: Mapping[str, Any]) -> list[GuidanceSource]:
    return [source for source in SOURCES if source in sources]


def _targets(stored: Mapping[str, Any]) -> dict[Target, Learnt]:
    return {target: Learnt.from_json(stored[target]) for target in TARGETS if target in stored}
