"""Issued forecasts verified against observations, by day and over windows. No numpy, no pandas."""

from plantcast.verification.days import DayVerification, ShadowDay, observed_from, verify_day
from plantcast.verification.station import DAYS, span, verify_station
from plantcast.verification.store import VerificationStore, from_item, to_item
from plantcast.verification.sums import BLOCKS, DAY_BLOCKS, Comparison, LeadSums, PairedSums, Scores
from plantcast.verification.windows import Track, Window, read_track, store_track, track_of, window_of

__all__ = [
    "BLOCKS",
    "DAYS",
    "DAY_BLOCKS",
    "Comparison",
    "DayVerification",
    "LeadSums",
    "PairedSums",
    "Scores",
    "ShadowDay",
    "Track",
    "VerificationStore",
    "Window",
    "from_item",
    "observed_from",
    "read_track",
    "span",
    "store_track",
    "to_item",
    "track_of",
    "verify_day",
    "verify_station",
    "window_of",
]
