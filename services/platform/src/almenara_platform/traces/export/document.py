"""An explained trace as a JSON document."""

from __future__ import annotations

from typing import Any

from almenara_platform.traces.explain import Explanation
from almenara_platform.traces.slack import off_path


def document(found: Explanation) -> dict[str, Any]:
    """The document that the API answers and ``--json`` prints; times are Unix nanoseconds."""
    return {
        "trace_id": found.trace_id,
        "root_span_id": found.root_span_id,
        "duration_ns": found.duration_ns,
        "sections": [
            {"span_id": section.span_id, "start_ns": section.start_ns, "end_ns": section.end_ns}
            for section in found.sections
        ],
        "operations": [
            {
                "service": at.service,
                "name": at.name,
                "count": at.count,
                "inclusive_ns": at.inclusive_ns,
                "exclusive_ns": at.exclusive_ns,
                "on_path_ns": at.on_path_ns,
            }
            for at in found.operations
        ],
        "notes": list(found.notes),
    }


def bottlenecks(found: Explanation) -> dict[str, Any]:
    """Operations on the path with their times, count and share, and those off it with their slack."""
    return {
        "trace_id": found.trace_id,
        "root_span_id": found.root_span_id,
        "duration_ns": found.duration_ns,
        "on_path": [
            {
                "service": at.service,
                "name": at.name,
                "count": at.count,
                "inclusive_ns": at.inclusive_ns,
                "exclusive_ns": at.exclusive_ns,
                "on_path_ns": at.on_path_ns,
                "share": at.on_path_ns / found.duration_ns,
            }
            for at in found.operations
            if at.on_path_ns
        ],
        "off_path": [
            {
                "service": at.service,
                "name": at.name,
                "inclusive_ns": at.inclusive_ns,
                "slack_ns": at.slack_ns,
                "behind": {"service": at.behind.service, "name": at.behind.name},
            }
            for at in off_path(found.tree, found.root, found.operations, found.skew_tolerance_ns)
        ],
        "notes": list(found.notes),
    }
