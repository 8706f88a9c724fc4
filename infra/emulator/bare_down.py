"""`make down` without `.venv`: stop the state folder's processes, with the standard library alone.

Processes are recognised by a variable in their environment, as in `infra.emulator.processes`, so that no
other program is stopped.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

MARK = "PLANTCAST_OWNER="  # `infra.stack.environment.OWNER_VARIABLE`
MARKER = "plantcast-state"  # `infra.emulator.state.MARKER`


def state_folder() -> Path:
    """Return the state folder, as `infra.emulator.state` chooses it."""
    named = os.environ.get("PLANTCAST_STATE_DIR", "").strip()
    return Path(named).expanduser().resolve() if named else Path(__file__).resolve().parents[2] / ".plantcast"


def owned(folder: Path) -> list[int]:
    """Return the process ids of this user's processes that carry the folder's mark."""
    mark = f"{MARK}{folder}"
    if Path("/proc/self/environ").exists():
        return [
            int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _has(entry, mark)
        ]
    listed = subprocess.run(
        ["/bin/ps", "-xEww", "-o", "pid=,command="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [int(line.split()[0]) for line in listed if f" {mark} " in f"{line} "]


def main() -> None:
    """Stop the processes (SIGTERM, then SIGKILL after 5 s); remove the folder if Plantcast made it."""
    folder = state_folder()
    found = owned(folder)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in owned(folder):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + 5
        while owned(folder) and time.monotonic() < deadline:
            time.sleep(0.1)
    existed = (folder / MARKER).exists()
    if existed:
        shutil.rmtree(folder)
    if found or existed:
        sys.stderr.write(f"stopped {len(found)} processes and removed {folder}\n")
    else:
        sys.stderr.write("Nothing runs here.\n")


def _has(entry: Path, mark: str) -> bool:
    try:
        return mark.encode() in (entry / "environ").read_bytes().split(b"\0")
    except OSError:  # another user's, or just ended
        return False


if __name__ == "__main__":
    main()
