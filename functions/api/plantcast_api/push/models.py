"""What `/api/push` takes and answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from plantcast.notifications.push.endpoints import MAX_ENDPOINT
from plantcast.notifications.push.subscriptions import Language
from plantcast.plants.care import MAX_PLANT_TEXT, MAX_PLANTS
from plantcast_api.http.parameters import STATION
from plantcast_api.models import View

Endpoint = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_ENDPOINT,
        description="PushSubscription.endpoint: an address at the push service of Chrome, Firefox, Safari or "
        "Edge.",
        examples=["https://fcm.googleapis.com/fcm/send/dGhpcyBpcyBub3QgcmVhbA"],
    ),
]
PlantText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_PLANT_TEXT,
        description="As `plant` of /api/advice.",
        examples=["monstera;place=indoor;watered=2025-05-25T08:00"],
    ),
]


class PushResponse(View):
    """What a browser subscribes with."""

    public_key: str | None = Field(
        description="VAPID key: `applicationServerKey` of PushManager.subscribe(). Null: no push messages."
    )


class SubscriptionKeys(BaseModel):
    """Keys of PushSubscription.toJSON()."""

    model_config = ConfigDict(extra="forbid", defer_build=False)

    p256dh: str = Field(max_length=100, description="A point of P-256 (65 bytes) in base64url.")
    auth: str = Field(max_length=30, description="16 bytes in base64url.")


class SubscriptionRequest(BaseModel):
    """A browser, and the plants it gets messages about."""

    model_config = ConfigDict(extra="forbid", defer_build=False)

    endpoint: Endpoint
    keys: SubscriptionKeys
    station: str | None = Field(
        default=None,
        pattern=STATION,
        description="ASOS station number; the first configured one when left out.",
        examples=["108"],
    )
    lang: Language = "ko"
    hour: int = Field(ge=0, le=23, description="Hour of the day (KST).", examples=[21])
    plants: list[PlantText] = Field(min_length=1, max_length=MAX_PLANTS)


class SubscriptionResponse(View):
    """A stored subscription."""

    id: str = Field(description="The endpoint's SHA-256.")


class UnsubscribeRequest(BaseModel):
    """A browser that is to get no more messages."""

    model_config = ConfigDict(extra="forbid", defer_build=False)

    endpoint: Endpoint
