"""How long an answer may be kept, and what it is recognised by.

What the API shows changes with the nightly run (02:00 KST), so an answer that rests on the newest data there
can be is good until then. Whether it does, the answer itself says, in the JSON key that its policy names.
A CSV file holds it in its first two lines. An answer that rests on older data, because the run is under way
or late, is good for a minute. Whatever it rests on, an answer that names days `today` or `tomorrow` is not
good beyond midnight KST. All by the deployment's own clock, which in a demo may stand at another date.
"""

from __future__ import annotations

import csv
import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Final, Literal

from plantcast.common.clock import HOUR, KST, last_hour_served, midnight

# The template's schedule; a deployment that runs at another hour keeps answers up to this one.
RUNS_AT: Final = timedelta(hours=2)
# Short enough that nobody misses a run or a rollback, long enough to take a burst of visitors off the table.
BRIEFLY: Final = 60
# What comes with the code changes by deployment only; a deployment should show within minutes.
WITH_THE_CODE: Final = 300
NO_STORE: Final = "no-store"
REVALIDATE: Final = "no-cache"  # may be stored, revalidated each time: an unchanged one costs a 304


@dataclass(frozen=True)
class Policy:
    """`newest` names the key that says what the answer rests on; without it `seconds` hold.

    `until` is when the answer changes though the data do not: at the full `hour`, at midnight (`day`), or not
    before the next `run`. Nothing is kept beyond that.
    """

    seconds: int = BRIEFLY
    newest: str | None = None
    until: Literal["run", "day", "hour"] = "run"


_FORECAST: Final = Policy(newest="origin", until="day")
_OBSERVATIONS: Final = Policy(newest="last")
# By route; the others are kept for `BRIEFLY`.
POLICIES: Final[Mapping[str, Policy | str]] = {
    "/": Policy(WITH_THE_CODE),
    "/docs": Policy(WITH_THE_CODE),
    "/openapi.json": Policy(WITH_THE_CODE),
    "/api/forecast": _FORECAST,
    "/api/forecast.csv": _FORECAST,
    "/api/daily": Policy(newest="origin", until="day"),
    "/api/latest": Policy(newest="origin", until="hour"),  # `valid_at` is the present hour
    # What was advised before counts too, and the run notes that down some minutes after the forecast.
    "/api/plants/{profile}/advice": Policy(newest="origin", until="hour"),
    "/api/plants/{profile}/calendar.ics": Policy(until="day"),  # a day to come is tentative
    "/api/plants": Policy(WITH_THE_CODE),
    "/api/observations": _OBSERVATIONS,
    "/api/observations.csv": _OBSERVATIONS,
    "/api/quality": Policy(newest="last_observation", until="day"),  # `expected` is yesterday's last hour
    "/api/verification": Policy(newest="to"),
    # They change while a run is under way.
    "/api/runs": REVALIDATE,
    "/api/runs/{run_id}": REVALIDATE,
    "/api/alerts": REVALIDATE,
    # It computes when there is something new: a kept answer would keep it from that.
    "/predict": REVALIDATE,
    "/health": NO_STORE,
}
_BRIEF: Final = Policy()
_ETAG: Final = re.compile(r'(?:W/)?"([^"]*)"')


def cache_control(route: str | None, body: bytes, now: datetime) -> str:
    """Return the `Cache-Control` of a GET answered with 200.

    Args:
        route: the route's path as declared (`/api/runs/{run_id}`), None when it has none.
        body: the answer, before compression.
        now: by the deployment's clock.
    """
    policy = POLICIES.get(route or "", _BRIEF)
    return policy if isinstance(policy, str) else f"public, max-age={_seconds(policy, body, now)}"


def etag(body: bytes) -> str:
    """Return the entity tag of an answer: weak, as the compressed form has the same (RFC 9110, 8.8.1)."""
    return f'W/"{blake2b(body, digest_size=12).hexdigest()}"'


def matches(if_none_match: str, tag: str) -> bool:
    """Say whether the client has this answer: weak comparison with each tag it lists, or `*`."""
    opaque = _ETAG.findall(tag)[0]
    return if_none_match.strip() == "*" or opaque in _ETAG.findall(if_none_match)


def _seconds(policy: Policy, body: bytes, now: datetime) -> int:
    left = max(0, int((_end(policy, now.astimezone(KST)) - now).total_seconds()))
    if policy.newest is None:
        return min(policy.seconds, left)
    # The day whose run has begun last.
    day = (now.astimezone(KST) - RUNS_AT).date()
    rests_on = _told(body, policy.newest)
    # What is dated after today is not the newest there can be but an error, to be corrected any moment.
    is_newest = rests_on is not None and last_hour_served(day) <= rests_on < midnight(_tomorrow(now))
    return left if is_newest else min(BRIEFLY, left)


def _tomorrow(now: datetime) -> date:
    return now.astimezone(KST).date() + timedelta(days=1)


def _end(policy: Policy, now: datetime) -> datetime:
    next_run = midnight((now - RUNS_AT).date() + timedelta(days=1)) + RUNS_AT
    if policy.until == "hour":
        return min(next_run, now.replace(minute=0, second=0, microsecond=0) + HOUR)
    if policy.until == "day":
        return min(next_run, midnight(_tomorrow(now)))
    return next_run


def _told(body: bytes, key: str) -> datetime | None:
    """Return the moment under the first such key: an hour, or a day taken as its last one."""
    if body.startswith(BOM_UTF8):
        names, values = list(csv.reader(body[len(BOM_UTF8) :].decode().splitlines()[:2]))
        text = dict(zip(names, values, strict=True)).get(key, "")
    else:
        # Within a JSON string the quotes would be escaped, so only a key can match.
        found = re.search(rb'"%s": ?"([0-9T:+.-]{10,32})"' % key.encode(), body)
        text = found[1].decode() if found else ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) == len("2025-05-30"):
        moment += timedelta(hours=23)
    return moment.replace(tzinfo=KST) if moment.tzinfo is None else moment
