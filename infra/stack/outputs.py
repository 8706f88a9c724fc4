"""What a deployment made: names, ARNs and the URLs a person opens."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from plantcast.common.errors import NotFoundError

FUNCTIONS = (
    "prepare",
    "ingest",
    "backfill",
    "features",
    "train",
    "evaluate",
    "predict",
    "update",
    "monitor",
    "notify",
    "api",
)


@dataclass(frozen=True)
class Outputs:
    """Outputs of the stack, with the URLs as the emulator serves them."""

    stack_name: str
    region: str
    endpoint: str
    api_url: str
    dashboard_url: str
    data_bucket: str
    web_bucket: str
    table_name: str
    state_machine_arn: str
    backfill_state_machine_arn: str
    update_state_machine_arn: str
    topic_arn: str
    functions: dict[str, str]

    @classmethod
    def from_stack(cls, stack_name: str, region: str, endpoint: str, outputs: dict[str, str]) -> Outputs:
        """Read the stack's `Outputs`; an emulator serves API and website under its own endpoint."""
        return cls(
            stack_name=stack_name,
            region=region,
            endpoint=endpoint,
            api_url=f"{endpoint}/_aws/execute-api/{outputs['ApiId']}/prod",
            dashboard_url=f"{endpoint}/{outputs['WebBucketName']}/index.html",
            data_bucket=outputs["DataBucketName"],
            web_bucket=outputs["WebBucketName"],
            table_name=outputs["TableName"],
            state_machine_arn=outputs["StateMachineArn"],
            backfill_state_machine_arn=outputs["BackfillStateMachineArn"],
            update_state_machine_arn=outputs["UpdateStateMachineArn"],
            topic_arn=outputs["TopicArn"],
            functions={name: outputs[f"{name.capitalize()}FunctionName"] for name in FUNCTIONS},
        )

    def save(self, path: Path) -> None:
        """Write as JSON, whole or not at all."""
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self), indent=2), "utf-8")
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> Outputs:
        """Read what `save` wrote.

        Raises:
            NotFoundError: nothing has been deployed from this folder, or the file is damaged.
        """
        try:
            return cls(**json.loads(path.read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError) as error:
            raise NotFoundError(
                f"{path} is missing or damaged: {error}.",
                remedy="Run `./plantcast up`: it deploys, and keeps the data of what runs.",
            ) from error
