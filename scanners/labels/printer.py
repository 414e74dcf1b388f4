"""This file is sending labels to a thermal printer and knowing of each one whether it was printed.

A label counts as printed when, after it, the printer says that nothing waits and nothing is wrong. After a jam the rest
is sent from the first label that does not count; that one may then come out twice, with the same code both times.
Source: ZPL II Programming Guide: ~HS, host status.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import sleep

PORT = 9100
_ASK = b"~HS"
_LINES = 3  # of a status; each ends with ETX
_POLLS = 100
_PAUSE_SECONDS = 0.1


class Jam(ConnectionError):
    """The printer stopped. done: how many labels count as printed, which is where to go on; reason: for people."""

    def __init__(self, done: int, reason_zh: str, reason_en: str) -> None:
        self.done = done
        self.reason_zh = reason_zh
        self.reason_en = reason_en
        super().__init__(f"{reason_en} after {done} labels")


@dataclass(frozen=True, slots=True)
class Status:
    """What a printer says of itself. waiting: formats received and labels of a batch that are still to print."""

    paper_out: bool
    paused: bool
    head_open: bool
    ribbon_out: bool
    waiting: int

    @property
    def trouble(self) -> tuple[str, str] | None:
        """What a person has to put right, in Chinese and English."""
        for wrong, zh, en in (
            (self.paper_out, "标签用完", "The labels are used up"),
            (self.ribbon_out, "碳带用完", "The ribbon is used up"),
            (self.head_open, "打印头未合上", "The print head is open"),
            (self.paused, "打印机已暂停", "The printer is paused"),
        ):
            if wrong:
                return zh, en
        return None


def status_of(answer: bytes) -> Status:
    """The status in the three lines of an answer.

    Raises: ValueError where it is none.
    """
    lines = [line.strip(b"\x02\r\n ").split(b",") for line in answer.split(b"\x03") if line.strip(b"\x02\r\n ")]
    if len(lines) < 2 or len(lines[0]) < 5 or len(lines[1]) < 9:
        raise ValueError(f"Not a printer's status: {answer[:80]!r}")
    return Status(
        paper_out=lines[0][1] == b"1",
        paused=lines[0][2] == b"1",
        head_open=lines[1][2] == b"1",
        ribbon_out=lines[1][3] == b"1",
        waiting=int(lines[0][4]) + int(lines[1][8]),
    )


def print_labels(
    host: str,
    formats: Sequence[str],
    *,
    port: int = PORT,
    first: int = 0,
    timeout_seconds: float = 10,
    pause: Callable[[float], None] = sleep,
) -> Iterator[int]:
    """Send the labels from number `first` on, yielding after each one how many count as printed so far.

    Raises: Jam, where the printer stops, is away, or has trouble; go on later with `first=jam.done`.
    """
    done = first
    try:
        with socket.create_connection((host, port), timeout_seconds) as line:
            for text in formats[first:]:
                line.sendall(text.encode())
                _wait(line, done, pause)
                done += 1
                yield done
    except Jam:
        raise
    except (OSError, ValueError) as lost:
        raise Jam(done, "与打印机的连接中断", "The connection to the printer broke") from lost


def _wait(line: socket.socket, done: int, pause: Callable[[float], None]) -> None:
    """Come back when nothing waits in the printer."""
    for _ in range(_POLLS):
        line.sendall(_ASK)
        status = status_of(_answer(line))
        if status.trouble is not None:
            raise Jam(done, *status.trouble)
        if not status.waiting:
            return
        pause(_PAUSE_SECONDS)
    raise Jam(done, "打印机没有完成打印", "The printer did not finish")


def _answer(line: socket.socket) -> bytes:
    answer = b""
    while answer.count(b"\x03") < _LINES:
        part = line.recv(4096)
        if not part:
            raise ConnectionResetError("The printer closed the line")
        answer += part
    return answer
