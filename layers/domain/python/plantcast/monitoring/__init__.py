"""Monitoring: skill alarms, drift of the observations, metrics."""
