"""Monitoring: shadows cast beside forecasts, skill and its alarms, drift of the observations, metrics."""
