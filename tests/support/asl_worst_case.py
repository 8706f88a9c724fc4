"""Walks a state machine as AWS counts it: bytes of each state's input and output, events of an execution."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

# Of Step Functions ("Step Functions service quotas"): bytes of a state's data, events of an execution.
STATE_BYTES: Final = 262_144
EVENTS: Final = 25_000
CAUSE: Final = 32_768  # characters of an error's cause that Step Functions keeps


class TaskFailedError(Exception):
    """Every attempt of a task failed."""


# Function (as `IngestFunction`) and payload to what it returns.
Invoke = Callable[[str, Mapping[str, Any]], Any]


@dataclass
class Walk:
    """Walks a machine; every task fails until its last attempt. Sizes and events are the largest met.

    `items` are what a Map's ItemReader reads.
    """

    invoke: Invoke
    items: list[Any] = field(default_factory=list)
    bytes_: int = 0
    where: str = ""
    events: int = 0

    def execute(self, machine: Mapping[str, Any], data: Any) -> Any:
        """Run one execution: of the machine, or of an item of a Distributed Map."""
        count = _Counter(2)  # started and ended
        output = self._states(machine, data, count)
        self.events = max(self.events, count.events)
        return output

    def _states(self, machine: Mapping[str, Any], data: Any, count: _Counter) -> Any:
        name: str | None = machine["StartAt"]
        while name is not None:
            state = machine["States"][name]
            self._measure(name, data)
            count.events += 2  # entered and exited
            data, name = self._state(name, state, data, count)
        return data

    def _state(
        self, name: str, state: Mapping[str, Any], data: Any, count: _Counter
    ) -> tuple[Any, str | None]:
        kind = state["Type"]
        if kind in {"Succeed", "Fail"}:
            return data, None
        if kind == "Choice":
            return data, next_state(state, data)
        if kind in {"Task", "Map"}:
            try:
                result = (self._task if kind == "Task" else self._map)(state, data, count)
            except TaskFailedError:
                catch = state["Catch"][0]
                error = {"Error": "Lambda.Unknown", "Cause": "x" * CAUSE}
                return self._placed(name, catch.get("ResultPath", "$"), data, error), catch["Next"]
            self._measure(name, result)
            if state.get("OutputPath", "$") != "$":  # of a task whose result is all of its output
                return _at(state["OutputPath"], _selected(state["ResultSelector"], result)), state.get("Next")
            result = _selected(state.get("ResultSelector"), result)
        else:
            result = state.get("Result", _selected(state.get("Parameters"), data))
            if "InputPath" in state:
                result = _at(state["InputPath"], data)
        return self._placed(name, state.get("ResultPath", "$"), data, result), state.get("Next")

    def _task(self, state: Mapping[str, Any], data: Any, count: _Counter) -> Any:
        attempts = 1 + sum(retrier["MaxAttempts"] for retrier in state["Retry"])
        count.events += 3 * attempts  # scheduled, started, failed or succeeded
        parameters = _selected(state["Parameters"], data)
        return {"Payload": self.invoke(parameters["FunctionName"].strip("${}"), parameters["Payload"])}

    def _map(self, state: Mapping[str, Any], data: Any, count: _Counter) -> Any:
        items = self.items if "ItemReader" in state else _at(state["ItemsPath"], data)
        inner = state["ItemProcessor"]
        count.events += 4  # the Map's, and the Map Run's
        if inner["ProcessorConfig"]["Mode"] == "DISTRIBUTED":
            # They differ in their item only: one stands for all.
            longest = max(items, key=lambda item: len(json.dumps(item)))
            return [self.execute(inner, _selected(state["ItemSelector"], data, longest))] * len(items)
        outputs = []
        for item in items:
            count.events += 2  # the iteration's
            outputs.append(self._states(inner, _selected(state["ItemSelector"], data, item), count))
        return outputs

    def _placed(self, name: str, path: str | None, data: Any, result: Any) -> Any:
        output = deepcopy(data)
        if path == "$":
            output = result
        elif path is not None:
            output[path.removeprefix("$.")] = result
        self._measure(name, output)
        return output

    def _measure(self, name: str, data: Any) -> None:
        size = len(json.dumps(data, ensure_ascii=False).encode())
        if size > self.bytes_:
            self.bytes_, self.where = size, name


@dataclass
class _Counter:
    events: int


def _selected(template: Any, data: Any, item: Any = None) -> Any:
    if template is None:
        return data
    if not isinstance(template, Mapping):
        return template
    return {
        key.removesuffix(".$"): _at(value, data, item) if key.endswith(".$") else _selected(value, data, item)
        for key, value in template.items()
    }


def _at(path: str, data: Any, item: Any = None) -> Any:
    if found := re.fullmatch(r"States\.ArrayContains\((.+), '(.+)'\)", path):
        return found[2] in _at(found[1], data, item)
    if path.startswith("$$.Map.Item.Value"):
        data, path = item, "$" + path.removeprefix("$$.Map.Item.Value")
    elif path.startswith("$$.Execution"):
        return {"Input": {}, "Name": "x" * 80, "StartTime": "2026-11-29T17:00:00.000Z"}[path.split(".")[2]]
    for part in path.split(".")[1:]:
        data = data[part]
    return deepcopy(data)


def next_state(choice: Mapping[str, Any], data: Any) -> str:
    """Return the state that a Choice leads to."""
    rules = (rule["Next"] for rule in choice["Choices"] if _holds(rule, data))
    return str(next(rules, choice["Default"]))


def _holds(rule: Mapping[str, Any], data: Any) -> bool:
    if "And" in rule:
        return all(_holds(part, data) for part in rule["And"])
    if "Not" in rule:
        return not _holds(rule["Not"], data)
    try:
        value = _at(rule["Variable"], data)
    except KeyError:
        return False
    operator = next(key for key in rule if key not in {"Variable", "Next"})
    wanted = _at(rule[operator], data) if operator.endswith("Path") else rule[operator]
    if operator == "IsPresent":
        return bool(wanted)
    return bool(value > wanted if "GreaterThan" in operator else value == wanted)
