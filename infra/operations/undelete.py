"""Brings objects of the data bucket back from S3's own versions, which it keeps for 90 days.

Nothing is taken away: an object that comes back is a new version, a copy of the old one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from infra.operations.aws_faults import aws_faults
from infra.operations.backup import OnProgress
from infra.operations.backup_objects import LEFT_OUT, is_pointer
from infra.operations.buckets import Version, versions
from infra.operations.deployment import Deployment
from infra.operations.in_parallel import in_parallel
from plantcast.clock import KST
from plantcast.errors import InvalidInputError


@dataclass(frozen=True)
class UndeleteReport:
    """What came back: keys that were deleted since the moment, and keys that were overwritten since."""

    before: datetime
    deleted: list[str]
    overwritten: list[str]
    written: bool

    def facts(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "before": self.before.isoformat(),
            "deleted": len(self.deleted),
            "overwritten": len(self.overwritten),
            "written": self.written,
            "examples": (self.deleted + self.overwritten)[:10],
        }


def parse_moment(text: str, *, now: datetime) -> datetime:
    """Return the moment that `text` names; without a zone it is Korean time.

    Raises:
        InvalidInputError: it is no moment, or lies ahead.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            f"--before={text!r} is no moment.",
            remedy="Write it as 2026-05-30T14:03 (Korean time) or with a zone.",
        ) from None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=KST)
    if moment > now:
        raise InvalidInputError(
            f"--before={text!r} lies ahead.", remedy="Name the last moment at which all was well."
        )
    return moment


def undelete(
    deployment: Deployment,
    before: datetime,
    *,
    overwritten: bool = False,
    prefix: str = "",
    dry_run: bool = False,
    on_progress: OnProgress = lambda what, done, total: None,
) -> UndeleteReport:
    """Bring back what was deleted since `before`, with `overwritten` also what was changed; pointers last.

    What first came after `before` stays. Repeating it finds nothing to do.

    Raises:
        InvalidInputError: the bucket keeps no versions.
    """
    s3, bucket = deployment.client("s3"), deployment.outputs.data_bucket
    with aws_faults(deployment.where):
        if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
            raise InvalidInputError(
                f"Bucket {bucket} keeps no versions.",
                remedy="Restore it from a backup with `plantcast restore`.",
            )
        wanted = list(_changed_since(s3, bucket, before, prefix))
        chosen = [(now, then) for now, then in wanted if now.etag is None or overwritten]
        chosen.sort(key=lambda pair: is_pointer(pair[1].key))
        pointers = sum(is_pointer(then.key) for _, then in chosen)

        def bring_back(pair: tuple[Version, Version]) -> None:
            then = pair[1]
            source = {"Bucket": bucket, "Key": then.key, "VersionId": then.version_id}
            s3.copy_object(Bucket=bucket, Key=then.key, CopySource=source, MetadataDirective="COPY")

        done = 0
        if not dry_run:
            for part in (chosen[: len(chosen) - pointers], chosen[len(chosen) - pointers :]):
                for _ in in_parallel(bring_back, part):
                    done += 1
                    on_progress("objects", done, len(chosen))
    return UndeleteReport(
        before,
        [then.key for now, then in chosen if now.etag is None],
        [then.key for now, then in chosen if now.etag is not None],
        written=not dry_run,
    )


def _changed_since(s3: Any, bucket: str, before: datetime, prefix: str) -> Iterator[tuple[Version, Version]]:
    """Return the versions now and then of each key that had an object at `before` and not the same now."""
    for key, history in groupby(versions(s3, bucket, prefix), key=lambda version: version.key):
        if key.startswith(LEFT_OUT):
            continue
        now, then = None, None
        for version in history:  # the newest first
            now = version if version.latest else now
            if then is None and version.modified <= before:
                then = version
        if now is not None and then is not None and then.etag is not None and then.etag != now.etag:
            yield now, then
