"""Faults drawn at random: the one place that says which can happen and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from infra.kma_simulator.envelopes import Envelope
from infra.kma_simulator.faults import FAULT_KINDS, Fault, FaultKind

# Errors that repeating the call does not heal. They are met only where they are asked for by name.
LastingKind = Literal["key_refused", "daily_quota", "bad_request", "no_data"]
RandomKind = Literal[FaultKind, LastingKind]

PASSING_KINDS: Final[tuple[RandomKind, ...]] = FAULT_KINDS
LASTING_KINDS: Final[tuple[RandomKind, ...]] = get_args(LastingKind)
ALL_KINDS: Final[tuple[RandomKind, ...]] = PASSING_KINDS + LASTING_KINDS

_ENVELOPES: Final[tuple[Envelope, ...]] = get_args(Envelope)
_PASSING_CODES = ("01", "02", "04", "05", "23", "99")
_KEY_CODES = ("20", "21", "29", "30", "31", "32", "33")
_BAD_REQUEST_CODES = ("10", "11", "12")
_PASSING_STATUSES = (429, 500, 502, 503, 504)
# Long enough that a body really comes in pieces, short enough for hundreds of scenarios in a test.
_LONGEST_DELAY_SECONDS = 0.05

Draw = Callable[[Random], Mapping[str, Any]]


def _error(*codes: str) -> Draw:
    return lambda rng: {"kind": "error", "code": rng.choice(codes), "envelope": rng.choice(_ENVELOPES)}


def _either(*draws: Draw) -> Draw:
    return lambda rng: rng.choice(draws)(rng)


def _http(*statuses: int) -> Draw:
    return lambda rng: {"kind": "http", "status": rng.choice(statuses), "retry_after": rng.choice((None, 1))}


def _some(rng: Random) -> Mapping[str, Any]:
    return {"keep_fraction": rng.uniform(0.02, 0.98)}


def _late(rng: Random) -> Mapping[str, Any]:
    return {"delay_seconds": rng.uniform(0.001, _LONGEST_DELAY_SECONDS)}


def _rows(rng: Random) -> Mapping[str, Any]:
    return {"share": rng.uniform(0.02, 0.6), "seed": rng.randrange(2**31)}


def _plain(rng: Random) -> Mapping[str, Any]:
    return {}


_DRAWS: Final[Mapping[RandomKind, Draw]] = MappingProxyType(
    {
        "error": _error(*_PASSING_CODES),
        "http": _http(*_PASSING_STATUSES),
        # To the same URL: to follow it elsewhere would be a fault of the client.
        "redirect": lambda rng: {"status": rng.choice((302, 307))},
        "reset": _plain,
        "cut": _some,
        "truncated": _some,
        "slow": _late,
        "drip": _late,
        "charset": _plain,
        "gzip": _plain,
        "gzip_broken": _some,
        "total_changes": lambda rng: {"by": rng.choice((-1, 1)) * rng.randint(1, 30)},
        "short_page": _some,
        "empty_page": _plain,
        "duplicate_rows": _rows,
        "shuffled_rows": _rows,
        "foreign_rows": _rows,
        "key_refused": _either(_error(*_KEY_CODES), _http(401, 403)),
        "daily_quota": _error("22"),
        "bad_request": _either(_error(*_BAD_REQUEST_CODES), _http(404)),
        "no_data": _error("03"),
    }
)


def draw_fault(rng: Random, kinds: Sequence[RandomKind] = PASSING_KINDS) -> Fault:
    """Return one fault for one call; every one of `kinds` is equally likely."""
    kind = rng.choice(list(kinds))
    return Fault.model_validate({"kind": kind} | dict(_DRAWS[kind](rng)))


def random_scenario(
    seed: int, *, kinds: Sequence[RandomKind] = PASSING_KINDS, longest: int = 12
) -> list[Fault]:
    """Return up to `longest` faults for as many calls one after the other: the same for the same arguments.

    For `FaultQueue`; what a client makes of it must be the truth or a precise report. One fault in five
    meets two or three calls.
    """
    rng = Random(f"scenario {seed}")  # noqa: S311 - reproducible on purpose
    faults: list[Fault] = []
    left = rng.randint(0, longest)
    while left > 0:
        times = min(left, rng.choice((1, 1, 1, 1, 1, 1, 1, 1, 2, 3)))
        faults.append(draw_fault(rng, kinds).model_copy(update={"times": times}))
        left -= times
    return faults
