"""The production pointer: which version serves, since when, and why; its form in the object store."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from plantcast.aws import StoredObject
from plantcast.common.clock import KST
from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.common.schema import FIELD, POINTER
from plantcast.registry.keys import check_name, dumped, json_object

Version = Annotated[str, AfterValidator(lambda version: check_name(version, "version"))]
Seconds = Annotated[
    AwareDatetime,
    AfterValidator(lambda time: time.astimezone(KST).replace(microsecond=0)),
    PlainSerializer(lambda time: time.isoformat()),
]


@dataclass(frozen=True)
class Pointer:
    """What is in production for one station and target, since when, and why.

    `previous` is the version it replaced: where `rollback` goes. `scores` are the numbers of the decision,
    its gates among them. `benchmark` is the version that a challenger may be worse than by no more than the
    tolerance: the last one promoted for its score and not within the tolerance. None: `version` itself, as
    after a rollback, which is a person's decision. `etag` is the stored pointer's; a change must name it.
    """

    version: Version
    promoted_at: Seconds
    run_id: str
    reason_ko: str
    reason_en: str
    previous: Version | None = None
    scores: dict[str, Any] = field(default_factory=dict)
    benchmark: Version | None = None
    etag: Annotated[str | None, Field(exclude=True)] = field(default=None, compare=False)

    def to_bytes(self) -> bytes:
        """Return what `from_stored` takes."""
        return dumped({FIELD: POINTER.version, **_POINTER.dump_python(self, mode="json")})

    @classmethod
    def from_stored(cls, stored: StoredObject, key: str) -> Pointer:
        """Read what `to_bytes` wrote.

        Raises:
            CorruptDataError: it is damaged; the message names `key`.
            SchemaVersionError: newer code wrote it: it must not be replaced.
        """
        remedy = f"Restore the object's previous version in S3, or delete {key}: the next run promotes anew."
        data = POINTER.read(json_object(stored.body, key, remedy), key)
        try:
            return _POINTER.validate_python({**data, "etag": stored.etag})
        except (ValidationError, InvalidInputError) as error:
            raise CorruptDataError(
                f"The production pointer {key} cannot be read ({error}).", remedy=remedy
            ) from error


_POINTER: Final = TypeAdapter(Pointer)
