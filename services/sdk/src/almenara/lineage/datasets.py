"""Datasets of an event, with what a run learned of them."""

from __future__ import annotations

from typing import Any

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    InputDatasetFacet,
    OutputDatasetFacet,
    data_quality_assertions_dataset,
    data_quality_metrics_dataset,
    data_quality_metrics_input_dataset,
    datasource_dataset,
    documentation_dataset,
    input_statistics_input_dataset,
    lifecycle_state_change_dataset,
    output_statistics_output_dataset,
    ownership_dataset,
    schema_dataset,
)

from almenara.dataset import DatasetUse
from almenara.lineage.facets import PRODUCER
from almenara.quality import CheckResult, Profile


def input_dataset(use: DatasetUse) -> InputDataset:
    """``use`` as an input."""
    facets: dict[str, InputDatasetFacet] = {}
    if use.rows is not None or use.bytes is not None:
        facets["inputStatistics"] = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
            rowCount=use.rows, size=use.bytes, producer=PRODUCER
        )
    if use.profile is not None:
        metrics = data_quality_metrics_input_dataset
        columns = _column_metrics(use.profile, metrics.ColumnMetrics)
        facets["dataQualityMetrics"] = metrics.DataQualityMetricsInputDatasetFacet(
            columnMetrics=columns, rowCount=use.profile.rows, bytes=use.bytes, producer=PRODUCER
        )
    if assertions := _assertions(use.checks):
        facets["dataQualityAssertions"] = assertions
    return InputDataset(
        namespace=use.dataset.namespace, name=use.dataset.name, facets=_facets(use), inputFacets=facets
    )


def output_dataset(use: DatasetUse) -> OutputDataset:
    """``use`` as an output."""
    facets: dict[str, Any] = _facets(use)
    if use.profile is not None:
        metrics = data_quality_metrics_dataset
        columns = _column_metrics(use.profile, metrics.ColumnMetrics)
        facets["dataQualityMetrics"] = metrics.DataQualityMetricsDatasetFacet(
            columnMetrics=columns, rowCount=use.profile.rows, bytes=use.bytes, producer=PRODUCER
        )
    if assertions := _assertions(use.checks):
        facets["dataQualityAssertions"] = assertions
    if use.lineage:
        facets["columnLineage"] = use.lineage.as_facet()
    if use.change is not None:
        lifecycle = lifecycle_state_change_dataset
        facets["lifecycleStateChange"] = lifecycle.LifecycleStateChangeDatasetFacet(
            lifecycle.LifecycleStateChange(use.change), producer=PRODUCER
        )
    statistics: dict[str, OutputDatasetFacet] = {}
    if use.rows is not None or use.bytes is not None:
        statistics["outputStatistics"] = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=use.rows, size=use.bytes, producer=PRODUCER
        )
    return OutputDataset(
        namespace=use.dataset.namespace, name=use.dataset.name, facets=facets, outputFacets=statistics
    )


def _facets(use: DatasetUse) -> dict[str, DatasetFacet]:
    dataset = use.dataset
    facets: dict[str, DatasetFacet] = {
        "dataSource": datasource_dataset.DatasourceDatasetFacet(
            name=dataset.namespace, uri=dataset.namespace, producer=PRODUCER
        )
    }
    if use.columns:
        fields = [schema_dataset.SchemaDatasetFacetFields(name=name, type=kind) for name, kind in use.columns]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields, producer=PRODUCER)
    if dataset.description:
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(
            description=dataset.description, producer=PRODUCER
        )
    if dataset.owner:
        owners = [ownership_dataset.Owner(name=dataset.owner)]
        facets["ownership"] = ownership_dataset.OwnershipDatasetFacet(owners=owners, producer=PRODUCER)
    return facets


def _column_metrics(profile: Profile, metrics: Any) -> dict[str, Any]:
    return {
        column.name: metrics(nullCount=column.null_count, count=float(profile.rows - column.null_count))
        for column in profile.columns
    }


def _assertions(
    checks: tuple[CheckResult, ...],
) -> data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet | None:
    asked = [check for check in checks if check.expected]
    if not asked:
        return None
    return data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
        assertions=[
            data_quality_assertions_dataset.Assertion(
                assertion=check.check,
                success=check.passed,
                column=check.column,
                expected=check.expected,
                actual=None if check.value is None else f"{check.value:g}",
            )
            for check in asked
        ],
        producer=PRODUCER,
    )
