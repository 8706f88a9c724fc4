"""Writes what AWS makes of the template: CloudFormation alone, with the roles and stages that SAM adds.

python -m infra.stack.transformed <output>   (`make scan` checks it: a generated role is in no other file)
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

from samtranslator.translator.transform import transform

from infra.stack.localize import FUNCTION, load_template

TEMPLATE: Final = Path(__file__).resolve().parents[2] / "template.yaml"
# SAM refuses folders of this machine, which `sam package` would have uploaded. Nothing reads these addresses.
_ARTEFACTS: Final = "s3://artefacts/"
_IMAGE: Final = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/artefacts:latest"
_FOLDERS: Final = ("CodeUri", "ContentUri", "DefinitionUri")
# The partition of the ARNs that SAM writes is the region's.
_REGION: Final = "ap-northeast-2"


class _NoManagedPolicies:
    """The template names no managed policy by its short name, so none has to be looked up in IAM."""

    def load(self) -> dict[str, str]:
        return {}


def transformed(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the CloudFormation template that SAM makes of `template`; `template` is left as it is.

    A suppression of a check (`Metadata: checkov: skip:`) counts for what is generated from its resource too.
    """
    source = deepcopy(dict(template))
    for resource in source["Resources"].values():
        properties = resource.get("Properties", {})
        for name in _FOLDERS:
            if isinstance(properties.get(name), str):
                properties[name] = _ARTEFACTS + properties[name]
        if resource["Type"] == FUNCTION and properties.get("PackageType") == "Image":
            properties["ImageUri"] = _IMAGE
    os.environ.setdefault("AWS_DEFAULT_REGION", _REGION)
    made: dict[str, Any] = transform(source, {}, _NoManagedPolicies(), passthrough_metadata=True)
    for name, resource in made["Resources"].items():
        origin = _origin(name, template["Resources"])
        suppressed = template["Resources"].get(origin, {}).get("Metadata", {}).get("checkov")
        if suppressed:
            resource.setdefault("Metadata", {}).setdefault("checkov", suppressed)
    return made


def _origin(generated: str, written: Mapping[str, Any]) -> str:
    """Return the resource that another was made from; SAM's names begin with it (`ApiprodStage`: `Api`)."""
    return max((name for name in written if generated.startswith(name)), key=len, default=generated)


def main() -> int:
    """Write the template from the command line."""
    parser = argparse.ArgumentParser(description="Write template.yaml as CloudFormation.")
    parser.add_argument("output", type=Path)
    output: Path = parser.parse_args().output
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(transformed(load_template(TEMPLATE)), indent=1), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
