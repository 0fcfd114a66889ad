"""The source code of a pipeline, for the sourceCode facet."""

from __future__ import annotations

import inspect
from types import CodeType, FunctionType

MAX_LENGTH = 64 * 1024
_cache: dict[CodeType, str] = {}


def source_of(code: CodeType | FunctionType | None) -> str:
    """The text of a function or module, "" where there is none to be found; read once and kept."""
    if code is None:
        return ""
    key = code.__code__ if isinstance(code, FunctionType) else code
    if key not in _cache:
        _cache[key] = _read(key)
    return _cache[key]


def _read(code: CodeType) -> str:
    try:
        return inspect.getsource(code)[:MAX_LENGTH]
    except (OSError, TypeError, IndexError, SyntaxError):
        return ""
