"""Schema versions: what is stored says in which form it is, and every reader looks at that first.

One version a kind: any other, newer or older, is refused, and a newer one never overwritten. The rules are
in docs/contracts.md, "Schema versions". Plain Python: the API reads items without numpy.
"""

from plantcast.common.schema.versions import FIELD, Schema, newer_stored
from plantcast.common.schema.writing import put_object

__all__ = ["FIELD", "Schema", "newer_stored", "put_object"]
