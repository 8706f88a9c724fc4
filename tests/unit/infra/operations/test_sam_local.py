"""`sam local` as far as it goes without Docker: the variables that sam would pass to each function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from samcli.commands.local.lib.local_lambda import LocalLambdaRunner
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

from infra.operations.sam_local import declare, variables
from infra.stack.deployment import Account, Deployment
from infra.stack.localize import load_template
from infra.stack.outputs import FUNCTIONS, Outputs
from plantcast.common.errors import InvalidInputError

# sam's own code calls what its libraries are about to drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROOT = Path(__file__).resolve().parents[4]
EMULATOR = "http://localstack:4566"


class Lambda:
    def client(self, service: str, **_: Any) -> Lambda:
        return self

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # boto3's name
        return {"Environment": {"Variables": {"DATA_BUCKET": "data", "CLOCK_OFFSET_SECONDS": "-5"}}}


def deployment(url: str = "http://127.0.0.1:4566") -> Deployment:
    functions = {name: name for name in FUNCTIONS}
    outputs = Outputs("plantcast", "ap-northeast-2", url, url, url, "b", "w", "t", *"sss", "t", functions)
    return Deployment(outputs, Account(cast(Any, Lambda()), "", url), "synthetic", ("108",))


def test_sam_passes_each_function_the_deployed_variables_and_the_emulators_address(tmp_path: Path) -> None:
    given = variables(deployment(), EMULATOR)
    path = tmp_path / "local.json"
    path.write_text(json.dumps(declare(load_template(ROOT / "template.yaml"), given)), "utf-8")

    stacks, _ = SamLocalStackProvider.get_stacks(str(path), parameter_overrides={})
    functions = SamFunctionProvider(stacks)
    runner = LocalLambdaRunner(cast(Any, None), functions, str(ROOT), str(ROOT), env_vars_values=given)
    found = {one.name: runner._make_env_vars(one).resolve() for one in functions.get_all()}

    assert "AWS_ENDPOINT_URL" not in found.pop("PushFunction")  # not deployed
    assert set(found) == {f"{name.title()}Function" for name in FUNCTIONS}
    for name, passed in found.items():
        assert passed["AWS_ENDPOINT_URL"] == EMULATOR, name
        assert {passed[key] for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")} == {"test"}, name
        assert (passed["DATA_BUCKET"], passed["CLOCK_OFFSET_SECONDS"]) == ("data", "-5"), name


def test_a_stack_on_aws_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="is not an emulator"):
        variables(deployment("https://lambda.amazonaws.com"), EMULATOR)
