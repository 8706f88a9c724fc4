"""The observation lake, and the raw archive that it can be rebuilt from."""

from plantcast.observations.lake.observation_lake import ObservationLake

__all__ = ["ObservationLake"]
