"""`sam local` as far as it goes without Docker: routes, layers and variables, by sam's own code."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from samcli.commands.local.lib.local_lambda import LocalLambdaRunner
from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

from infra.emulator import sam_local
from infra.emulator.sam_local import container_address, declare, variables
from infra.operations.deployment import Deployment, Target
from infra.stack.localize import FUNCTION, load_template, resources
from infra.stack.outputs import FUNCTIONS, Outputs
from plantcast.common.errors import InvalidInputError

# sam's own code calls what its libraries are about to drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROOT = Path(__file__).resolve().parents[4]
TEMPLATE = ROOT / "template.yaml"
EMULATOR = "http://host.docker.internal:4566"
LOADED = load_template(TEMPLATE)
SIMULATOR = "http://127.0.0.1:8080/1360000/AsosHourlyInfoService"


@dataclass
class Lambda:
    """A deployment's functions, each with the variables that the template declares for it."""

    def client(self, service: str, **_: Any) -> Lambda:
        assert service == "lambda"
        return self

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # boto3's name
        own = LOADED["Resources"][f"{FunctionName.title()}Function"]["Properties"]["Environment"]
        declared = LOADED["Globals"]["Function"]["Environment"]["Variables"] | own["Variables"]
        made = {name: f"deployed {name}" for name in declared} | {"CLOCK_OFFSET_SECONDS": "-5"}
        if "ASOS_BASE_URL" in made:
            made["ASOS_BASE_URL"] = SIMULATOR
        return {"Environment": {"Variables": made}}


def deployment(target: Target = "ministack") -> Deployment:
    url = "http://127.0.0.1:4566"
    functions = {name: name for name in FUNCTIONS}
    outputs = Outputs("plantcast", "ap-northeast-2", url, url, url, "b", "w", "t", "s", "s", "t", functions)
    return Deployment(outputs, cast(Any, Lambda()), url, target, {})


def environment_by_sam(template: Path, given: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """What sam would hand to the container of each function."""
    stacks, _ = SamLocalStackProvider.get_stacks(str(template), parameter_overrides={})
    functions = SamFunctionProvider(stacks)
    runner = LocalLambdaRunner(cast(Any, None), functions, str(ROOT), str(ROOT), env_vars_values=given)
    return {one.name: runner._make_env_vars(one).resolve() for one in functions.get_all()}


def test_every_route_of_the_template_is_one_of_sam_locals_and_none_is_more() -> None:
    stacks, _ = SamLocalStackProvider.get_stacks(str(TEMPLATE), parameter_overrides={})
    api = ApiProvider(stacks).api

    found = {(route.path, method) for route in api.routes for method in route.methods}

    events = LOADED["Resources"]["ApiFunction"]["Properties"]["Events"].values()
    declared = {(one["Properties"]["Path"], one["Properties"]["Method"]) for one in events}
    assert found == declared >= {("/{proxy+}", "GET"), ("/{proxy+}", "POST"), ("/", "GET")}
    assert {route.function_name for route in api.routes} == {"ApiFunction"}
    assert api.binary_media_types == ["*/*"]  # compressed answers pass as they are


def test_every_function_is_one_of_sam_locals_with_its_layers_or_the_image() -> None:
    stacks, _ = SamLocalStackProvider.get_stacks(str(TEMPLATE), parameter_overrides={})
    found = {one.name: one for one in SamFunctionProvider(stacks).get_all()}

    assert set(found) == {f"{name.title()}Function" for name in FUNCTIONS}
    for name, function in resources(LOADED, FUNCTION).items():
        layers = [layer["Ref"] for layer in function["Properties"].get("Layers", [])]
        assert [layer.name for layer in found[name].layers] == layers
        assert found[name].packagetype == function["Properties"].get("PackageType", "Zip")


def test_given_what_is_deployed_then_sam_hands_each_function_that_and_the_emulators_address(
    tmp_path: Path,
) -> None:
    given = variables(deployment(), EMULATOR)
    path = tmp_path / "local.json"
    path.write_text(json.dumps(declare(LOADED, given)), "utf-8")

    found = environment_by_sam(path, given)

    assert set(found) == set(given) == {f"{name.title()}Function" for name in FUNCTIONS}
    for name, handed in found.items():
        assert handed["AWS_ENDPOINT_URL"] == EMULATOR, name
        assert {handed[key] for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")} == {"test"}, name
        assert (handed["DATA_BUCKET"], handed["CLOCK_OFFSET_SECONDS"]) == ("deployed DATA_BUCKET", "-5"), name
    ingest = found["IngestFunction"]
    assert ingest["ASOS_BASE_URL"] == "http://host.docker.internal:8080/1360000/AsosHourlyInfoService"


def test_without_the_declaration_sam_would_leave_the_address_out() -> None:
    """Why there is a template of its own: the functions would work on the account of whoever calls sam."""
    found = environment_by_sam(TEMPLATE, variables(deployment(), EMULATOR))

    assert not any("AWS_ENDPOINT_URL" in handed for handed in found.values())


def test_what_the_template_says_itself_stays() -> None:
    template = deepcopy(LOADED)
    declaring = declare(template, variables(deployment(), EMULATOR))

    assert template == LOADED
    for name, function in resources(template, FUNCTION).items():
        was = function["Properties"]["Environment"]["Variables"]
        now = declaring["Resources"][name]["Properties"]["Environment"]["Variables"]
        assert {key: now[key] for key in was} == was


@pytest.mark.parametrize(
    ("seen", "as_container"),
    [
        ("http://127.0.0.1:4566", EMULATOR),
        ("http://localhost:4566", EMULATOR),
        ("http://localstack:4566", "http://localstack:4566"),
    ],
)
def test_this_machine_has_another_name_in_a_container(seen: str, as_container: str) -> None:
    assert container_address(seen) == as_container


@pytest.mark.parametrize("address", ["http://127.0.0.1:4566", "localhost"])
def test_an_address_that_means_the_container_itself_is_refused(address: str) -> None:
    with pytest.raises(InvalidInputError, match="the container itself"):
        variables(deployment(), address)


def test_a_stack_on_aws_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="is no emulator"):
        variables(deployment("aws"), EMULATOR)


def test_given_nothing_built_then_the_command_says_what_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sam_local.main(["--template", str(tmp_path / "template.yaml")]) == 1
    assert "make build" in capsys.readouterr().err
