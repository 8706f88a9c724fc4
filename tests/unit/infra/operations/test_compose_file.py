"""docker-compose.localstack.yml, whose schema `make scan` checks: its services fit together."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from infra.kma_simulator.app import SERVICE_PATH, SHORT_TERM_PATH
from infra.operations.localstack import Settings

ROOT = Path(__file__).resolve().parents[4]
FILE = ROOT / "docker-compose.localstack.yml"
# ${NAME:-default} is the only form used: nothing must be set for `up` to work.
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def compose(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the file as Compose reads it, with `environ` as the user's variables."""
    given = environ or {}
    text = VARIABLE.sub(lambda match: given.get(match[1]) or match[2], FILE.read_text("utf-8"))
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def settings(environ: Mapping[str, str] | None = None) -> Settings:
    environment = compose(environ)["services"]["deployer"]["environment"]
    # Compose fills in variables after it has read the YAML, so that all are texts to it.
    return Settings.read({name: str(value or "") for name, value in environment.items()})


def test_nothing_is_reachable_from_other_machines() -> None:
    ports = [port for service in compose()["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_functions_containers_meet_localstack_and_all_libraries_of_the_artefacts() -> None:
    document = compose()
    environment = document["services"]["localstack"]["environment"]
    assert environment["LAMBDA_DOCKER_NETWORK"] == document["networks"]["default"]["name"]
    # Docker's own name of the volume: the file's name for it means nothing to LocalStack.
    mount = f"{document['volumes']['libraries']['name']}:/opt"
    assert shlex.split(environment["LAMBDA_DOCKER_FLAGS"]) == ["-v", mount]
    lists = re.search(r"^LAMBDA_LISTS := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert lists
    (script,) = document["services"]["libraries"]["command"]
    assert set(re.findall(r"-r requirements/(\w+)\.txt", script)) == set(lists[1].split())


def test_without_a_key_the_deployer_uses_the_simulator_beside_it() -> None:
    found = settings()
    assert (found.source, found.plantcast_stations, found.plantcast_demo_days) == ("synthetic", "108", 365)
    options = compose()["services"]["simulator"]["command"]
    port = options[options.index("--port") + 1]
    parameters = found.parameters()
    assert parameters["AsosBaseUrl"] == f"http://simulator:{port}{SERVICE_PATH}"
    assert parameters["ShortTermBaseUrl"] == f"http://simulator:{port}{SHORT_TERM_PATH}"
    assert parameters["ApiHubBaseUrl"] == f"http://simulator:{port}"
    assert urlsplit(found.localstack_endpoint).netloc == "localstack:4566"
    assert found.public_endpoint == "http://127.0.0.1:4566"
