"""Quality control of observations: which of the values sent are valid, and why the others are not."""

from plantcast.observations.quality.checks import CONTEXT_HOURS, assess

__all__ = ["CONTEXT_HOURS", "assess"]
