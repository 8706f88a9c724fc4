"""The command line's options for faults: a plan that holds from the first call on."""

from __future__ import annotations

import argparse
import re

from pydantic import ValidationError

from infra.kma_simulator.fault_catalogue import ALL_KINDS, LASTING_KINDS, PASSING_KINDS, RandomKind
from infra.kma_simulator.fault_plans import FaultPlan, Flapping, RandomFaults
from infra.kma_simulator.faults import Fault, explain
from plantcast.common.errors import InvalidInputError

_DOWN = '{"kind": "http", "status": 503}'


def add_fault_options(parser: argparse.ArgumentParser) -> None:
    """Add `--fault-…` for random faults and `--flap…` for a service that comes and goes."""
    parser.add_argument(
        "--fault-probability", type=float, metavar="P", help="chance that a call meets a fault, 0 to 1"
    )
    parser.add_argument(
        "--fault-seed", type=int, metavar="N", help="the same faults for the same seed (default: 0)"
    )
    parser.add_argument(
        "--fault-kinds",
        metavar="KIND,…",
        help=f"which (default: {', '.join(PASSING_KINDS)}; also {', '.join(LASTING_KINDS)})",
    )
    parser.add_argument(
        "--flap", metavar="UP,DOWN", help="up for UP calls, down for DOWN calls, again and again"
    )
    parser.add_argument(
        "--flap-fault", metavar="JSON", help=f"what a call meets while it is down (default: {_DOWN})"
    )


def fault_plan(options: argparse.Namespace) -> FaultPlan | None:
    """Return the plan the options ask for.

    Raises:
        InvalidInputError: an option's value cannot be used, or two do not go together.
    """
    if options.fault_probability is not None and options.flap is not None:
        raise InvalidInputError(
            "--flap does not go with --fault-probability.", remedy="Leave one of them out."
        )
    _require_with(options, "--fault-probability", options.fault_probability, ("fault_seed", "fault_kinds"))
    _require_with(options, "--flap", options.flap, ("flap_fault",))
    if options.flap is not None:
        return _flapping(options)
    return None if options.fault_probability is None else _random(options)


def _require_with(
    options: argparse.Namespace, needed: str, value: object, dependent: tuple[str, ...]
) -> None:
    for name in dependent:
        if value is None and getattr(options, name) is not None:
            option = "--" + name.replace("_", "-")
            raise InvalidInputError(f"{option} does nothing alone.", remedy=f"Give {needed} with it.")


def _random(options: argparse.Namespace) -> RandomFaults:
    if not 0 <= options.fault_probability <= 1:
        raise InvalidInputError(
            f"--fault-probability {options.fault_probability} is no probability.", remedy="Give 0 to 1."
        )
    seed = 0 if options.fault_seed is None else options.fault_seed
    if seed < 0:
        raise InvalidInputError(f"--fault-seed {seed} is negative.", remedy="Give 0 or more.")
    return RandomFaults(probability=options.fault_probability, seed=seed, kinds=_kinds(options.fault_kinds))


def _kinds(text: str | None) -> tuple[RandomKind, ...]:
    if text is None:
        return PASSING_KINDS
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in ALL_KINDS]
    if unknown:
        raise InvalidInputError(
            f"--fault-kinds: there is no kind {unknown[0]!r}.", remedy=f"Choose from {', '.join(ALL_KINDS)}."
        )
    return tuple(kind for kind in ALL_KINDS if kind in names)


def _flapping(options: argparse.Namespace) -> Flapping:
    found = re.fullmatch(r"([0-9]{1,9}),([0-9]{1,9})", options.flap)
    if found is None or int(found[2]) == 0:
        raise InvalidInputError(
            f"--flap {options.flap} is not two numbers of calls.",
            remedy="Give UP,DOWN like 5,2; UP may be 0, DOWN not.",
        )
    try:
        fault = Fault.model_validate_json(_DOWN if options.flap_fault is None else options.flap_fault)
        return Flapping(up=int(found[1]), down=int(found[2]), fault=fault)
    except ValidationError as error:
        raise InvalidInputError(
            f"--flap-fault {options.flap_fault} is no fault ({explain(error.errors())}).",
            remedy=f"Write it as for /_simulator/faults, for example {_DOWN}.",
        ) from error
