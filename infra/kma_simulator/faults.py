"""What a fault is: how one answer differs from the truth. When one is met is in `fault_plans`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from infra.kma_simulator.codes import MESSAGES, Refusal
from infra.kma_simulator.envelopes import Envelope

BAD_GATEWAY_HTML = (
    "<html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>"
)

FaultKind = Literal[
    "error",
    "http",
    "redirect",
    "reset",
    "cut",
    "truncated",
    "slow",
    "drip",
    "charset",
    "gzip",
    "gzip_broken",
    "total_changes",
    "short_page",
    "empty_page",
    "duplicate_rows",
    "shuffled_rows",
    "foreign_rows",
]
FAULT_KINDS: Final[tuple[FaultKind, ...]] = get_args(FaultKind)

# A call that meets one of these never reaches the portal's gateway, which therefore does not count it.
BEFORE_GATEWAY: Final[frozenset[FaultKind]] = frozenset({"http", "redirect", "reset"})

_REDIRECTS = (301, 302, 303, 307, 308)
_LATE: Final[frozenset[FaultKind]] = frozenset({"slow", "drip"})


class Fault(BaseModel):
    """One fault, for `times` calls.

    kind, instead of the true answer
        `error`           a result `code` in an `envelope` (default: the one usual for the code)
        `http`            `status` with `body`, an HTML page unless given
        `redirect`        `status` (default 302) to `location`, or to the same URL when there is none
        `reset`           nothing: the TCP connection is reset
    kind, the true answer spoilt on its way
        `cut`             ended after `keep_fraction` of what Content-Length promises
        `truncated`       cut to `keep_fraction` of its length, as a whole HTTP response
        `slow`            after `delay_seconds`
        `drip`            in `pieces`, `delay_seconds` from the first to the last
        `charset`         in CP949, declared as UTF-8
        `gzip`            compressed, which is no fault
        `gzip_broken`     declared as gzip; the stream is damaged after `keep_fraction` of the answer
    kind, a page that is not what it should be (a true refusal stays as it is)
        `total_changes`   totalCount is `by` rows more or less than on the other pages, never below 0
        `short_page`      only the first `keep_fraction` of the rows, at least one left out
        `empty_page`      no rows, `items` is ""; totalCount says that there are some
        `duplicate_rows`  a `share` of the rows, at least one, comes twice in a row
        `shuffled_rows`   out of order
        `foreign_rows`    between the true rows come others, a `share` of the page's, at least one: `foreign`
                          `station` (of another station), `hour` (before the hours asked for, or after them
                          where the source begins there) or by turns. Their values are true; a source that
                          has no such rows gives none.

    `delay_seconds` goes with any kind, before the answer; `retry_after` (seconds) is a header of any answer,
    `status` the HTTP status of any. `station` restricts the fault to calls for that station. `seed` decides
    which rows are meant and their order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    times: int = Field(default=1, ge=1)
    code: str | None = None
    message: str | None = None
    envelope: Envelope | None = None
    status: int | None = Field(default=None, ge=200, le=599)
    body: str | None = None
    retry_after: int | None = Field(default=None, ge=0)
    # What may stand in a header as it is.
    location: str | None = Field(default=None, pattern=r"^[!-~]+$")
    keep_fraction: float = Field(default=0.5, gt=0, lt=1)
    delay_seconds: float = Field(default=0, ge=0, le=300)
    pieces: int = Field(default=10, ge=2, le=1000)
    by: int = 1
    share: float = Field(default=0.25, gt=0, le=1)
    foreign: Literal["station", "hour"] | None = None
    seed: int = Field(default=0, ge=0)
    station: str | None = None

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.kind == "error" and self.code not in MESSAGES:
            raise ValueError(f"code {self.code!r} is not one of {', '.join(MESSAGES)}")
        if self.kind == "http" and self.status is None:
            raise ValueError("an http fault needs a status, 200 to 599")
        if self.kind == "redirect" and self.status is not None and self.status not in _REDIRECTS:
            raise ValueError(f"status {self.status} is no redirect; give one of {_REDIRECTS}")
        if self.kind in _LATE and self.delay_seconds == 0:
            raise ValueError(f"a {self.kind} fault needs delay_seconds above 0")
        if self.kind == "total_changes" and self.by == 0:
            raise ValueError("by 0 changes nothing; give a number of rows, negative for fewer")
        return self

    def refusal(self) -> Refusal:
        """Return the refusal an `error` fault stands for."""
        return Refusal(self.code or "99", self.message)


def explain(errors: Sequence[Mapping[str, Any]]) -> str:
    """Return the first of pydantic's errors as one line: where, the value, what is allowed."""
    first = errors[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    value = first.get("input")
    message = str(first["msg"]).removeprefix("Value error, ")
    if not where:
        return message
    return f"{where} {value!r}: {message}" if isinstance(value, str | int | float) else f"{where}: {message}"
