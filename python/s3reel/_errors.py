"""What can go wrong, by whose turn it is to act; the same facts as the command's errors."""

from __future__ import annotations


class Error(Exception):
    """Every failure of s3reel. `str()` is one sentence: what, where, why, what to try."""

    exit_code = 1  #: of the command, in the same case
    retryable = False  #: a later try may succeed without any change
    operation = ""  #: what was attempted: "s3.UploadPart", "decode", "op blur"
    subject = ""  #: on what: "s3://bucket/key part 7", "frame at 1.480 s"
    reason = ""
    hint = ""
    http_status = 0  #: 0: no response was received
    s3_code = ""  #: the store's own: "SlowDown"
    request_id = ""  #: for the store's support


class InternalError(Error):
    """A defect in s3reel."""


class UsageError(Error, ValueError):
    """An option, an op or a combination that makes no sense."""


class InputError(Error):
    """The source is not a usable video: not a video, corrupt, truncated."""


class StoreRefused(Error):
    """The store said no: not found, denied, exists, changed under the job."""


class StoreUnavailable(Error):
    """The store did not answer after all retries; a later try may succeed."""


class OpError(Error):
    """A step of the chain failed; what a callable raised is the `__cause__`."""


class LossError(Error):
    """Something would be lost, and strictness was asked for."""


class Interrupted(Error):
    """The job was told to stop."""
