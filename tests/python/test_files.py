"""Objects as files, in the hands of PyAV and of plain Python."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import s3reel

from support import pictures, probe
from support.pictures import Clip
from support.proxy import Proxy
from support.store import Store

PART = 5 << 20


@pytest.fixture(scope="module")
def data() -> bytes:
    return np.random.default_rng(3).bytes(14 << 20)


def test_a_source_reads_like_a_file(s3: Store, data: bytes) -> None:
    url = s3.url(s3.put_bytes(data, s3.key("data.bin")))
    with s3reel.open_source(url) as file:
        assert file.seekable() and not file.writable()
        assert file.raw.size == len(data) and file.name == url
        assert file.read(7) == data[:7] and file.tell() == 7
        file.seek(-9, io.SEEK_END)
        assert file.read() == data[-9:] and file.read(1) == b""
        file.seek(5_000_001)
        assert file.read(3_000_000) == data[5_000_001:8_000_001]
        file.seek(0)
        assert file.read() == data
    with pytest.raises(ValueError, match="closed"):
        file.read(1)


def test_a_missing_object_is_refused(s3: Store) -> None:
    with pytest.raises(s3reel.StoreRefused):
        s3reel.open_source(s3.url(s3.key("missing")))


def test_a_sink_appears_whole_when_it_is_closed(s3: Store, data: bytes) -> None:
    key = s3.key("made.bin")
    with s3reel.open_sink(s3.url(key)) as sink:
        for at in range(0, len(data), 999_983):
            sink.write(data[at : at + 999_983])
        sink.seek(3)
        sink.write(b"head")
        sink.seek(0, io.SEEK_END)
        sink.write(memoryview(b"tail"))
        assert sink.tell() == len(data) + 4 and s3.head(key) is None
    assert s3.read(key) == data[:3] + b"head" + data[7:] + b"tail"
    assert sink.result["object"]["size"] == len(data) + 4
    assert s3.head(key)["ContentType"] == "application/octet-stream"


def test_an_exception_leaves_nothing(s3: Store, data: bytes) -> None:
    key = s3.key("never.bin")
    with pytest.raises(RuntimeError, match="mine"), s3reel.open_sink(s3.url(key)) as sink:
        sink.write(data)
        raise RuntimeError("mine")
    assert s3.left_behind(key) == []


def test_a_forgotten_sink_leaves_nothing(s3: Store, data: bytes) -> None:
    key = s3.key("forgotten.bin")
    sink = s3reel.open_sink(s3.url(key))
    sink.write(data)
    del sink
    gc.collect()
    assert s3.left_behind(key) == []


def test_what_is_on_its_way_cannot_be_written_again(s3: Store, data: bytes) -> None:
    key = s3.key("back.bin")
    with s3reel.open_sink(s3.url(key)) as sink:
        sink.write(data)
        sink.seek(PART - 2)
        with pytest.raises(s3reel.UsageError, match="on its way"):
            sink.write(b"abcd")
        sink.seek(len(data) + 1)
        with pytest.raises(s3reel.UsageError, match="nothing was written"):
            sink.write(b"a")
        sink.abort()
    assert s3.left_behind(key) == []


def test_an_existing_object_is_kept_where_that_is_asked_for(s3: Store) -> None:
    key = s3.put_bytes(b"old", s3.key("kept.bin"))
    with pytest.raises(s3reel.StoreRefused, match="exists"):
        s3reel.open_sink(s3.url(key), no_clobber=True)
    assert s3.read(key) == b"old"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=20,noise=alls=40:allf=t"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-b:v", "8M", path),
    )
    return path


def test_pyav_reads_through_a_source(
    s3: Store, proxy: Proxy, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.url)
    with s3reel.open_source(s3.url(s3.put(film))) as file, av.open(file) as container:
        found = [frame.to_ndarray(format="yuv420p").tobytes() for frame in container.decode(video=0)]
    assert b"".join(found) == pictures.raw(film)
    assert len(proxy.seen("GetObject")) <= 20


@pytest.mark.parametrize("format", ["mp4", "mov", "matroska"])
def test_pyav_writes_through_a_sink(s3: Store, film: Path, tmp_path: Path, format: str) -> None:
    key = s3.key("made.mp4")
    with s3reel.open_sink(s3.url(key)) as sink:
        with av.open(str(film)) as source, av.open(sink, "w", format=format) as target:
            copy(source, target)
    made = s3.fetch(key, tmp_path / "made")
    assert pictures.raw(made) == pictures.raw(film)
    if format != "matroska":
        assert top_level(made) == ["ftyp", "moov", "free" if format == "mp4" else "wide", "mdat"]


def test_a_long_index_is_written_in_pieces_and_comes_to_the_front(
    s3: Store, tmp_path: Path
) -> None:
    """So many packets that the muxer goes back in what it has written of the index."""
    key = s3.key("long.mp4")
    with s3reel.open_sink(s3.url(key)) as sink, av.open(sink, "w", format="mp4") as target:
        stream = target.add_stream("mjpeg", rate=1000)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuvj420p"
        for number in range(20_000):
            packet = av.Packet(bytes([number % 251]) * (400 + number % 13))
            packet.stream, packet.pts, packet.dts = stream, number, number
            packet.time_base = Fraction(1, 1000)
            target.mux(packet)
    made = s3.fetch(key, tmp_path / "long.mp4")
    assert top_level(made)[:2] == ["ftyp", "moov"]
    with av.open(str(made)) as container:
        sizes = [packet.size for packet in container.demux(video=0) if packet.size]
    assert sizes == [400 + number % 13 for number in range(20_000)]


def copy(source: av.container.InputContainer, target: av.container.OutputContainer) -> None:
    stream = target.add_stream_from_template(source.streams.video[0])
    for packet in source.demux(video=0):
        if packet.dts is not None:
            packet.stream = stream
            target.mux(packet)


def top_level(path: Path) -> list[str]:
    """Types of the boxes of an MP4."""
    data, at, types = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        types.append(data[at + 4 : at + 8].decode("latin-1"))
        at += size
    return types


def test_local_files_work_as_well(clip: Callable[..., Clip], tmp_path: Path) -> None:
    path = clip().path
    with s3reel.open_source(path) as source, s3reel.open_sink(tmp_path / "copy.mkv") as sink:
        sink.write(source.read())
    assert (tmp_path / "copy.mkv").read_bytes() == path.read_bytes()


def test_what_could_not_be_written_is_not_forgotten(s3: Store, data: bytes) -> None:
    """As by a muxer behind a callback, which keeps the failure to itself."""
    key = s3.key("lacks.bin")
    sink = s3reel.open_sink(s3.url(key))
    sink.write(data)
    sink.seek(PART)
    with pytest.raises(s3reel.UsageError):
        sink.write(b"late")
    sink.seek(len(data))
    sink.write(b"behind it")
    with pytest.raises(s3reel.UsageError, match="not in it"):
        sink.close()
    assert s3.left_behind(key) == []


def test_a_source_is_a_file_to_read_and_no_other(clip: Callable[..., Clip]) -> None:
    file = s3reel.open_source(clip().path)
    raw = file.raw
    assert raw.readinto(bytearray()) == 0 and raw.tell() == 0
    with pytest.raises(TypeError, match="bytes cannot be written"):
        raw.readinto(b"abc")
    with pytest.raises(io.UnsupportedOperation):
        raw.write(b"x")
    refuses_places(raw)
    assert raw.seek((1 << 63) - 1) and raw.read(1) == b""
    file.close()
    for call in (raw.tell, lambda: raw.seek(0), lambda: raw.read(1)):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_a_sink_is_a_file_to_write_and_no_other(tmp_path: Path) -> None:
    sink = s3reel.open_sink(tmp_path / "d.bin")
    for call in (sink.read, lambda: sink.read(1), sink.readline, lambda: sink.readinto(bytearray(1))):
        with pytest.raises(io.UnsupportedOperation, match="not readable"):
            call()
    refuses_places(sink)
    sink.write(b"abc")
    sink.close()
    for call in (sink.tell, lambda: sink.seek(0), lambda: sink.write(b"x")):
        with pytest.raises(ValueError, match="closed"):
            call()
    assert (tmp_path / "d.bin").read_bytes() == b"abc"


def refuses_places(file: s3reel.SourceFile | s3reel.SinkFile) -> None:
    with pytest.raises(TypeError, match="offset is a whole number, not 1.5"):
        file.seek(1.5)
    with pytest.raises(OverflowError, match="beyond all files"):
        file.seek(1 << 64)
    with pytest.raises(ValueError, match="before the beginning"):
        file.seek(-1)
    assert file.tell() == 0
