"""Forecasts made from the weather to come: `errors` are added to it by `forecast`."""
