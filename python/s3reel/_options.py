"""Options as keywords: the command's own, with underscores; and names of files and objects."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Union

from . import _core
from ._arguments import switch

Url = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


def _bytes_of(value: object) -> bytes:
    """A path as the system has it, whatever bytes it holds; anything else as UTF-8."""
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, bytes):
        return value
    words = str(value)
    return words.encode("utf-8", "surrogateescape") if "://" in words else os.fsencode(words)


def encoded(name: str, value: object) -> bytes:
    """The value of an option, or of what else has a name."""
    word = _bytes_of(value)
    if b"\0" in word:
        raise ValueError(f"{name}: embedded null byte")
    return word


def name_of(url: Url) -> str:
    """The same as a str, for people and for comparisons."""
    return os.fsdecode(url)


def _values(name: str, kind: str, value: object) -> list[bytes]:
    """What follows the = of each time that the option is given."""
    if value is True:
        raise TypeError(f"{name} takes a value, not True")
    if kind != "many":
        if isinstance(value, (Mapping, list, tuple)):
            raise TypeError(f"{name} takes one value, not {value!r}")
        return [encoded(name, value)]
    if isinstance(value, Mapping):
        return [encoded(name, key) + b"=" + encoded(name, one) for key, one in value.items()]
    return [encoded(name, one) for one in (value if isinstance(value, (list, tuple)) else [value])]


def words_of(command: str, options: Mapping[str, object], *places: Url) -> list[bytes]:
    """The command's words.

    crf=20 is --crf=20, no_clobber=True is --no-clobber. An option that may be repeated takes a list,
    or a dict where its values are pairs. None and False leave one out.
    """
    words = [command.encode()]
    kinds = _core.options_of(command)
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        kind = kinds.get(option, "one")
        if value is None or value is False:
            continue
        if kind == "flag" or (value is True and option not in kinds):
            switch(name, value)
            words.append(encoded(name, option))
        else:
            words += [encoded(name, option) + b"=" + one for one in _values(name, kind, value)]
    return [*words, b"--", *(_bytes_of(os.fspath(place)) for place in places)]
