"""Text in the element that means what it is. Text is never read as HTML."""

from __future__ import annotations

from nicegui.elements.mixins.text_element import TextElement


def text(content: str, tag: str = "span") -> TextElement:
    """``content`` in an element of ``tag``."""
    return TextElement(tag=tag, text=content)


def heading(content: str, level: int = 2) -> TextElement:
    """A heading of the page's outline."""
    return text(content, f"h{level}")
