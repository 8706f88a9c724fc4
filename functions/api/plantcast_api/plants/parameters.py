"""Query parameters that say where a plant stands and when it was watered."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Path, Query

from plantcast.plants.care import (
    BALCONY_OFFSETS,
    MAX_PLANT_TEXT,
    MAX_PLANTS,
    ROOM_TEMPERATURES,
    Care,
    care_of,
    check_recent,
    parse_care,
)
from plantcast.plants.placement import BALCONY_OFFSET, ROOM_TEMPERATURE
from plantcast_api.http.parameters import FromApp

ProfilePath = Annotated[
    str, Path(alias="profile", description="Id of a plant profile.", max_length=64, examples=["monstera"])
]
PlaceQuery = Annotated[
    Literal["indoor", "balcony", "outdoor"] | None,
    Query(description="Where it stands (`balcony`: glazed, not heated); where it usually does if left out."),
]
RoomQuery = Annotated[
    float | None,
    Query(
        ge=ROOM_TEMPERATURES[0],
        le=ROOM_TEMPERATURES[1],
        description=f"Temperature of the heated room, °C; {ROOM_TEMPERATURE:g} if left out. Counts indoors.",
        examples=[22.0],
    ),
]
OffsetQuery = Annotated[
    float | None,
    Query(
        ge=BALCONY_OFFSETS[0],
        le=BALCONY_OFFSETS[1],
        description=f"How much warmer than outside the closed balcony is, K; {BALCONY_OFFSET:g} if left out.",
        examples=[3.0],
    ),
]
WateredQuery = Annotated[
    str | None,
    Query(
        max_length=200,
        description="When it was watered last: up to six times by commas, within 120 days, KST without an "
        "offset. Two intervals or more replace the plant's usual one.",
        examples=["2025-05-25T08:00"],
    ),
]
PlantsQuery = Annotated[
    list[Annotated[str, Query(max_length=MAX_PLANT_TEXT)]],
    Query(
        alias="plant",
        min_length=1,
        max_length=MAX_PLANTS,
        description="A plant: its profile, then `place`, `room_temperature`, `balcony_offset`, `watered` "
        "after semicolons; once for each plant.",
        examples=[["monstera;place=indoor;watered=2025-05-25T08:00", "cactus;place=balcony"]],
    ),
]


async def _care(
    deps: FromApp,
    key: ProfilePath,
    place: PlaceQuery = None,
    room_temperature: RoomQuery = None,
    balcony_offset: OffsetQuery = None,
    watered: WateredQuery = None,
) -> Care:
    given = {
        "place": place,
        "room_temperature": room_temperature,
        "balcony_offset": balcony_offset,
        "watered": watered,
    }
    care = care_of(key, [(name, str(value)) for name, value in given.items() if value is not None])
    check_recent(care, deps.clock.now())
    return care


async def _cares(deps: FromApp, plants: PlantsQuery) -> list[Care]:
    cares = [parse_care(text) for text in plants]
    for care in cares:
        check_recent(care, deps.clock.now())
    return cares


OneCare = Annotated[Care, Depends(_care)]
SeveralCares = Annotated[list[Care], Depends(_cares)]
