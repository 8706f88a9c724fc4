"""What was asked of the server and how it answered, for tests and for a look during a demo."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass

_KEPT = 10_000
_SECRET = frozenset({"servicekey"})


@dataclass(frozen=True)
class Call:
    """One call of the service; the key is never kept. Without an answer there is no `status`."""

    number: int
    at: str
    path: str
    parameters: Mapping[str, str]
    status: int | None
    code: str | None
    rows: int
    fault: str | None


def redacted(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return `parameters` with the service key replaced."""
    return {name: "***" if name.lower() in _SECRET else value for name, value in parameters.items()}


class CallLog:
    """Counts all calls and keeps the latest 10,000."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._kept: deque[Call] = deque(maxlen=_KEPT)

    @property
    def count(self) -> int:
        """All calls since the start or the last `clear`."""
        return self._count

    def add(
        self,
        *,
        at: str,
        path: str,
        parameters: Mapping[str, str],
        status: int | None,
        code: str | None,
        rows: int,
        fault: str | None,
    ) -> None:
        """Keep one call; the key in `parameters` is replaced before it is stored."""
        with self._lock:
            self._count += 1
            self._kept.append(Call(self._count, at, path, redacted(parameters), status, code, rows, fault))

    def clear(self) -> None:
        """Start counting anew."""
        with self._lock:
            self._count = 0
            self._kept.clear()

    def latest(self, limit: int) -> list[dict[str, object]]:
        """Return the last `limit` calls, oldest first."""
        with self._lock:
            kept = list(self._kept)
        return [asdict(call) for call in kept[max(0, len(kept) - limit) :]]
