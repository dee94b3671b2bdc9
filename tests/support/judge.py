"""Judges a result against its source, by ffprobe and ffmpeg alone.

Every check returns sentences about what is wrong; an empty list means that the promise is kept.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from . import boxes, probe

COLOR_TAGS = ("color_range", "color_space", "color_primaries", "color_transfer")
UNKNOWN = (None, "unknown", "unspecified", "reserved")


@dataclass
class Pair:
    """Source and result as the judges see them, probed once."""

    source: probe.Media
    result: probe.Media
    source_frames: probe.Frames
    result_frames: probe.Frames

    @staticmethod
    def of(source: Path, result: Path) -> Pair:
        a, b = probe.media(source), probe.media(result)
        return Pair(a, b, probe.frames(source, a.video), probe.frames(result, b.video))


def frame_count(pair: Pair, expected: int) -> list[str]:
    problems = []
    listed, made = len(pair.source_frames.ticks), len(pair.result_frames.ticks)
    if listed != expected:
        problems.append(f"ffprobe lists {listed} frames in the source, the table says {expected}")
    if made != listed:
        problems.append(f"the result has {made} frames, the source {listed}")
    return problems


def time_base(pair: Pair) -> list[str]:
    if pair.result_frames.time_base > pair.source_frames.time_base:
        return [f"time base {pair.result_frames.time_base} is coarser than the source's"]
    return []


def times(pair: Pair) -> list[str]:
    """Presentation times from the earliest stream start, within a tick of the coarser base."""
    tick = max(pair.source_frames.time_base, pair.result_frames.time_base)
    wanted = [t - pair.source.start for t in pair.source_frames.times]
    found = [t - pair.result.start for t in pair.result_frames.times]
    return _off(wanted, found, tick)


def grid_times(pair: Pair) -> list[str]:
    """For sources without pts: the steps between frames are those of the constant grid."""
    tick = max(pair.source_frames.time_base, pair.result_frames.time_base)
    step = 1 / Fraction(pair.source.video.raw["r_frame_rate"])
    found = pair.result_frames.times
    return _off([i * step for i in range(len(found))], [t - found[0] for t in found], tick)


def _off(wanted: list[Fraction], found: list[Fraction], tick: Fraction) -> list[str]:
    wrong = [i for i, (a, b) in enumerate(zip(wanted, found)) if abs(a - b) > tick]
    if not wrong:
        return []
    i = wrong[0]
    return [
        f"{len(wrong)} of {len(wanted)} times differ; first at frame {i}: "
        f"{float(found[i]):.6f} s instead of {float(wanted[i]):.6f} s, tick {float(tick):.6f} s"
    ]


def steps(pair: Pair) -> list[str]:
    """Times from the first picture on; where it stands among the streams is for sync() to say."""
    tick = max(pair.source_frames.time_base, pair.result_frames.time_base)
    wanted, found = pair.source_frames.times, pair.result_frames.times
    return _off([t - wanted[0] for t in wanted], [t - found[0] for t in found], tick)


def sync(pair: Pair, picture_starts: tuple[Fraction, ...] = ()) -> list[str]:
    """The first picture against each audio stream.

    A copied stream is judged by the time of one and the same packet in both files, because tools
    and containers disagree on whether priming counts. An encoded one is judged by its first
    samples; in the source those begin at the stream's start or where its decoder begins to give:
    Vorbis gives none for its first packet, and Matroska rounds both to milliseconds.
    """
    problems = []
    starts = picture_starts or (pair.source_frames.times[0],)
    sounds = zip(pair.source.of_type("audio"), pair.result.of_type("audio"))
    for number, (a, b) in enumerate(sounds):
        bases = (pair.source_frames.time_base, pair.result_frames.time_base)
        tick = max(*bases, a.time_base, b.time_base)
        if a.codec == b.codec:
            before = probe.packet_times(pair.source.path, number, _bsf(a))
            after = probe.packet_times(pair.result.path, number, _bsf(b))
            common = next((packet for packet in before if packet in after), None)
            if common is None:
                problems.append(f"audio {number}: no packet of the source is in the result")
                continue
            heard, sound = {before[common]}, after[common]
        else:
            heard = {probe.first_sound(pair.source.path, a), a.start or Fraction(0)}
            sound = probe.first_sound(pair.result.path, b)
        wanted = [start - at for start in starts for at in heard]
        found = pair.result_frames.times[0] - sound
        if all(abs(found - offset) > tick for offset in wanted):
            problems.append(
                f"audio {number}: picture - sound = {float(found):.6f} s, in the source "
                f"{[round(float(offset), 6) for offset in wanted]}, tick {float(tick):.6f} s"
            )
    return problems


def chroma(pair: Pair) -> list[str]:
    neutral = probe.neutral_plane_hash(pair.result.video)
    planes = probe.plane_hashes(pair.result.path, pair.result.video, "uv")
    wrong = [i for i, frame in enumerate(planes) if frame != (neutral, neutral)]
    return [f"{len(wrong)} frames are not neutral, first {wrong[0]}"] if wrong else []


def chroma_within(pair: Pair, levels: int) -> list[str]:
    """For an encoder that cannot keep a constant plane: how far chroma strays from neutral."""
    _, depth = probe.pixel_format(pair.result.video.raw["pix_fmt"])
    low, high = probe.chroma_extremes(pair.result.path, pair.result.video)
    strayed = max((128 << (depth - 8)) - low, high - (128 << (depth - 8)))
    return [f"chroma strays {strayed} levels from neutral"] if strayed > levels else []


def luma(pair: Pair) -> list[str]:
    return _planes(pair, "y", "luma")


def same_chroma(pair: Pair) -> list[str]:
    """Not for an encoder that needs another subsampling; picture() is the judge of that."""
    formats = [probe.pixel_format(media.video.raw["pix_fmt"]) for media in (pair.source, pair.result)]
    return _planes(pair, "uv", "chroma") if formats[0] == formats[1] else []


def _planes(pair: Pair, which: str, name: str) -> list[str]:
    with ThreadPoolExecutor() as pool:
        wanted, made = pool.map(
            lambda media: probe.plane_hashes(media.path, media.video, which),
            (pair.source, pair.result),
        )
    if len(wanted) != len(made):
        return [f"ffmpeg decodes {len(wanted)} frames of the source, {len(made)} of the result"]
    wrong = [i for i, (a, b) in enumerate(zip(wanted, made)) if a != b]
    return [f"{name} of {len(wrong)} frames differs, first {wrong[0]}"] if wrong else []


def picture(pair: Pair) -> list[str]:
    """Size, pixel aspect, rotation, depth, chroma format and colour tags."""
    a, b = pair.source.video, pair.result.video
    problems = []
    for name in ("width", "height"):
        if a.raw[name] != b.raw[name]:
            problems.append(f"{name} {b.raw[name]} instead of {a.raw[name]}")
    if Fraction(a.sample_aspect.replace(":", "/")) != Fraction(b.sample_aspect.replace(":", "/")):
        problems.append(f"sample aspect {b.sample_aspect} instead of {a.sample_aspect}")
    if a.rotation != b.rotation:
        problems.append(f"rotation {b.rotation} instead of {a.rotation}")
    odd = int(a.raw["width"]) % 2 or int(a.raw["height"]) % 2
    wanted, found = (probe.pixel_format(s.raw["pix_fmt"]) for s in (a, b))
    if found != wanted and not (odd and found == ("444", wanted[1])):
        problems.append(f"pixels {b.raw['pix_fmt']} instead of {a.raw['pix_fmt']}")
    return problems + _colors(pair)


def _colors(pair: Pair) -> list[str]:
    problems = []
    names = list(COLOR_TAGS)
    formats = [probe.pixel_format(m.video.raw["pix_fmt"])[0] for m in (pair.source, pair.result)]
    # Beyond 4:2:0 chroma samples have no second place to be; VP9's is not read from MP4 by 5.1.
    if formats == ["420", "420"] and pair.result.video.codec != "vp9":
        names.append("chroma_location")
    for name in names:
        wanted = _tag(pair.source.video, pair.source_frames, name)
        if wanted is None:
            continue
        for where, found in (
            ("stream", pair.result.video.raw.get(name)),
            ("frame", pair.result_frames.first.get(name)),
        ):
            if found != wanted and not _implied(pair.result.video.codec, name, wanted, found):
                problems.append(f"{name} of the {where} is {found} instead of {wanted}")
    return problems


def _implied(codec: str, name: str, wanted: str, found: str | None) -> bool:
    """H.264 and HEVC (annex E) infer limited range where no signal type is present."""
    limited = name == "color_range" and wanted == "tv" and found in UNKNOWN
    return limited and codec in ("h264", "hevc")


def _tag(stream: probe.Stream, listed: probe.Frames, name: str) -> str | None:
    """The frame's word counts first: containers and parsers know less than the decoder."""
    for value in (listed.first.get(name), stream.raw.get(name)):
        if value not in UNKNOWN:
            return str(value)
    return None


