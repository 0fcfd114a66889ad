"""One view of the frames of all libraries, through narwhals."""

from __future__ import annotations

from typing import Any

import narwhals as nw

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]


class UnsupportedFrameError(TypeError):
    """The object is no frame that can be read."""

    def __init__(self, frame: object) -> None:
        kind = f"{type(frame).__module__}.{type(frame).__qualname__}"
        super().__init__(
            f"cannot read a {kind} as a frame; pass a pandas or polars DataFrame, a polars LazyFrame, "
            "a pyarrow Table or a DuckDB relation"
        )


def view(frame: Any) -> Frame:
    """A narwhals view of `frame`, without a copy. Raises UnsupportedFrameError."""
    try:
        viewed = nw.from_native(frame)
    except TypeError:
        raise UnsupportedFrameError(frame) from None
    if not isinstance(viewed, nw.DataFrame | nw.LazyFrame):
        raise UnsupportedFrameError(frame)
    return viewed


def schema_of(frame: Any) -> list[tuple[str, str]]:
    """Name and type of each column, in order; types have the same names for every library.

    Nothing is computed for a lazy frame. Raises UnsupportedFrameError.
    """
    return [(name, type_name(dtype)) for name, dtype in view(frame).collect_schema().items()]


def size_of(frame: Any) -> int | None:
    """Bytes the frame holds in memory, estimated; None for a lazy one. Raises UnsupportedFrameError."""
    viewed = view(frame)
    return int(viewed.estimated_size()) if isinstance(viewed, nw.DataFrame) else None


def type_name(dtype: nw.dtypes.DType) -> str:
    """`int64`, `string`, `datetime[us]`, `datetime[ns, UTC]`, ..."""
    if isinstance(dtype, nw.Datetime):
        zone = f", {dtype.time_zone}" if dtype.time_zone else ""
        return f"datetime[{dtype.time_unit}{zone}]"
    if isinstance(dtype, nw.Duration):
        return f"duration[{dtype.time_unit}]"
    return str(dtype).lower() if type(dtype).__name__ == str(dtype) else str(dtype)


def single_row(frame: Frame, *expressions: nw.Expr) -> tuple[Any, ...]:
    """The one row that aggregating `expressions` over the frame gives, computed in one pass."""
    aggregated = frame.select(*expressions)
    if isinstance(aggregated, nw.DataFrame):
        return aggregated.row(0)
    native = aggregated.to_native()
    # narwhals collects DuckDB through pyarrow, which need not be installed
    if hasattr(native, "fetchall"):
        return tuple(native.fetchall()[0])
    return aggregated.collect().row(0)
