"""What an engine says of an image that it cannot fetch, and what we say."""

from __future__ import annotations

import pytest

from almenara_platform.runtimes.pulls import reason

SAID = {
    'Get "https://registry.example/v2/": dial tcp: lookup registry.example on 10.0.0.1:53: no such host': (
        "the name of its registry is not known here"
    ),
    'Head "https://registry.example/v2": dial tcp 10.0.0.2: i/o timeout': "its registry does not answer",
    'Get "https://registry.example/v2/": dial tcp 10.0.0.2:443: connect: connection refused': (
        "its registry does not answer"
    ),
    "toomanyrequests: You have reached your unauthenticated pull rate limit.": (
        "its registry allows no more pulls for now; docker login helps"
    ),
    "pull access denied for x/y, repository does not exist or may require 'docker login'": (
        "its registry does not have it or wants a docker login"
    ),
    "manifest for x/y:9 not found: manifest unknown: manifest unknown": "its registry does not have it",
    "no matching manifest for linux/arm64/v8 in the manifest list entries": (
        "there is none for this kind of machine"
    ),
    "tls: failed to verify certificate: x509: certificate signed by unknown authority": (
        "the certificate of its registry is not trusted here"
    ),
    "write /var/lib/docker/tmp/GetImageBlob1: no space left on device": "the disk is full",
}


@pytest.mark.parametrize("said", SAID)
def test_reason_is_one_phrase(said: str) -> None:
    """The last line decides; what stands before it is the engine's progress."""
    assert reason(f" x Pulling \n x Error {said}\nError response from daemon: {said}\n") == SAID[said]


def test_other_words_are_told_as_they_are() -> None:
    """What is not known is not hidden, and silence is told."""
    assert reason("x Pulling\nthe moon is full\n\n") == "the moon is full"
    assert reason("\n") == "the engine says nothing"
