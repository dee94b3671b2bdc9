# What stubgen cannot know of the objects that the module hands out: types for their users.

_core.Frame.plane$:
    \from typing import Any
    \from numpy.typing import NDArray
    def plane(self, index: int = 0) -> NDArray[Any]:
        \doc

_core.Frame.planes$:
    @property
    def planes(self) -> list[NDArray[Any]]:
        \doc

_core.Frame.array$:
    @property
    def array(self) -> NDArray[Any]:
        \doc

_core.Frame.__array__$:
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        \doc

_core.Frame.__dlpack__$:
    def __dlpack__(self, **kwargs: Any) -> Any:
        \doc

_core.Frame.__dlpack_device__$:
    def __dlpack_device__(self) -> tuple[int, int]: ...

_core.Frame.time_base$:
    \from fractions import Fraction
    @property
    def time_base(self) -> Fraction:
        \doc

_core.Frame.color$:
    \from s3reel._ops import Color
    @property
    def color(self) -> Color:
        \doc

_core.FrameSequence.__iter__$:
    def __iter__(self) -> FrameSequence: ...

_core.process$:
    def process(words: Sequence[bytes], steps: list, progress: object | None) -> dict[str, Any]: ...

_core.probe$:
    def probe(words: Sequence[bytes]) -> dict[str, Any]: ...
