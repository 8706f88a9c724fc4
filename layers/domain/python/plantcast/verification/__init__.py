"""Issued forecasts verified against observations, by day and over windows. No numpy, no pandas."""
