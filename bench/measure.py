"""Runs a pipeline of programs and measures it from outside.

Wall: from the start of the first program to the end of the last. CPU: user and system seconds of
every program and the children it waited for, as wait4 gives them. Peak: VmHWM of each program, read
from /proc every few milliseconds; it only grows, so the last value read misses at most what was
added after it. (ru_maxrss is no use: it begins with the resident set of the process that forked.)
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

POLL_S = 0.01


@dataclass
class Program:
    """One member of a pipeline."""

    name: str
    command: list[str]


@dataclass
class Measured:
    wall_s: float
    cpu_s: float
    peaks_kib: dict[str, int]  # by program, in the order of the pipeline
    codes: dict[str, int]
    stderr: str

    @property
    def peak_kib(self) -> int:
        """Of all members together: what the machine must have."""
        return sum(self.peaks_kib.values())

    @property
    def succeeded(self) -> bool:
        return not any(self.codes.values())


@dataclass
class _Member:
    program: Program
    process: subprocess.Popen
    peak_kib: int = 0
    cpu_s: float = 0.0
    code: int = -1
    ended: float = 0.0
    threads: list[threading.Thread] = field(default_factory=list)

    def watch(self, over: threading.Event) -> None:
        status = Path(f"/proc/{self.process.pid}/status")
        while not over.wait(POLL_S):
            try:
                text = status.read_text(encoding="ascii", errors="replace")
            except OSError:
                return
            _, found, rest = text.partition("VmHWM:")
            if found:
                self.peak_kib = max(self.peak_kib, int(rest.split(maxsplit=1)[0]))

    def reap(self, over: threading.Event) -> None:
        _, status, usage = os.wait4(self.process.pid, 0)
        self.ended = time.monotonic()
        over.set()
        self.code = os.waitstatus_to_exitcode(status)
        self.process.returncode = self.code  # wait4 took it from under Popen
        self.cpu_s = usage.ru_utime + usage.ru_stime


def run(
    pipeline: Sequence[Program], environment: Mapping[str, str], folder: Path, limit_s: float
) -> Measured:
    """Runs the members side by side, each one's output the next one's input."""
    folder.mkdir(parents=True, exist_ok=True)
    members: list[_Member] = []
    began = time.monotonic()
    try:
        _start(pipeline, environment, folder, members)
        for member in members:
            for thread in member.threads:
                thread.join(max(0.0, began + limit_s - time.monotonic()))
    finally:
        _end(members)
    return Measured(
        wall_s=max(member.ended for member in members) - began,
        cpu_s=sum(member.cpu_s for member in members),
        peaks_kib={m.program.name: m.peak_kib for m in members},
        codes={m.program.name: m.code for m in members},
        stderr="".join(_stderr(folder, m.program).read_text(errors="replace") for m in members),
    )


def _stderr(folder: Path, program: Program) -> Path:
    return folder / f"{program.name}.stderr"


def _start(
    pipeline: Sequence[Program],
    environment: Mapping[str, str],
    folder: Path,
    members: list[_Member],
) -> None:
    source: int | None = subprocess.DEVNULL
    for number, program in enumerate(pipeline):
        last = number == len(pipeline) - 1
        with _stderr(folder, program).open("wb") as errors:
            process = subprocess.Popen(
                program.command,
                stdin=source,
                stdout=errors if last else subprocess.PIPE,
                stderr=errors,
                env=dict(environment),
            )
        if not isinstance(source, int):
            source.close()  # the reader's end is the reader's alone, so that a writer sees it die
        source = process.stdout
        member = _Member(program, process)
        over = threading.Event()
        member.threads = [
            threading.Thread(target=work, args=(over,)) for work in (member.watch, member.reap)
        ]
        members.append(member)
        for thread in member.threads:
            thread.start()


def _end(members: list[_Member]) -> None:
    """Nothing that was started outlives the measurement."""
    for member in members:
        if not member.ended:
            os.kill(member.process.pid, signal.SIGKILL)
    for member in members:
        for thread in member.threads:
            thread.join()
