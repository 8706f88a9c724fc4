"""The route on the verification of issued forecasts."""
