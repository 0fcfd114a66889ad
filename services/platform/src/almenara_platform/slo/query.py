"""PromQL written by users, with ``{{.window}}`` where the range belongs (Sloth's notation)."""

from __future__ import annotations

import re

import promql_parser

from almenara_platform.slo.node import Node

_WINDOW = re.compile(r"\{\{\s*\.?\s*window\s*\}\}")


def window_query(node: Node, query: str) -> str:
    """``query``, checked: it must use the window and parse as PromQL. Raises InvalidSpec at ``node``."""
    if not _WINDOW.search(query):
        node.fail("the query must have {{.window}} as its range, such as rate(errors_total[{{.window}}])")
    try:
        promql_parser.parse(with_window(query, "5m"))
    except ValueError as error:
        node.fail(f"not valid PromQL: {str(error).strip()}")
    return query


def with_window(query: str, window: str) -> str:
    """The query over one window."""
    return _WINDOW.sub(window, query)
