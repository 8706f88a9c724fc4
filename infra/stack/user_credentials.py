"""The user's own AWS settings, kept aside while the command line is cut off from them.

`infra.stack.environment.isolate` replaces them all, so that no local command can meet an account. A command
that was given `--stack` means an account: for it, and only then, they are put back.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

_PREFIX = "AWS_"
_KEPT: dict[str, str] = {}
_KEEPING: list[bool] = []


def keep_aside(environ: Mapping[str, str]) -> None:
    """Remember the AWS settings in `environ`; to be called before `isolate`."""
    _KEPT.clear()
    _KEPT.update({name: value for name, value in environ.items() if name.startswith(_PREFIX)})
    _KEEPING[:] = [True]


def put_back(environ: MutableMapping[str, str]) -> None:
    """Give `environ` the settings that were kept aside, in place of all it has.

    Nothing happens when nothing was kept aside: then `environ` is the user's own.
    """
    if not _KEEPING:
        return
    for name in [name for name in environ if name.startswith(_PREFIX)]:
        del environ[name]
    environ.update(_KEPT)
