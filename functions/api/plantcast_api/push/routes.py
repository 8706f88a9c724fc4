"""The routes on push messages. They need no key: an endpoint is known to its browser alone."""

from __future__ import annotations

from fastapi import APIRouter, Response

from plantcast.common.errors import NotFoundError
from plantcast.notifications.push.endpoints import checked_endpoint, checked_keys
from plantcast.notifications.push.subscriptions import Subscription, Subscriptions
from plantcast.plants.care import parse_care
from plantcast_api.dependencies import Deps
from plantcast_api.http.parameters import FromApp
from plantcast_api.http.problems import documented
from plantcast_api.push.models import (
    PushResponse,
    SubscriptionRequest,
    SubscriptionResponse,
    UnsubscribeRequest,
)

router = APIRouter(tags=["Plants"], responses=documented(404, 422, 500))


@router.get("/api/push", summary="The key to subscribe to push messages with")
async def push(deps: FromApp) -> PushResponse:
    """Null where the deployment sends none: every visit of the dashboard asks."""
    return PushResponse(public_key=deps.push_public_key or None)


@router.post(
    "/api/push/subscriptions", status_code=201, summary="Subscribe a browser", responses=documented(429)
)
async def subscribe(deps: FromApp, wanted: SubscriptionRequest) -> SubscriptionResponse:
    """One message a day at `hour`, if there is something to do. The same endpoint again replaces it.

    Nothing about its owner is kept. A subscription that is not renewed ends after 400 days.
    """
    _check_offered(deps)
    checked_keys(wanted.keys.p256dh, wanted.keys.auth)
    for plant in wanted.plants:
        parse_care(plant)
    subscription = Subscription(
        endpoint=checked_endpoint(wanted.endpoint),
        p256dh=wanted.keys.p256dh,
        auth=wanted.keys.auth,
        station=deps.station(wanted.station).number,
        lang=wanted.lang,
        hour=wanted.hour,
        plants=tuple(wanted.plants),
    )
    Subscriptions(deps.table).put(subscription, deps.clock.now())
    return SubscriptionResponse(id=subscription.key)


@router.post("/api/push/unsubscribe", status_code=204, summary="Unsubscribe a browser")
async def unsubscribe(deps: FromApp, wanted: UnsubscribeRequest) -> Response:
    """Remove the subscription of an endpoint, if there is one."""
    _check_offered(deps)
    Subscriptions(deps.table).remove(wanted.endpoint)
    return Response(status_code=204)


def _check_offered(deps: Deps) -> None:
    if not deps.push_public_key:
        raise NotFoundError(
            "This deployment sends no push messages.",
            remedy="Deploy with PushKeyParameter, PushPublicKey and PushContact (docs/notices.md), or "
            "subscribe to the calendar.",
        )
