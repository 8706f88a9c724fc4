"""Inputs and outputs of the steps: errors name field and value, and the page lists the models."""

from __future__ import annotations

from typing import Any

import pytest

from infra.build.contracts import PAGE, page
from plantcast.common.errors import InvalidInputError
from plantcast.pipeline.contracts.base import Contract
from plantcast.pipeline.contracts.nightly import FinishEvent, RunOptions, TrainEvent


@pytest.mark.parametrize(
    ("model", "given", "message"),
    [
        (TrainEvent, {"run_id": ""}, "run_id=''.*station is missing"),
        (TrainEvent, {"target": "rain"}, "target='rain'"),
        (TrainEvent, {"origin": "noon"}, "origin='noon' is not a full hour"),
        (FinishEvent, {"event": "pause"}, "event='pause'"),
        (FinishEvent, {"started_at": "2025-05-29T17:00:00"}, "started_at=.*timezone"),
        (RunOptions, {"retrian": True}, "retrian=True: Extra inputs are not permitted"),
        (RunOptions, ["108"], r"event=\['108'\]"),
    ],
)
def test_given_a_wrong_input_then_the_error_names_field_and_value(
    model: type[Contract], given: Any, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        model.parse(given)


def test_the_page_lists_the_steps_as_the_models_are() -> None:
    text = PAGE.read_text("utf-8")
    assert page(text) == text, "write it anew: make openapi"
