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
from contextlib import suppress
from pathlib import Path


def owned(folder: Path) -> list[int]:
    """Return the ids of the processes whose environment names the folder (`infra.emulator.processes`)."""
    mark = f"PLANTCAST_OWNER={folder}"
    if not Path("/proc/self/environ").exists():
        lines = subprocess.run(
            ["/bin/ps", "-xEww", "-o", "pid=,command="], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        return [int(line.split()[0]) for line in lines if f" {mark} " in f"{line} "]
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # another user's, or just ended
            if mark.encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def main() -> None:
    """Stop the processes (SIGTERM, then SIGKILL after 5 s); remove the folder if Plantcast made it."""
    named = os.environ.get("PLANTCAST_STATE_DIR", "").strip()
    folder = (
        Path(named).expanduser().resolve() if named else Path(__file__).resolve().parents[2] / ".plantcast"
    )
    found = owned(folder)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in owned(folder):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + 5
        while owned(folder) and time.monotonic() < deadline:
            time.sleep(0.1)
    if (folder / "plantcast-state").exists():  # `infra.emulator.state.MARKER`
        shutil.rmtree(folder)
    sys.stderr.write(f"stopped {len(found)} processes of {folder}\n")


if __name__ == "__main__":
    main()
