"""What a restore would write, and what already is where it would write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.operations.backup_folder import BackupFolder, sha256_of_stream
from infra.operations.backup_items import SEGMENTS, content_digest, items_of, key_digest, scan
from infra.operations.backup_manifest import Manifest, ObjectEntry
from infra.operations.backup_objects import Listed, is_pointer, list_objects
from infra.operations.deployment import Deployment
from infra.operations.in_parallel import in_parallel

_NAMED: Final = 3


@dataclass
class Difference:
    """How many there are, and the names of the first few."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """Count one."""
        self.count += 1
        if len(self.examples) < _NAMED:
            self.examples.append(name)

    def __str__(self) -> str:
        return f"{self.count} ({', '.join(self.examples)}{', …' if self.count > len(self.examples) else ''})"


@dataclass(frozen=True)
class ObjectToWrite:
    """An object of the backup; `replaces` is the ETag of another one under its key, or None."""

    entry: ObjectEntry
    replaces: str | None


@dataclass
class RestorePlan:
    """What there is to write. `same` is there already, `other` is in the deployment and not in the backup."""

    manifest: Manifest
    objects: list[ObjectToWrite] = field(default_factory=list)
    pointers: list[ObjectToWrite] = field(default_factory=list)
    objects_same: int = 0
    objects_changed: Difference = field(default_factory=Difference)
    objects_other: Difference = field(default_factory=Difference)
    items_missing: set[bytes] = field(default_factory=set, repr=False)
    items_changed: dict[bytes, None] = field(default_factory=dict, repr=False)
    items_same: int = 0
    items_differ: Difference = field(default_factory=Difference)
    items_other: Difference = field(default_factory=Difference)

    @property
    def obstacles(self) -> list[str]:
        """What the deployment holds that the backup does not, in words."""
        found = {
            "objects with another content": self.objects_changed,
            "objects that the backup does not have": self.objects_other,
            "items with another content": self.items_differ,
            "items that the backup does not have": self.items_other,
        }
        return [f"{what}: {difference}" for what, difference in found.items() if difference.count]

    def facts(self) -> dict[str, Any]:
        """Return the counts."""
        return {
            "state": self.manifest.state,
            "objects_to_write": len(self.objects) + len(self.pointers),
            "objects_same": self.objects_same,
            "objects_changed": self.objects_changed.count,
            "objects_other": self.objects_other.count,
            "items_to_write": len(self.items_missing) + len(self.items_changed),
            "items_same": self.items_same,
            "items_changed": self.items_differ.count,
            "items_other": self.items_other.count,
        }


def plan_restore(
    deployment: Deployment, folder: BackupFolder, manifest: Manifest, advance: Callable[[int, int], None]
) -> RestorePlan:
    """Compare the deployment with a backup whose files are known to be whole. Nothing is written."""
    plan = RestorePlan(manifest)
    total = manifest.counts.objects + manifest.counts.items
    _plan_objects(plan, deployment, folder, lambda done: advance(done, total))
    _plan_items(plan, deployment, folder, lambda done: advance(manifest.counts.objects + done, total))
    return plan


def _plan_objects(
    plan: RestorePlan, deployment: Deployment, folder: BackupFolder, advance: Callable[[int], None]
) -> None:
    s3, bucket = deployment.client("s3"), deployment.outputs.data_bucket
    there = {found.key: found for found in list_objects(s3, bucket)}
    wanted: set[str] = set()

    def compare(entry: ObjectEntry) -> tuple[ObjectEntry, Listed | None, bool]:
        found = there.get(entry.key)
        return entry, found, found is not None and is_same_object(s3, bucket, entry, found)

    for number, (entry, found, same) in enumerate(
        in_parallel(compare, folder.entries(plan.manifest.objects)), 1
    ):
        wanted.add(entry.key)
        if same:
            plan.objects_same += 1
        else:
            if found is not None:
                plan.objects_changed.add(entry.key)
            kind = plan.pointers if is_pointer(entry.key) else plan.objects
            kind.append(ObjectToWrite(entry, found.etag if found is not None else None))
        advance(number)
    for key in there:
        if key not in wanted:
            plan.objects_other.add(key)


def is_same_object(s3: Any, bucket: str, entry: ObjectEntry, found: Listed) -> bool:
    """Say whether an object has the bytes of the backup's.

    Equal ETags of one upload are equal bytes. Unequal ones need not be unequal bytes (another encryption, an
    upload in parts), so then the bytes are read.
    """
    if entry.size != found.size:
        return False
    if entry.etag == found.etag:
        return True
    try:
        reply = s3.get_object(Bucket=bucket, Key=entry.key)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in {"NoSuchKey", "404"}:
            return False
        raise
    return sha256_of_stream(reply["Body"]) == entry.sha256


def _plan_items(
    plan: RestorePlan, deployment: Deployment, folder: BackupFolder, advance: Callable[[int], None]
) -> None:
    dynamodb, table = deployment.client("dynamodb"), deployment.outputs.table_name
    there: dict[bytes, tuple[bytes, str]] = {}  # content, and a name for messages

    def read(segment: int) -> None:
        for item in scan(dynamodb, table, segment=segment):
            there[key_digest(item)] = content_digest(item), name_of(item)

    for _ in in_parallel(read, range(SEGMENTS)):
        pass
    for number, item in enumerate(items_of(folder, plan.manifest.item_listings), 1):
        key = key_digest(item)
        found = there.pop(key, None)
        if found is None:
            plan.items_missing.add(key)
        elif found[0] == content_digest(item):
            plan.items_same += 1
        else:
            plan.items_changed[key] = None
            plan.items_differ.add(name_of(item))
        advance(number)
    for _, name in there.values():
        plan.items_other.add(name)


def name_of(item: dict[str, Any]) -> str:
    """Return an item's key as a person reads it."""
    return f"{item['pk'].get('S', item['pk'])} / {item['sk'].get('S', item['sk'])}"
