"""The names that links rely on: they never change, whatever is built around them."""

from __future__ import annotations

from grafana_foundation_sdk.models.common import DataSourceRef

FOLDER = "Almenara"
FOLDER_UID = "almenara"
VERSION = 1
"""Of every dashboard; raised when a dashboard's variables or uid change in a way that breaks links."""

PIPELINES = "almenara-pipelines"
RUN = "almenara-run"
QUALITY = "almenara-quality"
SLOS = "almenara-slos"
SERVICES = "almenara-services"
LINEAGE = "almenara-lineage"
PLATFORM = "almenara-platform"

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="almenara-prometheus")
LOKI = DataSourceRef(type_val="loki", uid="almenara-loki")
JAEGER = DataSourceRef(type_val="jaeger", uid="almenara-jaeger")
ALERTMANAGER = DataSourceRef(type_val="alertmanager", uid="almenara-alertmanager")
ALERTMANAGER_NAME = "Alertmanager"
"""Grafana's alerting pages name an Alertmanager by its name. No panel can query one since Grafana 13."""
POSTGRESQL = DataSourceRef(type_val="grafana-postgresql-datasource", uid="almenara-postgresql")
DATASOURCES = (PROMETHEUS, LOKI, JAEGER, ALERTMANAGER, POSTGRESQL)
