"""The model registry on an object store: versions, and for each target the pointer to the one in production.

Versions never change once complete. The pointer is the only mutable object and is written only on the
condition that nobody changed it since it was read. Plain Python: the API reads the registry without numpy.

    models/station=108/ta/versions/<version>/<file>     metadata.json is written last and makes it complete
    models/station=108/ta/decisions/<version>.json      why it was promoted or not; kept when the version goes
    models/station=108/ta/production.json
"""

from plantcast.registry.catalogue import Catalogue, VersionEntry, catalogue, version_entry
from plantcast.registry.keys import METADATA
from plantcast.registry.model_registry import ModelRegistry
from plantcast.registry.pointer import Pointer
from plantcast.registry.pruning import prune

__all__ = [
    "METADATA",
    "Catalogue",
    "ModelRegistry",
    "Pointer",
    "VersionEntry",
    "catalogue",
    "prune",
    "version_entry",
]
