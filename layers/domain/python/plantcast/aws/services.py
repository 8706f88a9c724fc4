"""Parameters, a topic, other functions: the rest of AWS that Plantcast talks to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from plantcast.aws.client import AWS_CONFIG, WhenUsed, error_code
from plantcast.common.errors import NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_ssm.client import SSMClient


class Parameters:
    """SSM parameters, decrypted."""

    def __init__(self, client: SSMClient | None = None) -> None:
        self._ssm: WhenUsed[SSMClient] = WhenUsed(
            lambda: boto3.client("ssm", config=AWS_CONFIG), given=client
        )

    def get(self, name: str) -> str:
        """Return the parameter's value.

        Raises:
            NotFoundError: no such parameter.
        """
        try:
            return self._ssm().get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        except ClientError as error:
            if error_code(error) == "ParameterNotFound":
                raise NotFoundError(
                    f"There is no SSM parameter {name!r}.",
                    remedy=f"Create it: aws ssm put-parameter --type SecureString --name {name} --value …",
                ) from error
            raise


class Topic:
    """An SNS topic."""

    def __init__(self, arn: str, client: SNSClient | None = None) -> None:
        self.arn = arn
        self._sns: WhenUsed[SNSClient] = WhenUsed(
            lambda: boto3.client("sns", config=AWS_CONFIG), given=client
        )

    def publish(
        self,
        *,
        subject: str,
        message: str,
        by_protocol: Mapping[str, str] | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        """Send one message.

        Args:
            subject: what e-mail shows; ASCII, under 100 characters (SNS's limit).
            message: the text for every subscriber whose protocol is not in `by_protocol`.
            by_protocol: what subscribers of a protocol (`sms`, `https`, …) get instead.
            attributes: what a subscription's filter policy can tell messages by.
        """
        self._sns().publish(
            TopicArn=self.arn,
            Subject=subject,
            Message=json.dumps({"default": message, **(by_protocol or {})}, ensure_ascii=False),
            MessageStructure="json",
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in (attributes or {}).items()
            },
        )


class Functions:
    """Other Lambda functions, invoked and waited for."""

    def __init__(self, client: LambdaClient | None = None) -> None:
        self._lambda: WhenUsed[LambdaClient] = WhenUsed(
            lambda: boto3.client("lambda", config=AWS_CONFIG), given=client
        )

    def invoke(self, name: str, payload: Mapping[str, Any]) -> Any:
        """Invoke synchronously and return the decoded result.

        Raises:
            RuntimeError: the function raised; the message carries its error.
        """
        reply = self._lambda().invoke(FunctionName=name, Payload=json.dumps(payload).encode())
        result = json.loads(reply["Payload"].read() or b"null")
        if "FunctionError" in reply:
            raise RuntimeError(f"function {name} failed: {result}")
        return result
