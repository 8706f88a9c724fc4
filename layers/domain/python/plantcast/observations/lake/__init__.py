"""Observations kept: the lake itself, the raw archive it can be made again from, and what it holds."""

from plantcast.observations.lake.observation_lake import ObservationLake

__all__ = ["ObservationLake"]
