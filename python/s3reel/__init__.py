"""Stream a video out of S3, every frame through your code, back into S3."""

from __future__ import annotations

from ._core import Frame, version_lines
from ._errors import (
    Error,
    InputError,
    InternalError,
    Interrupted,
    LossError,
    OpError,
    StoreRefused,
    StoreUnavailable,
    UsageError,
)
from ._files import SinkFile, SourceFile, open_sink, open_source
from ._jobs import Progress, probe, process
from ._ops import Color, Graph, Op, Plugin, Window, filter, op, plugin
from ._reader import Video, open
from ._writer import Writer, create

__version__ = version_lines()[0].split()[1]

__all__ = [
    "Color",
    "Error",
    "Frame",
    "Graph",
    "InputError",
    "InternalError",
    "Interrupted",
    "LossError",
    "Op",
    "OpError",
    "Plugin",
    "Progress",
    "SinkFile",
    "SourceFile",
    "StoreRefused",
    "StoreUnavailable",
    "UsageError",
    "Video",
    "Window",
    "Writer",
    "create",
    "filter",
    "op",
    "open",
    "open_sink",
    "open_source",
    "plugin",
    "probe",
    "process",
]
