"""API: FastAPI behind API Gateway's REST proxy events."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from mangum.types import LambdaContext

from plantcast.aws import DynamoTable, Functions, Parameters, S3ObjectStore
from plantcast.common.logging import logger
from plantcast.common.settings import (
    ApiKeySettings,
    ClockSettings,
    LakeSettings,
    NoticeSettings,
    StationSettings,
    TableSettings,
)
from plantcast.forecasting.issued import ForecastStore
from plantcast.pipeline.run_steps import RunSteps
from plantcast.pipeline.runs import RunStore
from plantcast.registry import ModelRegistry
from plantcast_api import cold_start  # before anything that imports FastAPI
from plantcast_api.app import create_app
from plantcast_api.dependencies import ApiKey, Deps
from plantcast_api.http.problems import PROBLEM_JSON

cold_start.end()


class Settings(ClockSettings, LakeSettings, TableSettings, StationSettings, ApiKeySettings, NoticeSettings):
    """The environment this function needs.

    `ALLOWED_ORIGIN`, of the pages that may write, is one origin, several by commas, or `*`. `COMPRESS` is
    false where a gateway does not turn base64 back into bytes. `PUSH_PUBLIC_KEY` is empty where no push
    messages are sent.
    """

    predict_function_name: str
    allowed_origin: str = "*"
    compress: bool = True
    push_public_key: str = ""

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The origins as browsers send them: without a slash at the end."""
        origins = (origin.strip().rstrip("/") for origin in self.allowed_origin.split(","))
        return tuple(origin for origin in origins if origin)


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
        steps=RunSteps(table),
        registry=ModelRegistry(store),
        predict=lambda payload: functions.invoke(settings.predict_function_name, payload),
        api_key=ApiKey(lambda: parameters.get(settings.api_key_parameter)),
        source=settings.observation_source,
        stations=settings.stations,
        allowed_origins=settings.allowed_origins,
        notify_profiles=settings.notify_profiles,
        push_public_key=settings.push_public_key,
    )
    # Text unknown to Mangum would leave base64-encoded.
    text = [*DEFAULT_TEXT_MIME_TYPES, PROBLEM_JSON]
    return Mangum(create_app(deps, compress=settings.compress), lifespan="off", text_mime_types=text)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Serve one request."""
    return _application()(event, context)
