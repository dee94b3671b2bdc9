"""Frames to look at: a video that stays open, from any place on."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from . import _core
from ._arguments import memory as budget
from ._arguments import number, text, whole
from ._arguments import size as checked_size
from ._core import Frame
from ._options import Url, words_of

_MOST_THREADS = 1024

# dtype and components of a batch, and the pixels that fill it.
_BATCHES = {
    ("uint8", 1): "gray",
    ("uint8", 3): "rgb24",
    ("uint8", 4): "rgba",
    ("uint16", 1): "gray16le",
    ("uint16", 3): "rgb48le",
}


class Video:
    """A video that stays open; made by :func:`open`. Close it, or use it in a ``with``.

    Times are in seconds from its beginning. Only what the frames asked for need is read. Several
    threads may use it.
    """

    def __init__(self, core: Any, url: Url, options: dict[str, Any]) -> None:
        self._core = core
        self._url, self._options = url, options  # as given: what errors and facts show has no query
        facts = core.facts()
        picture = core.picture()
        self.streams: list[dict[str, Any]] = facts["streams"]
        self.metadata: dict[str, str] = facts["metadata"]
        self.chapters: list[str] = facts["chapters"]
        self.object: dict[str, Any] = facts["object"]  #: URL, bytes, ETag, container
        self.duration: float = self.object["duration_seconds"]  #: 0 if unknown
        self.size: tuple[int, int] = picture["size"]  #: (width, height) as stored
        self.format: str = picture["format"]  #: of the pixels; "" if only frames tell
        #: that frames are meant for, 30 where a phone caught 27.5 on average; `streams` has the average
        self.frame_rate: Fraction | None = picture["frame_rate"]
        self.time_base: Fraction = picture["time_base"]

    def frames(
        self,
        *,
        format: str | None = "rgb24",
        start: float = 0.0,
        end: float | None = None,
        step: float | None = None,
        size: tuple[int, int] | None = None,
    ) -> Iterator[Frame]:
        """Frames with ``start <= time < end`` in order, a few of them decoded ahead.

        format: of the pixels, in FFmpeg's names; None: as the video has them, read-only.
        step: not every frame, but those shown at start, start + step, …
        size: (width, height) to scale to.

        ``frame.array`` is the picture, ``frame.time`` its time. A film read from beginning to end
        that has fewer frames than it promises ends in InputError.
        """
        return self._core.frames(
            number("start", start),
            None if end is None else number("end", end),
            0.0 if step is None else number("step", step),
            "" if format is None else text("format", format),
            checked_size(size),
        )

    def frame_at(
        self,
        time: float,
        *,
        format: str | None = "rgb24",
        size: tuple[int, int] | None = None,
    ) -> Frame:
        """The frame shown at that time; the first one where none is shown yet.

        UsageError for a time behind the end.
        """
        pixels = "" if format is None else text("format", format)
        return self._core.frame_at(number("time", time), pixels, checked_size(size))

    def batches(
        self,
        out: Any,
        *,
        start: float = 0.0,
        end: float | None = None,
        step: float | None = None,
    ) -> Iterator[list[float]]:
        """Fills ``out``, an array (n, height, width, components), again and again.

        Frames are scaled to its size; one component is gray, three are RGB, four RGBA, of uint8 or
        uint16. Yields the times of the frames in it: fewer than n at the end.
        """
        format = _format_of_batch(out)
        _, height, width, _ = out.shape
        frames = self.frames(format=format, start=start, end=end, step=step, size=(width, height))
        times: list[float] = []
        for frame in frames:
            out[len(times)] = frame.array.reshape(out.shape[1:])
            times.append(frame.time)
            if len(times) == len(out):
                yield times
                times = []
        if times:
            yield times

    def close(self) -> None:
        """Iterators that were begun go on to their end."""
        self._core.close()

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    def __enter__(self) -> Video:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _format_of_batch(out: Any) -> str:
    shape, dtype = getattr(out, "shape", ()), str(getattr(out, "dtype", ""))
    format = _BATCHES.get((dtype, shape[3])) if len(shape) == 4 else None
    if format is None or 0 in shape:
        raise TypeError(
            f"frames cannot fill an array of shape {tuple(shape)} and dtype {dtype or None}; make one "
            "(n, height, width, 3) of uint8"
        )
    return format


def open(url: Url, *, threads: int = 0, memory: str | int | None = None, **options: Any) -> Video:
    """Opens a video to look at its frames.

    url: ``s3://bucket/key``, ``https://…`` or a local path.
    threads: of the decoder; 0: as the machine has.
    memory: of all buffers, ``"256M"`` or bytes.
    options: of the store, those of ``s3reel probe`` with underscores: ``region=…``.
    """
    words, count = words_of("probe", options, url), whole("threads", threads)
    if not 0 <= count <= _MOST_THREADS:
        raise ValueError(f"threads are from 0 to {_MOST_THREADS}, not {count}")
    core = _core.open_reader(words, count, budget(memory))
    return Video(core, url, options)
