"""What is sent ahead is done in order, at low priority, and can be called off."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import errands
import pytest


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[errands.Errands]:
    sender = errands.Errands(tmp_path / "logs", os.environ, tmp_path)
    yield sender
    sender.stop()


def wait_for(path: Path) -> None:
    while not path.exists() or not path.read_text().strip():
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_each_is_done_after_the_one_before(sender: errands.Errands, tmp_path: Path) -> None:
    sender.send("first", "sh", "-c", "sleep 0.3; echo one >>order; echo said; exit 3")
    sender.send("second", "sh", "-c", "echo two >>order; exec nice")
    assert sender.fetch("second") == 0
    assert sender.fetch("first") == 3
    assert (tmp_path / "order").read_text() == "one\ntwo\n"
    assert sender.log("first").read_text() == "said\n"
    assert sender.log("second").read_text() == "19\n"


def test_priorities_are_compared_with_ours(sender: errands.Errands) -> None:
    """Linux weighs sessions alike, whatever the priorities in them; see sched(7), autogroup."""
    sender.send("session", "sh", "-c", "ps -o sid= -p $$")
    assert sender.fetch("session") == 0
    assert int(sender.log("session").read_text()) == os.getsid(0)


def test_stopping_ends_what_runs_and_what_was_to_follow(
    sender: errands.Errands, tmp_path: Path
) -> None:
    sender.send("long", "sh", "-c", "sleep 600 & echo $! >pid; wait")
    sender.send("next", "touch", "next")
    wait_for(tmp_path / "pid")
    sender.stop()
    assert sender.fetch("long") == -signal.SIGTERM
    child = int((tmp_path / "pid").read_text())
    for _ in range(1000):
        if not is_alive(child):
            break
        time.sleep(0.01)
    assert not is_alive(child)
    assert not (tmp_path / "next").exists()


def test_one_who_waits_is_set_free(sender: errands.Errands, tmp_path: Path) -> None:
    sender.send("long", "sh", "-c", "echo $$ >pid; exec sleep 600")
    wait_for(tmp_path / "pid")
    threading.Timer(0.1, sender.stop).start()
    assert sender.fetch("long") == -signal.SIGTERM
