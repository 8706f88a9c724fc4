"""What a test must leave as it found it: the environment, the working folder, our modules' state."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGES = ("plantcast", "plantcast_api", "infra", "functions", "analysis")
# Caches of values that depend only on the arguments, on files of the checkout or on the machine.
PURE_CACHES = frozenset(
    {
        "plantcast.forecasting.models.smooth._thread_pools",
        "plantcast.plants.profiles.profiles",
        "plantcast_api.parameters._zones",
    }
)

# pytest sets the first for each phase of a test, scikit-learn the others when it is first imported.
_OTHERS_VARIABLES = frozenset({"PYTEST_CURRENT_TEST", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"})
_DEPTH = 3
_ABSENT = object()

Copy = Callable[[], dict[Any, Any]]


@dataclass(frozen=True)
class State:
    """The process's state at one moment: copies of what can change, by name, each one level deep."""

    plain: dict[str, Any]
    modules: dict[str, ModuleType]
    contents: dict[str, dict[Any, Any]] = field(default_factory=dict)

    @classmethod
    def now(cls) -> State:
        """Copy it. What to copy of a module is looked up once."""
        plain = {"working folder": Path.cwd(), "sys.path": list(sys.path)}
        modules = {
            name: module
            for name, module in list(sys.modules.items())
            if name.partition(".")[0] in PACKAGES and isinstance(module, ModuleType)
        }
        contents = {"os.environ": dict(os.environ)}
        for name, module in modules.items():
            contents[name] = dict(vars(module))
            for where, copy in _watched(name, module):
                contents[where] = copy()
        return cls(plain, modules, contents)

    def differences(self, later: State) -> list[str]:
        """Name what was changed, added or removed. A module imported in between is no difference."""
        wrong = [
            f"{name} was {value!r} and is {later.plain[name]!r}"
            for name, value in self.plain.items()
            if later.plain[name] != value
        ]
        wrong += [
            f"sys.modules[{name!r}] was replaced or removed"
            for name, module in self.modules.items()
            if later.modules.get(name) is not module
        ]
        for where, old in self.contents.items():
            new = later.contents.get(where)
            if new is not None and not _same(old, new):
                wrong += _changes(where, old, new)
        return wrong


def _watched(name: str, module: ModuleType) -> list[tuple[str, Copy]]:
    """Return what can change in a module while its names stay bound to the same objects, by name."""
    known = _WATCHED.get(name)
    if known is None or known[0] is not module:
        found = [
            (where, _copy_of(value))
            for key, bound in list(vars(module).items())
            if not key.startswith("__") and getattr(bound, "__module__", name) == name
            for where, value in _inside(f"{name}.{key}", bound, _DEPTH)
        ]
        _WATCHED[name] = known = (module, found)
    return known[1]


_WATCHED: dict[str, tuple[ModuleType, list[tuple[str, Copy]]]] = {}


def _inside(where: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if depth == 0 or where in PURE_CACHES:
        return
    if isinstance(value, (dict, list, set, bytearray, type)) or callable(getattr(value, "cache_info", None)):
        yield where, value
    elif type(value).__module__.partition(".")[0] in PACKAGES or is_dataclass(value):
        if not hasattr(value, "__dict__"):
            return
        yield where, value
    else:
        return
    for name, inner in _copy_of(value)().items():
        if name == "model_config" or (isinstance(name, str) and name.startswith("__")):
            continue  # pydantic's and Python's own
        yield from _inside(f"{where}[{name!r}]", inner, depth - 1)


def _copy_of(value: Any) -> Copy:
    if isinstance(value, dict):
        return value.copy
    if isinstance(value, (list, bytearray)):
        return lambda: dict(enumerate(value))
    if isinstance(value, set):
        return lambda: dict.fromkeys(value)
    if isinstance(value, type) or not callable(getattr(value, "cache_info", None)):
        return vars(value).copy
    return lambda: {"entries cached": value.cache_info().currsize}


def _same(old: dict[Any, Any], new: dict[Any, Any]) -> bool:
    try:
        return old == new  # identity comes first: values that stayed the same objects are not compared
    except ValueError:  # arrays
        return False


def _changes(where: str, old: dict[Any, Any], new: dict[Any, Any]) -> Iterator[str]:
    for name in old.keys() | new.keys():
        if name in _OTHERS_VARIABLES or (isinstance(name, str) and name.startswith(("__", "_abc_"))):
            continue
        before, after = old.get(name, _ABSENT), new.get(name, _ABSENT)
        if before is after or (isinstance(before, (str, int, float)) and before == after):
            continue
        # Importing a submodule puts its name into the package.
        if not (before is _ABSENT and isinstance(after, ModuleType)):
            yield f"{where}[{name!r}] was {_short(before)} and is {_short(after)}"


def _short(value: Any) -> str:
    text = "absent" if value is _ABSENT else repr(value)
    return text if len(text) <= 200 else text[:200] + "…"
