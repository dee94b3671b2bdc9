"""Every run as a line of build/bench/results.csv. Lines are only ever added."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

NOISY_CORES = 0.10  # with more CPU spent by others, a run's times are not to be trusted


@dataclass(frozen=True)
class Record:
    time: str  # UTC
    commit: str
    program: str  # first digits of the SHA-256 of s3reel and its Python package
    cell: str
    number: int  # of the round: runs of one round are compared with each other
    place: int  # within the round
    contestant: str
    wall_s: float
    cpu_s: float
    peak_kib: int  # VmHWM, all members of a pipeline together
    peaks: str  # name=KiB of each member
    foreign_cores: float  # CPU of everything but pipeline and store, per second of wall time
    ok: int  # 1: every member ended with 0 and the result holds every frame
    frames: int
    result_bytes: int
    requests: int  # through the counting proxy; 0 where the run went without it
    gets: int
    bytes_down: int
    bytes_up: int
    note: str = ""

    @property
    def is_noisy(self) -> bool:
        return self.foreign_cores > NOISY_CORES


NAMES = [item.name for item in fields(Record)]
_KINDS = {"int": int, "float": float, "str": str}


class Results:
    """The file, and what it holds for one program."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records = list(self._read()) if path.exists() else []

    def _read(self) -> Iterable[Record]:
        kinds = {item.name: _KINDS[str(item.type)] for item in fields(Record)}
        with self._path.open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                yield Record(**{name: kinds[name](line[name]) for name in NAMES})

    def add(self, record: Record) -> None:
        fresh = not self._path.exists()
        with self._path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, NAMES)
            if fresh:
                writer.writeheader()
            writer.writerow(asdict(record))
        self._records.append(record)

    def programs(self) -> list[str]:
        """The newest first."""
        return list(dict.fromkeys(record.program for record in reversed(self._records)))

    def of(self, program: str) -> list[Record]:
        return [record for record in self._records if record.program == program]
