"""The data bucket of a deployment, as bytes."""

from __future__ import annotations

from plantcast.aws import ObjectStore, S3ObjectStore
from plantcast.common.settings import Source
from plantcast.observations.lake import ObservationLake
from tests.conftest import LocalDeployment


def store_of(deployment: LocalDeployment) -> S3ObjectStore:
    """Return the data bucket as the functions see it."""
    return S3ObjectStore(deployment.outputs().data_bucket, deployment.client("s3"))


def lake_of(deployment: LocalDeployment, source: Source) -> ObservationLake:
    """Return the lake in it."""
    return ObservationLake(store_of(deployment), source)


def objects(store: ObjectStore, prefix: str) -> dict[str, bytes]:
    """Return every object under a prefix."""
    return {key: stored.body for key in store.list(prefix) if (stored := store.get(key)) is not None}
