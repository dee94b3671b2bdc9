"""Small MP4 files whose boxes claim an index of gigabytes, each in its own way."""

from __future__ import annotations

import struct
import zlib

UNITS = 1000  # a second
MEDIA = bytes(16)


def box(kind: str, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind.encode("latin-1")) + body


def full(kind: str, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *content)


def numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def table(kind: str, *entries: tuple[int, ...]) -> bytes:
    return full(kind, numbers(len(entries)), *(numbers(*one) for one in entries))


def picture_description(*inside: bytes, codec: str = "jpeg") -> bytes:
    size = struct.pack(">HH", 64, 48)
    entry = bytes(6) + b"\0\1" + bytes(16) + size + bytes(14) + bytes(32) + b"\0\x18\xff\xff"
    return full("stsd", numbers(1), box(codec, entry, *inside))


def pcm_description(*inside: bytes) -> bytes:
    sound = struct.pack(">HHHHI", 2, 16, 0, 0, 48_000 << 16)
    return full("stsd", numbers(1), box("sowt", bytes(6) + b"\0\1" + bytes(8) + sound, *inside))


def track(kind: str, *tables: bytes, number: int = 1, edits: bytes = b"") -> bytes:
    media = full("mdhd", numbers(0, 0, UNITS, UNITS, 0)) + full(
        "hdlr", bytes(4), kind.encode(), bytes(13)
    )
    about = full("tkhd", numbers(0, 0, number, 0, UNITS), bytes(60), flags=3)
    return box("trak", about, edits, box("mdia", media, box("minf", box("stbl", *tables))))


def movie(*tracks: bytes) -> bytes:
    return box("moov", full("mvhd", numbers(0, 0, UNITS, UNITS), bytes(80)), *tracks)


def file(*boxes: bytes) -> bytes:
    return box("ftyp", b"qt  ", bytes(4), b"qt  ") + b"".join(boxes) + box("mdat", MEDIA)


def sized(count: int, size: int = 1) -> bytes:
    return full("stsz", numbers(size, count))


def run_of(count: int, *more: bytes) -> tuple[bytes, ...]:
    """All samples are of one size, in one chunk."""
    times = table("stts", (count, 1))
    return (times, table("stsc", (1, count, 1)), sized(count), table("stco", (36,)), *more)


def pictures(count: int, *more: bytes, codec: str = "jpeg", edits: bytes = b"") -> bytes:
    return track(
        "vide", picture_description(codec=codec), *run_of(count, *more), edits=edits
    )


def constant_size(count: int) -> bytes:
    return file(movie(pictures(count)))


def behind_the_end_of_its_box(count: int) -> bytes:
    """The box of the sizes ends before its numbers, which are read all the same."""
    cut = struct.pack(">I4s", 8, b"stsz") + sized(count)[8:]
    tables = (table("stts", (count, 1)), table("stsc", (1, count, 1)), table("stco", (36,)), cut)
    return file(movie(track("vide", picture_description(), *tables)))


def inside_a_description(count: int) -> bytes:
    """The sizes stand where a codec's own data would."""
    times, runs, sizes, offsets = run_of(count)
    description = picture_description(sizes)
    return file(movie(track("vide", description, times, runs, offsets)))


def behind_a_description(count: int) -> bytes:
    """The one entry claims more than its box has, and what follows is parsed as part of it."""
    whole = picture_description()
    hidden = fragment(count)
    head = 8  # of the box that hides it: the last bytes of the entry's fixed part
    length = len(whole) - 16 + len(hidden)
    cut = numbers(len(whole) - head) + whole[4:16] + numbers(length) + whole[20:-head]
    times, runs, sizes, offsets = run_of(0)
    tables = (cut, box("skip", hidden), times, runs, sizes, offsets)
    moov = movie(box("mvex", extends(1)), track("vide", *tables))
    return file(moov)


def compressed(count: int) -> bytes:
    whole = movie(pictures(count))
    packed = box("dcom", b"zlib") + box("cmvd", numbers(len(whole) - 8), zlib.compress(whole[8:]))
    return file(box("moov", box("cmov", packed)))


