"""What routes ask for: the stores, and parameters that several routes share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import AfterValidator

from almenara_platform.forwarding import Forwarding
from almenara_platform.gateway.intake import Intake
from almenara_platform.platform import Platform
from almenara_platform.reliability import Reliability


def _platform(request: Request) -> Platform:
    return request.app.state.platform


def _reliability(request: Request) -> Reliability:
    return request.app.state.reliability


def _forwarding(request: Request) -> Forwarding:
    return request.app.state.forwarding


def _intake(request: Request) -> Intake:
    return request.app.state.intake


async def _body(request: Request) -> AsyncIterator[bytes]:
    async with request.app.state.bodies.read(request) as body:
        yield body


def _in_utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


Stores = Annotated[Platform, Depends(_platform)]
Watch = Annotated[Reliability, Depends(_reliability)]
Mail = Annotated[Forwarding, Depends(_forwarding)]
Gateway = Annotated[Intake, Depends(_intake)]
Body = Annotated[bytes, Depends(_body)]
Cursor = Annotated[str | None, Query(description="`next` of the page before.", max_length=4096)]
Limit = Annotated[int, Query(ge=1, le=1000, description="Most items to answer.")]
Moment = Annotated[datetime, AfterValidator(_in_utc)]
Since = Annotated[Moment | None, Query(description="From this time on (ISO 8601; UTC without a zone).")]
Until = Annotated[Moment | None, Query(description="Before this time.")]
