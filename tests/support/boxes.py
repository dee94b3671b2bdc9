"""A walk over the boxes of an MP4, written for the tests alone."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CONTAINERS = {"moov", "trak", "mdia", "minf", "stbl", "edts", "udta", "moof", "traf", "mvex"}


@dataclass(frozen=True)
class Box:
    kind: str
    start: int
    size: int
    header: int

    @property
    def end(self) -> int:
        return self.start + self.size


def walk(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Every box in file order, the insides of containers included."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        header = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            header = 16
        elif size == 0:
            size = end - start
        if size < header or start + size > end:
            raise ValueError(f"box {kind!r} at {start} has size {size}, beyond {end}")
        box = Box(kind.decode("latin-1"), start, size, header)
        yield box
        if box.kind in CONTAINERS:
            yield from walk(data, start + header, start + size)
        start += size


def top_level(path: Path) -> list[Box]:
    """The outermost boxes, without reading what is in them."""
    boxes = []
    length = path.stat().st_size
    with path.open("rb") as source:
        start = 0
        while start < length:
            source.seek(start)
            head = source.read(16)
            size, kind = struct.unpack(">I4s", head[:8])
            header = 8
            if size == 1:
                size, header = struct.unpack(">Q", head[8:])[0], 16
            size = size or length - start
            if size < header or start + size > length:
                raise ValueError(f"{path}: box {kind!r} at {start} ends beyond the file")
            boxes.append(Box(kind.decode("latin-1"), start, size, header))
            start += size
    return boxes


def boundaries(data: bytes) -> list[int]:
    """Every offset at which a box begins or ends."""
    found = {0}
    for box in walk(data):
        found.update((box.start, box.start + box.header, box.end))
    return sorted(found)
