"""The pinned lists agree with each other and with what they were compiled from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "requirements"
LISTS = sorted(path.stem for path in FOLDER.glob("*.in"))
# In venvs of their own, where nothing of ours is imported: scanners hold back libraries that we do not.
APART = {"scan"}
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;]+)")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(name: str) -> set[tuple[str, str]]:
    lines = (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    return {(normal(match[1]), match[2]) for line in lines if (match := _PIN.match(line))}


@pytest.mark.parametrize("name", [name for name in LISTS if name not in {*APART, "dev"}])
def test_what_runs_on_lambda_is_what_the_tests_ran_on(name: str) -> None:
    tested: dict[str, set[str]] = {}
    for package, version in pins("dev"):
        tested.setdefault(package, set()).add(version)
    differing = {
        f"{package}=={version}"
        for package, version in pins(name)
        if version not in tested.get(package, {version})
    }
    assert differing == set(), "run `make lock`: dev.txt pins others"


def test_the_layer_keeps_what_boto3_needs_for_each_service_that_is_called() -> None:
    root = FOLDER.parent
    makefile = (root / "layers" / "domain" / "Makefile").read_text("utf-8")
    kept = re.search(r"^SERVICES := (.*)$", makefile, re.MULTILINE)
    sources = [*root.glob("layers/domain/python/**/*.py"), *root.glob("functions/**/*.py")]
    called = {
        service
        for source in sources
        for service in re.findall(r'boto3\.(?:client|resource)\(\s*"([a-z0-9-]+)"', source.read_text("utf-8"))
    }
    assert kept is not None
    assert set(kept[1].split()) == called
