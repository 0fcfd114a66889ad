"""Who may write."""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Header, Request

from almenara_platform.exceptions import Unauthorized


def _may_write(request: Request, authorization: Annotated[str, Header()] = "") -> None:
    token: str = request.app.state.settings.api_token
    if not token:
        return
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), token.encode()):
        raise Unauthorized(
            "Send the write token as Authorization: Bearer <ALMENARA_API_TOKEN>.", "Authorization"
        )


WRITE_ACCESS = Depends(_may_write)
"""Asks for the write token where one is set."""
