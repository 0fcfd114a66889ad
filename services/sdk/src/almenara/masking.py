"""Values that must not leave the process, recognised by the name they go by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

MASKED = "***"
SECRET_WORDS = (
    "passwd",
    "password",
    "passphrase",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
    "apikey",
    "api_key",
    "access_key",
    "private_key",
    "hmac_key",
    "encryption_key",
    "authorization",
    "cookie",
    "credential",
    "credentials",
)


_SECRET_IN_TEXT = re.compile(
    rf"""(?P<told>\b\w*(?:{"|".join(map(re.escape, SECRET_WORDS))}|identified\s+by)\b\s*[=:]?\s*)"""
    r"""(?P<value>'(?:[^']|'')*'|(?<==)[^\s'";,)]+)""",
    re.IGNORECASE,
)
_USER_IN_URL = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^\s/'\"@]+@", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """SQL without what stands behind a word such as PASSWORD, and without the users of URLs."""
    return _USER_IN_URL.sub(rf"\g<scheme>{MASKED}@", _SECRET_IN_TEXT.sub(rf"\g<told>'{MASKED}'", text))


class Masking:
    """Tells secrets by key: ``db_password``, ``apiKey``, ``x-api-key`` and ``Authorization`` are some.

    A word counts only as a whole, so that ``token_count`` of a language model stays readable when the name
    goes on after it with ``count``.
    """

    def __init__(self, more: Iterable[str] = ()) -> None:
        words = (*SECRET_WORDS, *(re.escape(_normal(name)) for name in more))
        pattern = re.compile(rf"(^|_)({'|'.join(words)})(_?\d*|_(value|header|hash|base64|file))$")
        self.is_secret = lru_cache(maxsize=4096)(lambda key: bool(pattern.search(_normal(key))))


def _normal(key: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key)
    return re.sub(r"[^a-zA-Z0-9]+", "_", words).lower()
