"""What cannot be measured here, assumed on the dear side; each is printed with the bill."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from plantcast.errors import InvalidInputError

DAYS = 30  # of a month
MOST_STATIONS = 100_000


@dataclass(frozen=True)
class Assumptions:
    """Numbers of a month like others."""

    page_views_a_day: int = 50
    waits_a_night: int = 1  # looks at the observations besides the first, because yesterday was incomplete
    mails_a_day: int = 2  # notices and alarms, to one address
    cpu_factor: float = 1.5  # how much longer Lambda's CPU takes than the one measured on
    s3_seconds: float = 0.05  # one call's answer, calls one after the other
    dynamodb_seconds: float = 0.01
    other_seconds: float = 0.1
    kma_seconds: float = 2.0  # the KMA's answer to one page
    image_start_seconds: float = 5.0  # fetching a container image and starting its runtime, paid since 2025
    zip_start_seconds: float = 0.5  # the same of zip and layers
    page_kb_from_api: int = 60
    page_kb_from_website: int = 400  # of a first visit; later ones come from the browser's cache
    page_objects_from_website: int = 10
    lambda_log_bytes: int = 500  # START, END, REPORT and the trace's id of each invocation
    images_kept: int = 2  # with libraries of their own; a new version of the code adds a few MB
    image_gb: float = 0.35  # compressed, as ECR charges it: 150 MB of libraries here, the rest is the base
    months_stored: int = 12  # how long the stack has run: raw responses and items grow

    def facts(self) -> dict[str, Any]:
        """Return them as JSON."""
        return asdict(self)


def checked_stations(stations: int) -> int:
    """Return a number of stations that can be.

    Raises:
        InvalidInputError: none, or more than a state machine could be given.
    """
    if not 1 <= stations <= MOST_STATIONS:
        raise InvalidInputError(
            f"--stations={stations} is no number of stations.",
            remedy=f"Give one from 1 to {MOST_STATIONS:,}; the whole network is 97.",
        )
    return stations
