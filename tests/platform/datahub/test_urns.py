"""Names as DataHub spells them."""

from __future__ import annotations

import pytest

from almenara_platform.datahub.urns import dataset_urn, field_urn, owner_urn, place_of


@pytest.mark.parametrize(
    ("namespace", "name", "expected"),
    [
        ("postgres://db:5432", "shop.public.sales", "postgres,shop.public.sales"),
        ("sqlserver://db", "shop.dbo.sales", "mssql,shop.dbo.sales"),
        ("awsathena://athena.eu-west-1.amazonaws.com", "c.d.t", "athena,c.d.t"),
        ("bigquery", "project.set.table", "bigquery,project.set.table"),
        ("s3a://bucket", "path/to/file", "s3,bucket/path/to/file"),
        ("gs://bucket", "/path/", "gcs,bucket/path"),
        ("abfss://box@account.dfs.core.windows.net", "x", "abs,box@account.dfs.core.windows.net/x"),
        ("file", "/data/sales.parquet", "file,/data/sales.parquet"),
        ("file://", "/data/sales.parquet", "file,/data/sales.parquet"),
        ("retail", "a(b),c", "retail,a%28b%29%2Cc"),
        ("retail", "ventas diarias ñ", "retail,ventas diarias ñ"),
    ],
)
def test_datasets_are_named_as_its_openlineage_endpoint_does(
    namespace: str, name: str, expected: str
) -> None:
    """What came as an event and what is registered by its name are one dataset there."""
    assert dataset_urn(namespace, name) == f"urn:li:dataset:(urn:li:dataPlatform:{expected},PROD)"


def test_names_come_back() -> None:
    """A URN of a dataset or a column is told by platform, name and column; others stay what they are."""
    urn = dataset_urn("postgres://db", "a(b),c", "DEV")
    assert place_of(urn) == ("postgres", "a(b),c", None)
    assert place_of(field_urn(urn, "x,(y)")) == ("postgres", "a(b),c", "x,(y)")
    job = "urn:li:dataJob:(urn:li:dataFlow:(airflow,dag,PROD),task)"
    assert place_of(job) == ("dataJob", "(urn:li:dataFlow:(airflow,dag,PROD),task)", None)


def test_owners_are_users_or_groups() -> None:
    """A team is a group, everybody else a user, as in DataHub's own reading of OpenLineage."""
    assert owner_urn("jane@example.com") == "urn:li:corpuser:jane@example.com"
    assert owner_urn("user:jane") == "urn:li:corpuser:jane"
    assert owner_urn("team:data") == "urn:li:corpGroup:data"
