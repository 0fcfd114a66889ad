"""The JSON that the API takes and gives, as OpenAPI shows it."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from worker_etl.request import FIRST_DAY, LAST_DAY, Fault

_FAULTS = [fault.value for fault in Fault if fault is not Fault.NONE]
_RANGE = f"The data covers {FIRST_DAY} to {LAST_DAY}."

# Texts here, judged by worker_etl.request: the worker must not read a request otherwise than the API.
Day = Annotated[str, Field(json_schema_extra={"format": "date"}, description=_RANGE)]
FaultName = Annotated[str, Field(json_schema_extra={"enum": _FAULTS}, description="Shows a failure.")]


# A Literal[True] takes the number 1 as well.
Whole = Annotated[bool, Field(strict=True, json_schema_extra={"const": True})]


class RunBody(BaseModel):
    """One of `day`, `from` with `to`, or `all`; `fault` asks for a failure to look at."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"day": "2017-03-01"},
                {"from": "2017-03-01", "to": "2017-03-07"},
                {"all": True},
                {"day": "2017-03-01", "fault": "failing_transform"},
            ]
        },
    )

    day: Day | None = None
    from_: Day | None = Field(default=None, alias="from")
    to: Day | None = None
    all: Whole | None = None
    fault: FaultName | None = None

    def given(self) -> dict[str, Any]:
        """Return what the caller wrote, without what he left out."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class AcceptedRun(BaseModel):
    """An accepted run and where to ask for it."""

    run_id: str
    trace_id: str
    status_url: str


class DailySale(BaseModel):
    """What one store sold of one product on one day. Values are in US dollars."""

    day: date
    store_id: int
    product_id: int
    department: str
    quantity: int
    sales_value: float
    discount_value: float
    baskets: int


class DailySales(BaseModel):
    """A page of daily sales; `next` is the cursor of the next page, null on the last one."""

    items: list[DailySale]
    next: str | None


class Product(BaseModel):
    """A product of the catalogue."""

    product_id: int
    manufacturer_id: int | None
    department: str
    brand: str | None
    product_category: str | None
    product_type: str | None
    package_size: str | None


class Problem(BaseModel):
    """An error (RFC 9457) with the id of the trace that has more of it."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    trace_id: str
    field: str | None = None
