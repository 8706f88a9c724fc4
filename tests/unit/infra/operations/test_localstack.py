"""Deploying to a LocalStack: its settings, and errors when there is none."""

from __future__ import annotations

import json
import re

import pytest
import requests

from infra.operations import localstack
from infra.operations.localstack import Settings, require_localstack
from plantcast.common.errors import InvalidInputError, NotFoundError

ENDPOINT = "http://127.0.0.1:4566"


def answering(monkeypatch: pytest.MonkeyPatch, body: object, status: int = 200) -> None:
    """Let every address answer `body`, as JSON unless it is a text."""

    def get(_url: str, **_options: object) -> requests.Response:
        reply = requests.Response()
        reply.status_code = status
        reply._content = (body if isinstance(body, str) else json.dumps(body)).encode()
        return reply

    monkeypatch.setattr(localstack.requests, "get", get)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "Neither KMA_API_KEY nor SIMULATOR_URL is set"),
        ({"KMA_API_KEY": " ", "SIMULATOR_URL": ""}, "Neither KMA_API_KEY nor SIMULATOR_URL is set"),
        ({"KMA_API_KEY": "k", "PLANTCAST_DEMO_DAYS": "a year"}, "PLANTCAST_DEMO_DAYS='a year'"),
        ({"SIMULATOR_URL": "simulator"}, "SIMULATOR_URL='simulator'"),
    ],
)
def test_a_setting_that_is_not_valid_is_named(environ: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        Settings.read(environ)


def test_another_version_is_refused_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {"version": "5.0.1", "services": {}})
    with pytest.raises(InvalidInputError, match=r"LocalStack 5\.0\.1 answers") as caught:
        require_localstack(ENDPOINT)
    assert "LOCALSTACK_ANY_VERSION" in str(caught.value.remedy)
    require_localstack(ENDPOINT, any_version=True)


@pytest.mark.parametrize(("body", "status"), [("<html>", 200), ({"status": "ok"}, 200), ([], 200), ("", 404)])
def test_what_is_not_localstack_is_refused(
    body: object, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, body, status)
    with pytest.raises(NotFoundError, match="No LocalStack answers"):
        require_localstack(ENDPOINT)
