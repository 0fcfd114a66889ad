"""Why an image could not be fetched, in one phrase."""

from __future__ import annotations

_PHRASES = (
    (("no such host", "server misbehaving", "name resolution"), "the name of its registry is not known here"),
    (("toomanyrequests", "rate limit"), "its registry allows no more pulls for now; docker login helps"),
    (("certificate",), "the certificate of its registry is not trusted here"),
    (("no matching manifest",), "there is none for this kind of machine"),
    (("no space left",), "the disk is full"),
    (("denied", "unauthorized"), "its registry does not have it or wants a docker login"),
    (("manifest unknown", "not found"), "its registry does not have it"),
    (
        ("timeout", "deadline exceeded", "refused", "unreachable", "no route", "reset"),
        "its registry does not answer",
    ),
)
"""What an engine's complaint has in it, from the narrowest to the widest, and what that means."""


def reason(complaint: str) -> str:
    """The phrase for what the engine complained of; its own last line where none fits."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    last = lines[-1] if lines else "the engine says nothing"
    found = (phrase for words, phrase in _PHRASES if any(word in last.lower() for word in words))
    return next(found, last)
