"""What an open video tells of itself: tags, chapters, streams."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import s3reel

from support import media, probe

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")

TAGGED = """;FFMETADATA1
title=Harbour at dawn
artist=Jørgen Ås
comment=a=b; c
[CHAPTER]
TIMEBASE=1/1000
START=0
END=400
title=Fog
[CHAPTER]
TIMEBASE=1/1000
START=400
END=1000
title=Gulls & boats
"""


@pytest.fixture(scope="module", params=["tagged.mp4", "tagged.mkv", *media.UNUSUAL])
def described(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param in media.UNUSUAL:
        return media.file(request.param)
    folder = tmp_path_factory.mktemp("tagged")
    (folder / "tags").write_text(TAGGED, encoding="utf-8")
    picture = "testsrc2=size=98x66:rate=30000/1001:duration=1,setsar=4/3"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=r=32000:duration=1"),
        *("-i", folder / "tags", "-map_metadata", "2", *X264, "-color_range", "pc"),
        *("-c:a", "aac", "-ac", "2", "-metadata:s:a", "language=dan"),
        *("-metadata:s:a", "title=Guide", folder / request.param),
    )
    return folder / request.param


def test_tags_and_chapters_are_those_that_ffprobe_shows(described: Path) -> None:
    shown = probe.described(described)
    with s3reel.open(described) as video:
        assert video.metadata == shown["format"].get("tags", {})
        assert video.chapters == [
            f"{float(one['start_time']):.3f} {one['tags']['title']}" for one in shown["chapters"]
        ]
        assert video.duration == pytest.approx(float(shown["format"]["duration"]), abs=0.001)
        if "tagged" in described.name:
            tags = {name.lower(): value for name, value in video.metadata.items()}
            assert tags["title"] == "Harbour at dawn" and tags["artist"] == "Jørgen Ås"
            assert tags["comment"] == "a=b; c"
            assert video.chapters == ["0.000 Fog", "0.400 Gulls & boats"]


def facts_of(raw: dict[str, Any]) -> dict[str, object]:
    """What ffprobe says of a stream, by the names of Video.streams; what is not known is empty."""
    stream = probe.Stream(raw)
    facts = {"index": stream.index, "type": stream.type}
    facts["codec"] = raw.get("codec_name", "none")
    facts["language"] = stream.tags.get("language", "").replace("und", "")
    facts["title"] = stream.tags.get("title", "")
    if stream.type == "audio":
        facts |= {"sample_rate": int(raw["sample_rate"]), "channels": raw["channels"]}
    if stream.type == "video":
        names = [f"color_{name}" for name in ("range", "primaries", "transfer", "space")]
        aspect = raw.get("sample_aspect_ratio", "")
        facts |= {name: raw[name] for name in ("width", "height")}
        facts |= {"pixel_format": raw["pix_fmt"], "frame_rate": raw["avg_frame_rate"]}
        facts["sample_aspect"] = aspect.replace(":", "/")
        facts["rotation"] = -stream.rotation % 360  # clockwise
        known = any(name in raw for name in names)
        facts["color"] = "/".join(raw.get(name, "unknown") for name in names) if known else ""
    return facts


def test_streams_are_those_that_ffprobe_shows(described: Path) -> None:
    shown = [facts_of(raw) for raw in probe.described(described)["streams"]]
    with s3reel.open(described) as video:
        assert len(video.streams) == len(shown)
        for found, wanted in zip(video.streams, shown):
            assert {name: found.get(name) for name in wanted} == wanted
        [picture] = [one for one in shown if one["type"] == "video"]
        assert video.size == (picture["width"], picture["height"])
        assert video.format == picture["pixel_format"]
        [raw] = [one for one in probe.described(described)["streams"] if one["codec_type"] == "video"]
        meant = Fraction(raw["r_frame_rate"])
        usual = meant <= 240  # else it is a time base in disguise
        assert video.frame_rate == (meant if usual else Fraction(raw["avg_frame_rate"]))
