"""Steps of a chain: what a list of ops may hold."""

from __future__ import annotations

import inspect
import operator
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Union, overload

from . import _core
from ._arguments import text, word
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
class Window:
    """The contract of an op that looks at its frame and at so many neighbours of it.

    ``Window(before=1, after=2)``: 0 to 1000 frames on each side.
    """

    before: int = 0
    after: int = 0

    def __post_init__(self) -> None:
        for side in ("before", "after"):
            given = getattr(self, side)
            try:
                count = operator.index(given)
            except TypeError:
                raise TypeError(f"{side} of a Window is a whole number, not {given!r}") from None
            if not 0 <= count <= _WIDEST:
                raise ValueError(f"{side} of a Window is 0 to {_WIDEST} frames, not {given!r}")
            object.__setattr__(self, side, count)


Contract = Union[Literal["sequential", "stateless"], Window]


@dataclass(frozen=True)
class Op:
    """A callable with what it promises; made by :func:`op`. Calling it calls the function."""

    function: Function
    name: str
    format: str | None = None
    inplace: bool = False
    contract: Contract = "sequential"
    changes_size: bool = True
    changes_rate: bool = False
    changes_format: bool = False

    def __post_init__(self) -> None:
        _check_contract(self.contract)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Op:
        """An op that was made of a method is, of an object, one of its bound method."""
        bind = getattr(self.function, "__get__", None)
        return self if bind is None else replace(self, function=bind(instance, owner))

    @property
    def arrays(self) -> bool:
        """The function gets one array (height, width, 3) of uint8, not a :class:`Frame`."""
        return self.format is None

    @property
    def formats(self) -> list[str]:
        return ["rgb24"] if self.arrays else [one.strip() for one in self.format.split(",") if one]


def _check_contract(contract: object) -> None:
    if isinstance(contract, Window):
        return
    words = f'contract is "sequential", "stateless" or a Window, not {contract!r}'
    if not isinstance(contract, str):
        raise TypeError(words)
    if contract not in ("sequential", "stateless"):
        raise ValueError(words)


@overload
def op(
    function: Function,
    *,
    format: str | None = None,
    inplace: bool = False,
    contract: Contract = "sequential",
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
    contract: Contract = "sequential",
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
    contract: Contract = "sequential",
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
    contract: what it must know of other frames. ``"sequential"``: all before its own.
        ``"stateless"``: none, so that several may run at once. ``Window(before=1, after=2)``: so many
        neighbours. An array that one with a window returns is the picture of the oldest frame for
        which none was returned: it may return None for the first ``after`` frames, and ``flush``
        the last pictures.
    changes_size, changes_rate, changes_format: what it may change. With changes_rate it may return
        None (no frame) or a list of frames.
    name: for messages; the function's own by default.

    A method of a class may be declared as well. An Op is declared already: TypeError.
    """

    _check_contract(contract)
    if format is not None:
        text("format", format)
    if name is not None:
        word("name", name)

    def wrap(inner: Function) -> Op:
        if isinstance(inner, Op):
            raise TypeError(f"{inner.name} is an op already; declare its function: op(it.function, ...)")
        if not callable(inner):
            raise TypeError(f"an op is a callable, not {type(inner).__name__}")
        return Op(
            function=inner,
            name=name or str(getattr(inner, "__name__", type(inner).__name__)),
            format=format,
            inplace=bool(inplace),
            contract=contract,
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
    if not isinstance(graph, str):
        raise TypeError(f"graph is a str, not {type(graph).__name__}")
    return Graph(graph, {name: _words(url) for name, url in inputs.items()})


Step = Union[str, Plugin, Graph, Op, Function]


def _all_encoded(values: Mapping[str, str]) -> dict[str, bytes]:
    return {name: encoded(name, value) for name, value in values.items()}


def _step(step: Step) -> tuple[object, ...]:
    if isinstance(step, str):
        if step.partition(":")[0] in _core.op_names():
            return ("op", encoded("op", step))
        return ("filter", encoded("graph", step), {})
    if isinstance(step, Graph):
        return ("filter", encoded("graph", step.graph), _all_encoded(step.inputs))
    if isinstance(step, Plugin):
        return ("plugin", encoded("plugin", step.path), _all_encoded(step.parameters))
    if isinstance(step, Op):
        return ("python", step)
    if callable(step) and not inspect.isclass(step):
        return ("python", op(step))
    raise TypeError(
        f"{step!r} is no op: give the name of a built-in op, a libavfilter graph, filter(...), plugin(...), "
        "or a callable"
    )


def steps_of(ops: Union[Step, Iterable[Step], None]) -> list[tuple[object, ...]]:
    if ops is None:
        return []
    if isinstance(ops, (str, Op, Plugin, Graph)) or callable(ops):
        ops = [ops]
    if isinstance(ops, bytes) or not isinstance(ops, Iterable):
        raise TypeError(f"ops is a list of ops, or one of them, not {ops!r}")
    return [_step(one) for one in ops]
