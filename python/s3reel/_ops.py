"""Steps of a chain: what a list of ops may hold."""

from __future__ import annotations

import inspect
import operator
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Union, overload

from . import _core
from ._options import Url, encoded, name_of

Function = Callable[[Any], Any]

_WIDEST = 1000  # frames; the chain sets memory aside for all


@dataclass(frozen=True)
class Color:
    """How samples become colours, in FFmpeg's words ("tv", "bt709"); empty where nobody says."""

    range: str
    primaries: str
    transfer: str
    matrix: str


@dataclass(frozen=True)
class Op:
    """A callable with what it promises; made by :func:`op`. Calling it calls the function."""

    function: Function
    name: str
    format: str | None = None
    inplace: bool = False
    temporal: str = "sequential"
    before: int = 0
    after: int = 0
    changes_size: bool = True
    changes_rate: bool = False
    changes_format: bool = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    @property
    def arrays(self) -> bool:
        """The function gets one array (height, width, 3) of uint8, not a :class:`Frame`."""
        return self.format is None

    @property
    def formats(self) -> list[str]:
        return ["rgb24"] if self.arrays else [one.strip() for one in self.format.split(",") if one]


def _check_words(name: str, value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} is a str, not {type(value).__name__}")


def _window(window: object) -> tuple[int, int]:
    try:
        before, after = map(operator.index, window)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        raise TypeError(f"window is two whole numbers (before, after), not {window!r}") from None
    if not (0 <= before <= _WIDEST and 0 <= after <= _WIDEST):
        raise ValueError(f"window is of 0 to {_WIDEST} frames before and after, not {window!r}")
    return before, after


@overload
def op(
    function: Function,
    *,
    format: str | None = None,
    inplace: bool = False,
    stateless: bool = False,
    window: tuple[int, int] | None = None,
    changes_size: bool = True,
    changes_rate: bool = False,
    changes_format: bool = False,
    name: str | None = None,
) -> Op: ...


@overload
def op(
    function: None = None,
    *,
    format: str | None = None,
    inplace: bool = False,
    stateless: bool = False,
    window: tuple[int, int] | None = None,
    changes_size: bool = True,
    changes_rate: bool = False,
    changes_format: bool = False,
    name: str | None = None,
) -> Callable[[Function], Op]: ...


def op(
    function: Function | None = None,
    *,
    format: str | None = None,
    inplace: bool = False,
    stateless: bool = False,
    window: tuple[int, int] | None = None,
    changes_size: bool = True,
    changes_rate: bool = False,
    changes_format: bool = False,
    name: str | None = None,
) -> Any:
    """Says what a callable takes and promises.

    Without arguments it gets an array ``(height, width, 3)`` of RGB, and returns one.

    format: pixel formats in FFmpeg's names, ``"yuv420p10le"`` or ``"yuv420p,nv12"``. The callable
        then gets a :class:`Frame`, whose planes are views of the frame's own samples.
    inplace: it may write into what it gets, and returning None stands for that.
    stateless: it looks at one frame alone, so that several may run at once.
    window: (before, after): it looks at so many neighbours. An array that it returns is the picture
        of the oldest frame for which none was returned: it may return None for the first ``after``
        frames, and ``flush`` the last pictures.
    changes_size, changes_rate, changes_format: what it may change. With changes_rate it may return
        None (no frame) or a list of frames.
    name: for messages; the function's own by default.
    """

    if stateless and window is not None:
        raise TypeError("an op is stateless or has a window, not both")
    before, after = (0, 0) if window is None else _window(window)
    _check_words("format", format)
    _check_words("name", name)

    def wrap(inner: Function) -> Op:
        if not callable(inner):
            raise TypeError(f"an op is a callable, not {type(inner).__name__}")
        return Op(
            function=inner,
            name=name or str(getattr(inner, "__name__", type(inner).__name__)),
            format=format,
            inplace=bool(inplace),
            temporal="stateless" if stateless else "sequential" if window is None else "window",
            before=before,
            after=after,
            changes_size=bool(changes_size),
            changes_rate=bool(changes_rate),
            changes_format=bool(changes_format),
        )

    return wrap if function is None else wrap(function)


def _words(value: object) -> str:
    return os.fsdecode(value) if isinstance(value, (bytes, os.PathLike)) else str(value)


@dataclass(frozen=True)
class Plugin:
    """An op in a shared library; made by :func:`plugin`."""

    path: str
    parameters: Mapping[str, str]


def plugin(path: Url, **parameters: object) -> Plugin:
    """An op in a shared library, with its parameters."""
    return Plugin(name_of(path), {name: _words(value) for name, value in parameters.items()})


@dataclass(frozen=True)
class Graph:
    """A libavfilter graph with other videos going into it; made by :func:`filter`."""

    graph: str
    inputs: Mapping[str, str]


def filter(graph: str, **inputs: object) -> Graph:
    """A libavfilter graph, with the URLs of other videos by the labels of its inputs.

    ``filter("[in][small]overlay=10:10", small="s3://videos/corner.mp4")``
    """
    return Graph(graph, {name: _words(url) for name, url in inputs.items()})


Step = Union[str, Plugin, Graph, Op, Function]


def _all_encoded(values: Mapping[str, str]) -> dict[str, bytes]:
    return {name: encoded(value) for name, value in values.items()}


def _step(step: Step) -> tuple[object, ...]:
    if isinstance(step, str):
        is_op = step.partition(":")[0] in _core.op_names()
        return ("op", encoded(step)) if is_op else ("filter", encoded(step), {})
    if isinstance(step, Graph):
        return ("filter", encoded(step.graph), _all_encoded(step.inputs))
    if isinstance(step, Plugin):
        return ("plugin", encoded(step.path), _all_encoded(step.parameters))
    if isinstance(step, Op):
        return ("python", step)
    if callable(step) and not inspect.isclass(step):
        return ("python", op(step))
    raise TypeError(
        f"{step!r} is no op: give the name of a built-in op, a libavfilter graph, filter(...), plugin(...), "
        "or a callable"
    )


def steps_of(ops: Union[Step, Iterable[Step]]) -> list[tuple[object, ...]]:
    if isinstance(ops, (str, Op, Plugin, Graph)) or callable(ops):
        ops = [ops]
    return [_step(one) for one in ops]
