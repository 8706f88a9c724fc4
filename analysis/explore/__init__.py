"""`plantcast explore`: pictures of a station's observations and of the errors of its past forecasts."""
