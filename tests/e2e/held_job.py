"""A job that stands still at a stage of its work, so that it can be ended there.

The stage is where the proxy holds a request, so it is known from the proxy's log and not from time.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from support import probe
from support.faults import Hold, HoldAnswer
from support.proxy import Proxy, Rule
from support.runner import Result, Runner, Running
from support.store import Store

JOB = ("--op", "grayscale", "--preset", "ultrafast", "--encoder-opt", "qp=0")
FRAMES = 100


@dataclass(frozen=True)
class Stage:
    """A moment of the job: the nth request of an operation waits, or its answer does."""

    name: str
    operation: str
    nth: int = 1
    query: str = ""
    answered: bool = False

    def rule(self, gate: threading.Event) -> Rule:
        hold = HoldAnswer(gate) if self.answered else Hold(gate)
        return Rule(hold, operation=self.operation, query=self.query, first=self.nth, times=1)

    @property
    def leaves_a_record(self) -> bool:
        """A Create without an answer may have made an upload: its record stays, and is named."""
        return self.operation == "CreateMultipartUpload"

    @property
    def fault(self) -> str:
        return "answer held" if self.answered else "held"


class Job:
    """A job that stands still at its stage."""

    def __init__(self, store: Store, s3reel: Runner, proxy: Proxy, source: Path) -> None:
        self.store, self.s3reel, self.proxy = store, s3reel, proxy
        self.source = store.put(source)
        self.destination = store.key("out.mp4")
        self.gate = threading.Event()

    def stop_at(self, stage: Stage, *arguments: str, stderr: int | None = None) -> Running:
        self.proxy.add(stage.rule(self.gate))
        urls = (self.store.url(self.source), self.store.url(self.destination))
        command = ("process", *urls, *JOB, "--no-clobber", *arguments)
        running = self.s3reel.start(*command, report=True, stderr=stderr)
        held = self.proxy.wait_until(
            lambda: any(e.fault == stage.fault for e in self.proxy.seen(stage.operation))
            or running.process.poll() is not None
        )
        if not held or running.process.poll() is not None:
            raise AssertionError(f"the job never stood at {stage}: {running.wait(60)}")
        last = [e.operation for e in self.proxy.seen()][-6:]
        print(f"stage {stage.name}: {last}")
        return running

    def send_and_wait(self, running: Running, number: int) -> tuple[Result, float]:
        began = time.monotonic()
        running.send(number)
        result = self.s3reel.check(running.wait(60))
        return result, time.monotonic() - began

    def left_behind(self, result: Result, may_leave_record: bool) -> list[str]:
        left = self.store.left_behind(self.destination)
        if not may_leave_record:
            return left
        return [e for e in left if self.store.url(e.removeprefix("object ")) not in result.stderr]

    def whole(self) -> bool:
        """Whether an object is there; a partial one fails the test."""
        if self.store.head(self.destination) is None:
            return False
        target = self.s3reel.folder / "published.mp4"
        assert probe.frame_count(self.store.fetch(self.destination, target)) == FRAMES
        return True
