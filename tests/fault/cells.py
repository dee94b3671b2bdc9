"""The matrix: every operation of a store, every fault, once, three times in a row, always.

What must come out stands in expected.csv, fixed beforehand; a cell without a row there is an error.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from support.faults import (
    AnswerWith,
    ChangeHead,
    CutAnswer,
    CutRequest,
    Delay,
    Fault,
    LoseAnswer,
    Refuse,
    SkewClock,
    StallAnswer,
    StallRequest,
    Surplus,
    Trickle,
    error_body,
)
from support.proxy import Rule

TABLE = Path(__file__).with_name("expected.csv")
COUNTS = {"once": 1, "three": 3, "always": 0}
WITHIN_THE_HEAD = -5
FAR_AWAY = "eu-north-9"


@dataclass(frozen=True)
class Operation:
    """An operation, and the job in which it is met."""

    name: str  # S3's
    job: str = "parts"  # or "small", "failing": see jobs.py
    key: str = ""  # part of the key that the fault is for
    sends: bool = False  # its request has a body worth breaking; else its answer is broken
    reads: bool = False  # its answer has one

    def cut(self) -> Fault:
        return CutRequest(after=100) if self.sends else CutAnswer(self._break_at())

    def stall(self) -> Fault:
        return StallRequest(after=100) if self.sends else StallAnswer(self._break_at())

    def _break_at(self) -> int:
        return 1000 if self.reads else WITHIN_THE_HEAD


OPERATIONS = {
    "GetObject": Operation("GetObject", reads=True),
    "HeadObject": Operation("HeadObject"),
    "PutObject": Operation("PutObject", job="small", sends=True),
    "PutObject of a record": Operation("PutObject", key=".s3reel/", sends=True),
    "CreateMultipartUpload": Operation("CreateMultipartUpload"),
    "UploadPart": Operation("UploadPart", sends=True),
    "CompleteMultipartUpload": Operation("CompleteMultipartUpload", sends=True),
    "DeleteObject": Operation("DeleteObject"),
    "AbortMultipartUpload": Operation("AbortMultipartUpload", job="failing"),
    "ListParts": Operation("ListParts", job="failing"),
}


def says(
    status: int, code: str, headers: Mapping[str, str] = MappingProxyType({})
) -> Callable[[Operation], Fault]:
    body = error_body(code, f"the proxy says {code}", RequestId="PROXY")
    return lambda _: AnswerWith(status, body, headers)


LATER = {"Retry-After": "2"}
ELSEWHERE = {"x-amz-bucket-region": FAR_AWAY}
FAULTS: dict[str, Callable[[Operation], Fault]] = {
    "refused": lambda _: Refuse(),
    "reset": lambda _: Refuse(reset=True),
    "delayed": lambda _: Delay(0.3),
    "stalled": lambda operation: operation.stall(),
    "cut": lambda operation: operation.cut(),
    "trickle": lambda _: Trickle(bytes_per_second=10),
    "500": says(500, "InternalError"),
    "503": says(503, "SlowDown"),
    "429": says(429, "TooManyRequests"),
    "500 retry-after": says(500, "InternalError", LATER),
    "503 retry-after": says(503, "SlowDown", LATER),
    "429 retry-after": says(429, "TooManyRequests", LATER),
    "error in 200": says(200, "InternalError"),
    "answer lost": lambda _: LoseAnswer(),
    "412": says(412, "PreconditionFailed"),
    "409": says(409, "ConditionalRequestConflict"),
    "416": says(416, "InvalidRange"),
    "301": says(301, "PermanentRedirect", ELSEWHERE),
    "307": says(307, "TemporaryRedirect", ELSEWHERE),
    "clock skewed": lambda _: SkewClock(),
    "token expired": says(400, "ExpiredToken"),
    "other ETag": lambda _: ChangeHead({"ETag": '"00000000000000000000000000000000"'}),
    "other range": lambda _: ChangeHead({"Content-Range": "bytes 7-1006/9999999"}),
    "surplus": lambda _: Surplus(10),
}
# A source is replaced, or becomes shorter, while it is read, not before.
FIRST = {("GetObject", "other ETag"): 2, ("GetObject", "416"): 2}


@dataclass(frozen=True)
class Cell:
    operation: str
    fault: str
    count: str  # a name of COUNTS
    expected: str  # "same", "exit N", each with what may be left, or "n/a"
    quick: bool  # one of those that every run of the tests has

    @property
    def name(self) -> str:
        return f"{self.operation}-{self.fault}-{self.count}"

    def rule(self) -> Rule:
        operation = OPERATIONS[self.operation]
        return Rule(
            FAULTS[self.fault](operation),
            operation=operation.name,
            key=operation.key,
            first=FIRST.get((self.operation, self.fault), 1),
            times=COUNTS[self.count],
        )


def read() -> list[Cell]:
    """All cells, in the table's order. Throws where the table and the matrix do not cover each other."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [(row["operation"], row["fault"]) for row in rows]
    wanted = {(operation, fault) for operation in OPERATIONS for fault in FAULTS}
    if odd := wanted.symmetric_difference(found):
        raise ValueError(f"{TABLE.name}: missing or unknown rows {sorted(odd)}")
    if len(found) != len(set(found)):
        raise ValueError(f"{TABLE.name}: a row stands there twice")
    for row in rows:
        if not row["why"] and "n/a" in (row[count] for count in COUNTS):
            raise ValueError(f"{TABLE.name}: {row['operation']}, {row['fault']}: n/a needs a reason")
    return [
        Cell(row["operation"], row["fault"], count, row[count], count in row["quick"].split())
        for row in rows
        for count in COUNTS
    ]
