"""Jobs: a video out of a store, through a chain of ops, into a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Union

from . import _core
from ._ops import Step, steps_of
from ._options import Url, words_of


@dataclass(frozen=True)
class Progress:
    """How far a job is; handed to the callback about twice a second, on the calling thread."""

    position_seconds: float
    duration_seconds: float  #: 0 if unknown
    frames: int
    elapsed_seconds: float
    bytes_read: int
    bytes_written: int
    memory: int  #: bytes, of the whole process


def process(
    source: Url,
    destination: Url,
    ops: Union[Step, Iterable[Step], None] = (),
    *,
    progress: Callable[[Progress], object] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Streams a video through a chain of ops into a new object; returns the report.

    source, destination: ``s3://bucket/key`` or a local path; a source may be https as well.
    ops: names of built-in ops (``"blur:sigma=4"``), libavfilter graphs (``"scale=1280:-2"``),
        ``plugin(...)`` and callables, in any mixture, or one of them; see :func:`op`.
    progress: called with a :class:`Progress` now and then, on this thread. What it raises stops
        the job.
    options: those of ``s3reel process`` with underscores: ``crf=20``, ``preset="fast"``,
        ``video_codec="libx265"``, ``no_clobber=True``, ``encoder_opt={"qp": 0}`` or
        ``["qp=0"]``, ``region=...``.
        With ``dry_run=True`` it returns the plan and writes nothing; ``report="r.json"`` writes
        what it returns, or the report of a job that failed. UsageError for those with which the
        command speaks to its console.

    Messages go to ``logging.getLogger("s3reel")``.

    Raises the classes of Error; then nothing was published. Ctrl-C stops the job.
    """
    if progress is not None and not callable(progress):
        raise TypeError(f"progress is a function, not {type(progress).__name__}")
    return _core.process(words_of("process", options, source, destination), steps_of(ops), progress)


def probe(source: Url, **options: Any) -> dict[str, Any]:
    """Streams, codecs and times of a video, reading little of it."""
    return _core.probe(words_of("probe", options, source))
