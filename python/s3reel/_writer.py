"""Videos whose frames are made here, beside the sound of another one."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Union

from . import _core
from ._arguments import number, ticks, whole
from ._arguments import size as checked_size
from ._core import Frame
from ._options import Url, words_of
from ._published import Published
from ._reader import Video


class Writer(Published):
    """A video being written; made by :func:`create`.

    close() publishes it, abort() discards it, and so does whatever ends it in another way: an
    exception that leaves its ``with``, or that nobody refers to it any more.
    """

    def __init__(self, core: Any) -> None:
        self._core = core
        picture = core.picture()
        self.size: tuple[int, int] = picture["size"]  #: (width, height) of every frame, as stored
        self.format: str = picture["format"]  #: of the pixels to which frames are converted
        self.frame_rate: Fraction | None = picture["frame_rate"]  #: as of `like`
        self.time_base: Fraction = picture["time_base"]  #: of pts
        self.report: dict[str, Any] | None = None  #: of close()

    def write(
        self, frame: Frame | Any, pts: int | None = None, *, time: float | None = None
    ) -> None:
        """Adds a frame: an array (height, width, 3) of uint8 RGB, or a :class:`Frame`.

        pts: its time in units of ``time_base``; time: in seconds. Without both a Frame keeps its
        own, and an array follows the one before it by ``1 / frame_rate``. Times ascend.

        Raises what ended the job, if something did.
        """
        if pts is not None and time is not None:
            raise TypeError("a frame has a pts or a time, not both")
        if time is not None:
            seconds = number("time", time)
            if not math.isfinite(seconds):
                raise ValueError(f"time is a number of seconds, not {time!r}")
            pts = ticks("time", time, round(seconds / self.time_base))
        elif pts is not None:
            pts = ticks("pts", pts, whole("pts", pts))
        self._open().write(frame, pts)

    def close(self) -> dict[str, Any] | None:
        """No frame follows: publishes the video and returns the report."""
        core, self._core = self._core, None
        if core is not None:
            self.report = core.publish()
        return self.report

    def abort(self) -> None:
        """Removes what was uploaded; there will be no video."""
        core, self._core = self._core, None
        if core is not None:
            core.discard()

    def _open(self) -> Any:
        if self._core is None:
            raise ValueError("this video was closed")
        return self._core

    def __enter__(self) -> Writer:
        return self


def create(
    url: Url, like: Union[Url, Video], *, size: tuple[int, int] | None = None, **options: Any
) -> Writer:
    """Begins a video whose frames are written here; everything else of it is that of ``like``.

    like: a video, or where one is. Its sound and subtitles are copied, its metadata, chapters,
        rotation and colours are kept.
    size: (width, height) of the frames; those of ``like`` where it is left out.
    options: those of ``s3reel process`` with underscores, as for :func:`process`, but for
        ``dry_run`` and ``report``; those with which ``like`` was opened hold as well.

    Use it in a ``with``: it is published at the end, and discarded by an exception.
    """
    source = like._url if isinstance(like, Video) else like
    options = (like._options if isinstance(like, Video) else {}) | options
    return Writer(_core.create(words_of("process", options, source, url), checked_size(size)))
