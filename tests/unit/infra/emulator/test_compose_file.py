"""docker-compose.localstack.yml, as far as it can be judged without a Docker engine.

Here it is read as Compose reads it (anchors merged, variables filled in); where Compose is installed, it is
asked as well.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from fastapi.routing import APIRoute

from infra.emulator import localstack
from infra.emulator.localstack import Settings
from infra.kma_simulator.app import SERVICE_PATH, create_app
from infra.kma_simulator.cli import main as simulate
from infra.kma_simulator.service import Simulator
from infra.kma_simulator.synthetic import SyntheticWeather
from infra.stack.localize import ZIP_RUNTIME

ROOT = Path(__file__).resolve().parents[4]
FILE = ROOT / "docker-compose.localstack.yml"
# ${NAME:-default} is the only form used: nothing must be set for `up` to work.
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def compose(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the file as Compose understands it, with `environ` as the user's variables."""
    given = environ or {}
    text = VARIABLE.sub(lambda match: given.get(match[1]) or match[2], FILE.read_text("utf-8"))
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def services(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = compose(environ)["services"]
    return found


def script(name: str) -> str:
    """Return what a service's shell gets to read: Compose halves each `$$`."""
    service = services()[name]
    assert service["entrypoint"] == ["/bin/sh", "-ec"]
    (text,) = service["command"]
    return str(text).replace("$$", "$")


def mounts(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for mount in service.get("volumes", []):
        source, target, *_ = mount.split(":")
        yield source, target


SCRIPTED = [name for name, service in services().items() if "entrypoint" in service]


def test_images_are_pinned_and_are_the_versions_that_this_project_knows() -> None:
    images = {name: service["image"].rpartition(":") for name, service in services().items()}
    assert all(re.match(r"\d+\.\d+", tag) for _, _, tag in images.values()), images
    assert images["localstack"] == ("localstack/localstack", ":", localstack.VERSION)
    # The libraries are for the interpreter that functions run in, which LocalStack takes from this image.
    assert images["libraries"] == ("public.ecr.aws/lambda/python", ":", ZIP_RUNTIME.removeprefix("python"))
    assert images["simulator"] == images["tools"] == images["deployer"]  # they share an environment


def test_nothing_is_reachable_from_other_machines() -> None:
    for service in services().values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), port


def test_every_variable_has_a_default_and_is_explained() -> None:
    text = FILE.read_text("utf-8")
    used = {match[1] for match in VARIABLE.finditer(text)}
    # Any other dollar, also one that is meant for a shell and not doubled, Compose would take for a variable.
    assert VARIABLE.sub("", text.replace("$$", "")).count("$") == 0
    explained = (ROOT / "docs" / "localstack.md").read_text("utf-8")
    assert not {name for name in used if f"`{name}`" not in explained}


def test_every_path_of_this_folder_exists() -> None:
    bound = {
        source for service in services().values() for source, _ in mounts(service) if source.startswith(".")
    }
    assert bound
    assert not [path for path in bound if not (ROOT / path).exists()]
    lists = {path for name in SCRIPTED for path in re.findall(r"requirements/[\w-]+\.txt", script(name))}
    assert lists
    assert not [path for path in lists if not (ROOT / path).is_file()]


def test_every_volume_and_service_that_is_named_is_there() -> None:
    document = compose()
    named = {
        source for service in services().values() for source, _ in mounts(service) if source[0] not in "./"
    }
    assert named == document["volumes"].keys()
    for service in services().values():
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services()[other], other
            else:
                assert how["condition"] == "service_completed_successfully"
                assert services()[other]["entrypoint"] == ["/bin/sh", "-ec"], other


def test_functions_containers_meet_localstack_and_the_libraries() -> None:
    document, environment = compose(), services()["localstack"]["environment"]
    assert environment["LAMBDA_DOCKER_NETWORK"] == document["networks"]["default"]["name"]
    flag, mount = shlex.split(environment["LAMBDA_DOCKER_FLAGS"])
    # Docker's own name of the volume: the file's name for it means nothing to LocalStack.
    assert (flag, mount) == ("-v", f"{document['volumes']['libraries']['name']}:/opt")
    # Where Lambda's runtime looks for a layer's packages and shared objects, seen from /opt.
    filled = dict(mounts(services()["libraries"]))["libraries"]
    assert f"--target {filled}/python" in script("libraries")
    assert f"{filled}/lib/" in script("libraries")
    assert ("/var/run/docker.sock", "/var/run/docker.sock") in list(mounts(services()["localstack"]))


def test_the_libraries_are_all_that_sam_build_would_bring() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    found = re.search(r"^LAMBDA_LISTS := (.*)$", makefile, re.M)
    assert found
    assert set(re.findall(r"-r requirements/(\w+)\.txt", script("libraries"))) == set(found[1].split())


@pytest.mark.parametrize("name", SCRIPTED)
def test_every_script_is_one_that_a_shell_can_read(name: str) -> None:
    done = subprocess.run(["sh", "-n"], input=script(name), text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["libraries", "tools"])
def test_what_is_installed_already_is_not_installed_again(name: str, tmp_path: Path) -> None:
    volume, stamp = tmp_path / name, tmp_path / name / "installed-from"
    volume.mkdir()
    here = script(name).replace(f"/{name}", str(volume))
    lists = "requirements/*.txt" if name == "libraries" else "requirements/local.txt requirements/node.txt"
    summed = subprocess.run(f"cat {lists} | cksum", shell=True, cwd=ROOT, capture_output=True, check=True)
    stamp.write_bytes(summed.stdout)

    again = subprocess.run(["sh", "-ec", here], cwd=ROOT, text=True, capture_output=True, check=False)

    assert (again.returncode, again.stdout.strip()) == (0, f"{name}: as they were"), again.stderr


def test_the_deployer_copies_the_sources_and_neither_caches_nor_environments(tmp_path: Path) -> None:
    source, target = tmp_path / "a source", tmp_path / "plantcast"
    for path in ("infra/a.py", "web/node_modules/x", ".venv/x", ".git/x", ".plantcast/x", "a/__pycache__/x"):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text("text")
    text = script("deployer").replace("/tmp/source.tar", shlex.quote(str(tmp_path / "tar")))
    text = text.replace("/plantcast", shlex.quote(str(target))).replace(
        "-C /source", f"-C {shlex.quote(str(source))}"
    )
    copying, _, started = text.partition("exec ")
    assert started.split()[1:] == ["-m", "infra.emulator.localstack"]

    subprocess.run(["sh", "-ec", copying], check=True, capture_output=True)

    files = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert files == {"infra/a.py"}


def deployer(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    # Compose fills in variables after it has read the YAML, so that all are texts to it.
    return {name: str(value or "") for name, value in services(environ)["deployer"]["environment"].items()}


def test_the_deployer_is_told_nothing_that_it_does_not_read() -> None:
    documented = set(re.findall(r"^([A-Z_]+) {2,}", str(localstack.__doc__), re.M))
    assert deployer().keys() - {"PYTHONPATH"} <= documented


def test_without_a_key_the_deployer_takes_synthetic_weather_from_the_simulator_beside_it() -> None:
    settings = Settings.read(deployer())

    assert (settings.source, settings.stations, settings.first_days) == ("synthetic", ("108",), 365)
    options = services()["simulator"]["command"]
    simulator, asked = urlsplit(settings.base_url), urlsplit(settings.endpoint)
    assert (simulator.hostname, simulator.path) == ("simulator", SERVICE_PATH)
    assert simulator.port == int(options[options.index("--port") + 1])
    assert options[options.index("--host") + 1] == "0.0.0.0"  # other containers ask it
    assert (asked.hostname, asked.port) == ("localstack", 4566)
    assert {"simulator", "localstack"} <= services().keys()
    assert settings.public_endpoint == "http://127.0.0.1:4566"


def test_with_a_key_the_deployer_asks_the_kma() -> None:
    chosen = {"KMA_API_KEY": "my-key", "LOCALSTACK_PORT": "14566", "PLANTCAST_STATIONS": "108,112"}

    settings = Settings.read(deployer(chosen))

    assert (settings.source, settings.key) == ("kma", "my-key")
    assert settings.base_url.startswith("https://apis.data.go.kr/")
    assert settings.stations == ("108", "112")
    assert settings.public_endpoint == "http://127.0.0.1:14566"
    (port,) = services(chosen)["localstack"]["ports"]
    assert port == "127.0.0.1:14566:4566"


def test_health_checks_ask_what_there_is() -> None:
    asked = str(services()["simulator"]["healthcheck"]["test"])
    (found,) = re.findall(r"http://127\.0\.0\.1:8080(/[\w/]+)", asked)
    app = create_app(Simulator(source=SyntheticWeather(108)))
    assert found in {route.path for route in app.routes if isinstance(route, APIRoute)}
    assert services()["localstack"]["healthcheck"]["test"][-1].endswith(":4566/_localstack/health")


def test_the_simulators_options_are_ones_it_knows(capsys: pytest.CaptureFixture[str]) -> None:
    interpreter, flag, module, *options = services()["simulator"]["command"]
    assert (interpreter, flag, module) == ("/tools/venv/bin/python", "-m", "infra.kma_simulator")
    # Of these options only the last, ours, is wrong.
    assert simulate([*options, "--source", "replay"]) == 2
    assert "no observations" in capsys.readouterr().err


def test_compose_itself_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("docker compose is not installed")
    done = subprocess.run(
        [docker, "compose", "-f", str(FILE), "config", "--quiet"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
