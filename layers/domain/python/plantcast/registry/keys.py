"""Keys of the registry's objects, from checked names, and the JSON under them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from plantcast.common.errors import CorruptDataError, InvalidInputError
from plantcast.forecasting import TARGETS, Target

METADATA: Final = "metadata.json"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def target_prefix(station: str, target: Target) -> str:
    """Return what every key of a station's target starts with.

    Raises:
        InvalidInputError: the station or the target cannot be part of a key.
    """
    if target not in TARGETS:
        raise InvalidInputError(f"target={target!r} is unknown.", remedy=f"Use one of {', '.join(TARGETS)}.")
    return f"models/station={check_name(station, 'station')}/{target}/"


def pointer_key(station: str, target: Target) -> str:
    """Return the key of the production pointer."""
    return f"{target_prefix(station, target)}production.json"


def versions_prefix(station: str, target: Target) -> str:
    """Return what every key of every version of a target starts with."""
    return f"{target_prefix(station, target)}versions/"


def version_prefix(station: str, target: Target, version: str) -> str:
    """Return what every key of a version starts with.

    Raises:
        InvalidInputError: a name cannot be part of a key.
    """
    return f"{versions_prefix(station, target)}{check_name(version, 'version')}/"


def decision_key(station: str, target: Target, version: str) -> str:
    """Return the key of the decision on a version.

    Raises:
        InvalidInputError: a name cannot be part of a key.
    """
    return f"{target_prefix(station, target)}decisions/{check_name(version, 'version')}.json"


def check_name(value: object, name: str) -> str:
    """Return a station or version that can be one part of a key.

    Raises:
        InvalidInputError: it cannot; the message names it.
    """
    if not isinstance(value, str) or not _NAME.fullmatch(value) or ".." in value:
        raise InvalidInputError(
            f"{name}={value!r} cannot be part of a key.",
            remedy="Use letters, digits, dots, dashes and underscores.",
        )
    return value


def files_by_version(keys: Iterable[str], prefix: str) -> dict[str, list[str]]:
    """Group the keys under `versions_prefix` by version, in the order of the names."""
    found: dict[str, list[str]] = {}
    for key in keys:
        version, _, file = key.removeprefix(prefix).partition("/")
        if file:
            found.setdefault(version, []).append(file)
    return dict(sorted(found.items()))


def dumped(document: Mapping[str, Any]) -> bytes:
    """Serialise deterministically; NaN, which JSON lacks, is refused with a ValueError."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False).encode()


def json_object(body: bytes, key: str, remedy: str) -> dict[str, Any]:
    """Return the JSON object in an object's bytes.

    Raises:
        CorruptDataError: there is none; the message names the key and ends with `remedy`.
    """
    try:
        data = json.loads(body)
    except ValueError as error:
        raise CorruptDataError(f"{key} is not JSON ({error}).", remedy=remedy) from error
    if not isinstance(data, dict):
        raise CorruptDataError(f"{key} is no JSON object.", remedy=remedy)
    return data
