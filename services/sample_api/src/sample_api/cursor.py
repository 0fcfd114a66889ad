"""Cursors: the key of a page's last row, opaque to the caller."""

import base64
import binascii
import json
from datetime import date

from sample_api.exceptions import BadCursorError

Key = tuple[date, int, int]

LARGEST_STORE_ID = 2**31 - 1
LARGEST_PRODUCT_ID = 2**63 - 1


def encode(key: Key) -> str:
    """Turn the key (day, store, product) of a page's last row into the cursor of the next page."""
    day, *ids = key
    return base64.urlsafe_b64encode(json.dumps([day.isoformat(), *ids]).encode()).decode().rstrip("=")


def decode(cursor: str) -> Key:
    """Turn a cursor back into its key; raises BadCursorError."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        day, store, product = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return date.fromisoformat(day), _id(store, LARGEST_STORE_ID), _id(product, LARGEST_PRODUCT_ID)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadCursorError("this is no cursor of this list; take it from `next` of a page") from None


def _id(value: object, largest: int) -> int:
    if type(value) is not int or not 0 <= value <= largest:
        raise ValueError(value)
    return value
