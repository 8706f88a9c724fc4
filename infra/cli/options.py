"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.emulator.sources import parse_stations
from plantcast.common.errors import InvalidInputError

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, nothing else.")]
SomeStations = Annotated[
    str | None,
    typer.Option(
        "--stations",
        "--station",
        help="ASOS station numbers, joined by commas.",
        show_default="all deployed",
    ),
]
Stack = Annotated[
    str | None,
    typer.Option(
        help="CloudFormation stack; AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL select the account.",
        show_default="the local deployment",
    ),
]


def deployed_stations(text: str | None, deployed: tuple[str, ...]) -> tuple[str, ...]:
    """Return the stations that an option names, all deployed ones without it.

    Raises:
        InvalidInputError: one of them is unknown or not deployed.
    """
    chosen = deployed if text is None else parse_stations(text)
    if missing := sorted(set(chosen) - set(deployed)):
        raise InvalidInputError(
            f"Station {', '.join(missing)} is not deployed; {', '.join(deployed)} is.",
            remedy=f"Add it with `./plantcast up --stations {','.join((*deployed, *missing))}`.",
        )
    return chosen


def one_station(text: str) -> str:
    """Return the only station that an option names.

    Raises:
        InvalidInputError: it is unknown, or there are several.
    """
    numbers = parse_stations(text)
    if len(numbers) != 1:
        raise InvalidInputError(f"--station={text!r} names several.", remedy="Name one station at a time.")
    return numbers[0]
