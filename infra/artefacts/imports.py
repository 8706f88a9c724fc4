"""Does every import that a handler can come to resolve from the artefact? Read from source, nothing is run.

Of our own code every import counts, those inside functions too. Of a library only what it imports
unconditionally when it is loaded: libraries try for optional ones.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from infra.artefacts.findings import Finding

# Made by the library itself when it is loaded.
_MADE_WHEN_LOADED: Final = frozenset({"six.moves"})
OURS: Final = ("plantcast", "plantcast_api", "functions")
_EXTENSIONS: Final = (".so", ".pyd")


@dataclass(frozen=True)
class Import:
    """A module that is needed: its dotted name, and the names asked of it (`from module import names`)."""

    module: str
    names: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Found:
    """Where a module is; no file for a namespace package, no source for a compiled one."""

    file: Path | None
    package: bool


def check_imports(artefact: str, handler: str, roots: Sequence[Path]) -> list[Finding]:
    """Return what does not resolve, going from the module `handler` over `roots` (the first wins)."""
    found: list[Finding] = []
    seen: set[str] = set()
    ahead = [(handler, "its Handler", True)]
    while ahead:
        module, wanted_by, ours = ahead.pop()
        if module in seen:
            continue
        seen.add(module)
        top = module.partition(".")[0]
        where = locate(module, tuple(roots))
        if where is None:
            if top not in sys.stdlib_module_names and module not in _MADE_WHEN_LOADED:
                found.append(Finding(artefact, f"{module} is not in it; {wanted_by} imports it."))
            continue
        if where.file is None or where.file.suffix != ".py":
            continue
        here = ours and (module == handler or top in OURS)
        for each in imports_of(where.file, module, where.package, lazy=here):
            by = f"{module} (line {each.line})"
            for parent in _with_parents(each.module):
                ahead.append((parent, by, parent.partition(".")[0] in OURS))
            for name in each.names:
                inner = f"{each.module}.{name}"
                if locate(inner, tuple(roots)) is not None:
                    ahead.append((inner, by, inner.partition(".")[0] in OURS))
                elif here and _is_missing_submodule(each.module, name, tuple(roots)):
                    found.append(Finding(artefact, f"{inner} is not in it; {by} imports it."))
    return found


@cache
def imports_of(file: Path, module: str, package: bool, *, lazy: bool) -> tuple[Import, ...]:
    """Return what a source file imports; with `lazy` also inside functions and conditions.

    A library's file in syntax newer than the Python that checks is passed over: only Lambda's can read it.
    """
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError:
        if lazy:  # our own
            raise
        return ()
    return tuple(_imports(tree.body, module if package else module.rpartition(".")[0], lazy))


def _imports(body: Iterable[ast.stmt], package: str, lazy: bool) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, (), node.lineno)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".") if package else []
            base = parts[: len(parts) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            if name:
                yield Import(
                    name, tuple(alias.name for alias in node.names if alias.name != "*"), node.lineno
                )
        elif isinstance(node, ast.ClassDef):
            yield from _imports(node.body, package, lazy)
        elif lazy:
            yield from _inside(node, package)


def _inside(node: ast.stmt, package: str) -> Iterator[Import]:
    """Go into functions and blocks of our own code; not into what is for type checkers or only tried."""
    for name in ("body", "orelse", "finalbody"):
        if name == "body" and (_for_type_checkers(node) or _goes_on_without(node)):
            continue
        inner = getattr(node, name, None)
        if isinstance(inner, list):
            yield from _imports(inner, package, True)
    for name in ("handlers", "cases"):
        for branch in getattr(node, name, []):
            yield from _imports(branch.body, package, True)


def _for_type_checkers(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _goes_on_without(node: ast.stmt) -> bool:
    """Does this `try` catch that an import is missing?"""
    if not isinstance(node, ast.Try):
        return False
    caught = [ast.unparse(handler.type) for handler in node.handlers if handler.type is not None]
    return any("ImportError" in name or "ModuleNotFoundError" in name for name in caught)


@cache
def locate(module: str, roots: tuple[Path, ...]) -> Found | None:
    """Find a module as Python would; None where no root has it."""
    namespace = False
    *parents, name = module.split(".")
    for root in roots:
        folder = root.joinpath(*parents)
        if (init := folder / name / "__init__.py").is_file():
            return Found(init, True)
        if (source := folder / f"{name}.py").is_file():
            return Found(source, False)
        compiled = [path for path in folder.glob(f"{name}.*") if path.suffix in _EXTENSIONS]
        if compiled:
            return Found(compiled[0], False)
        namespace = namespace or (folder / name).is_dir()
    return Found(None, True) if namespace else None


@cache
def _is_missing_submodule(module: str, name: str, roots: tuple[Path, ...]) -> bool:
    """Is `name` neither bound in our package `module` nor a module of it?"""
    where = locate(module, roots)
    if (
        where is None
        or where.file is None
        or where.file.suffix != ".py"
        or module.partition(".")[0] not in OURS
    ):
        return False
    source = where.file.read_text("utf-8")
    # A name that the file nowhere mentions cannot be bound there.
    return name not in source and "__getattr__" not in source


def _with_parents(module: str) -> Iterator[str]:
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        yield ".".join(parts[:length])
