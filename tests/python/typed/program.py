"""A typical program, for a type checker: every name of the module, and what it hands out."""

from fractions import Fraction
from pathlib import Path
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import s3reel

Picture = NDArray[np.uint8]


def negative(frame: Picture) -> Picture:
    return 255 - frame


@s3reel.op(format="yuv420p,yuv420p10le", inplace=True, contract="stateless")
def darker(frame: s3reel.Frame) -> None:
    frame.plane(0)[:] //= 2
    luma, *chroma = frame.planes
    luma[:8] = 0
    assert_type(frame.time * 2, float)
    assert_type(frame.pts * frame.time_base, Fraction)
    assert_type(frame.color, s3reel.Color)
    assert_type(frame.color.matrix, str)


@s3reel.op(changes_rate=True, contract=s3reel.Window(before=1, after=1), name="halves")
def every_second(frame: Picture) -> Picture | None:
    return frame if frame.mean() > 9 else None


@s3reel.op
def same(frame: Picture) -> Picture:
    return frame


def told(progress: s3reel.Progress) -> None:
    print(progress.frames, progress.position_seconds / progress.duration_seconds)


def jobs(source: str, folder: Path) -> None:
    corner = s3reel.filter("[in][small]overlay=8:8", small=folder / "corner.mp4")
    vignette = s3reel.plugin(folder / "libvignette.so", strength=0.5)
    assert_type(corner, s3reel.Graph)
    assert_type(vignette, s3reel.Plugin)
    assert_type(darker, s3reel.Op)
    assert_type(same, s3reel.Op)
    report = s3reel.process(
        source,
        folder / "out.mp4",
        ["blur:sigma=2", "scale=1280:-2", corner, vignette, negative, darker, every_second, same],
        progress=told,
        crf=20,
        no_clobber=True,
        encoder_opt={"qp": 0},
    )
    assert_type(report, dict[str, Any])
    for one in ("grayscale", negative, darker, lambda frame: frame[::-1]):
        s3reel.process(source, "s3://videos/out.mp4", one)
    assert_type(s3reel.probe(source)["streams"], Any)


def frames(source: str) -> None:
    batch = np.empty((8, 120, 160, 3), np.uint8)
    with s3reel.open(source, threads=2, memory="256M", region="eu-west-1") as video:
        assert_type(video, s3reel.Video)
        assert_type(video.size, tuple[int, int])
        assert_type(video.frame_rate, Fraction | None)
        print(video.metadata.get("title", ""), len(video.chapters), video.streams[0]["codec"])
        for frame in video.frames(start=0.5, end=1.0, step=0.1, size=(160, 120)):
            assert_type(frame, s3reel.Frame)
            print(255 - frame.array, np.asarray(frame).mean(), np.from_dlpack(frame).shape)
            print(frame.new(width=8, format="gray").size[0])
        print(video.frame_at(1.0, format=None).array.mean())
        for times in video.batches(batch, step=0.25):
            assert_type(times, list[float])
        with s3reel.create("s3://videos/out.mp4", like=video, crf=20) as out:
            assert_type(out, s3reel.Writer)
            for frame in video:
                out.write(255 - frame.array, time=frame.time)
                out.write(frame, pts=frame.pts)
        if out.report is not None:
            print(out.report["wall_seconds"])


def files(source: str) -> None:
    with s3reel.open_source(source) as file:
        assert_type(file.raw, s3reel.SourceFile)
        assert_type(file.read(8), bytes)
    with s3reel.open_sink("s3://videos/copy.mp4", content_type="video/mp4") as sink:
        assert_type(sink, s3reel.SinkFile)
        sink.write(b"x")
        sink.seek(0)


def errors(source: str) -> int:
    try:
        s3reel.probe(source)
    except (s3reel.UsageError, s3reel.InputError, s3reel.StoreRefused) as error:
        return error.exit_code
    except s3reel.StoreUnavailable as error:
        assert_type(error.retryable, bool)
    except (s3reel.OpError, s3reel.LossError, s3reel.InternalError) as error:
        print(error.operation, error.subject, error.reason, error.hint)
    except s3reel.Interrupted:
        raise
    except s3reel.Error as error:
        print(error.http_status + 1, error.s3_code, error.request_id)
    return 0
