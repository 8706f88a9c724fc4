"""The API in this process, on stores in memory where all is well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.support.api_data import ApiWorld


@pytest.fixture
def world() -> ApiWorld:
    made = ApiWorld()
    made.all_well()
    return made


@pytest.fixture
def client(world: ApiWorld) -> Iterator[TestClient]:
    with TestClient(world.app()) as made:
        yield made
