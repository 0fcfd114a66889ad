"""The review as one HTML page that needs nothing else."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from almenara_platform.runs.identity import short_id
from almenara_platform.slo.report import words
from almenara_platform.slo.report.chart import burn_down_svg
from almenara_platform.slo.report.review import Chapter, Review


def render(review: Review, console_url: str) -> str:
    """The whole review; every foreign text is escaped."""
    environment = Environment(
        loader=PackageLoader("almenara_platform.slo.report", "."), autoescape=True, trim_blocks=True
    )
    template = environment.get_template("review.html.jinja")
    return template.render(
        review=review, words=words, short_id=short_id, chart=_chart, console_url=console_url
    )


def _chart(chapter: Chapter) -> Markup:
    detail = chapter.detail
    title = f"Error budget left of {detail.status.slo.id}"
    return Markup(burn_down_svg(title, detail.burn_down, detail.since, detail.until))