def edited(edits: int, samples: int) -> bytes:
    """Every edit shows all of the film."""
    one = (UNITS * samples, 0, 0x10000)
    return file(movie(pictures(samples, edits=box("edts", table("elst", *[one] * edits)))))


def edited_around_an_index(edits: int, samples: int) -> bytes:
    """Between the edits and the samples lies what looks like a track of its own."""
    one = (UNITS * samples, 0, 0x10000)
    edts = box("edts", table("elst", *[one] * edits))
    hidden = box("free", full("mvhd", numbers(0, 0, UNITS, UNITS), bytes(80)), box("trak"))
    return file(movie(pictures(samples, edits=edts + hidden)))


def keys(count: int) -> bytes:
    """Names of metadata, none of which is there."""
    handler = full("hdlr", bytes(4), b"mdta", bytes(13))
    return file(movie(pictures(1), box("meta", handler, full("keys", numbers(count)))))


def pcm(chunks: int, samples: int) -> bytes:
    """So many chunks, all of them in one place, and so many samples in each."""
    tables = (
        table("stts", (chunks, 1)),
        table("stsc", (1, samples, 1)),
        sized(chunks),
        table("stco", *[(36,)] * chunks),
    )
    return file(movie(track("soun", pcm_description(), *tables)))


def pcm_inside_a_description(chunks: int, samples: int) -> bytes:
    """The offsets of the chunks stand where a codec's own data would."""
    description = pcm_description(table("stco", *[(36,)] * chunks))
    tables = (table("stts", (chunks, 1)), table("stsc", (1, samples, 1)), sized(chunks))
    return file(movie(track("soun", description, *tables)))


def extends(number: int) -> bytes:
    return full("trex", numbers(number, 1, 1, 1, 0))


def fragment(count: int, number: int = 1) -> bytes:
    """Nothing is said about a single sample."""
    run = full("trun", numbers(count))
    return box("moof", box("traf", full("tfhd", numbers(number), flags=0x020000), run))


def fragmented(*counts: int) -> bytes:
    begun = movie(pictures(0), box("mvex", extends(1)))
    return file(begun, *(fragment(count) for count in counts))


def fragments_of_tracks(tracks: int, fragments: int) -> bytes:
    """libavformat keeps something about each track for every fragment, however empty."""
    begun = movie(*(pictures(0) for _ in range(tracks)), box("mvex", extends(1)))
    return file(begun, box("moof") * fragments)


def titles(count: int, length: int) -> bytes:
    """So many chapters, whose titles are one and the same place in the file."""

    def made(place: int) -> tuple[bytes, bytes]:
        text = full("stsd", numbers(1), box("text", bytes(6) + b"\0\1" + bytes(43)))
        tables = (
            table("stts", (count, 1)),
            table("stsc", (1, 1, 1)),
            sized(count, length + 2),
            table("stco", *[(place,)] * count),
        )
        shown = pictures(1, edits=box("tref", box("chap", numbers(2))))
        title = struct.pack(">H", length) + b"A" * length
        return movie(shown, track("text", text, *tables, number=2)), box("mdat", title)

    begun = file()[: -len(MEDIA) - 8]
    moov, mdat = made(len(begun) + len(made(0)[0]) + 8)
    return begun + moov + mdat


def sync_groups(count: int) -> bytes:
    """Groups of sync samples in HEVC: all samples get a place in two more tables."""
    groups = full("sgpd", b"sync", numbers(1, 1), b"\x15", version=1)
    members = full("sbgp", b"sync", numbers(1, count, 1))
    offsets = table("ctts", (count, 0))
    return file(movie(pictures(1, groups, members, offsets, codec="hvc1")))


def sync_groups_inside_a_description(count: int) -> bytes:
    """The same, but what needs the place stands where a codec's own data would."""
    groups = full("sgpd", b"sync", numbers(1, 1), b"\x15", version=1)
    members = full("sbgp", b"sync", numbers(1, 1, 1))
    description = picture_description(table("ctts", (count, 0)), codec="hvc1")
    return file(movie(track("vide", description, *run_of(1, groups, members))))
