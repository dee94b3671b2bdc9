"""Callables by name, as ``--python MODULE:NAME`` gives them."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from types import ModuleType
from typing import Any

from ._errors import UsageError
from ._ops import Op, op


def _module(where: str) -> ModuleType:
    if not where.endswith(".py"):
        # As python -m does; the script of the wheel would not look there.
        if os.getcwd() not in sys.path and "" not in sys.path:
            sys.path.insert(0, os.getcwd())
        return importlib.import_module(where)
    name = os.path.splitext(os.path.basename(where))[0]
    spec = importlib.util.spec_from_file_location(name, where)
    if spec is None or spec.loader is None:
        raise ImportError(f"{where} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(name, module)
    spec.loader.exec_module(module)
    return module


def load(text: str) -> Op:
    """The op that ``package.module:name`` or ``file.py:name`` says.

    What the module itself raises is raised; UsageError for a name that leads to nothing.
    """
    where, colon, name = text.rpartition(":")
    if not (where and colon and name):
        raise UsageError("write module:name or file.py:name")
    try:
        found: Any = _module(where)
    except (ImportError, FileNotFoundError) as error:
        raise UsageError(str(error)) from error
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found) or isinstance(found, type):
        raise UsageError(f"there is no callable '{name}' in {where}")
    return found if isinstance(found, Op) else op(found)
