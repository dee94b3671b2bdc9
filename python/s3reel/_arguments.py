"""Arguments in the forms that the core takes; what does not fit is refused by its name."""

from __future__ import annotations

import operator
from typing import SupportsFloat, cast

_TICKS = 1 << 63


def word(name: str, value: object) -> str:
    """Of any letters, halves of them too: messages can show those."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is a str, not {type(value).__name__}")
    if "\0" in value:
        raise ValueError(f"{name}: embedded null byte")
    return value


def text(name: str, value: object) -> str:
    """What is taken for UTF-8."""
    checked = word(name, value)
    try:
        checked.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{name} is no text: {error}") from None
    return checked


def number(name: str, value: object) -> float:
    if not (hasattr(value, "__float__") or hasattr(value, "__index__")):
        raise TypeError(f"{name} is a number, not {value!r}")
    try:
        return float(cast(SupportsFloat, value))
    except (TypeError, OverflowError):
        raise TypeError(f"{name} is a number, not {value!r}") from None


def whole(name: str, value: object) -> int:
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} is a whole number, not {value!r}") from None


def ticks(name: str, value: object, count: int) -> int:
    """A time in units of a time base, as the core counts them."""
    if not -_TICKS <= count < _TICKS:
        raise ValueError(f"{name} is beyond all films: {value!r}")
    return count


def switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} is True or False, not {value!r}")
    return value


def size(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    words = f"size is two whole numbers (width, height), not {value!r}"
    try:
        width, height = map(operator.index, value)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        raise TypeError(words) from None
    if max(abs(width), abs(height)) >= 1 << 31:
        raise ValueError(f"size is too large: {value!r}")
    return width, height


def memory(value: object) -> str:
    """A budget: as the command takes it, or bytes; None: by machine."""
    if value is None:
        return ""
    if isinstance(value, str):
        return text("memory", value)
    try:
        return str(operator.index(value))  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f'memory is a str as "256M" or bytes, not {value!r}') from None
