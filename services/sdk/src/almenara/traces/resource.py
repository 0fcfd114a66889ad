"""Who sends: the attributes that all signals of a process share."""

from __future__ import annotations

from importlib.metadata import version

from opentelemetry.sdk.resources import Resource

from almenara.settings import Settings


def build_resource(settings: Settings) -> Resource:
    """Resource of this process; ``OTEL_RESOURCE_ATTRIBUTES`` adds to it, the settings win."""
    attributes = {
        "service.name": settings.service,
        "service.version": settings.service_version,
        "deployment.environment.name": settings.environment,
        "telemetry.distro.name": "almenara",
        "telemetry.distro.version": version("almenara"),
    }
    return Resource.create({name: value for name, value in attributes.items() if value})


def target_labels(resource: Resource) -> dict[str, str]:
    """Labels of the metric ``target_info``, named as OpenTelemetry's Prometheus exporters name them."""
    names = ("service.name", "service.version", "deployment.environment.name")
    found = {name: resource.attributes.get(name) for name in names}
    return {name.replace(".", "_"): str(value) for name, value in found.items() if value}
