"""The pipelines that runs can be asked of. Light: the API names them without what executes them."""

from collections.abc import Mapping

import almenara
from worker_etl.exceptions import UnknownPipelineError

VENTAS_ETL = almenara.Pipeline(
    "ventas_etl",
    namespace="retail",
    owner="data-engineering",
    description="Grocery transactions to daily sales by store and product, and customer features.",
    stages=("extract", "validate", "transform", "load"),
)

PIPELINES: Mapping[str, almenara.Pipeline] = {VENTAS_ETL.name: VENTAS_ETL}


def pipeline(name: str) -> almenara.Pipeline:
    """Return the pipeline of that name; raises UnknownPipelineError, which lists the known ones."""
    try:
        return PIPELINES[name]
    except KeyError:
        raise UnknownPipelineError(name, sorted(PIPELINES)) from None
