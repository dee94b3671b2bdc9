"""What is written to a destination, and appears there whole or not at all."""

from __future__ import annotations

from types import TracebackType


class Published:
    """The end of a ``with`` publishes; an exception that leaves it, or being forgotten, discards.

    For classes with close(), abort(), and a ``_core`` that is None once one of them was called. Comes
    before other bases: a file's own ``__del__`` would close, and so publish it.
    """

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def __del__(self) -> None:
        if getattr(self, "_core", None) is not None:
            self.abort()
