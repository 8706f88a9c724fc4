"""Write the table of steps in docs/contracts.md from the models of `plantcast.pipeline.contracts.steps`."""

from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from plantcast.pipeline.contracts.base import Contract
from plantcast.pipeline.contracts.steps import STEPS

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "contracts.md"
BEGIN: Final = "<!-- steps: made by infra/build/contracts.py -->\n"
END: Final = "\n<!-- end of steps -->"


def table() -> str:
    """Return the table: function, input, output."""
    lines = ["| function | takes | returns |", "|---|---|---|"]
    for function, event, results in STEPS:
        outputs = "; or ".join(", ".join(_fields(result, optional=False)) for result in results)
        lines.append(f"| {function} | {', '.join(_fields(event, optional=True))} | {outputs} |")
    return "\n".join(lines)


def page(text: str) -> str:
    """Return the page with today's table."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def _fields(model: type[Contract], *, optional: bool) -> Iterator[str]:
    for name, field in model.model_fields.items():
        mark = "?" if optional and not field.is_required() else ""
        note = f" ({field.description})" if field.description else ""
        yield f"`{field.alias or name}{mark}`{_kind(field)}{note}"


def _kind(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    parts = get_args(annotation) if get_origin(annotation) in {Union, types.UnionType} else (annotation,)
    texts = []
    for part in parts:
        if get_origin(part) is Literal:
            texts.append("/".join(f"`{value}`" for value in get_args(part)))
        elif get_origin(part) is tuple:
            texts.append("[..]")
        elif isinstance(part, type) and issubclass(part, Contract) and part.__name__ != "RunPlan":
            texts.append(f"{{{', '.join(_fields(part, optional=True))}}}")
    if type(None) in parts and field.is_required():
        texts.append("or null")
    return f" {' '.join(texts)}" if texts else ""


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
