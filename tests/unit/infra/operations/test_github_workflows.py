"""The workflows against what they call: targets, paths, versions, environments; and no right too many."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.stack.localize import FUNCTION, load_template, resources

ROOT = Path(__file__).resolve().parents[4]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# `sam deploy` knows a third environment, an emulator, which no workflow deploys to.
EMULATORS = {"localstack"}


def load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text("utf-8"))
    # YAML 1.1 reads the key `on` as a boolean.
    return {("on" if key is True else key): value for key, value in document.items()}


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in load(path.name)["jobs"].items():
            yield f"{path.stem}/{name}", job


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in jobs():
        for step in job.get("steps", []):
            yield name, step


def environments() -> dict[str, dict[str, Any]]:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))
    return {name: part for name, part in config.items() if isinstance(part, dict) and name not in EMULATORS}


def lambda_python() -> str:
    functions = resources(load_template(ROOT / "template.yaml"), FUNCTION).values()
    (runtime,) = {entry["Properties"].get("Runtime") for entry in functions} - {None}
    return str(runtime).removeprefix("python")


def test_there_are_workflows() -> None:
    assert {path.stem for path in WORKFLOWS} >= {"ci", "deploy"}


def test_every_make_target_that_a_workflow_calls_exists() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    called = {
        target
        for _, step in steps()
        for words in re.findall(r"^\s*make ([^\n|&;]*)", step.get("run", ""), re.MULTILINE)
        for target in words.split()
        if re.fullmatch(r"[a-z-]+", target)
    }
    assert called >= {"lint", "scan", "test", "build", "publish", "smoke"}
    assert called - targets == set()


def test_every_path_that_a_workflow_names_exists() -> None:
    named = []
    for name, step in steps():
        options = step.get("with", {})
        named += [(name, options[key]) for key in ("cache-dependency-path",) if key in options]
        named += [(name, path) for path in re.findall(r"-f (\S+\.yml)", step.get("run", ""))]
    named += [(name, job["uses"]) for name, job in jobs() if "uses" in job]
    assert named
    for name, path in named:
        assert list(ROOT.glob(path.removeprefix("./"))), f"{name} names {path}"


def test_tests_run_on_the_oldest_python_and_on_lambdas_and_lambdas_builds_and_deploys() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    oldest = pyproject["tool"]["mypy"]["python_version"]
    assert load("ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == [oldest, lambda_python()]
    for name, step in steps():
        version = step.get("with", {}).get("python-version")
        assert version in {None, "${{ matrix.python }}", lambda_python()}, name


def test_environments_are_those_of_samconfig_and_region_too() -> None:
    choices = load("deploy.yml")["on"]["workflow_dispatch"]["inputs"]["environment"]["options"]
    role = load_template(ROOT / "infra" / "github_deploy_role.yaml")
    assert choices == list(environments())
    assert role["Parameters"]["Environment"]["AllowedValues"] == choices
    assert "prod" in choices, "a tag deploys to it"
    regions = {part["global"]["parameters"]["region"] for part in environments().values()}
    used = {step["with"]["aws-region"] for _, step in steps() if "aws-region" in step.get("with", {})}
    assert used == regions


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_job_has_a_right_that_it_was_not_given(path: Path) -> None:
    workflow = load(path.name)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        more = dict(job["permissions"])
        assert more.pop("contents") == "read", name
        assert set(more) == ({"id-token"} if (path.stem, name) == ("deploy", "deploy") else set()), name


def test_packages_are_built_before_there_are_rights() -> None:
    said = [step.get("run", step.get("uses", "")) for step in load("deploy.yml")["jobs"]["deploy"]["steps"]]
    (build,) = [at for at, text in enumerate(said) if text.startswith("make build")]
    (rights,) = [at for at, text in enumerate(said) if "configure-aws-credentials" in text]
    (publish,) = [at for at, text in enumerate(said) if "make publish" in text]
    assert build < rights < publish
    assert "web" in said[build].split()


def test_dependabot_looks_where_there_is_something() -> None:
    config = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text("utf-8"))
    files = {
        "pip": "*.txt",
        "npm": "package-lock.json",
        "docker": "*ockerfile",
        "docker-compose": "docker-compose*.yml",
        "github-actions": ".github/workflows/*.yml",
    }
    assert {entry["package-ecosystem"] for entry in config["updates"]} == set(files)
    for entry in config["updates"]:
        folder = ROOT / entry["directory"].lstrip("/")
        assert list(folder.glob(files[entry["package-ecosystem"]])), entry


def test_what_pre_commit_runs_is_pinned_with_everything_else() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert {entry["repo"] for entry in config["repos"]} == {"local"}
    for hook in config["repos"][0]["hooks"]:
        assert re.search(r"(^|=\S+ )\.venv(-scan)?/bin/", hook["entry"]), hook["id"]
