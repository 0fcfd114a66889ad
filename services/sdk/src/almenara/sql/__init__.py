"""Column lineage out of SQL: which columns a statement reads, which it writes, and what it does between.

Needs the extra ``almenara[sql]``.

>>> from almenara.sql import derive
>>> found = derive("INSERT INTO daily SELECT day, SUM(v) AS total FROM sales GROUP BY day", "duckdb")
>>> [str(edge) for edge in found.edges]
['sales.day -> daily.day (DIRECT IDENTITY)', 'sales.v -> daily.total (DIRECT AGGREGATION)']
"""

from __future__ import annotations

from almenara.sql.derive import derive
from almenara.sql.model import Edge, Kind, SqlLineage, Use

__all__ = ["Edge", "Kind", "SqlLineage", "Use", "derive"]
