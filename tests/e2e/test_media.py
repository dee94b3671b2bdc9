"""Acceptance 1: every playable file of the media folder, S3 to S3, judged by ffprobe and ffmpeg."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import judge, media, probe
from support.runner import Runner
from support.store import Store

TABLE = media.read_expectations(Path(__file__).with_name("media.csv"))
LOSSLESS = ("--video-codec", "libx264", "--encoder-opt", "qp=0", "--preset", "ultrafast")
LONG = {"h264-aac-six-minutes.mp4"}  # by default options: minutes of x264; the preset is lowered
FAST = ("--preset", "ultrafast")
CASES = media.parameters(slow=LONG)


def expectation(path: Path) -> media.Expectation:
    assert path.name in TABLE, f"{path.name} has no row in media.csv"
    return TABLE[path.name]


def test_every_row_of_the_table_has_its_file() -> None:
    found = {path.name for path in media.discover()} if media.parameters() else set()
    assert set(TABLE) - found == set()


def convert(path: Path, store: Store, s3reel: Runner, tmp_path: Path, *options: str) -> Path:
    """Through the store both ways; the result is fetched by boto3."""
    source, destination = store.put(path), store.key("out.mp4")
    result = s3reel.process(store.url(source), store.url(destination), *options, report=True)
    fetched = store.fetch(destination, tmp_path / "out.mp4")
    assert result.report is not None
    assert result.report["result"]["size"] == fetched.stat().st_size
    return fetched


def problems_beside_luma(pair: judge.Pair, row: media.Expectation) -> list[str]:
    problems = judge.frame_count(pair, row.frames)
    if row.times == "grid":
        # The demuxer gives only decode times; a picture may stand at its decode or display place.
        first = [t for t in pair.source_frames.times if t >= 0][0]
        starts = (first, pair.source.video.start or first)
        problems += judge.grid_times(pair) + judge.sync(pair, starts)
    else:
        problems += judge.time_base(pair) + judge.times(pair) + judge.sync(pair)
    if pair.result.video.codec == "av1":  # SVT-AV1 1.4 strays by one of 1,024 levels, ffmpeg's too
        problems += judge.chroma_within(pair, 1)
    else:
        problems += judge.chroma(pair)
    problems += judge.picture(pair)
    problems += judge.audio(pair, row.audio.split("+") if row.audio else [])
    return problems + judge.fast_start(pair.result.path)


@pytest.mark.parametrize("path", CASES)
def test_lossless_result_equals_the_source_frame_by_frame(
    path: Path, store: Store, s3reel: Runner, tmp_path: Path
) -> None:
    row = expectation(path)
    if row.exit_code != 0:
        refused(row, path, store, s3reel, *LOSSLESS)
        return
    pair = judge.Pair.of(path, convert(path, store, s3reel, tmp_path, *LOSSLESS))
    problems = problems_beside_luma(pair, row) + judge.luma(pair)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("path", CASES)
def test_default_codecs_keep_everything_but_luma(
    path: Path, store: Store, s3reel: Runner, tmp_path: Path
) -> None:
    row = expectation(path)
    if row.exit_code != 0:
        refused(row, path, store, s3reel)
        return
    options = FAST if path.name in LONG else ()
    pair = judge.Pair.of(path, convert(path, store, s3reel, tmp_path, *options))
    problems = problems_beside_luma(pair, row)
    codecs = {"libx264": "h264", "libx265": "hevc", "libsvtav1": "av1", "libvpx-vp9": "vp9"}
    if pair.result.video.codec != codecs[row.encoder]:
        problems.append(f"encoded as {pair.result.video.codec} instead of by {row.encoder}")
    if row.encoder == "libx265" and pair.result.video.raw["codec_tag_string"] != "hvc1":
        problems.append(f"tag {pair.result.video.raw['codec_tag_string']} instead of hvc1")
    assert not problems, "\n".join(problems)


@pytest.mark.only_asan
@pytest.mark.parametrize("path", CASES)
def test_every_file_comes_through_a_sanitized_program(
    path: Path, store: Store, s3reel: Runner, tmp_path: Path
) -> None:
    """What the results hold is judged above, of the same code."""
    row = expectation(path)
    if row.exit_code != 0:
        refused(row, path, store, s3reel, *LOSSLESS)
        return
    assert probe.frame_count(convert(path, store, s3reel, tmp_path, *LOSSLESS)) == row.frames


def refused(
    row: media.Expectation, path: Path, store: Store, s3reel: Runner, *options: str
) -> None:
    source, destination = store.put(path), store.key("out.mp4")
    result = s3reel.run(
        "process", store.url(source), store.url(destination), "--op", "grayscale", *options
    )
    assert result.code == row.exit_code, str(result)
    for word in row.words.split("|"):
        assert word in result.stderr, str(result)
    assert store.left_behind(destination) == []


def test_what_is_not_kept_is_said(store: Store, s3reel: Runner) -> None:
    """Tracks that MP4 does not take, or that are a second picture, are named."""
    for name, words in (
        ("mp4-action-camera-timecode-data-tracks.mp4", ("data",)),
        ("mkv-two-audio-eight-subtitles.mkv", ("subtitle",)),
        ("hevc-two-video-tracks-phone.mp4", ("video",)),
    ):
        source, destination = store.put(media.file(name)), store.key("out.mp4")
        result = s3reel.process(store.url(source), store.url(destination), *FAST, report=True)
        assert result.report is not None
        dropped = [s for s in result.report["streams"] if s["fate"] == "dropped"]
        assert dropped, name
        losses = " ".join(result.report["losses"])
        for word in words:
            assert word in result.stderr and word in losses, f"{name}: {result}"


def test_cover_art_is_neither_the_picture_nor_lost(
    store: Store, s3reel: Runner, tmp_path: Path
) -> None:
    path = media.file("cover-art-h264-aac.m4v")
    source, destination = store.put(path), store.key("out.mp4")
    result = s3reel.process(store.url(source), store.url(destination), *FAST)
    made = probe.media(store.fetch(destination, tmp_path / "out.mp4"))
    assert [s.codec for s in made.of_type("video")] == ["h264"]
    assert any(s.is_cover for s in made.streams) or "cover" in result.stderr, str(result)
    kept = probe.media(path).format["tags"]
    for name in ("title", "artist", "genre"):
        assert made.format.get("tags", {}).get(name) == kept.get(name), name


def test_a_common_start_offset_is_removed_and_reported(store: Store, s3reel: Runner) -> None:
    source = store.put(media.file("ts-h264-aac-start-10s.ts"))
    destination = store.key("out.mp4")
    result = s3reel.process(store.url(source), store.url(destination), *FAST, report=True)
    assert result.report is not None
    assert any("10.01" in note for note in result.report["notes"]), result.report["notes"]
