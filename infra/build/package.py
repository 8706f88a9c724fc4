"""Makes the artefacts a local deployment uploads: the code of functions and layers, and the template.

`sam build` does this for AWS, libraries included. Here the interpreter brings the libraries, so an artefact
is the folder's own code; the tree is copied so that byte-code caches and build recipes stay out of the zips.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Final

from infra.stack.localize import (
    FUNCTION,
    LAYER,
    Target,
    load_template,
    localize,
    localize_machine,
    resources,
)

DOMAIN_CODE: Final = "layers/domain/python"
# Caches belong to one interpreter, recipes to sam, requirements to pip.
_LEFT_OUT: Final = shutil.ignore_patterns("__pycache__", "*.pyc", "Makefile", "requirements.txt")


def build(repository: Path, build_dir: Path, target: Target, *, clock_offset_seconds: int = 0) -> Path:
    """Write the localised template and the code it names to `build_dir` anew; return the template's path."""
    shutil.rmtree(build_dir, ignore_errors=True)
    template = localize(
        load_template(repository / "template.yaml"), target, clock_offset_seconds=clock_offset_seconds
    )

    def copy(source: str, folder: str) -> None:
        shutil.copytree(repository / source, build_dir / folder, ignore=_LEFT_OUT, dirs_exist_ok=True)

    for resource in resources(template, LAYER).values():
        copy(resource["Properties"]["ContentUri"], resource["Properties"]["ContentUri"])
    for function in resources(template, FUNCTION).values():
        folder = function["Properties"]["CodeUri"]
        copy(folder, folder)
        if target == "localstack":
            copy(DOMAIN_CODE, folder)
    for machine in resources(template, "AWS::Serverless::StateMachine").values():
        definition = machine["Properties"]["DefinitionUri"]
        (build_dir / definition).parent.mkdir(parents=True, exist_ok=True)
        written = localize_machine(json.loads((repository / definition).read_text("utf-8")))
        (build_dir / definition).write_text(json.dumps(written, ensure_ascii=False, indent=1), "utf-8")

    path = build_dir / "template.json"
    path.write_text(json.dumps(template, ensure_ascii=False, indent=1), "utf-8")
    return path


def main() -> None:
    """Write the artefacts for `sam deploy --config-env localstack` to .aws-sam (docs/sam.md)."""
    repository = Path(__file__).resolve().parents[2]
    sys.stdout.write(f"{build(repository, repository / '.aws-sam' / 'localstack', 'localstack')}\n")


if __name__ == "__main__":
    main()
