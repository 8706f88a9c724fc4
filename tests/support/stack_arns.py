"""What the template's references come to in an account, with the names that CloudFormation would choose."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

ACCOUNT: Final = "123456789012"
REGION: Final = "ap-northeast-2"
PSEUDO: Final = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
_NO_VALUE: Final = object()
_SUFFIX: Final = "1A2B3C4D5E6F"


def _regional(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


# By type, from the stack's name and the logical id; what is not here has no ARN that a policy names.
_ARNS: Final[dict[str, Callable[[str, str], str]]] = {
    "AWS::ApiGateway::Deployment": lambda s, i: f"arn:aws:apigateway:{REGION}::/restapis/a1b2/deployments",
    "AWS::ApiGateway::RestApi": lambda s, i: f"arn:aws:apigateway:{REGION}::/restapis",
    "AWS::ApiGateway::Stage": lambda s, i: f"arn:aws:apigateway:{REGION}::/restapis/a1b2/stages",
    # CloudFormation would draw a name of its own; the template gives it one.
    "AWS::Backup::BackupPlan": lambda s, i: _regional("backup", "backup-plan:1a2b3c4d"),
    "AWS::Backup::BackupSelection": lambda s, i: _regional("backup", "backup-plan:1a2b3c4d"),
    "AWS::Budgets::Budget": lambda s, i: f"arn:aws:budgets::{ACCOUNT}:budget/{s}-{REGION}",
    "AWS::CloudWatch::Alarm": lambda s, i: _regional("cloudwatch", f"alarm:{s}-{i}-{_SUFFIX}"),
    "AWS::CloudWatch::Dashboard": lambda s, i: f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{s}-{i}-{_SUFFIX}",
    "AWS::CloudFront::Distribution": lambda s, i: f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1A2B3",
    "AWS::CloudFront::OriginAccessControl": lambda s, i: (
        f"arn:aws:cloudfront::{ACCOUNT}:origin-access-control/E1A2B3"
    ),
    "AWS::DynamoDB::Table": lambda s, i: _regional("dynamodb", f"table/{s}-{i}-{_SUFFIX}"),
    "AWS::ECR::Repository": lambda s, i: _regional("ecr", f"repository/{s}"),
    "AWS::Events::Rule": lambda s, i: _regional("events", f"rule/{s}-{i}-{_SUFFIX}"),
    "AWS::IAM::Role": lambda s, i: f"arn:aws:iam::{ACCOUNT}:role/{s}-{i}-{_SUFFIX}",
    "AWS::Lambda::Function": lambda s, i: _regional("lambda", f"function:{s}-{i}-{_SUFFIX}"),
    # SAM names a layer by its logical id and gives the resource that and a checksum.
    "AWS::Lambda::LayerVersion": lambda s, i: _regional("lambda", f"layer:{re.sub('[0-9a-f]{10}$', '', i)}"),
    "AWS::S3::Bucket": lambda s, i: f"arn:aws:s3:::{s}-{i.lower()}-{_SUFFIX.lower()}",
    "AWS::SNS::Topic": lambda s, i: _regional("sns", f"{s}-{i}-{_SUFFIX}"),
    "AWS::SQS::Queue": lambda s, i: _regional("sqs", f"{s}-{i}-{_SUFFIX}"),
    "AWS::StepFunctions::StateMachine": lambda s, i: _regional("states", f"stateMachine:{i}-{_SUFFIX}"),
}
# What `Ref` gives is the ARN for these and a name for others.
_REF_IS_ARN: Final = {"AWS::SNS::Topic", "AWS::StepFunctions::StateMachine"}
# A name of its own, as the property that holds it.
_NAMED: Final = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}


class Stack:
    """A deployed template without nested stacks: `resolve` gives what a value in it comes to."""

    def __init__(
        self,
        template: Mapping[str, Any],
        name: str,
        parameters: Mapping[str, str] | None = None,
        *,
        false: Collection[str] = (),
    ) -> None:
        self.template = template
        self._false = false
        self.name = name
        defaults = {
            key: str(entry.get("Default", "")) for key, entry in template.get("Parameters", {}).items()
        }
        self.values = PSEUDO | {"AWS::StackName": name} | defaults | dict(parameters or {})

    @property
    def resources(self) -> dict[str, Any]:
        """All resources, by logical id."""
        resources: dict[str, Any] = self.template["Resources"]
        return resources

    def arn(self, logical_id: str) -> str:
        """The ARN of a resource of a type listed above."""
        resource = self.resources[logical_id]
        kind, properties = resource["Type"], resource.get("Properties", {})
        made = _ARNS[kind](self.name, logical_id)
        if own := properties.get(_NAMED.get(kind, "")):
            return re.sub(r"([:/])[^:/]*$", lambda match: match[1] + self.resolve(own), made)
        return made

    def resolve(self, value: Any) -> Any:
        """Return `value` with its intrinsic functions replaced; conditions hold, but for those in `false`."""
        if isinstance(value, list):
            return [resolved for entry in value if (resolved := self.resolve(entry)) is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key in {"Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Fn::Join", "Fn::Split"}:
                return self._intrinsic(key, argument)
        found = {key: self.resolve(entry) for key, entry in value.items()}
        return {key: resolved for key, resolved in found.items() if resolved is not _NO_VALUE}

    def _intrinsic(self, key: str, argument: Any) -> Any:
        if key == "Ref":
            return _NO_VALUE if argument == "AWS::NoValue" else self._ref(argument)
        if key == "Fn::GetAtt":
            logical_id, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            return self._attribute(logical_id, attribute)
        if key == "Fn::If":
            return self.resolve(argument[2 if argument[0] in self._false else 1])
        if key == "Fn::Join":
            return argument[0].join(self.resolve(argument[1]))
        if key == "Fn::Split":
            return self.resolve(argument[1]).split(argument[0])
        text, own = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
        return re.sub(r"\$\{([^!}][^}]*)\}", lambda match: self._named(match[1], own), text)

    def _named(self, name: str, own: Mapping[str, Any]) -> str:
        if name in own:
            return str(self.resolve(own[name]))
        if "." in name:
            logical_id, attribute = name.split(".", 1)
            return self._attribute(logical_id, attribute)
        return self._ref(name)

    def _ref(self, name: str) -> str:
        if name in self.values:
            return self.values[name]
        kind = self.resources[name]["Type"]
        if kind == "AWS::Logs::LogGroup":
            return str(self.resolve(self.resources[name]["Properties"]["LogGroupName"]))
        if kind in _REF_IS_ARN or (kind.startswith("AWS::IAM::") and kind != "AWS::IAM::Role"):
            return self.arn(name) if kind in _ARNS else f"arn:aws:iam::{ACCOUNT}:policy/{self.name}-{name}"
        return re.split(r"[:/]", self.arn(name))[-1] if kind in _ARNS else f"{self.name}-{name}-{_SUFFIX}"

    def _attribute(self, logical_id: str, attribute: str) -> str:
        arn = self.arn(logical_id)
        return arn if attribute == "Arn" else re.split(r"[:/]", arn)[-1]
