"""Files that try to make their reader open other files or hosts, or take memory out of proportion."""

from __future__ import annotations

import struct
from pathlib import Path

from . import boxes
from .probe import ffmpeg

PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=1")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
ALIAS_PATH, ALIAS_END = 2, 0xFFFF  # kinds of an alias record's entries (QuickTime File Format)


def hls(url: str) -> bytes:
    head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n"
    return f"{head}#EXTINF:10.0,\n{url}\n#EXT-X-ENDLIST\n".encode()


def dash(url: str) -> bytes:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
        ' mediaPresentationDuration="PT10S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">'
        '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1000"'
        f' width="64" height="48" codecs="avc1.42c00a"><BaseURL>{url}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    ).encode()


def concat_script(url: str) -> bytes:
    return f"ffconcat version 1.0\nfile '{url}'\n".encode()


def _small_mov(folder: Path, name: str) -> bytearray:
    path = folder / name
    ffmpeg(*PICTURE, *H264, path)
    return bytearray(path.read_bytes())


def _alias(path: str, levels: int) -> bytes:
    """An alias record as QuickTime writes it, with an absolute path in which ':' separates."""
    target = path.replace("/", ":").encode()
    name = target.rsplit(b":", 1)[-1][:63]
    body = bytes(10) + bytes(1 + 27) + bytes(12)
    body += bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16)
    body += struct.pack(">HH", levels, levels) + bytes(16)
    body += struct.pack(">HH", ALIAS_PATH, len(target)) + target + bytes(len(target) % 2)
    body += struct.pack(">HH", ALIAS_END, 0)
    return struct.pack(">I4sI", 12 + len(body), b"alis", 0) + body


def mov_with_samples_in(path: str, folder: Path, levels: int = 0) -> bytes:
    """A MOV whose data reference is an alias of another file; `levels` > 0 makes it relative."""
    data = _small_mov(folder, "reference.mov")
    dinf = next(box for box in boxes.walk(bytes(data)) if box.kind == "dinf")
    dref = next(boxes.walk(bytes(data), dinf.start + dinf.header, dinf.end))
    first_entry = dref.start + 16  # behind version, flags and their number
    entry = _alias(path, levels)
    around = [b for b in boxes.walk(bytes(data)) if b.start <= dinf.start and b.end >= dinf.end]
    change = len(entry) - (dref.end - first_entry)
    for box in (*around, dref):
        struct.pack_into(">I", data, box.start, box.size + change)
    data[first_entry : dref.end] = entry
    return bytes(data)


def mov_with_pictures_of(width: int, height: int, folder: Path) -> bytes:
    """The sample description claims a picture of that size."""
    data = _small_mov(folder, "picture.mov")
    at = data.index(b"avc1", data.index(b"stsd"))
    struct.pack_into(">HH", data, at + 4 + 24, width, height)
    return bytes(data)


def mov_with_streams(count: int, folder: Path) -> bytes:
    """One track, so many times."""
    data = _small_mov(folder, "tracks.mov")
    walked = list(boxes.walk(bytes(data)))
    moov = next(b for b in walked if b.kind == "moov")
    trak = next(b for b in walked if b.kind == "trak")
    more = bytes(data[trak.start : trak.end]) * (count - 1)
    struct.pack_into(">I", data, moov.start, moov.size + len(more))
    data[trak.end : trak.end] = more
    return bytes(data)


def mov_with_sample_count(count: int, folder: Path) -> bytes:
    """The table of sample sizes claims that many entries."""
    data = _small_mov(folder, "count.mov")
    struct.pack_into(">I", data, data.index(b"stsz") + 4 + 8, count)
    return bytes(data)


def mov_with_sample_of(size: int, folder: Path) -> bytes:
    """The first sample claims that many bytes."""
    data = _small_mov(folder, "sample.mov")
    struct.pack_into(">I", data, data.index(b"stsz") + 4 + 12, size)
    return bytes(data)


def mxf_with_index_of(duration: int, folder: Path) -> bytes:
    """The one segment of its index table claims that many frames and lists fewer."""
    path = folder / "index.mxf"
    ffmpeg(*PICTURE, "-c:v", "mpeg2video", "-bf", "2", path)
    data = bytearray(path.read_bytes())
    struct.pack_into(">Q", data, data.rindex(b"\x3f\x0d\x00\x08") + 4, duration)
    return bytes(data)


def matroska_with_block_of(size: int) -> bytes:
    """A block claims that many bytes."""
    return _matroska(size, b"")


def matroska_with_tracks(count: int) -> bytes:
    """So many tracks, of which all but one are empty: two bytes each."""
    return _matroska(100, b"\xAE\x80" * count)


def _matroska(size: int, more_tracks: bytes) -> bytes:
    """An EBML header, a Segment of unknown size, a track, and a block that claims so many bytes."""

    def element(name: str, body: bytes) -> bytes:
        return bytes.fromhex(name) + struct.pack(">Q", 1 << 56 | len(body)) + body

    head = element("1A45DFA3", element("4282", b"matroska") + element("4287", b"\x04"))
    video = element("E0", element("B0", b"\x00\x40") + element("BA", b"\x00\x30"))
    track = element(
        "AE",
        element("D7", b"\x01")
        + element("73C5", b"\x01")
        + element("83", b"\x01")
        + element("86", b"V_VP8")
        + video,
    )
    block = bytes.fromhex("A3") + struct.pack(">Q", 1 << 56 | size) + b"\x81\x00\x00\x80"
    cluster = bytes.fromhex("1F43B675" + "01FFFFFFFFFFFFFF") + element("E7", b"\x00") + block
    segment = element("1549A966", element("2AD7B1", b"\x0f\x42\x40"))
    segment += element("1654AE6B", track + more_tracks) + cluster
    return head + bytes.fromhex("18538067" + "01FFFFFFFFFFFFFF") + segment + bytes(1000)
