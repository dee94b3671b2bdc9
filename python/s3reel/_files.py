"""Objects as files, for code that has its own demuxer or muxer."""

from __future__ import annotations

import io
import mimetypes
from typing import Any

from . import _core
from ._options import Url, name_of, words_of
from ._published import Published

_BUFFER = 1 << 20


def _position(offset: int, whence: int, here: int, end: int) -> int:
    base = {io.SEEK_SET: 0, io.SEEK_CUR: here, io.SEEK_END: end}.get(whence)
    if base is None:
        raise ValueError(f"whence is 0, 1 or 2, not {whence}")
    if base + offset < 0:
        raise ValueError(f"position {base + offset} lies before the beginning")
    return base + offset


class SourceFile(io.RawIOBase):
    """One generation of an object to read; see :func:`open_source`."""

    def __init__(self, core: Any) -> None:
        super().__init__()
        self._core = core
        self._at = 0
        self.facts: dict[str, Any] = core.facts()  #: URL, size, ETag
        self.name: str = self.facts["url"]
        self.size: int = self.facts["size"]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = _position(offset, whence, self._at, self.size)
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._checkClosed()
        count = self._core.read_at(self._at, memoryview(buffer).cast("B"))
        self._at += count
        return count

    def close(self) -> None:
        self._core = None
        super().close()


def open_source(
    url: Url, *, memory: str | int | None = None, **options: Any
) -> io.BufferedReader[SourceFile]:
    """An object as a seekable file, read ahead by parallel requests.

    For PyAV, TorchCodec and whoever takes a file. ``.raw`` is the SourceFile.

    memory: of what is read ahead, ``"256M"`` or bytes.
    options: of the store, those of ``s3reel probe`` with underscores.
    """
    words = words_of("probe", options, url)
    core = _core.open_source(words, "" if memory is None else str(memory))
    return io.BufferedReader(SourceFile(core), _BUFFER)


class SinkFile(Published, io.RawIOBase):
    """An object being written; see :func:`open_sink`.

    close() publishes it, abort() discards it, and so does whatever ends it in another way: an
    exception that leaves its ``with``, or that nobody refers to it any more.
    """

    def __init__(self, core: Any, name: str) -> None:
        super().__init__()
        self._core: Any = core
        self._at = 0
        self.name = name
        self.result: dict[str, Any] | None = None  #: of close(): object and checks

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._checkClosed()
        self._at = _position(offset, whence, self._at, self._core.end())
        return self._at

    def write(self, data: Any) -> int:
        self._checkClosed()
        view = memoryview(data).cast("B")
        if len(view):
            self._core.write(self._at, view)
        self._at += len(view)
        return len(view)

    def close(self) -> None:
        core, self._core = self._core, None
        try:
            if core is not None:
                self.result = core.publish()
        except BaseException:
            core.discard()
            raise
        finally:
            super().close()

    def abort(self) -> None:
        """Removes what was uploaded; there will be no object."""
        core, self._core = self._core, None
        if core is not None:
            core.discard()
        super().close()


def open_sink(
    url: Url,
    *,
    no_clobber: bool = False,
    content_type: str | None = None,
    memory: str | int | None = None,
    **options: Any,
) -> SinkFile:
    """An object as a file to write, which appears whole when it is closed.

    The first 5 MiB may be written again until then. An MP4 or MOV that a muxer writes in one pass is
    published with its index in front. Use it in a ``with``: an exception discards it.

    content_type: by the name's extension where it is left out.
    memory: of the parts on their way, ``"256M"`` or bytes.
    options: of the store, those of ``s3reel probe`` with underscores.
    """
    where = name_of(url)
    guessed = mimetypes.guess_type(where)[0] or "application/octet-stream"
    words = words_of("probe", options, url)
    core = _core.open_sink(
        words, content_type or guessed, no_clobber, "" if memory is None else str(memory)
    )
    return SinkFile(core, where)
