"""Correlation, spans, metrics and access log for a FastAPI or Starlette application.

app = FastAPI()
almenara.fastapi.instrument(app)
"""

from __future__ import annotations

from almenara.fastapi.instrument import instrument
from almenara.fastapi.middleware import CorrelationMiddleware
from almenara.fastapi.problems import problem, trace_id

__all__ = ["CorrelationMiddleware", "instrument", "problem", "trace_id"]
