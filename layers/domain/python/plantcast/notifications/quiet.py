"""Quiet hours: when nobody wants to be woken by a thirsty plant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from plantcast.common.clock import KST
from plantcast.common.errors import InvalidInputError

_FORM: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class QuietHours:
    """From `start` up to, not including, `end` (KST); over midnight where `end` is the earlier of the two."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> QuietHours | None:
        """Read `22:00-07:00`; nothing at all means no quiet hours.

        Raises:
            InvalidInputError: `text` is something else, or ends when it starts.
        """
        if not text.strip():
            return None
        found = _FORM.fullmatch(text.strip())
        if found is None or found.group(1, 2) == found.group(3, 4):
            raise InvalidInputError(
                f"QuietHours={text!r} are no hours to be quiet in.",
                remedy="Write start and end in KST, for example 22:00-07:00, or nothing for none.",
            )
        return cls(time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4])))

    def over_at(self, now: datetime) -> datetime:
        """Return when one may speak: `now` itself, or the end of the quiet hours it lies in."""
        here = now.astimezone(KST)
        moment = here.time()
        if self.start < self.end:
            quiet, tomorrow = self.start <= moment < self.end, False
        else:
            quiet, tomorrow = moment >= self.start or moment < self.end, moment >= self.start
        if not quiet:
            return here
        day = here.date() + timedelta(days=1) if tomorrow else here.date()
        return datetime.combine(day, self.end, KST)
