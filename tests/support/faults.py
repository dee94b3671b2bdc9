"""What a proxy can do to an exchange between a client and its store.

A fault sees the exchange at four places, in this order: before the request goes to the store, on the
request's body, the answer's head, the answer as it goes out. What it does there it says with fire(),
so that the log shows the faults that came to pass, not those that were planned.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import NoReturn, Protocol

from . import http_wire
from .http_wire import Head

Pieces = Iterator[bytes]


@dataclass
class Exchange:
    """One request and its answer, as the log shows them."""

    number: int
    operation: str
    method: str
    key: str  # bucket and key as in the path, decoded
    query: str
    host: str
    range: str = ""
    if_match: str = ""
    request_bytes: int = 0  # of the body, as sent to the store
    status: int = 0
    response_bytes: int = 0  # of the body, as sent to the client
    began: float = 0.0  # seconds since the proxy started
    answered: float = 0.0
    ended: float = 0.0
    fault: str = ""  # made on purpose
    broken: str = ""  # what either side did to the connection of itself


@dataclass(frozen=True)
class Answer:
    """Given in the store's stead."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Link(Protocol):
    """The exchange under way, as far as a fault may reach into it."""

    exchange: Exchange

    def fire(self, fault: str) -> None:
        """The log names the fault from now on."""

    def cut(self, *, reset: bool = False) -> NoReturn:
        """Closes the connection to the client, with RST instead of FIN where asked."""

    def wait(self, event: threading.Event) -> None:
        """Cuts when the client leaves meanwhile, or the proxy closes."""

    def pause(self, seconds: float) -> None:
        """The same, for so long."""

    def stall(self) -> NoReturn:
        """The same, until then."""


class Fault:
    """Changes nothing: what each fault starts from."""

    def concerns(self, exchange: Exchange) -> bool:
        """Whether the exchange can have the fault at all; asked under the proxy's lock."""
        del exchange
        return True

    def before(self, request: Head, link: Link) -> Answer | None:
        """The request's head is here, nothing has gone to the store. An answer keeps it from there."""
        del request, link
        return None

    def request_body(self, pieces: Pieces, link: Link) -> Pieces:
        del link
        return pieces

    def answer_head(self, answer: Head, link: Link) -> Head:
        del link
        return answer

    def answer_bytes(self, answer: Head, pieces: Pieces, link: Link) -> Pieces:
        """The answer as it goes to the client: its head in one piece, then its body."""
        del answer, link
        return pieces


@dataclass
class Refuse(Fault):
    """Closes without asking the store."""

    reset: bool = False

    def before(self, request: Head, link: Link) -> None:
        del request
        link.fire("reset" if self.reset else "refused")
        link.cut(reset=self.reset)


@dataclass
class Delay(Fault):
    seconds: float

    def before(self, request: Head, link: Link) -> None:
        del request
        link.fire(f"delayed by {self.seconds:g} s")
        link.pause(self.seconds)


@dataclass
class Hold(Fault):
    """The request waits for the event. When its client leaves meanwhile, it never reaches the store."""

    event: threading.Event

    def before(self, request: Head, link: Link) -> None:
        del request
        link.fire("held")
        link.wait(self.event)


@dataclass
class HoldAnswer(Fault):
    """The store has done its work; the client waits for the event."""

    event: threading.Event

    def answer_head(self, answer: Head, link: Link) -> Head:
        link.fire("answer held")
        link.wait(self.event)
        return answer


class LoseAnswer(Fault):
    """The store has done its work; the client never hears."""

    def answer_head(self, answer: Head, link: Link) -> NoReturn:
        link.fire(f"answer {answer.status} lost")
        link.cut()


