"""Rewrites files so that each stream's samples lie in one piece, one stream behind the other."""

from __future__ import annotations

import struct
from pathlib import Path

from . import boxes


def _children(data: bytes, parent: boxes.Box, kind: str) -> list[boxes.Box]:
    inside = boxes.walk(data, parent.start + parent.header, parent.end)
    return [box for box in inside if box.kind == kind]


def _numbers(data: bytes, box: boxes.Box, skip: int, width: int) -> list[tuple[int, ...]]:
    """The rows of a table box: `skip` bytes of version and fields, a count, then rows."""
    at = box.start + box.header + skip
    (count,) = struct.unpack_from(">I", data, at)
    rows = struct.iter_unpack(f">{width}I", data[at + 4 : at + 4 + 4 * width * count])
    return list(rows)


def _sample_sizes(data: bytes, stsz: boxes.Box) -> list[int]:
    (same,) = struct.unpack_from(">I", data, stsz.start + stsz.header + 4)
    if same:
        raise ValueError("samples of one size are not handled")
    return [row[0] for row in _numbers(data, stsz, 8, 1)]


def _chunk_lengths(sizes: list[int], stsc: list[tuple[int, ...]], chunks: int) -> list[int]:
    lengths, sample = [], 0
    for chunk in range(1, chunks + 1):
        count = next(row[1] for row in reversed(stsc) if row[0] <= chunk)
        lengths.append(sum(sizes[sample : sample + count]))
        sample += count
    return lengths


def set_apart(source: Path, target: Path) -> None:
    """Keeps the order of tracks: all chunks of the first, then all of the second, and so on.

    The source has its moov behind its mdat, so moving chunks inside mdat moves nothing else.
    """
    data = bytearray(source.read_bytes())
    top = {box.kind: box for box in boxes.top_level(source)}
    if top["moov"].start < top["mdat"].start:
        raise ValueError(f"{source}: the index must lie behind the samples")
    old = bytes(data)
    write = top["mdat"].start + top["mdat"].header
    for trak in _children(old, top["moov"], "trak"):
        stco = _children(old, trak, "stco")[0]
        offsets = [row[0] for row in _numbers(old, stco, 4, 1)]
        sizes = _sample_sizes(old, _children(old, trak, "stsz")[0])
        stsc = _numbers(old, _children(old, trak, "stsc")[0], 4, 3)
        entry = stco.start + stco.header + 8
        for offset, length in zip(offsets, _chunk_lengths(sizes, stsc, len(offsets))):
            data[write : write + length] = old[offset : offset + length]
            struct.pack_into(">I", data, entry, write)
            entry += 4
            write += length
    if write != top["mdat"].end:
        raise ValueError(f"{source}: {top['mdat'].end - write} bytes of mdat belong to no track")
    target.write_bytes(data)


TS_PACKET = 188
TS_SOUND_PID = 0x101  # libavformat numbers the streams of a program from 0x100


def set_packets_apart(source: Path, target: Path) -> None:
    """Moves all packets of the second stream of a transport stream behind all others."""
    data = source.read_bytes()
    packets = [data[at : at + TS_PACKET] for at in range(0, len(data), TS_PACKET)]

    def is_sound(packet: bytes) -> bool:
        return struct.unpack_from(">H", packet, 1)[0] & 0x1FFF == TS_SOUND_PID

    if not any(map(is_sound, packets)):
        raise ValueError(f"{source}: no packet has PID {TS_SOUND_PID:#x}")
    target.write_bytes(b"".join(sorted(packets, key=is_sound)))
