"""Schema versions: what is stored says in which form it is, and every reader looks at that first.

The version this code writes is read, an older one through an upgrade; a newer or unknown one is refused, and
never overwritten. The rules for releases are in docs/contracts.md, "Schema versions". Plain Python: the API
reads items without numpy.
"""

from plantcast.schema.versions import FIELD, Schema, newer_stored
from plantcast.schema.writing import put_object

__all__ = ["FIELD", "Schema", "newer_stored", "put_object"]
