"""What the API answers: typed, with units and examples."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, Field, JsonValue


def _rfc_3339(text: str) -> str:
    """Return a stored hour (`2025-05-30T00:00+09:00`) with the seconds that RFC 3339 asks for."""
    return f"{text[:16]}:00{text[16:]}" if text[16:17] in ("+", "-", "Z") else text


_DATE_TIME: Final[dict[str, JsonValue]] = {"format": "date-time"}
Hour = Annotated[
    str,
    AfterValidator(_rfc_3339),
    Field(
        description="Full hour in KST.", examples=["2025-05-30T00:00:00+09:00"], json_schema_extra=_DATE_TIME
    ),
]
Moment = Annotated[
    str,
    Field(description="Moment in KST.", examples=["2025-05-30T02:01:12+09:00"], json_schema_extra=_DATE_TIME),
]
ZonedHour = Annotated[
    str,
    AfterValidator(_rfc_3339),
    Field(
        description="Hour with the offset of the requested zone.",
        examples=["2025-05-30T00:00:00+09:00"],
        json_schema_extra=_DATE_TIME,
    ),
]
Day = Annotated[
    str, Field(description="Day in KST.", examples=["2025-05-30"], json_schema_extra={"format": "date"})
]
TimezoneName = Annotated[
    str, Field(description="Zone of the hours returned (IANA name).", examples=["Asia/Seoul"])
]
Latitude = Annotated[float, Field(ge=-90, le=90, description="Degrees north, WGS 84", examples=[37.5714])]
Longitude = Annotated[float, Field(ge=-180, le=180, description="Degrees east, WGS 84", examples=[126.9658])]
Elevation = Annotated[float, Field(description="Metres above sea level", examples=[85.7])]
Celsius = Annotated[float, Field(description="°C", examples=[17.1])]
Percent = Annotated[float, Field(description="Relative humidity, %", examples=[61.0])]
Source = Annotated[
    str,
    Field(
        description="What it is made from. `kma`: real observations; `synthetic`: made-up weather; "
        "`replay`: past observations; `simulation`: a forecast bent to be hot and dry.",
        examples=["synthetic"],
    ),
]


class StationInfo(BaseModel):
    """An ASOS station."""

    id: str = Field(description="ASOS station number", examples=["108"])
    name_ko: str = Field(examples=["서울"])
    name_en: str = Field(examples=["Seoul"])


class Located(BaseModel):
    """What answers about the weather at a place say of it."""

    station: StationInfo
    latitude: Latitude
    longitude: Longitude
    elevation: Elevation
    timezone: TimezoneName
    utc_offset_seconds: int = Field(
        description="Of the zone, at the first hour returned; each hour has its own offset.", examples=[32400]
    )
    source: Source
    attribution: str = Field(description="Must be shown with the data.")


class IndexResponse(BaseModel):
    """Where to go; links are relative to the API's base address."""

    name: str = "Plantcast"
    version: str
    source: Source
    attribution: str
    links: dict[str, str]
    templates: dict[str, str] = Field(description="Links with a part to fill in.")


class InvalidValue(BaseModel):
    """One value that was refused."""

    name: str = Field(examples=["hours"])
    value: str = Field(examples=["0"])
    message: str = Field(examples=["Input should be greater than or equal to 1"])


class Problem(BaseModel):
    """Problem details (RFC 9457), with a `remedy`."""

    type: str = Field(examples=["urn:plantcast:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no station '999' here."])
    remedy: str = Field(description="What to do.", examples=["Use one of 108, 112."])
    instance: str = Field(description="The path requested.", examples=["/api/forecast"])
    errors: list[InvalidValue] | None = Field(default=None, description="Only for 422: each value refused.")
