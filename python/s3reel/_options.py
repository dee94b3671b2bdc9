"""Options as keywords: the command's own, with underscores."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Union

Url = Union[str, "os.PathLike[str]"]


def words_of(options: Mapping[str, object]) -> list[str]:
    """crf=20 is --crf=20, no_clobber=True is --no-clobber."""
    words: list[str] = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(option)
        elif isinstance(value, Mapping):
            words += [f"{option}={key}={one}" for key, one in value.items()]
        else:
            words.append(f"{option}={value}")
    return words
