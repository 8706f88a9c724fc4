"""Makes the artefacts a local deployment uploads: the code of functions and layers, and the template.

`sam build` does this for AWS, libraries included. Here the interpreter brings the libraries, so an artefact
is the folder's own code; the tree is copied so that byte-code caches and build recipes stay out of the zips.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import get_args

from infra.stack.localize import (
    FUNCTION,
    LAYER,
    Target,
    layer_folders,
    load_template,
    localize,
    localize_machine,
    resources,
)
from plantcast.common.errors import InvalidInputError

MARKER = ".plantcast-build"
# Caches belong to one interpreter, recipes to sam, requirements to pip.
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "Makefile", "requirements.txt")


def build(repository: Path, build_dir: Path, target: Target, *, clock_offset_seconds: int = 0) -> Path:
    """Write the localised template and the code it names under `build_dir`; return the template's path.

    What an earlier build left there is removed first.

    Raises:
        InvalidInputError: `build_dir` holds files that no build wrote.
    """
    emptied(build_dir)
    original = load_template(repository / "template.yaml")
    template = localize(original, target, clock_offset_seconds=clock_offset_seconds)

    for resource in resources(template, LAYER).values():
        _copy(repository, build_dir, resource["Properties"]["ContentUri"])
    for name, function in resources(template, FUNCTION).items():
        folder = _copy(repository, build_dir, function["Properties"]["CodeUri"])
        if target == "localstack":
            for layer in _folded_layers(original, name):
                shutil.copytree(repository / layer / "python", folder, ignore=LEFT_OUT, dirs_exist_ok=True)
    for machine in resources(template, "AWS::Serverless::StateMachine").values():
        definition = machine["Properties"]["DefinitionUri"]
        (build_dir / definition).parent.mkdir(parents=True, exist_ok=True)
        written = localize_machine(json.loads((repository / definition).read_text("utf-8")), target)
        (build_dir / definition).write_text(json.dumps(written, ensure_ascii=False, indent=1), "utf-8")

    path = build_dir / "template.json"
    path.write_text(json.dumps(template, ensure_ascii=False, indent=1), "utf-8")
    return path


def emptied(folder: Path) -> None:
    """Make `folder`, or remove what an earlier call left in it: a marker in it says that it may be deleted.

    Raises:
        InvalidInputError: it holds files and no marker; nothing was deleted.
    """
    marker = folder / MARKER
    if folder.exists() and not marker.is_file() and any(folder.iterdir()):
        raise InvalidInputError(
            f"{folder} holds files that no build of Plantcast wrote (it has no {MARKER}).",
            remedy="Move or delete it yourself, then build again.",
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    marker.touch()


def _folded_layers(original: dict[str, object], function: str) -> list[str]:
    """Return the layers whose code a function needs in its zip: the product's own, not the libraries'."""
    resource = original["Resources"][function]  # type: ignore[index]  # the template is untyped YAML
    if resource["Properties"].get("PackageType") == "Image":
        return ["layers/domain"]
    return [layer for layer in layer_folders(original, resource) if layer == "layers/domain"]


def _copy(repository: Path, build_dir: Path, folder: str) -> Path:
    shutil.copytree(repository / folder, build_dir / folder, ignore=LEFT_OUT, dirs_exist_ok=True)
    return build_dir / folder


def main(arguments: list[str] | None = None) -> None:
    """Write the artefacts for `sam deploy --config-env localstack` to .aws-sam (docs/sam.md)."""
    parser = argparse.ArgumentParser(prog="python -m infra.build.package", description=main.__doc__)
    parser.add_argument("--target", choices=get_args(Target), default="localstack")
    options = parser.parse_args(arguments)
    repository = Path(__file__).resolve().parents[2]
    sys.stdout.write(f"{build(repository, repository / '.aws-sam' / options.target, options.target)}\n")


if __name__ == "__main__":
    main()
