"""Shared by all packages: time, errors, settings, logging, stations, schema versions."""
