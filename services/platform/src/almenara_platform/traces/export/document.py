"""An explained trace as a JSON document."""

from __future__ import annotations

from typing import Any

from almenara_platform.traces.explain import Explanation


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
