"""Objects as files, for code that has its own demuxer or muxer."""

from __future__ import annotations

import io
import mimetypes
from typing import Any

from . import _core
from ._arguments import memory as budget
from ._arguments import switch, text, whole
from ._options import Url, name_of, words_of
from ._published import Published

_BUFFER = 1 << 20
_FARTHEST = (1 << 63) - 1


def _position(offset: int, whence: int, here: int, end: int) -> int:
    offset = whole("offset", offset)
    base = {io.SEEK_SET: 0, io.SEEK_CUR: here, io.SEEK_END: end}.get(whence)
    if base is None:
        raise ValueError(f"whence is 0, 1 or 2, not {whence}")
    if base + offset < 0:
        raise ValueError(f"position {base + offset} lies before the beginning")
    if base + offset > _FARTHEST:
        raise OverflowError(f"position {base + offset} is beyond all files")
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
        self._checkClosed()
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._checkClosed()
        self._at = _position(offset, whence, self._at, self.size)
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._checkClosed()
        view = memoryview(buffer).cast("B")
        if view.readonly:
            raise TypeError(f"{type(buffer).__name__} cannot be written; read into a bytearray")
        count = self._core.read_at(self._at, view) if len(view) else 0
        self._at += count
        return count

    def write(self, data: Any) -> int:
        raise io.UnsupportedOperation("not writable")

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
    core = _core.open_source(words, budget(memory))
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
        self._checkClosed()
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._checkClosed()
        self._at = _position(offset, whence, self._at, self._core.end())
        return self._at

    def readinto(self, buffer: Any) -> int:
        raise io.UnsupportedOperation("not readable")  # and so do read() and readline()

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
    kind = guessed if content_type is None else text("content_type", content_type)
    core = _core.open_sink(words, kind, switch("no_clobber", no_clobber), budget(memory))
    return SinkFile(core, where)
