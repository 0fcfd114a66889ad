"""Customer ids: household ids under a keyed HMAC.

There are 2,500 household ids: whoever has a plain hash of one finds it by hashing them all.
"""

import hmac

from duckdb import DuckDBPyConnection

_HOUSEHOLDS = """
SELECT DISTINCT household_id FROM (
    SELECT household_id FROM valid_sales UNION ALL SELECT household_id FROM earlier_visits
) WHERE household_id IS NOT NULL
"""

# What `map_households` does, for whoever asks where customer_id comes from: the HMAC is computed in Python.
MAPPING = f"""
CREATE OR REPLACE TEMP TABLE customers AS
SELECT household_id, hmac_sha256(household_id) AS customer_id FROM ({_HOUSEHOLDS})
"""

_CUSTOMERS = """
CREATE OR REPLACE TEMP TABLE customers AS
SELECT unnest(CAST($households AS BIGINT[])) AS household_id, unnest(CAST($ids AS VARCHAR[])) AS customer_id
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
    connection.execute(_CUSTOMERS, {"households": households, "ids": ids})
    return len(ids)
