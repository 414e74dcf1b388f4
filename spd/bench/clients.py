"""This file is clients: so many at once, in processes and threads, each act timed, all begun at one moment."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, repeat
from typing import Any

Act = Callable[[str], None]
Opened = Callable[..., Act]


class ClientFailed(RuntimeError):
    """A client could not do its act; a run with failures is no measurement."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Acts per second, and how long one took, in milliseconds."""

    name: str
    clients: int
    count: int
    per_second: float
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, name: str, clients: int, seconds: float, times: Sequence[float]) -> Measured:
        """The figures of times in seconds."""
        ordered = sorted(times)

        def at(part: float) -> float:
            return ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000

        return cls(
            name=name,
            clients=clients,
            count=len(ordered),
            per_second=len(ordered) / seconds,
            p50=at(0.50),
            p95=at(0.95),
            p99=at(0.99),
        )


def measure(
    name: str, opened: Opened, said: tuple[Any, ...], codes: Sequence[str], *, clients: int, processes: int,
    pace: float = 0,
) -> Measured:  # fmt: skip
    """Every code handled once by `opened(*said)`, by so many clients spread over so many processes.

    At a `pace` of so many acts a second and process, each is timed from when it was due; else the next follows at once.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["spd.bench.acts"])  # processes of their own that need not load it each
    gate = context.Barrier(processes)
    pipes = []
    for number in range(processes):
        mine = list(codes[number::processes])
        threads = clients // processes + (number < clients % processes)
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_process, args=(partial(opened, *said), mine, threads, pace, gate, theirs))
        process.start()
        pipes.append((process, ours))
    answers = []
    for process, pipe in pipes:
        answer = pipe.recv()
        process.join()
        if isinstance(answer, str):
            raise ClientFailed(answer)
        answers.append(answer)
    began = min(begin for begin, _, _ in answers)
    ended = max(end for _, end, _ in answers)
    return Measured.of(name, clients, ended - began, [one for _, _, times in answers for one in times])


def _process(opened: Callable[[], Act], codes: list[str], threads: int, pace: float, gate: Any, pipe: Any) -> None:
    try:
        acts = [opened() for _ in range(threads)]
        warm, rest = codes[:threads], codes[threads:]
        for act, code in zip(acts, warm, strict=False):
            act(code)  # connects, compiles, prepares; not timed
        gate.wait(120)
        times: list[list[float]] = [[] for _ in acts]
        failed: list[BaseException] = []
        begin = time.time()
        left = _in_turn(rest, pace)
        crew = [threading.Thread(target=_thread, args=(act, left, times[n], failed)) for n, act in enumerate(acts)]
        for one in crew:
            one.start()
        for one in crew:
            one.join()
        answer = (begin, time.time(), [one for own in times for one in own])
        pipe.send(f"{type(failed[0]).__name__}: {failed[0]}" if failed else answer)
    except BaseException as error:  # noqa: BLE001 - told to the process that waits
        pipe.send(f"{type(error).__name__}: {error}")


def _in_turn(codes: Sequence[str], pace: float) -> Iterator[tuple[str, float]]:
    """Each code, and when it is due. Whoever is ready takes the next: none is done while others still have a pile."""
    if not pace:
        return zip(codes, repeat(0.0), strict=False)
    begin = time.perf_counter()
    return zip(codes, (begin + number / pace for number in count()), strict=False)


def _thread(act: Act, codes: Iterator[tuple[str, float]], times: list[float], failed: list[BaseException]) -> None:
    try:
        for code, due in codes:
            time.sleep(max(0.0, due - time.perf_counter()) if due else 0)
            start = due or time.perf_counter()
            act(code)
            times.append(time.perf_counter() - start)
    except BaseException as error:  # noqa: BLE001 - told to the process that waits
        failed.append(error)
