"""Lineage events on their way to other backends: in order, until delivered; the refused ones put aside."""
