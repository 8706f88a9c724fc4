"""What template.yaml says is built as zips: functions and layers. The container image is built by Docker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.stack.localize import FUNCTION, LAYER, Template, layer_folders, load_template, resources
from plantcast.common.errors import InvalidInputError

# What a reference is replaced by when a handler's module is imported here: no module looks at the value.
UNKNOWN: Final = "known-after-deployment"


@dataclass(frozen=True)
class Function:
    """A function: `handler` is the module that Lambda imports; `layers` are logical ids, in order."""

    name: str
    handler: str
    layers: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Plan:
    """All that is built; `images` are the functions of the container image, `folders` the sources by id.

    `python` is Lambda's version (`3.13`).
    """

    functions: tuple[Function, ...]
    images: tuple[str, ...]
    layers: tuple[str, ...]
    folders: tuple[tuple[str, str], ...]
    python: str
    architecture: str


def read_plan(path: Path) -> Plan:
    """Read a SAM template.

    Raises:
        InvalidInputError: its functions have more than one runtime or architecture, or a handler is missing.
    """
    return plan_of(load_template(path))


def plan_of(template: Template) -> Plan:
    """Read a parsed SAM template; see `read_plan`."""
    shared = template.get("Globals", {}).get("Function", {})
    functions, images, folders, runtimes, architectures = [], [], {}, set(), set()
    for name, layer in resources(template, LAYER).items():
        folders[name] = layer["Properties"]["ContentUri"]
        runtimes |= set(layer["Properties"]["CompatibleRuntimes"])
        architectures |= set(layer["Properties"]["CompatibleArchitectures"])
    layer_of = {folder: name for name, folder in folders.items()}
    for name, resource in resources(template, FUNCTION).items():
        properties = shared | resource["Properties"]
        architectures |= set(properties["Architectures"])
        if properties.get("PackageType") == "Image":
            images.append(name)
            continue
        runtimes.add(properties["Runtime"])
        folders[name] = properties["CodeUri"]
        layers = tuple(layer_of[folder] for folder in layer_folders(template, resource))
        environment = tuple(_variables(shared, resource["Properties"]).items())
        functions.append(Function(name, _module(name, properties["Handler"]), layers, environment))
    layers = tuple(resources(template, LAYER))
    runtime, architecture = _only(runtimes, "runtime"), _only(architectures, "architecture")
    python = runtime.removeprefix("python")
    return Plan(tuple(functions), tuple(images), layers, tuple(folders.items()), python, architecture)


def _variables(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, str]:
    found: dict[str, Any] = {}
    for properties in (shared, own):
        found |= properties.get("Environment", {}).get("Variables", {})
    return {name: UNKNOWN if isinstance(value, dict) else str(value) for name, value in found.items()}


def _module(name: str, handler: str) -> str:
    module, dot, function = handler.rpartition(".")
    if not (module and dot and function):
        raise InvalidInputError(
            f"{name}: Handler {handler!r} is no module and function.", remedy="Write it as handler.handler."
        )
    return module


def _only(values: set[str], what: str) -> str:
    if len(values) != 1:
        raise InvalidInputError(
            f"template.yaml names more than one {what}: {', '.join(sorted(values)) or 'none'}.",
            remedy="Give all functions and layers the same: they share their libraries.",
        )
    return next(iter(values))
