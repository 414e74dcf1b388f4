"""This file is logs: one JSON object a line, Chinese as it is, no local variables (they may name patients)."""

from __future__ import annotations

import json
import sys
from typing import Any

import structlog


def _dumps(event: Any, **_more: Any) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)


def install() -> None:
    """Log to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
