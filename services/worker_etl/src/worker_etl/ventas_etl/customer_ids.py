"""Customer ids: household ids under a keyed HMAC.

There are 2,500 household ids: whoever has a plain hash of one finds it by hashing them all.
"""

import hmac

import pyarrow as pa
from duckdb import DuckDBPyConnection

_HOUSEHOLDS = """
SELECT DISTINCT household_id FROM (
    SELECT household_id FROM valid_sales UNION ALL SELECT household_id FROM earlier_visits
) WHERE household_id IS NOT NULL
"""


def customer_id(key: bytes, household_id: int) -> str:
    """Return HMAC-SHA256(key, household id in decimal) as 64 hex digits."""
    return hmac.digest(key, str(household_id).encode(), "sha256").hex()


def map_households(connection: DuckDBPyConnection, key: bytes) -> int:
    """Fill the table `customers` (household_id, customer_id); returns its rows.

    DuckDB has no HMAC: the few distinct ids are mapped here and joined there.
    """
    households = [row[0] for row in connection.execute(_HOUSEHOLDS).fetchall()]
    ids = [customer_id(key, household) for household in households]
    mapped = pa.table(
        {"household_id": pa.array(households, pa.int64()), "customer_id": pa.array(ids, pa.string())}
    )
    connection.register("mapped_households", mapped)
    connection.execute("CREATE OR REPLACE TEMP TABLE customers AS FROM mapped_households")
    connection.unregister("mapped_households")
    return len(ids)
