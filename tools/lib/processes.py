"""Processes that outlive the command which started them, and their safe end.

A process is remembered as pid and start time: a pid alone may belong to a stranger by the time
somebody wants to stop it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator, Sequence

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Process:
    name: str
    pid: int
    start_time: int  # clock ticks since boot, field 22 of /proc/PID/stat


def start_time(pid: int) -> int | None:
    """The start time of a living process, None for one that is gone or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the command in brackets and may hold spaces and brackets itself.
    fields = text[text.rindex(")") + 2 :].split()
    return None if fields[0] in ("Z", "X") else int(fields[19])


def is_alive(process: Process) -> bool:
    return start_time(process.pid) == process.start_time


STOPPING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Signals wait until the end: between a start and its record there must be no exception."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare(tied_to_parent: bool) -> Callable[[], None]:
    def in_child() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        if tied_to_parent:
            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return in_child


def spawn(name: str, command: Sequence[str], log: Path, *, tied_to_parent: bool) -> Process:
    """Starts a server in a session of its own, so that the terminal's Ctrl-C does not reach it.

    tied_to_parent: the kernel ends it when the caller dies, kill -9 included.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            preexec_fn=_prepare(tied_to_parent),
        )
    began = start_time(child.pid)
    # The caller keeps the record, not the Popen object: it may be another process that stops it.
    child.returncode = 0
    if began is None:
        raise RuntimeError(f"{name} ended at once; see {log}")
    return Process(name, child.pid, began)


def stop(process: Process, patience: float = 20.0) -> None:
    """SIGTERM, then SIGKILL when the process has not ended within `patience` seconds."""
    for number, limit in ((signal.SIGTERM, patience), (signal.SIGKILL, patience)):
        if not is_alive(process):
            return
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + limit
        while is_alive(process) and time.monotonic() < deadline:
            time.sleep(0.02)
    if is_alive(process):
        raise RuntimeError(f"{process.name} (pid {process.pid}) did not end after SIGKILL")
