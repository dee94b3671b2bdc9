"""``python -m s3reel`` and the wheel's script: the command, in this process."""

from __future__ import annotations

import os
import signal
import sys

from . import _core
from ._callable import load


def main() -> int:
    # The command watches its own signals, and a reader that went away is an error to report.
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    os.environ.setdefault("SVT_LOG", "1")
    return _core.run_command([os.fsencode(word) for word in sys.argv[1:]], load)


if __name__ == "__main__":
    sys.exit(main())
