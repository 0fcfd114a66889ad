"""Grafana dashboards as code: one module a dashboard, written by `almenara dashboards build`."""
