"""Every error the API raises on purpose; problems.py says what the caller gets to see.

SampleApiError
├── KeyReusedError           an idempotency key that came with another body before
├── NotAcceptedError         the run could not be written down or enqueued; nothing is left of it
├── BadCursorError           a cursor that this API did not give out
├── NotFoundError            what was asked for does not exist
├── PlatformUnreachableError the platform does not answer
└── PlatformFailedError      the platform answers with an error or with what is no answer
"""


class SampleApiError(Exception):
    """Base of all errors of this package; the message is fit for the caller's eyes."""


class KeyReusedError(SampleApiError):
    """The idempotency key came with another body before."""


class NotAcceptedError(SampleApiError):
    """The run could not be written down or enqueued; nothing is left of it."""


class BadCursorError(SampleApiError):
    """A cursor that this API did not give out."""


class NotFoundError(SampleApiError):
    """What was asked for does not exist."""


class PlatformUnreachableError(SampleApiError):
    """The platform does not answer."""


class PlatformFailedError(SampleApiError):
    """The platform answers with an error or with what is no answer."""
