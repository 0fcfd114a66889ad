"""The web console: pages over what the platform's stores know."""

from almenara_platform.ui.elsewhere import Elsewhere
from almenara_platform.ui.mount import mount

__all__ = ["Elsewhere", "mount"]
