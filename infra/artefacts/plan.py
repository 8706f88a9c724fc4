"""What template.yaml says is built: zip functions, layers, and the functions of the container image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.local.localize import FUNCTION, LAYER, Template, layer_folders, load_template, resources
from plantcast.errors import InvalidInputError

# What a reference is replaced by when a handler's module is imported here: no module looks at the value.
UNKNOWN: Final = "known-after-deployment"


@dataclass(frozen=True)
class Function:
    """A function: `handler` is the module that Lambda imports; `layers` are logical ids, in order."""

    name: str
    handler: str
    layers: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    dockerfile: str | None = None

    @property
    def is_image(self) -> bool:
        """Is it part of the container image?"""
        return self.dockerfile is not None


@dataclass(frozen=True)
class Plan:
    """All that is built; `python` is Lambda's version (`3.13`), `folders` are what is copied from, by id."""

    functions: tuple[Function, ...]
    layers: tuple[str, ...]
    folders: tuple[tuple[str, str], ...]
    python: str
    architecture: str

    @property
    def zipped(self) -> tuple[Function, ...]:
        """The functions that are uploaded as zip files."""
        return tuple(function for function in self.functions if not function.is_image)

    @property
    def images(self) -> tuple[Function, ...]:
        """The functions of the container image."""
        return tuple(function for function in self.functions if function.is_image)


def read_plan(path: Path) -> Plan:
    """Read a SAM template.

    Raises:
        InvalidInputError: its functions have more than one runtime or architecture, or a handler is missing.
    """
    return plan_of(load_template(path))


def plan_of(template: Template) -> Plan:
    """Read a parsed SAM template; see `read_plan`."""
    shared = template.get("Globals", {}).get("Function", {})
    functions, folders, runtimes, architectures = [], {}, set(), set()
    for name, layer in resources(template, LAYER).items():
        folders[name] = layer["Properties"]["ContentUri"]
        runtimes |= set(layer["Properties"]["CompatibleRuntimes"])
        architectures |= set(layer["Properties"]["CompatibleArchitectures"])
    layer_of = {folder: name for name, folder in folders.items()}
    for name, resource in resources(template, FUNCTION).items():
        properties = shared | resource["Properties"]
        architectures |= set(properties["Architectures"])
        environment = tuple(_variables(shared, resource["Properties"]).items())
        if properties.get("PackageType") == "Image":
            command = _command(name, properties["ImageConfig"]["Command"])
            functions.append(Function(name, command, (), environment, resource["Metadata"]["Dockerfile"]))
            continue
        runtimes.add(properties["Runtime"])
        folders[name] = properties["CodeUri"]
        layers = tuple(layer_of[folder] for folder in layer_folders(template, resource))
        functions.append(Function(name, _module(name, properties["Handler"]), layers, environment))
    layers = tuple(resources(template, LAYER))
    runtime, architecture = _only(runtimes, "runtime"), _only(architectures, "architecture")
    python = runtime.removeprefix("python")
    return Plan(tuple(functions), layers, tuple(folders.items()), python, architecture)


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


def _command(name: str, command: list[str]) -> str:
    if len(command) != 1:
        raise InvalidInputError(
            f"{name}: ImageConfig.Command {command!r} is not one handler.",
            remedy="Write it as [functions.train.handler.handler].",
        )
    return _module(name, command[0])


def _only(values: set[str], what: str) -> str:
    if len(values) != 1:
        raise InvalidInputError(
            f"template.yaml names more than one {what}: {', '.join(sorted(values)) or 'none'}.",
            remedy="Give all functions and layers the same: they share their libraries.",
        )
    return next(iter(values))