@dataclass
class AnswerWith(Fault):
    """Answers in the store's stead."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def before(self, request: Head, link: Link) -> Answer:
        del request
        link.fire(f"answered {self.status}")
        return Answer(self.status, self.body, self.headers)


@dataclass
class SkewClock(Fault):
    """Judges a request's date by a clock that is off, as a store does: too far away is refused, with
    that clock's time. The store behind takes what differs by less than 15 minutes from its own."""

    ahead_s: float = 600.0
    tolerance_s: float = 300.0

    def before(self, request: Head, link: Link) -> Answer | None:
        now = datetime.now(UTC) + timedelta(seconds=self.ahead_s)
        sent = datetime.strptime(request.get("x-amz-date"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs((now - sent).total_seconds()) <= self.tolerance_s:
            return None
        link.fire(f"clock {self.ahead_s:g} s ahead")
        body = error_body("RequestTimeTooSkewed", "The difference between the times is too large.")
        return Answer(403, body, {"Date": format_datetime(now, usegmt=True)})


@dataclass
class ChangeHead(Fault):
    """Headers of the store's answer get other values."""

    headers: Mapping[str, str]

    def answer_head(self, answer: Head, link: Link) -> Head:
        link.fire("head changed: " + ", ".join(self.headers))
        return answer.replaced(self.headers)


@dataclass
class CutAnswer(Fault):
    """Closes the connection in the answer, so many bytes into its body; a negative number is so many
    bytes short of its head's end."""

    after: int
    reset: bool = False

    def answer_bytes(self, answer: Head, pieces: Pieces, link: Link) -> Pieces:
        end = self.end(answer)

        def cut() -> NoReturn:
            link.fire(f"answer cut after {end} bytes")
            link.cut(reset=self.reset)

        return broken(pieces, len(answer.raw) + end, cut)

    def end(self, answer: Head) -> int:
        del answer
        return self.after


@dataclass
class CutAt(CutAnswer):
    """Closes in the answer that carries the object's byte at offset `after`, in front of it."""

    def concerns(self, exchange: Exchange) -> bool:
        return http_wire.covers(exchange.range, self.after)

    def end(self, answer: Head) -> int:
        return self.after - http_wire.first_byte(answer)


@dataclass
class StallAnswer(Fault):
    """Falls silent for ever in the answer; `after` as with CutAnswer."""

    after: int

    def answer_bytes(self, answer: Head, pieces: Pieces, link: Link) -> Pieces:
        def stall() -> NoReturn:
            link.fire(f"answer stalled after {self.after} bytes")
            link.stall()

        return broken(pieces, len(answer.raw) + self.after, stall)


@dataclass
class Trickle(Fault):
    """The answer comes by drops."""

    bytes_per_second: float = 10.0

    def answer_bytes(self, answer: Head, pieces: Pieces, link: Link) -> Pieces:
        link.fire(f"answer at {self.bytes_per_second:g} bytes/s")
        for piece in pieces:
            for at in range(len(piece)):
                link.pause(1 / self.bytes_per_second)
                yield piece[at : at + 1]


@dataclass
class Surplus(Fault):
    """The body is longer than what was asked for; the head owns up to it or keeps to its promise."""

    count: int = 1
    announced: bool = True

    def answer_head(self, answer: Head, link: Link) -> Head:
        link.fire(f"{self.count} bytes too many")
        if not self.announced:
            return answer
        length = int(answer.get("content-length")) + self.count
        return answer.replaced({"Content-Length": str(length)})

    def answer_bytes(self, answer: Head, pieces: Pieces, link: Link) -> Pieces:
        yield from pieces
        yield bytes(self.count)
        if not self.announced:
            link.cut()  # the bytes behind the end belong to no answer


@dataclass
class CutRequest(Fault):
    """Closes after so many bytes of the request's body; the store sees a client that broke off."""

    after: int
    reset: bool = False

    def request_body(self, pieces: Pieces, link: Link) -> Pieces:
        def cut() -> NoReturn:
            link.fire(f"request cut after {self.after} bytes")
            link.cut(reset=self.reset)

        return broken(pieces, self.after, cut)


@dataclass
class StallRequest(Fault):
    """Takes no more than so many bytes of the request's body."""

    after: int

    def request_body(self, pieces: Pieces, link: Link) -> Pieces:
        def stall() -> NoReturn:
            link.fire(f"request stalled after {self.after} bytes")
            link.stall()

        return broken(pieces, self.after, stall)


def broken(pieces: Pieces, end: int, at_end: Callable[[], NoReturn]) -> Pieces:
    """The first `end` bytes, then at_end; where there are fewer, all of them, untroubled."""
    for piece in pieces:
        if len(piece) >= end:
            yield piece[:end]
            at_end()
        end -= len(piece)
        yield piece


def error_body(code: str, message: str, **more: str) -> bytes:
    """An error as S3 words it."""
    fields = {"Code": code, "Message": message, **more}
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()
