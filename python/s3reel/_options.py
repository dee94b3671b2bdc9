"""Options as keywords: the command's own, with underscores; and names of files and objects."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Union

Url = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


def encoded(value: object) -> bytes:
    """A path as the system has it, whatever bytes it holds; anything else as UTF-8."""
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, bytes):
        return value
    words = str(value)
    return words.encode("utf-8", "surrogateescape") if "://" in words else os.fsencode(words)


def name_of(url: Url) -> str:
    """The same as a str, for people and for comparisons."""
    return os.fsdecode(url)


def words_of(command: str, options: Mapping[str, object], *places: Url) -> list[bytes]:
    """The command's words. crf=20 is --crf=20, no_clobber=True is --no-clobber."""
    words = [command.encode()]
    for name, value in options.items():
        option = encoded("--" + name.replace("_", "-"))
        if value is None or value is False:
            continue
        if value is True:
            words.append(option)
        elif isinstance(value, Mapping):
            words += [b"%b=%b=%b" % (option, encoded(key), encoded(one)) for key, one in value.items()]
        else:
            words.append(option + b"=" + encoded(value))
    return [*words, b"--", *(encoded(os.fspath(place)) for place in places)]
