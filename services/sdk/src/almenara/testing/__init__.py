"""All four signals in memory, for tests of instrumented code.

The pytest fixture ``signals`` comes with the package::

    def test_extract(signals):
        run_my_pipeline()
        assert signals.run("ventas_etl").state == "COMPLETE"
        assert signals.log("stage_completed", stage="extract")["records_processed"] == 3
        assert signals.metric("events_processed_total", pipeline="ventas_etl", stage="extract") == 3
        assert signals.span("extract").attributes["almenara.records"] == 3
        assert "sales.v -> daily.total (DIRECT AGGREGATION)" in signals.run("ventas_etl").lineage("daily")

Without pytest ``with capture() as signals:`` does the same.
"""

from __future__ import annotations

from almenara.testing.capture import StillPulse, capture
from almenara.testing.memory import MemorySink
from almenara.testing.signals import RunSeen, Signals, SpanSeen

__all__ = ["MemorySink", "RunSeen", "Signals", "SpanSeen", "StillPulse", "capture"]
