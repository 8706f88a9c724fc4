"""The deployed API against its own OpenAPI document, by Schemathesis, through API Gateway.

Without a key, so that nothing is put back or computed anew: what needs one answers 401, as documented. With
more calls, and with the key, the same runs in a process: tests/unit/api/test_api_openapi_held.py.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tests.support.api_contract import config

pytestmark = [pytest.mark.emulator, pytest.mark.network]

CALLS_OF_EACH = 10


@pytest.fixture(scope="module")
def schema_of_the_api(live_stack: dict[str, str]) -> Any:
    base = live_stack["api_url"]
    schema = schemathesis.openapi.from_url(f"{base}/openapi.json", config=config(through_the_gateway=True))
    schema.config.update(base_url=base)
    return schema


schema = schemathesis.pytest.from_fixture("schema_of_the_api")


@schema.parametrize()
@settings(
    max_examples=CALLS_OF_EACH,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # a failure is shown as found: shrinking takes minutes
    suppress_health_check=list(HealthCheck),
)
def test_given_any_call_when_answered_through_the_gateway_then_it_is_as_documented(
    case: schemathesis.Case,
) -> None:
    case.call_and_validate()
