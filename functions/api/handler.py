"""API: FastAPI behind API Gateway's REST proxy events."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from mangum.types import LambdaContext

from plantcast.forecasts import ForecastStore
from plantcast.observability import logger
from plantcast.registry import ModelRegistry
from plantcast.runs import RunStore
from plantcast.settings import ApiKeySettings, ClockSettings, LakeSettings, StationSettings, TableSettings
from plantcast.storage import DynamoTable, Functions, Parameters, S3ObjectStore
from plantcast_api.app import create_app
from plantcast_api.deps import ApiKey, Deps
from plantcast_api.problems import PROBLEM_JSON


class Settings(ClockSettings, LakeSettings, TableSettings, StationSettings, ApiKeySettings):
    """The environment this function needs; `ALLOWED_ORIGIN` is one origin, several by commas, or `*`."""

    predict_function_name: str
    allowed_origin: str = "*"


@cache
def _application() -> Mangum:
    settings = Settings.model_validate({})
    table, store = DynamoTable(settings.table_name), S3ObjectStore(settings.data_bucket)
    functions, parameters = Functions(), Parameters()
    deps = Deps(
        clock=settings.clock(),
        table=table,
        store=store,
        forecasts=ForecastStore(table),
        runs=RunStore(table),
        registry=ModelRegistry(store),
        predict=lambda payload: functions.invoke(settings.predict_function_name, payload),
        api_key=ApiKey(lambda: parameters.get(settings.api_key_parameter)),
        source=settings.observation_source,
        stations=settings.stations,
        allowed_origins=tuple(origin.strip() for origin in settings.allowed_origin.split(",")),
    )
    # Text that Mangum is not told of would leave base64-encoded.
    text = [*DEFAULT_TEXT_MIME_TYPES, PROBLEM_JSON]
    return Mangum(create_app(deps), lifespan="off", text_mime_types=text)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Serve one request."""
    return _application()(event, context)
