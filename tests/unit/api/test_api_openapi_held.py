"""The API against its own OpenAPI document, by Schemathesis, in this process and on stores in memory."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import settings

from tests.support.api_contract import config
from tests.support.api_data import KEY, ApiWorld

HOLDS = settings(max_examples=10, derandomize=True, deadline=None, database=None)


@pytest.fixture(scope="module")
def schema_of_the_app() -> Any:
    """One world for all: what one call changes (a rollback), the next ones see."""
    world = ApiWorld()
    world.all_well()
    world.promote("v2")
    return schemathesis.openapi.from_asgi("/openapi.json", world.app(), config=config())


schema = schemathesis.pytest.from_fixture("schema_of_the_app")


@schema.parametrize()
@HOLDS
def test_given_any_call_when_answered_then_status_type_and_body_are_as_documented(
    case: schemathesis.Case,
) -> None:
    case.call_and_validate()


@schema.include(method="POST").parametrize()
@HOLDS
def test_given_any_call_with_the_key_when_answered_then_it_is_as_documented_too(
    case: schemathesis.Case,
) -> None:
    case.call_and_validate(headers={"X-Api-Key": KEY})
