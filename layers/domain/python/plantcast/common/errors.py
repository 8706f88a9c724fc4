"""One base error and a subclass for each thing a caller can do about it.

Every message names the value at fault, the limit it broke, and the remedy.
"""

from __future__ import annotations


class PlantcastError(Exception):
    """Base of every error Plantcast raises on purpose.

    `remedy` is one sentence that says what to do; `str(error)` ends with it.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"


class InvalidInputError(PlantcastError):
    """The caller's input is wrong: fix it and call again. Repeating it unchanged cannot succeed."""


class KeyRejectedError(PlantcastError):
    """A service key was refused: fix the key. Repeating the call unchanged cannot succeed."""


class TemporaryError(PlantcastError):
    """Transient remote failure: retry later.

    `retry_after` are the seconds to wait that the service named, if it did.
    """

    def __init__(self, message: str, remedy: str, *, retry_after: float | None = None) -> None:
        super().__init__(message, remedy)
        self.retry_after = retry_after


class RateLimitedError(TemporaryError):
    """Calls come too fast: slow down and go on."""


class QuotaExhaustedError(PlantcastError):
    """The day's quota is used up: wait until the day turns (KST). What was fetched so far is kept."""


class NotYetAvailableError(PlantcastError):
    """The observations asked for are not published yet (ASOS serves up to yesterday)."""


class NotFoundError(PlantcastError):
    """What was asked for does not exist (yet): no observations, no forecast, no model."""


class ConflictError(PlantcastError):
    """Someone else changed the same object at the same time; read it again and decide again."""


class CorruptDataError(PlantcastError):
    """Stored data cannot be read: it is damaged, or of an older schema version. It may be replaced."""


class SchemaVersionError(PlantcastError):
    """Stored data is of a newer schema version than this code, or of one it does not know.

    It is whole, and another release reads it: it must not be replaced. Deploy newer code.
    """
