"""What the canary calls itself in the stores, so that readers can tell it from what they look for."""

from __future__ import annotations

SERVICE = "almenara-canary"
NAMESPACE, NAME = "almenara", "canary"
