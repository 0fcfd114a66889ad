"""The metrics endpoint."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response
from prometheus_client.exposition import choose_encoder

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response)
def metrics(request: Request, accept: Annotated[str, Header()] = "") -> Response:
    """Pipelines and the platform itself, in the Prometheus text format or OpenMetrics."""
    encoder, content_type = choose_encoder(accept)
    return Response(encoder(request.app.state.registry), media_type=content_type)
