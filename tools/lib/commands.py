"""Running a command of somebody else's to its end, Ctrl-C and SIGTERM included."""

from __future__ import annotations

import signal
import subprocess
from typing import Mapping, Sequence

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 60.0  # seconds a child gets to clean up


class Interrupted(Exception):
    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def raise_on_signals() -> None:
    """From now on a signal is an exception, so that every `finally` runs."""

    def handler(number: int, _frame: object) -> None:
        raise Interrupted(number)

    for number in STOPPING:
        signal.signal(number, handler)


def ignore_signals() -> None:
    """While cleaning up: a second Ctrl-C must not leave anything behind."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


def call(command: Sequence[str], environment: Mapping[str, str], **options: object) -> int:
    """The exit code as a shell shows it. When we are told to stop, the child is told as well and
    waited for, so that it can clean up."""
    child = subprocess.Popen(command, env=environment, **options)
    try:
        code = child.wait()
    except Interrupted as interruption:
        child.send_signal(interruption.number)
        try:
            child.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        raise
    return 128 - code if code < 0 else code
