"""This file is reading for reports beside the wards: one core at most, nothing held, an end to it, few at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from spd.core.database import Database
from spd.core.errors import Conflict, Refused
from spd.core.transaction import reading

_CANCELLED = "57014"  # PostgreSQL's word for a statement that took too long
_BESIDE = text(
    "SELECT set_config('max_parallel_workers_per_gather', :workers, true), set_config('jit', 'off', true), "
    "set_config('statement_timeout', :milliseconds, true), set_config('transaction_read_only', 'on', true)"
)


class ReportTooLong(Refused):
    """A report that takes minutes is made in the background, or is asked for fewer months."""

    code = "report-too-long"
    say = {
        "zh": "此报表 {seconds} 秒内未完成, 已停止。请减少月份或条件, 或导出为文件。",
        "en": "This report was not done within {seconds} seconds and was stopped. Ask for fewer months, or choose more "
        "narrowly, or take it as a file.",
    }


class ReportsBusy(Conflict):
    """Others look at reports, and whoever scans must not wait behind them."""

    code = "reports-busy"
    say = {
        "zh": "正在生成其他报表, 请稍候重试。",
        "en": "Other reports are being made. Try again in a moment.",
    }


@contextmanager
def reporting(database: Database, *, seconds: int, workers: int = 0) -> Iterator[Session]:
    """One snapshot for a report. A statement takes one core, with `workers` so many more, and `seconds` at most.

    Raises: ReportTooLong.
    """
    try:
        with reading(database) as session:
            if not database.is_sqlite:
                session.execute(_BESIDE, {"workers": str(workers), "milliseconds": str(seconds * 1000)})
            yield session
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _CANCELLED:
            raise ReportTooLong(seconds=seconds) from error
        raise


class Turns:
    """How many reports a process makes at one time: pages by turns, and one long file beside them."""

    def __init__(self, pages: int, *, patience_s: float = 10) -> None:
        self._pages = threading.BoundedSemaphore(max(1, pages))
        self._file = threading.BoundedSemaphore(1)
        self._patience_s = patience_s

    @contextmanager
    def page(self) -> Iterator[None]:
        """A turn for what somebody waits for. Raises: ReportsBusy."""
        if not self._pages.acquire(timeout=self._patience_s):
            raise ReportsBusy()
        try:
            yield
        finally:
            self._pages.release()

    @contextmanager
    def file(self) -> Iterator[None]:
        """A turn for a file that is made in the background, whenever the one before is done."""
        with self._file:
            yield
