"""The panels that dashboards share. Each has a title, a description of what it answers, and a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from grafana_foundation_sdk.builders import bargauge, common, logs, stat, statetimeline, statushistory, table
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import timeseries as series
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphGradientMode,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    LogsSortOrder,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)

from almenara_platform.dashboards import style
from almenara_platform.dashboards.links import Link
from almenara_platform.dashboards.queries import Query, named

Panel = Builder[dashboard.Panel]
Figure = TypeVar("Figure", stat.Panel, bargauge.Panel)
NOTHING = "nothing"


def chart(
    title: str, description: str, unit: str, *queries: Query, links: Sequence[Link] = ()
) -> series.Panel:
    """Lines over time."""
    panel = series.Panel().title(title).description(description).unit(unit).targets(named([*queries]))
    panel.legend(_legend()).tooltip(_tooltip()).line_width(2).fill_opacity(8)
    panel.gradient_mode(GraphGradientMode.NONE).show_points(VisibilityMode.AUTO).axis_soft_min(0)
    return panel.color_scheme(style.by_name()).data_links([*links]).no_value(NOTHING)


def limit(panel: series.Panel, thresholds: build.ThresholdsConfig) -> series.Panel:
    """The chart with its thresholds as dashed lines."""
    dashed = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
    return panel.thresholds(thresholds).thresholds_style(dashed)


def stacked(panel: series.Panel) -> series.Panel:
    """The chart with its series on top of one another."""
    return panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL).group("A")).fill_opacity(30)


def number(
    title: str,
    description: str,
    unit: str,
    query: Query,
    color: build.ThresholdsConfig | str = style.VOLUME,
    links: Sequence[Link] = (),
) -> stat.Panel:
    """One figure with its course; coloured by its value, or always the same."""
    panel = stat.Panel().title(title).description(description).unit(unit).targets(named([query]))
    panel.graph_mode(BigValueGraphMode.AREA).color_mode(BigValueColorMode.VALUE)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"])).data_links([*links])
    return _colored(panel, color).no_value(NOTHING)


def fact(title: str, description: str, unit: str, query: Query) -> stat.Panel:
    """One value of a row, text included."""
    panel = number(title, description, unit, query, style.QUIET).graph_mode(BigValueGraphMode.NONE)
    return panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/.*/"))


def bars(
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    color: build.ThresholdsConfig | str = style.VOLUME,
    links: Sequence[Link] = (),
) -> bargauge.Panel:
    """A bar for each series, longest first if the query sorts."""
    panel = bargauge.Panel().title(title).description(description).unit(unit).targets(named([*queries]))
    panel.orientation(VizOrientation.HORIZONTAL).min(0)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"])).data_links([*links])
    return _colored(panel, color).no_value(NOTHING)


def timeline(
    title: str,
    description: str,
    query: Query,
    row: str,
    links: Sequence[Link] = (),
) -> statetimeline.Panel:
    """States over time, one line for each value of the column ``row``."""
    panel = statetimeline.Panel().title(title).description(description).unit(style.TEXT)
    panel.targets(named([query])).mappings(style.run_states()).with_transformation(_split(row))
    panel.show_value(VisibilityMode.AUTO).row_height(0.8).line_width(0).fill_opacity(80)
    panel.legend(_legend()).tooltip(_tooltip())
    return panel.color_scheme(style.by_threshold()).data_links([*links]).no_value(NOTHING)


def up_timeline(title: str, description: str, query: Query) -> statetimeline.Panel:
    """Up and down over time, one line for each series."""
    panel = statetimeline.Panel().title(title).description(description).unit(style.UP_DOWN)
    panel.targets(named([query])).mappings(style.up_states()).merge_values(True).row_height(0.8)
    panel.show_value(VisibilityMode.NEVER).line_width(0).fill_opacity(80)
    panel.legend(_legend()).tooltip(_tooltip())
    return panel.color_scheme(style.by_threshold()).no_value(NOTHING)


def heat_map(title: str, description: str, unit: str, query: Query, most: float) -> statushistory.Panel:
    """Series as lines, time as columns, the value as how dark a cell is; ``most`` is the darkest."""
    panel = statushistory.Panel().title(title).description(description).unit(unit)
    panel.targets(named([query])).min(0).max(most).color_scheme(style.scale()).decimals(1)
    panel.show_value(VisibilityMode.AUTO).row_height(0.9).line_width(1).fill_opacity(100)
    panel.legend(_legend().show_legend(False))
    return panel.tooltip(_tooltip()).max_data_points(60).no_value(NOTHING)


def grid(
    title: str,
    description: str,
    *queries: Query,
    units: Mapping[str, str],
    links: Mapping[str, Sequence[Link]] = {},
) -> table.Panel:
    """A table; ``units`` and ``links`` by column."""
    panel = table.Panel().title(title).description(description).unit(style.TEXT).targets(named([*queries]))
    panel.filterable(True).no_value(NOTHING)
    for column in dict.fromkeys([*units, *links]):
        panel.override_by_name(column, _properties(units.get(column), links.get(column, ())))
    return panel


def states(panel: table.Panel, column: str) -> table.Panel:
    """The table with words and colours for the states in ``column``."""
    cell = {"type": "color-text"}
    return panel.override_by_name(
        column,
        [
            dashboard.DynamicConfigValue(id_val="mappings", value=style.run_states()),
            dashboard.DynamicConfigValue(id_val="custom.cellOptions", value=cell),
        ],
    )


def hidden(panel: table.Panel, *names: str) -> table.Panel:
    """The table with columns that only its links read."""
    for name in names:
        panel.override_by_name(name, [dashboard.DynamicConfigValue(id_val="custom.hidden", value=True)])
    return panel


def columns(panel: table.Panel, names: Mapping[str, str]) -> table.Panel:
    """The table of a PromQL answer with only these columns: name in the answer to heading."""
    order = {name: index for index, name in enumerate(names)}
    tidy = {"renameByName": dict(names), "indexByName": order}
    _transform(panel, "filterFieldsByName", {"include": {"names": [*names]}})
    return _transform(panel, "organize", tidy)


def merged(panel: table.Panel, names: Mapping[str, str]) -> table.Panel:
    """The table of several PromQL answers with the same labels as one, with only these columns."""
    return columns(_transform(panel, "merge", {}), names)


def joined(panel: table.Panel, by: str, names: Mapping[str, str]) -> table.Panel:
    """The table of several PromQL answers side by side, joined by a label, with only these columns."""
    return columns(_transform(panel, "joinByField", {"byField": by, "mode": "outer"}), names)


def _transform(panel: table.Panel, name: str, options: dict[str, object]) -> table.Panel:
    return panel.with_transformation(dashboard.DataTransformerConfig(id_val=name, options=options))


def log_lines(title: str, description: str, query: Query, oldest_first: bool = False) -> logs.Panel:
    """Log lines that open to their fields, from where the ring goes on."""
    order = LogsSortOrder.ASCENDING if oldest_first else LogsSortOrder.DESCENDING
    panel = logs.Panel().title(title).description(description).unit(style.TEXT).targets(named([query]))
    return panel.show_time(True).wrap_log_message(True).enable_log_details(True).sort_order(order)


def spans(title: str, description: str, query: Query) -> build.Panel:
    """The spans of a trace."""
    panel = build.Panel().type("traces").title(title).description(description)
    return panel.unit(style.TEXT).targets(named([query]))


def color(panel: series.Panel, name: str, shade: str) -> series.Panel:
    """The chart with one colour for the series whose name matches the regular expression ``name``."""
    fixed = {"mode": "fixed", "fixedColor": shade}
    return panel.override_by_regexp(name, [dashboard.DynamicConfigValue(id_val="color", value=fixed)])


def dashed(panel: series.Panel, name: str) -> series.Panel:
    """The chart with the series that match ``name`` as a thin dashed line: a limit, not a measurement."""
    line = {"fill": "dash", "dash": [8, 8]}
    properties = [
        dashboard.DynamicConfigValue(id_val="custom.lineStyle", value=line),
        dashboard.DynamicConfigValue(id_val="custom.lineWidth", value=1),
        dashboard.DynamicConfigValue(id_val="custom.fillOpacity", value=0),
        dashboard.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": style.QUIET}),
    ]
    return panel.override_by_regexp(name, properties)


def _colored(panel: Figure, color: build.ThresholdsConfig | str) -> Figure:
    if isinstance(color, str):
        return panel.color_scheme(style.only(color)).thresholds(style.steps(color))
    return panel.color_scheme(style.by_threshold()).thresholds(color)


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().show_legend(True).display_mode(LegendDisplayMode.LIST)
    return legend.placement(LegendPlacement.BOTTOM).calcs([])


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)


def _split(row: str) -> dashboard.DataTransformerConfig:
    options = {"fields": [row], "keepFields": False, "naming": {"asLabels": False}}
    return dashboard.DataTransformerConfig(id_val="partitionByValues", options=options)


def _properties(unit: str | None, links: Sequence[Link]) -> list[dashboard.DynamicConfigValue]:
    found = [dashboard.DynamicConfigValue(id_val="unit", value=unit)] if unit else []
    if links:
        found.append(dashboard.DynamicConfigValue(id_val="links", value=[link.build() for link in links]))
    return found
