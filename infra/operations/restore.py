"""Writes a backup into a deployment: checked first, objects before items, the pointers last.

Every write names what it expects to find, so that whoever writes at the same time is not overwritten: of two
restores of one backup each finds the other's work done. Cut off and called again, it writes what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.operations.aws_faults import aws_faults
from infra.operations.backup import OnProgress
from infra.operations.backup_folder import BackupFolder, check_file
from infra.operations.backup_items import Attributes, content_digest, items_of, key_digest
from infra.operations.backup_manifest import Manifest
from infra.operations.backup_objects import Listed
from infra.operations.deployment import Deployment
from infra.operations.in_parallel import in_parallel
from infra.operations.restore_plan import (
    ObjectToWrite,
    RestorePlan,
    is_same_object,
    name_of,
    plan_restore,
)
from plantcast.errors import ConflictError, CorruptDataError, InvalidInputError

_CHANGED_MEANWHILE: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


@dataclass(frozen=True)
class Restoring:
    """How to restore.

    `state` names one of the folder's, None the newest. With `replace` what differs in the deployment is
    overwritten; what the backup does not have stays. `other_source` allows observations of another kind than
    the deployment's.
    """

    state: str | None = None
    replace: bool = False
    other_source: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class RestoreReport:
    """What came of it."""

    plan: RestorePlan
    written: bool

    def facts(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        manifest = self.plan.manifest
        return {
            "written": self.written,
            "taken_at": manifest.taken_at.isoformat(),
            "from_stack": manifest.stack,
            "source": manifest.source,
            "stations": manifest.stations,
            **self.plan.facts(),
            "obstacles": self.plan.obstacles,
            "notes": manifest.notes,
        }


def restore(
    deployment: Deployment,
    folder: BackupFolder,
    how: Restoring,
    on_progress: OnProgress = lambda what, done, total: None,
) -> RestoreReport:
    """Bring a deployment to what a backup holds.

    Raises:
        CorruptDataError: the backup is damaged; nothing was written.
        InvalidInputError: it is no backup, of a newer format, or of another kind of observations.
        ConflictError: the deployment holds other data, a run is going on, or someone wrote at the same time.
    """
    folder.require()
    with folder.locked(shared=True), aws_faults(deployment.where):
        manifest = folder.load(how.state)
        _check_source(deployment, manifest, allowed=how.other_source)
        verify(folder, manifest, lambda done, total: on_progress("checking the backup", done, total))
        _check_nothing_runs(deployment)
        plan = plan_restore(
            deployment,
            folder,
            manifest,
            lambda done, total: on_progress("comparing", done, total),
        )
        if how.dry_run:
            return RestoreReport(plan, written=False)
        if plan.obstacles and not how.replace:
            raise ConflictError(
                f"{deployment.where} has data of its own. {'; '.join(plan.obstacles)}. Nothing was written.",
                remedy="Restore into a new deployment, or overwrite what differs with --replace.",
            )
        _write(deployment, folder, plan, on_progress)
    return RestoreReport(plan, written=True)


def verify(folder: BackupFolder, manifest: Manifest, advance: Callable[[int, int], None]) -> None:
    """Check every file of a state against its SHA-256.

    Raises:
        CorruptDataError: one is damaged or gone; the message names it.
    """
    for listing in manifest.listings:
        folder.check_listing(listing)
    files = {entry.sha256: entry.size for entry in folder.entries(manifest.objects)}
    checked = in_parallel(lambda each: check_file(folder.file(each[0]), *each), files.items(), workers=4)
    for number, _ in enumerate(checked, 1):
        advance(number, len(files))
    try:
        for _ in items_of(folder, manifest.item_listings):
            pass
    except (ValueError, TypeError) as error:
        raise CorruptDataError(
            f"The items of the backup cannot be understood ({error}). Nothing was written.",
            remedy="Restore another copy, or an earlier state with --state.",
        ) from error


def _check_source(deployment: Deployment, manifest: Manifest, *, allowed: bool) -> None:
    if manifest.source != deployment.source and not allowed:
        raise InvalidInputError(
            f"The backup holds {manifest.source} observations, the deployment's are {deployment.source}.",
            remedy=f"Deploy with ObservationSource={manifest.source}, or mix them by --other-source.",
        )


def _check_nothing_runs(deployment: Deployment) -> None:
    client = deployment.client("stepfunctions")
    outputs = deployment.outputs
    for machine in (outputs.state_machine_arn, outputs.backfill_state_machine_arn):
        found = client.list_executions(stateMachineArn=machine, statusFilter="RUNNING", maxResults=1)
        for execution in found["executions"]:
            raise ConflictError(
                f"A run is going on: {execution['name']}. Nothing was written.",
                remedy="Wait until it ends, or stop it: `aws stepfunctions stop-execution --execution-arn "
                f"{execution['executionArn']}`.",
            )


def _write(deployment: Deployment, folder: BackupFolder, plan: RestorePlan, on_progress: OnProgress) -> None:
    s3, bucket = deployment.client("s3"), deployment.outputs.data_bucket
    put = _ObjectWriter(s3, bucket, folder)
    for number, _ in enumerate(in_parallel(put, plan.objects), 1):
        on_progress("objects", number, len(plan.objects))
    _write_items(deployment, folder, plan, on_progress)
    for number, _ in enumerate(in_parallel(put, plan.pointers), 1):
        on_progress("pointers", number, len(plan.pointers))


class _ObjectWriter:
    """Writes one object, unless somebody else has changed it since it was looked at."""

    def __init__(self, s3: Any, bucket: str, folder: BackupFolder) -> None:
        self._s3, self._bucket, self._folder = s3, bucket, folder

    def __call__(self, wanted: ObjectToWrite) -> None:
        entry = wanted.entry
        condition = {"IfNoneMatch": "*"} if wanted.replaces is None else {"IfMatch": wanted.replaces}
        try:
            with self._folder.file(entry.sha256).open("rb") as body:
                self._s3.put_object(
                    Bucket=self._bucket,
                    Key=entry.key,
                    Body=body,
                    ContentType=entry.content_type,
                    Metadata=dict(entry.metadata),
                    **condition,
                )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _CHANGED_MEANWHILE:
                raise
            found = self._s3.head_object(Bucket=self._bucket, Key=entry.key)
            now = Listed(entry.key, found["ETag"], found["ContentLength"])
            if not is_same_object(self._s3, self._bucket, entry, now):
                raise ConflictError(
                    f"{entry.key} was written by someone else at the same time.",
                    remedy="Stop what writes (the schedule, a run), then restore again.",
                ) from error


def _write_items(
    deployment: Deployment, folder: BackupFolder, plan: RestorePlan, on_progress: OnProgress
) -> None:
    dynamodb, table = deployment.client("dynamodb"), deployment.outputs.table_name
    total = len(plan.items_missing) + len(plan.items_changed)

    def wanted() -> Iterator[tuple[Attributes, bool]]:
        for item in items_of(folder, plan.manifest.item_listings):
            key = key_digest(item)
            if key in plan.items_missing or key in plan.items_changed:
                yield item, key in plan.items_changed

    def put(each: tuple[Attributes, bool]) -> None:
        item, replaces = each
        if replaces:
            dynamodb.put_item(TableName=table, Item=item)
            return
        try:
            dynamodb.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except dynamodb.exceptions.ConditionalCheckFailedException as error:
            key = {"pk": item["pk"], "sk": item["sk"]}
            found = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
            if found is None or content_digest(found) != content_digest(item):
                raise ConflictError(
                    f"The item {name_of(item)} was written by someone else at the same time.",
                    remedy="Stop what writes (the schedule, a run), then restore again.",
                ) from error

    for number, _ in enumerate(in_parallel(put, wanted()), 1):
        on_progress("items", number, total)
