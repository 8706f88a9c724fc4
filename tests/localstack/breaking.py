"""Breaks a deployed function in one of the ways functions break, and mends it again."""

from __future__ import annotations

import io
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.localstack.stack import LocalStackStack

RAISING = 'def handler(event, context):\n    raise RuntimeError("broken on purpose")\n'


@contextmanager
def no_handler(stack: LocalStackStack, function: str) -> Iterator[None]:
    """The module of its handler does not exist: it fails while it starts."""
    with _configured(stack, function, {"Handler": "absent.handler"}):
        yield


@contextmanager
def too_slow(stack: LocalStackStack, function: str) -> Iterator[None]:
    """It has one second for what takes longer."""
    with _configured(stack, function, {"Timeout": 1}):
        yield


@contextmanager
def misled(stack: LocalStackStack, function: str, **variables: str) -> Iterator[None]:
    """Some of its environment names what does not exist: it runs, and a call of it fails."""
    kept = _configuration(stack, function)["Environment"]["Variables"]
    with _configured(stack, function, {"Environment": {"Variables": kept | variables}}):
        yield


@contextmanager
def throttled(stack: LocalStackStack, function: str) -> Iterator[None]:
    """None of its invocations may run: Lambda refuses them all."""
    functions, name = stack.client("lambda"), stack.outputs.functions[function]
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        yield
    finally:
        functions.delete_function_concurrency(FunctionName=name)


@contextmanager
def faulty_code(stack: LocalStackStack, function: str) -> Iterator[None]:
    """A version that raises is deployed; then the one before it again."""
    functions, name = stack.client("lambda"), stack.outputs.functions[function]
    with urllib.request.urlopen(functions.get_function(FunctionName=name)["Code"]["Location"]) as reply:
        kept = reply.read()
    broken = io.BytesIO()
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("handler.py", RAISING)
    try:
        functions.update_function_code(FunctionName=name, ZipFile=broken.getvalue())
        _settled(functions, name)
        yield
    finally:
        functions.update_function_code(FunctionName=name, ZipFile=kept)
        _settled(functions, name)


def _configuration(stack: LocalStackStack, function: str) -> dict[str, Any]:
    found: dict[str, Any] = stack.client("lambda").get_function_configuration(
        FunctionName=stack.outputs.functions[function]
    )
    return found


@contextmanager
def _configured(stack: LocalStackStack, function: str, changes: dict[str, Any]) -> Iterator[None]:
    functions, name = stack.client("lambda"), stack.outputs.functions[function]
    kept = _configuration(stack, function)
    before = {field: kept[field] for field in changes}
    try:
        functions.update_function_configuration(FunctionName=name, **changes)
        _settled(functions, name)
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, **before)
        _settled(functions, name)


def _settled(functions: Any, name: str) -> None:
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