def audio(pair: Pair, fates: list[str]) -> list[str]:
    """Copied streams are equal packet for packet; encoded ones are AAC of the same length."""
    a, b = pair.source.of_type("audio"), pair.result.of_type("audio")
    if not len(a) == len(b) == len(fates):
        return [f"{len(b)} audio streams in the result, {len(a)} in the source, table {fates}"]
    problems = []
    for number, (one, two, fate) in enumerate(zip(a, b, fates)):
        if fate == "copy":
            problems += _copied(pair, number)
        else:
            problems += _encoded(pair, number, one, two)
        if one.tags.get("language", "und") != two.tags.get("language", "und"):
            problems.append(f"audio {number}: language {two.tags.get('language')}")
    return problems


def _bsf(stream: probe.Stream) -> str:
    """AAC with ADTS headers is compared without them."""
    adts = stream.codec == "aac" and not stream.raw.get("extradata_size")
    return "aac_adtstoasc" if adts else ""


def _copied(pair: Pair, number: int) -> list[str]:
    one, two = pair.source.of_type("audio")[number], pair.result.of_type("audio")[number]
    wanted = probe.stream_hash(pair.source.path, number, _bsf(one))
    found = probe.stream_hash(pair.result.path, number, _bsf(two))
    return [] if wanted == found else [f"audio {number}: {found} instead of {wanted}"]


def _encoded(pair: Pair, number: int, one: probe.Stream, two: probe.Stream) -> list[str]:
    problems = []
    for name in ("sample_rate", "channels"):
        if one.raw[name] != two.raw[name]:
            problems.append(f"audio {number}: {name} {two.raw[name]} instead of {one.raw[name]}")
    if two.codec != "aac":
        problems.append(f"audio {number}: {two.codec} instead of aac")
    wanted = probe.sample_count(pair.source.path, one)
    found = probe.sample_count(pair.result.path, two)
    if not wanted <= found <= wanted + 1024:  # the last AAC frame may be padded
        problems.append(f"audio {number}: {found} samples instead of {wanted}")
    return problems


def fast_start(result: Path) -> list[str]:
    kinds = [box.kind for box in boxes.top_level(result)]
    problems = []
    if "moof" in kinds:
        problems.append(f"fragmented: {kinds[:6]}")
    if kinds.count("moov") != 1 or "mdat" not in kinds or kinds.index("moov") > kinds.index("mdat"):
        problems.append(f"moov does not come first: {kinds[:6]}")
    return problems
