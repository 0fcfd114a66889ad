"""Who may write."""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from almenara_platform.exceptions import Unauthorized

_BEARER = HTTPBearer(auto_error=False, description="ALMENARA_API_TOKEN, where one is set.")


def _may_write(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> None:
    token: str = request.app.state.settings.api_token
    # Headers reach us as Latin-1, whatever their bytes were.
    if token and not (given and compare_digest(given.credentials.encode("latin-1"), token.encode())):
        raise Unauthorized("Send ALMENARA_API_TOKEN as Authorization: Bearer <token>.", "Authorization")


WRITE_ACCESS = Depends(_may_write)
"""Asks for the write token where one is set."""
