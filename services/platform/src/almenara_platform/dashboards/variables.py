"""The variables that dashboards share: several values at once, and All."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import (
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from almenara_platform.dashboards.identity import POSTGRESQL, PROMETHEUS

ENVIRONMENT = "deployment_environment_name"
EVERYTHING = ".*"


def where_target(matchers: str) -> str:
    """PromQL that keeps, of the series before it, those of processes whose ``target_info`` matches."""
    # Grouped, because a process that was updated has two versions for a while.
    return f"* on (job, instance) group_left () group by (job, instance) (target_info{{{matchers}}})"


IN_ENVIRONMENT = where_target(f'{ENVIRONMENT}=~"$environment"')
"""Keeps the series of services that run in the chosen environments."""


def _query(name: str, label: str, description: str) -> build.QueryVariable:
    variable = build.QueryVariable(name).label(label).description(description)
    return variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_ASC)


def _choice(name: str, label: str, description: str, query: str) -> build.QueryVariable:
    everything = VariableOption(selected=True, text="All", value="$__all")
    variable = _query(name, label, description).datasource(PROMETHEUS).query(_prometheus(name, query))
    return variable.multi(True).include_all(True).current(everything)


def _prometheus(name: str, query: str) -> dict[str, object]:
    return {"query": query, "refId": f"variable-{name}"}


def environment() -> build.QueryVariable:
    """Where services say that they run."""
    query = f'label_values(target_info{{{ENVIRONMENT}!=""}}, {ENVIRONMENT})'
    description = (
        "Where the services run: ALMENARA_ENVIRONMENT. It separates what services measure and log; runs, "
        "their daily figures and their objectives are of all environments."
    )
    # Whatever names no environment is there as well when all are chosen.
    return _choice("environment", "Environment", description, query).all_value(EVERYTHING)


def pipeline() -> build.QueryVariable:
    """Pipelines of the chosen environments, and those that no service of ours runs."""
    query = (
        f"query_result(group by (pipeline) (active_jobs {IN_ENVIRONMENT}) "
        "or group by (pipeline) (pipeline:known:info unless on (pipeline) active_jobs))"
    )
    return _choice("pipeline", "Pipeline", "Pipelines that ran, whoever emitted the run.", query).regex(
        '/pipeline="([^"]+)"/'
    )


def stage() -> build.QueryVariable:
    """Stages of the chosen pipelines."""
    query = 'label_values(events_processed_total{pipeline=~"$pipeline"}, stage)'
    return _choice("stage", "Stage", "Stages of the chosen pipelines.", query)


def table() -> build.QueryVariable:
    """Tables whose quality the chosen pipelines check."""
    query = 'label_values(data_quality_score{pipeline=~"$pipeline"}, table)'
    return _choice("table", "Table", "Tables that the chosen pipelines check.", query)


def service() -> build.QueryVariable:
    """Services with spans, in the chosen environments."""
    query = f"query_result(group by (service_name) (traces_span_metrics_calls_total {IN_ENVIRONMENT}))"
    return _choice("service", "Service", "Services that send spans.", query).regex('/service_name="([^"]+)"/')


def objective() -> build.QueryVariable:
    """The objectives of config/slos."""
    query = "label_values(slo:objective:ratio, slo_id)"
    return _choice("slo_id", "Objective", "Objectives of config/slos: pipeline and name.", query)


def run_id() -> build.QueryVariable:
    """One run: the newest ones to choose from, any other by its id."""
    words = (
        "pipeline || ' ' || to_char(to_timestamp(listed_at / 1e6), 'MM-DD HH24:MI') || ' ' || lower(state)"
    )
    query = f'SELECT run_id AS "__value", {words} AS "__text" FROM runs ORDER BY listed_at DESC LIMIT 200'
    variable = build.QueryVariable("run_id").label("Run").description("The newest runs; or write an id.")
    return (
        variable.datasource(POSTGRESQL)
        .query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.DISABLED)
        .allow_custom_value(True)
    )


def of_run(name: str, query: str) -> build.QueryVariable:
    """Something that follows from the chosen run."""
    variable = build.QueryVariable(name).description("Follows from the run.").hide(VariableHide.HIDE_VARIABLE)
    return variable.datasource(POSTGRESQL).query(query).refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)


def address(name: str) -> build.QueryVariable:
    """Where ``console`` or ``marquez`` is found from outside, as the platform says."""
    query = _prometheus(name, f"label_values(almenara_platform_info, {name})")
    variable = _query(name, name, "Where its pages are.").hide(VariableHide.HIDE_VARIABLE)
    return variable.datasource(PROMETHEUS).query(query)
