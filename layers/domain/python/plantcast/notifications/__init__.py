"""Notices to people: one a day for each plant whose state changed, one for each failed run."""
