"""Building the dashboard: with which npm, and only when something changed."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from infra.build import web as web_build
from infra.build.web import ensure_built, find_npm
from plantcast.common.errors import PlantcastError


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dashboard whose npm writes down what it was called for and builds one file."""
    folder = tmp_path / "a web"
    (folder / "src").mkdir(parents=True)
    (folder / "static").mkdir()
    for name in ("src/main.js", "build.mjs", "package.json", "package-lock.json"):
        (folder / name).write_text(name, "utf-8")
    tools = tmp_path / "tools"
    tools.mkdir()
    program(tools / "node", "echo v20.1.0")
    program(
        tools / "npm",
        'echo "$1" >> calls; mkdir -p node_modules dist; cp src/main.js dist/; [ ! -e broken ] || '
        '{ echo "cannot resolve ./spots.js" >&2; exit 1; }',
    )
    monkeypatch.setattr(web_build, "WEB", folder)
    monkeypatch.setattr(web_build, "DIST", folder / "dist")
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return folder


def calls(web: Path) -> list[str]:
    return (web / "calls").read_text("utf-8").split()


def test_given_nothing_changed_when_built_again_then_npm_is_not_asked(web: Path) -> None:
    assert ensure_built() == web / "dist"
    assert ensure_built() == web / "dist"
    assert calls(web) == ["ci", "run"]


def test_given_a_build_that_fails_then_its_words_are_told_and_the_next_one_tries_again(web: Path) -> None:
    (web / "broken").touch()
    with pytest.raises(PlantcastError, match=r"`npm ci` failed: cannot resolve \./spots"):
        ensure_built()
    (web / "broken").unlink()
    ensure_built()
    assert calls(web) == ["ci", "ci", "run"]


@pytest.mark.parametrize("version", ["echo v16.20.2", "echo nonsense", "exit 1"])
def test_given_no_node_that_is_new_enough_then_the_remedy_is_named(
    web: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    program(web.parent / "tools" / "node", version)
    monkeypatch.setenv("PATH", f"{web.parent / 'tools'}")
    monkeypatch.setattr(sys, "executable", str(web.parent / "nowhere" / "python"))
    with pytest.raises(PlantcastError, match="Node 18 or newer") as raised:
        find_npm()
    assert "make web" in raised.value.remedy


def test_the_lock_file_names_every_package_by_content_and_no_place_to_fetch_it_from() -> None:
    lock = (web_build.WEB / "package-lock.json").read_text("utf-8")
    packages = {name: one for name, one in json.loads(lock)["packages"].items() if name}
    assert packages
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert "resolved" not in lock
    assert "http" not in lock
