"""samconfig.toml: three environments, each complete; what they override is in the template."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from infra.build import package
from infra.build.package import build, main
from infra.stack.localize import load_template

ROOT = Path(__file__).resolve().parents[4]
CONFIG: dict[str, Any] = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))
ENVIRONMENTS = {name: part for name, part in CONFIG.items() if isinstance(part, dict)}
PARAMETERS = load_template(ROOT / "template.yaml")["Parameters"]


def deploy(name: str) -> dict[str, Any]:
    return {**CONFIG[name]["global"]["parameters"], **CONFIG[name]["deploy"]["parameters"]}


def test_there_are_three() -> None:
    assert list(ENVIRONMENTS) == ["default", "prod", "localstack"]
    assert deploy("default")["stack_name"] != deploy("prod")["stack_name"]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_each_says_all_that_a_deployment_needs(name: str) -> None:
    given = deploy(name)
    assert {"stack_name", "region", "capabilities", "resolve_s3", "parameter_overrides", "tags"} <= set(given)
    assert given["capabilities"].split() == ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    # `make publish` says where images go: one repository, not one of sam's for each function.
    assert not {"resolve_image_repos", "image_repository", "image_repositories"} & set(given)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_each_override_is_a_parameter_with_a_value_that_it_allows(name: str) -> None:
    overrides = dict(word.split("=", 1) for word in deploy(name)["parameter_overrides"])
    assert overrides
    for parameter, value in overrides.items():
        declared = PARAMETERS[parameter]
        assert value in map(str, declared.get("AllowedValues", [value]))
        assert re.fullmatch(declared.get("AllowedPattern", ".*"), value)


def test_no_build_is_cached_by_sam_which_does_not_look_at_the_pinned_lists() -> None:
    assert not any(
        part.get("build", {}).get("parameters", {}).get("cached") for part in ENVIRONMENTS.values()
    )


def test_localstacks_template_is_the_one_that_is_written_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        package, "build", lambda repository, folder, target: build(repository, tmp_path / folder.name, target)
    )
    main(["--target", "localstack"])

    written = Path(capsys.readouterr().out.strip())
    assert written.name == Path(deploy("localstack")["template_file"]).name
    assert set(load_template(written)["Parameters"]) == set(PARAMETERS)
