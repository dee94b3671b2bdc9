"""One demo, test or benchmark at a time in one tree; the same lock as in common.sh."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO


PART_OF = "S3REEL_PART_OF_TASK"


def take(task: str, build: Path) -> IO[str]:
    """Keep the result as long as the task runs: the lock ends with it. A task that is a part of
    another one, as the demo is of the tests, goes by that one's lock."""
    if os.environ.get(PART_OF):
        return Path(os.devnull).open()
    build.mkdir(exist_ok=True)
    lock = (build / ".lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise SystemExit(
            f"make {task}: another make {lock.read() or 'task'} is running in this tree; "
            "wait for it or stop it"
        ) from None
    lock.truncate(0)
    lock.write(task)
    lock.flush()
    return lock
