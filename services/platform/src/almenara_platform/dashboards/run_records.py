"""Run records out of the platform's database, as SQL that panels share.

The platform keeps a run as a JSON document in bytes, times as microseconds since the epoch. What is not
JSON to PostgreSQL (a text that holds a zero byte) reads as an empty run rather than as an error.
"""

from __future__ import annotations

_DOCUMENT = """CASE WHEN pg_input_is_valid(convert_from(document, 'UTF8'), 'jsonb')
       THEN convert_from(document, 'UTF8')::jsonb ELSE '{}' END"""

IN_RANGE = "listed_at BETWEEN ${__from} * 1000 AND ${__to} * 1000"
CHOSEN = "pipeline IN (${pipeline:sqlstring})"
THIS_RUN = "run_id = ${run_id:sqlstring}"


def of_runs(where: str, select: str) -> str:
    """``select`` over ``record``: run_id, namespace, pipeline, state, started, ended and the document."""
    return f"""WITH record AS (
  SELECT run_id, namespace, pipeline, state,
    to_timestamp(listed_at / 1e6) AS started, to_timestamp(ended_at / 1e6) AS ended,
    {_DOCUMENT} AS document
  FROM runs WHERE {where}
)
{select}"""


DURATION = "extract(epoch FROM coalesce(ended, now()) - started)"
RECORDS = "(SELECT max((stage->>'records')::numeric) FROM jsonb_array_elements(document->'stages') AS stage)"


def segment(text: str) -> str:
    """SQL that encodes a name once; a link does so again, as ``ui.links.segment`` asks for in a path."""
    for character, code in (("%", "%25"), ("/", "%2F"), ("\\", "%5C")):
        text = f"replace({text}, '{character}', '{code}')"
    return text
